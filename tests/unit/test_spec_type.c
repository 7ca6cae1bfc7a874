/* test_spec_type.c -- type expressions, as in annotations and in $oldtype(...). */
#include "test_spec_support.h"

#include <stdlib.h>
#include <string.h>

/* Reads a type and writes it again. */
static void expect_type(const char *text, const char *normal)
{
    struct type_expression *type = type_expression_parse(text);
    char *found;

    ck_assert_msg(type != NULL, "'%s' was not understood", text);
    found = type_expression_to_string(type);
    ck_assert_str_eq(found, normal);
    free(found);
    type_expression_free(type);
}

static void expect_no_type(const char *text)
{
    struct type_expression *type = type_expression_parse(text);

    ck_assert_msg(type == NULL, "'%s' was taken for a type", text);
}

START_TEST(base_types_have_one_name)
{
    static const char *const names[][2] = {
        {"int", "int"},
        {"signed", "int"},
        {"signed int", "int"},
        {"unsigned", "unsigned int"},
        {"int unsigned", "unsigned int"},
        {"char", "char"},
        {"signed char", "signed char"},
        {"char unsigned", "unsigned char"},
        {"short", "short int"},
        {"signed short int", "short int"},
        {"unsigned short", "short unsigned int"},
        {"short int unsigned", "short unsigned int"},
        {"long", "long int"},
        {"unsigned long", "long unsigned int"},
        {"unsigned long int", "long unsigned int"},
        {"long unsigned int", "long unsigned int"},
        {"long long", "long long int"},
        {"long int signed long", "long long int"},
        {"unsigned long long", "long long unsigned int"},
        {"long long unsigned int", "long long unsigned int"},
        {"float", "float"},
        {"double", "double"},
        {"double long", "long double"},
        {"_Bool", "_Bool"},
        {"void", "void"},
        {"__int128", "__int128"},
        {"unsigned __int128", "__int128 unsigned"},
        {"double _Complex", "complex double"},
    };
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++) {
        expect_type(names[i][0], names[i][1]);
        ck_assert_ptr_nonnull(base_type_name(names[i][0]));
        ck_assert_str_eq(base_type_name(names[i][0]), names[i][1]);
        /* What the name stands for has that name. */
        ck_assert_str_eq(base_type_name(names[i][1]), names[i][1]);
    }
}
END_TEST

START_TEST(what_is_no_base_type)
{
    static const char *const wrong[] = {
        "unsigned float", "short long",      "long long long", "int int",     "signed unsigned",
        "char int",       "unsigned double", "void int",       "_Complex",    "short double",
        "long char",      "signed _Bool",    "int __int128",   "long float",
    };
    size_t i;

    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        expect_no_type(wrong[i]);
        ck_assert_ptr_null(base_type_name(wrong[i]));
    }
    ck_assert_ptr_null(base_type_name(""));
    ck_assert_ptr_null(base_type_name("size_t"));
}
END_TEST

START_TEST(named_types)
{
    struct type_expression *type;

    expect_type("struct list", "struct list");
    expect_type("union u", "union u");
    expect_type("enum colour", "enum colour");
    expect_type("size_t", "size_t");
    expect_type("typedef item_t", "item_t");
    expect_type("  size_t\n", "size_t");
    type = type_expression_parse("struct list");
    ck_assert_int_eq(type->kind, EXPRESSION_NAMED);
    ck_assert_int_eq(type->word, WORD_STRUCT);
    ck_assert_str_eq(type->name, "list");
    ck_assert_int_eq(type->span.end, 11);
    type_expression_free(type);
}
END_TEST

START_TEST(qualifiers_are_ignored)
{
    expect_type("const char *", "char *");
    expect_type("char const *const volatile *restrict", "char **");
    expect_type("unsigned const long volatile int", "long unsigned int");
    expect_type("const struct s", "struct s");
    expect_type("_Atomic int", "int");
    expect_no_type("const");
}
END_TEST

START_TEST(pointers_and_arrays)
{
    struct type_expression *type;

    expect_type("int *", "int *");
    expect_type("int**", "int **");
    expect_type("char [16]", "char [16]");
    expect_type("char *[0x10]", "char *[16]");
    expect_type("int [2][3]", "int [2][3]");
    expect_type("int []", "int [0]");
    expect_type("int (*)[4]", "int (*)[4]");
    expect_type("int *(*[2])[3]", "int *(*[2])[3]");

    type = type_expression_parse("int [2][3]");
    ck_assert_int_eq(type->kind, EXPRESSION_ARRAY);
    ck_assert_int_eq(type->count, 2); /* the outermost first */
    ck_assert_int_eq(type->target->count, 3);
    type_expression_free(type);

    type = type_expression_parse("int (*)[4]");
    ck_assert_int_eq(type->kind, EXPRESSION_POINTER);
    ck_assert_int_eq(type->target->kind, EXPRESSION_ARRAY);
    type_expression_free(type);
    expect_no_type("int [x]");
    expect_no_type("int [3q]");
    expect_no_type("int [99999999999999999999999]");
}
END_TEST

