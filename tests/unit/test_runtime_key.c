/* test_runtime_key.c -- keys, and the names of hand-written transformers. */
#include "test_runtime.h"

#include <stdlib.h>

#include "program/key.h"

START_TEST(keys_match_whichever_way_the_file_is_written)
{
    ck_assert(key_matches("global", "global"));
    ck_assert(key_matches("main.c/x", "main.c/x"));
    ck_assert(key_matches("main.c/x", "main_c/x"));
    ck_assert(key_matches("main.c/x", "src/main.c/x"));
    ck_assert(key_matches("/home/me/src/main.c/x", "src/main.c/x"));
    ck_assert(key_matches("../lib/a-b.c/f#x", "a_b_c/f#x"));
    ck_assert(key_matches("f#x", "f#x"));
}
END_TEST

START_TEST(keys_of_different_things_do_not_match)
{
    ck_assert(!key_matches("x", "main.c/x"));
    ck_assert(!key_matches("main.c/x", "main.c/y"));
    ck_assert(!key_matches("main.c/x", "domain.c/x"));
    ck_assert(!key_matches("a/main.c/x", "b/main.c/x"));
    ck_assert(!key_matches("main.c/f#x", "main.c/x"));
    ck_assert(!key_matches("main.c/f#x", "main.c/g#x"));
    ck_assert(!key_matches("maindc/x", "main.c/x"));
    ck_assert(!key_matches("global", "globa"));
}
END_TEST

static const struct {
    const char *key, *name;
} transformer_names[] = {
    {"x", "_kitsune_transform_x"},
    {"main.c/y", "_kitsune_transform_main_c___file___y"},
    {"src/main.c/y", "_kitsune_transform_main_c___file___y"},
    {"f#l", "_kitsune_transform_f___func___l"},
    {"a-b.c/f#s", "_kitsune_transform_a_b_c___file___f___func___s"},
};

START_TEST(names_of_transformers)
{
    char *name = key_transformer_name(transformer_names[_i].key);
    ck_assert_str_eq(name, transformer_names[_i].name);
    free(name);
}
END_TEST

START_TEST(composing_and_taking_apart)
{
    char *key = key_compose("src/a.c", "f", "x");
    ck_assert_str_eq(key, "src/a.c/f#x");
    ck_assert_str_eq(key_variable(key), "x");
    size_t length;
    ck_assert_str_eq(key_name(key, &length), "f#x");
    ck_assert_uint_eq(length, 7);
    free(key);
    key = key_compose(NULL, NULL, "x");
    ck_assert_str_eq(key, "x");
    ck_assert_str_eq(key_name(key, &length), "x");
    ck_assert_uint_eq(length, 0);
    free(key);
}
END_TEST

Suite *suite_key(void)
{
    Suite *suite = suite_create("key");
    TCase *tests = tcase_create("key");
    tcase_add_test(tests, keys_match_whichever_way_the_file_is_written);
    tcase_add_test(tests, keys_of_different_things_do_not_match);
    tcase_add_loop_test(tests, names_of_transformers, 0,
                        sizeof transformer_names / sizeof transformer_names[0]);
    tcase_add_test(tests, composing_and_taking_apart);
    suite_add_tcase(suite, tests);
    return suite;
}
