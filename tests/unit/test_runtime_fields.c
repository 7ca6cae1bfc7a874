/* test_runtime_fields.c -- the `name value` lines, and the status file made of them. */
#include "test_runtime.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fields.h"
#include "control/status_file.h"

START_TEST(what_is_written_is_read)
{
    static const char awkward[] = "a path\nwith lines\\and backslashes \\n and spaces ";
    struct text text = {0};
    text_add_field(&text, "number", "%d", -42);
    text_add_field(&text, "path", "%s", awkward);
    text_add_field(&text, "empty", "%s", "");
    text_end_fields(&text);
    text_add_field(&text, "next_block", "1");
    struct fields fields;
    size_t used;
    ck_assert(fields_parse(&fields, text.bytes, text.length, &used));
    ck_assert_uint_eq(fields.count, 3);
    ck_assert_int_eq(fields_number(&fields, "number", 0), -42);
    ck_assert_str_eq(fields_get(&fields, "path"), awkward);
    ck_assert_str_eq(fields_get(&fields, "empty"), "");
    ck_assert_ptr_null(fields_get(&fields, "next_block"));
    ck_assert_str_eq(text.bytes + used, "next_block 1\n");
    fields_free(&fields);
    text_free(&text);
}
END_TEST

static const struct {
    const char *text;
    size_t size;
} malformed[] = {
#define TEXT(literal) {literal, sizeof(literal) - 1}
    TEXT(""),
    TEXT("a 1"),
    TEXT("a 1\n"),           /* not complete */
    TEXT("a 1\nb 2"),
    TEXT(" 1\n\n"),          /* no name */
    TEXT("a-b 1\n\n"),       /* no word */
    TEXT("a \\x\n\n"),       /* no such escape */
    TEXT("a \\\n\n"),
    TEXT("a 1\0 2\n\n"),
    TEXT("a 1\n\t\n\n"),
#undef TEXT
};

START_TEST(malformed_blocks_are_refused)
{
    struct fields fields;
    ck_assert(!fields_parse(&fields, malformed[_i].text, malformed[_i].size, NULL));
}
END_TEST

START_TEST(an_empty_block)
{
    struct fields fields;
    size_t used;
    ck_assert(fields_parse(&fields, "\nrest", 5, &used));
    ck_assert_uint_eq(fields.count, 0);
    ck_assert_uint_eq(used, 1);
    fields_free(&fields);
}
END_TEST

START_TEST(numbers)
{
    static const char text[] = "a 12\nb 12x\nc\nd 99999999999999999999\n\n";
    struct fields fields;
    ck_assert(fields_parse(&fields, text, sizeof text - 1, NULL));
    ck_assert_int_eq(fields_number(&fields, "a", 7), 12);
    ck_assert_int_eq(fields_number(&fields, "b", 7), 7);
    ck_assert_int_eq(fields_number(&fields, "c", 7), 7);
    ck_assert_int_eq(fields_number(&fields, "d", 7), 7);
    ck_assert_int_eq(fields_number(&fields, "e", 7), 7);
    fields_free(&fields);
}
END_TEST

START_TEST(a_status_is_rewritten_in_place)
{
    int file = open(in_folder("1.status"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(file, 0);
    struct text text = {0};
    text_add_field(&text, "path", "%s", "/a/rather/long/path/that/gets/shorter");
    ck_assert(status_write(file, 1, &text));
    text_free(&text);
    text_add_field(&text, "path", "%s", "/b");
    ck_assert(status_write(file, 2, &text));
    text_free(&text);
    struct fields fields;
    ck_assert(status_read(in_folder("1.status"), &fields, NULL));
    ck_assert_str_eq(fields_get(&fields, "path"), "/b");
    ck_assert_int_eq(fields_number(&fields, "sequence", 0), 2);
    fields_free(&fields);
    close(file);
}
END_TEST

START_TEST(a_half_written_status_is_refused)
{
    static const char half[] = "sequence 3\npath /x\nend 2\n\n";
    write_file(in_folder("2.status"), half, sizeof half - 1);
    struct fields fields;
    char *message = NULL;
    ck_assert(!status_read(in_folder("2.status"), &fields, &message));
    assert_contains(message, "incomplete");
    free(message);
    ck_assert(!status_read(in_folder("none.status"), &fields, &message));
    assert_contains(message, "No such file");
    free(message);
}
END_TEST

START_TEST(control_characters_become_printable)
{
    struct text text = {0};
    text_add_field(&text, "title", "%s", "a\033]0;b\007\tc\nd \x7f \xc2\x9b \xc3\xa4");
    text_end_fields(&text);
    struct fields fields;
    ck_assert(fields_parse(&fields, text.bytes, text.length, NULL));
    fields_make_printable(&fields);
    ck_assert_str_eq(fields_get(&fields, "title"), "a?]0;b?\tc\nd ? ?? \xc3\xa4");
    fields_free(&fields);
    text_free(&text);
}
END_TEST

START_TEST(only_regular_files_are_a_status)
{
    struct fields fields;
    run("mkfifo %s; ln -s /etc/passwd %s", in_folder("3.status"), in_folder("4.status"));
    ck_assert(!status_read(in_folder("3.status"), &fields, NULL)); /* and does not wait */
    ck_assert(!status_read(in_folder("4.status"), &fields, NULL));
}
END_TEST

Suite *suite_fields(void)
{
    Suite *suite = suite_create("fields");
    TCase *tests = tcase_create("fields");
    tcase_add_test(tests, what_is_written_is_read);
    tcase_add_loop_test(tests, malformed_blocks_are_refused, 0,
                        sizeof malformed / sizeof malformed[0]);
    tcase_add_test(tests, an_empty_block);
    tcase_add_test(tests, numbers);
    tcase_add_test(tests, a_status_is_rewritten_in_place);
    tcase_add_test(tests, a_half_written_status_is_refused);
    tcase_add_test(tests, control_characters_become_printable);
    tcase_add_test(tests, only_regular_files_are_a_status);
    suite_add_tcase(suite, tests);
    return suite;
}
