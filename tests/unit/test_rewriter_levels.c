/* test_rewriter_levels.c -- which pointer an annotation belongs to.  Each case is a declarator, as
 * clang shows it. */
#include "test_rewriter.h"

#include "../../rewriter/levels.h"

/* void E_T(@t) ** E_PTRARRAY(self.n) p;      clang's order: T, PTRARRAY */
START_TEST(specifier_and_outer_pointer)
{
    struct type_levels type = {.tags = {1, 0, 1}, .base = 2};
    bool behind[] = {false, false};
    int levels[2];
    ck_assert(levels_assign(&type, behind, 2, levels));
    ck_assert_int_eq(levels[0], 2);
    ck_assert_int_eq(levels[1], 0);
}
END_TEST

/* char * E_SZ * E_PTRARRAY(3) p[4] E_ARRAY(n);   PTRARRAY, SZ, ARRAY */
START_TEST(array_of_pointers_annotated_everywhere)
{
    struct type_levels type = {.tags = {1, 1, 1, 0}, .is_array = {true}, .base = 3};
    bool behind[] = {false, false, true};
    int levels[3];
    ck_assert(levels_assign(&type, behind, 3, levels));
    ck_assert_int_eq(levels[0], 1);
    ck_assert_int_eq(levels[1], 2);
    ck_assert_int_eq(levels[2], 0);
}
END_TEST

/* The same when one macro makes it all and places say nothing: an array has no other place. */
START_TEST(array_from_a_macro)
{
    struct type_levels type = {.tags = {1, 1, 0}, .is_array = {true}, .base = 2};
    bool behind[] = {false, false};
    int levels[2];
    ck_assert(levels_assign(&type, behind, 2, levels));
    ck_assert_int_eq(levels[0], 1);
    ck_assert_int_eq(levels[1], 0);
}
END_TEST

/* char * E_SZ * p E_PTRARRAY(n);             SZ, PTRARRAY */
START_TEST(pointer_annotated_behind_the_name)
{
    struct type_levels type = {.tags = {1, 1, 0}, .base = 2};
    bool behind[] = {false, true};
    int levels[2];
    ck_assert(levels_assign(&type, behind, 2, levels));
    ck_assert_int_eq(levels[0], 1);
    ck_assert_int_eq(levels[1], 0);
}
END_TEST

/* char * E_SZ * E_PTRARRAY(n) p;             PTRARRAY, SZ */
START_TEST(pointer_annotated_before_the_name)
{
    struct type_levels type = {.tags = {1, 1, 0}, .base = 2};
    bool behind[] = {false, false};
    int levels[2];
    ck_assert(levels_assign(&type, behind, 2, levels));
    ck_assert_int_eq(levels[0], 0);
    ck_assert_int_eq(levels[1], 1);
}
END_TEST

/* typedef struct list E_G(@t) list E_G(@u);  no derivation at all */
START_TEST(no_derivation)
{
    struct type_levels type = {.tags = {2}, .base = 0};
    bool behind[] = {false, true};
    int levels[2] = {-1, -1};
    ck_assert(levels_assign(&type, behind, 2, levels));
    ck_assert_int_eq(levels[0], 0);
    ck_assert_int_eq(levels[1], 0);
}
END_TEST

/* Two at one pointer, two among the specifiers. */
START_TEST(several_at_one_place)
{
    struct type_levels type = {.tags = {2, 2}, .base = 1};
    bool behind[] = {false, false, false, false};
    int levels[4];
    ck_assert(levels_assign(&type, behind, 4, levels));
    ck_assert_int_eq(levels[0], 1);
    ck_assert_int_eq(levels[1], 1);
    ck_assert_int_eq(levels[2], 0);
    ck_assert_int_eq(levels[3], 0);
}
END_TEST

START_TEST(disagreement_is_noticed)
{
    struct type_levels type = {.tags = {1, 0}, .base = 1};
    bool behind[] = {false, false};
    int levels[2];
    ck_assert(!levels_assign(&type, behind, 2, levels));
    ck_assert(!levels_assign(&type, behind, 0, levels));
    type.tags[0] = 0;
    ck_assert(levels_assign(&type, behind, 0, levels));
}
END_TEST

Suite *levels_suite(void)
{
    Suite *suite = suite_create("kitcc levels");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, specifier_and_outer_pointer);
    tcase_add_test(tests, array_of_pointers_annotated_everywhere);
    tcase_add_test(tests, array_from_a_macro);
    tcase_add_test(tests, pointer_annotated_behind_the_name);
    tcase_add_test(tests, pointer_annotated_before_the_name);
    tcase_add_test(tests, no_derivation);
    tcase_add_test(tests, several_at_one_place);
    tcase_add_test(tests, disagreement_is_noticed);
    suite_add_tcase(suite, tests);
    return suite;
}