START_TEST(function_pointers)
{
    struct type_expression *type = type_expression_parse("void (**[2])(int, char *(*)(void), ...)");

    ck_assert_ptr_nonnull(type);
    ck_assert_int_eq(type->kind, EXPRESSION_ARRAY);
    ck_assert_int_eq(type->target->kind, EXPRESSION_POINTER);
    ck_assert_int_eq(type->target->target->kind, EXPRESSION_FUNCTION);
    type_expression_free(type);
    expect_type("[fptr]", "[fptr]");
    expect_type("[ fptr ]", "[fptr]");
    expect_type("int (*)()", "[fptr]");
    expect_type("struct s *(*)(int a, struct s *b[3])", "[fptr]");
    expect_no_type("int (*)(");
    expect_no_type("int (int)");
}
END_TEST

START_TEST(generics)
{
    struct type_expression *type;

    expect_type("@t", "@t");
    expect_type("@t *", "@t *");
    expect_type("[opaque]", "[opaque]");
    expect_type("struct list<int>", "struct list<int>");
    expect_type("struct map<char*,struct list<@t,[opaque]>> *",
                "struct map<char *, struct list<@t, [opaque]>> *");
    expect_type("list_t<int, unsigned>", "list_t<int, unsigned int>");
    type = type_expression_parse("struct map<char *, @v>");
    ck_assert_int_eq(type->argument_count, 2);
    ck_assert_int_eq(type->arguments[1]->kind, EXPRESSION_PARAMETER);
    ck_assert_str_eq(type->arguments[1]->name, "@v");
    type_expression_free(type);
    expect_no_type("struct list<>");
    expect_no_type("struct list<int");
    expect_no_type("list<int,>");
    expect_no_type("@");
}
END_TEST

START_TEST(lists)
{
    struct type_expression **list;
    int i;

    ck_assert_int_eq(type_expression_parse_list("int, struct list<@t, int>, [opaque]", &list), 3);
    ck_assert_int_eq(list[1]->kind, EXPRESSION_NAMED);
    ck_assert_int_eq(list[2]->kind, EXPRESSION_OPAQUE);
    for (i = 0; i < 3; i++)
        type_expression_free(list[i]);
    free(list);
    ck_assert_int_eq(type_expression_parse_list("", &list), 0);
    ck_assert_ptr_null(list);
    ck_assert_int_eq(type_expression_parse_list("int,", &list), -1);
    ck_assert_ptr_null(list);
    ck_assert_int_eq(type_expression_parse_list(", int", &list), -1);
    ck_assert_int_eq(type_expression_parse_list("int int2", &list), -1);
}
END_TEST

START_TEST(what_is_no_type)
{
    expect_no_type("");
    expect_no_type(" ");
    expect_no_type("*");
    expect_no_type("struct");
    expect_no_type("int )");
    expect_no_type("int }");
    expect_no_type("int; ");
    expect_no_type("int, int");
    expect_no_type("$in");
    expect_no_type("\"int\"");
    expect_no_type("int /* open");
}
END_TEST

START_TEST(many_stars_need_no_deep_stack)
{
    enum { STARS = 1000000 };
    char *text = malloc(STARS + 4);
    struct type_expression *type;

    ck_assert_ptr_nonnull(text);
    memcpy(text, "int", 3);
    memset(text + 3, '*', STARS);
    text[STARS + 3] = '\0';
    type = type_expression_parse(text);
    ck_assert_ptr_nonnull(type);
    type_expression_free(type);
    free(text);
}
END_TEST

Suite *type_suite(void)
{
    Suite *suite = suite_create("type expressions");
    TCase *cases = tcase_create("type expressions");

    tcase_add_test(cases, base_types_have_one_name);
    tcase_add_test(cases, what_is_no_base_type);
    tcase_add_test(cases, named_types);
    tcase_add_test(cases, qualifiers_are_ignored);
    tcase_add_test(cases, pointers_and_arrays);
    tcase_add_test(cases, function_pointers);
    tcase_add_test(cases, generics);
    tcase_add_test(cases, lists);
    tcase_add_test(cases, what_is_no_type);
    tcase_add_test(cases, many_stars_need_no_deep_stack);
    suite_add_tcase(suite, cases);
    return suite;
}
