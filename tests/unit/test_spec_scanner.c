/* test_spec_scanner.c -- what is a token, and what is white space, comment or C text. */
#include "test_spec_support.h"

#include <stdlib.h>
#include <string.h>

START_TEST(comments_between_rules_are_skipped)
{
    expect_tree("// first -> x\na -> b /* c -> d */\n/* * / ** /\n***/ e -> f//g -> h\n// end",
                "rename a -> b\nrename e -> f\n");
    expect_tree("a/*x*/->/*y*/b", "rename a -> b\n");
    expect_tree("// continued \\\nline -> x\na -> b", "rename a -> b\n");
    expect_tree("// continued \\\r\nline -> x\r\na -> b\r\n", "rename a -> b\n");
}
END_TEST

START_TEST(white_space_is_free)
{
    expect_tree("", "");
    expect_tree(" \t\r\n\f\v", "");
    expect_tree("a->b", "rename a -> b\n");
    expect_tree("a\n->\n\tb\n:\n{}", "convert a -> b {}\n");
    expect_tree("a -> b\r\nc -> d\r\n", "rename a -> b\nrename c -> d\n");
}
END_TEST

START_TEST(dashes_in_paths_are_not_arrows)
{
    expect_tree("my-file.c/x->other--file.c/y", "rename my-file.c/x -> other--file.c/y\n");
    expect_tree("my-file.c/x -> a/b-c/d.c/y", "rename my-file.c/x -> a/b-c/d.c/y\n");
}
END_TEST

START_TEST(keywords_are_whole_words)
{
    expect_tree("structure -> INITIAL", "rename structure -> INITIAL\n");
    expect_tree("struct enum_of -> union CHECKED", "rename struct enum_of -> union CHECKED\n");
}
END_TEST

START_TEST(a_byte_order_mark_is_skipped)
{
    expect_tree("\xef\xbb\xbf"
                "a -> b",
                "rename a -> b\n");
}
END_TEST

START_TEST(bytes_beyond_ascii_pass)
{
    /* Latin-1 and UTF-8, in names, comments and code. */
    expect_tree("gr\xf6\xdf"
                "e -> gr\xc3\xb6\xc3\x9f"
                "e // \xff\xfe\n",
                "rename gr\xf6\xdf"
                "e -> gr\xc3\xb6\xc3\x9f"
                "e\n");
    expect_block("f(\"\xff\", '\xe9'); /* \xc0 */", "f(\"\xff\", '\xe9'); /* \xc0 */");
}
END_TEST

START_TEST(a_nul_byte_is_an_error_and_nothing_is_lost)
{
    static const char text[] = "a -> b\n\0c -> d: { x\0y }\n";
    struct reading reading = read_bytes(text, sizeof text - 1);

    ck_assert_str_eq(reading.said, "test.xf:2:1: error: a NUL byte: this is not a text file, or it "
                                   "is damaged\n?c -> d: { x?y }\n^\n");
    ck_assert_int_eq(reading.messages.error_count, 1);
    ck_assert_str_eq(reading.tree, "rename a -> b\nconvert c -> d { x y }\n");
    reading_end(&reading);
}
END_TEST

START_TEST(braces_in_strings_characters_and_comments_do_not_count)
{
    expect_block("f(\"}\", '}', '\\'', \"\\\"}\"); /* } */ // }\n",
                 "f(\"}\", '}', '\\'', \"\\\"}\"); /* } */ // }\n");
    expect_block(" if (x) { y(); } else { z(); } ", " if (x) { y(); } else { z(); } ");
    expect_block("f(\"a\\\n}b\");", "f(\"a\\\n}b\");");
    expect_block("L'}', u8\"}\", '\\\\', '\"'", "L'}', u8\"}\", '\\\\', '\"'");
    expect_block("1'000'000 + 0x1'f", "1'000'000 + 0x1'f");
}
END_TEST

START_TEST(preprocessor_lines_may_hold_lone_quotes)
{
    expect_tree("{\n#error don't\n  # warning it's \"so\n#include <it's.h>\n}",
                "prologue {\n#error don't\n  # warning it's \"so\n#include <it's.h>\n}\n");
    expect_block("\n#define X(a) #a ## a\n", "\n#define X(a) #a ## a\n");
}
END_TEST

START_TEST(unclosed_things_are_reported_where_they_open)
{
    expect_errors("a -> b\n/* x\ny -> z\n", "2:1: error: this comment is never closed\n");
    expect_errors("a -> b: {\n  /* x }\n", "2:3: error: this comment is never closed\n");
    expect_errors("a -> b: {\n  x { y }\n\nc -> d\n", "1:9: error: this '{' is never closed\n");
    expect_errors("a -> b: { s = \"x; }\n}\nc -> d",
                  "1:15: error: this string is not closed on its line\n");
    expect_errors("a -> b: { s = 'x; }\nc -> d",
                  "1:15: error: this character constant is not closed\n");
    expect_errors("a -> b: { s = \"x\\", "1:15: error: this string is not closed on its line\n");
}
END_TEST

START_TEST(what_belongs_nowhere_is_reported_and_skipped)
{
    expect_errors("a[3] -> b\n", "1:2: error: '[3]' does not belong outside a block\n");
    expect_errors("a -> b }\nc -> d", "1:8: error: this '}' closes nothing\n");
    expect_errors("a -> b !!! %%\n", "1:8: error: '!!!' does not belong outside a block\n");
    expect_errors("a -> b !!!\n%%\n", "1:8: error: '!!!' does not belong outside a block\n"
                                      "2:1: error: '%%' does not belong outside a block\n");
    expect_errors("\"a\" -> b\n", "1:1: error: '\"a\"' does not belong outside a block\n");
    expect_errors("*a -> b", "1:1: error: '*' does not belong outside a block\n");
    expect_errors("a -> b$in", "1:7: error: '$in' does not belong outside a block\n");
}
END_TEST

START_TEST(many_errors_end_the_reading)
{
    char text[4000];
    struct reading reading;
    size_t i;

    for (i = 0; i + 4 < sizeof text; i += 4)
        memcpy(text + i, "a b\n", 4);
    text[i] = '\0';
    reading = read_text(text);
    ck_assert_int_eq(reading.messages.error_count, 100);
    ck_assert_ptr_nonnull(strstr(reading.said, "error: too many errors"));
    reading_end(&reading);
}
END_TEST

Suite *scanner_suite(void)
{
    Suite *suite = suite_create("scanner");
    TCase *cases = tcase_create("scanner");

    tcase_add_test(cases, comments_between_rules_are_skipped);
    tcase_add_test(cases, white_space_is_free);
    tcase_add_test(cases, dashes_in_paths_are_not_arrows);
    tcase_add_test(cases, keywords_are_whole_words);
    tcase_add_test(cases, a_byte_order_mark_is_skipped);
    tcase_add_test(cases, bytes_beyond_ascii_pass);
    tcase_add_test(cases, a_nul_byte_is_an_error_and_nothing_is_lost);
    tcase_add_test(cases, braces_in_strings_characters_and_comments_do_not_count);
    tcase_add_test(cases, preprocessor_lines_may_hold_lone_quotes);
    tcase_add_test(cases, unclosed_things_are_reported_where_they_open);
    tcase_add_test(cases, what_belongs_nowhere_is_reported_and_skipped);
    tcase_add_test(cases, many_errors_end_the_reading);
    suite_add_tcase(suite, cases);
    return suite;
}
