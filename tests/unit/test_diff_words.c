/* test_diff_words.c -- how kitsune diff lays out text and rules in lines. */
#include "diff.h"

#include <check.h>
#include <stdlib.h>

static char *written;
static size_t written_length;
static FILE *stream;

static void begin(void)
{
    stream = open_memstream(&written, &written_length);
    ck_assert_ptr_nonnull(stream);
}

/* What was written so far is this, and is forgotten. */
static void expect(const char *text)
{
    fclose(stream);
    ck_assert_str_eq(written, text);
    free(written);
    begin();
}

static void end_of_stream(void)
{
    fclose(stream);
    free(written);
}

START_TEST(text_breaks_at_spaces)
{
    write_wrapped(stream, "one two three", 0, 2, 7);
    expect("one two\n  three");
    write_wrapped(stream, "one two three", 4, 2, 7);
    expect("one\n  two\n  three");
    write_wrapped(stream, "fits", 0, 2, 4);
    expect("fits");
    write_wrapped(stream, "", 0, 2, 4);
    expect("");
}
END_TEST

START_TEST(a_word_longer_than_the_line_stays_whole)
{
    write_wrapped(stream, "a extraordinarily b", 0, 1, 6);
    expect("a\n extraordinarily\n b");
    write_wrapped(stream, "extraordinarily", 9, 1, 6); /* begins behind the end */
    expect("extraordinarily");
}
END_TEST

START_TEST(a_short_rule_is_one_line)
{
    write_rule(stream, "a -> b", "  ", 20);
    expect("  a -> b\n");
    write_rule(stream, "a -> b: { $out = $in; }", "// ", 98);
    expect("// a -> b: { $out = $in; }\n");
    write_rule(stream, "INIT a_long_name_indeed: {}", "", 10); /* there is nothing to break at */
    expect("INIT a_long_name_indeed: {}\n");
}
END_TEST

START_TEST(a_long_rule_has_a_line_for_each_statement)
{
    write_rule(stream, "a -> b: { $out = $in; if ($out != $in) FAIL(\"no\"); }", "// ", 30);
    expect("// a -> b: {\n"
           "//     $out = $in;\n"
           "//     if ($out != $in) FAIL(\"no\");\n"
           "// }\n");
}
END_TEST

START_TEST(semicolons_end_statements_only_where_they_do)
{
    write_rule(stream, "a -> b: { f(\"; \\\"; \", ';'); for (i = 0; i < 2; i++) g(); }", "", 20);
    expect("a -> b: {\n"
           "    f(\"; \\\"; \", ';');\n"
           "    for (i = 0; i < 2; i++) g();\n"
           "}\n");
    write_rule(stream, "a -> b: { FAIL \"x\"; /* $out = 1; $in; */ }", "", 20);
    expect("a -> b: {\n"
           "    FAIL \"x\";\n"
           "    /* $out = 1; $in; */\n"
           "}\n");
}
END_TEST

START_TEST(a_break_stays_with_its_case)
{
    write_rule(stream, "a -> b: { switch ($in) { case 1: $out = 2; break; default: f(); } }", "", 20);
    expect("a -> b: {\n"
           "    switch ($in) { case 1: $out = 2; break;\n"
           "    default: f();\n"
           "    }\n"
           "}\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("diff words");
    TCase *cases = tcase_create("diff words");
    SRunner *runner = srunner_create(suite);
    int failed, run;

    tcase_add_checked_fixture(cases, begin, end_of_stream);
    tcase_add_test(cases, text_breaks_at_spaces);
    tcase_add_test(cases, a_word_longer_than_the_line_stays_whole);
    tcase_add_test(cases, a_short_rule_is_one_line);
    tcase_add_test(cases, a_long_rule_has_a_line_for_each_statement);
    tcase_add_test(cases, semicolons_end_statements_only_where_they_do);
    tcase_add_test(cases, a_break_stays_with_its_case);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    run = srunner_ntests_run(runner);
    srunner_free(runner);
    printf("%d passed, %d failed\n", run - failed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
