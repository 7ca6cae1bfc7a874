/* test_rewriter_records.c -- records, the source that stores them, and the findings' way from one
 * process to the other. */
#include "test_rewriter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../rewriter/findings.h"
#include "../../rewriter/record.h"

static void check_record(struct record record, const char *expected)
{
    char *got = record_format(&record);
    ck_assert_str_eq(got, expected);
    free(got);
}

START_TEST(seven_fields)
{
    check_record((struct record){"type", "struct list", "head", 1, "G @t", "inc/list.h", 12},
                 "type\tstruct list\thead\t1\tG\t@t\tinc/list.h:12");
    check_record((struct record){"variable", "main.c/counter", "", 0, "MANUAL_MIGRATE", "main.c",
                                 3},
                 "variable\tmain.c/counter\t\t0\tMANUAL_MIGRATE\t\tmain.c:3");
}
END_TEST

START_TEST(white_space_is_collapsed)
{
    check_record((struct record){"type", "struct s", "p", 0, "PTRARRAY  self.n \t+\n  1 ", "a.c",
                                 1},
                 "type\tstruct s\tp\t0\tPTRARRAY\tself.n + 1\ta.c:1");
    check_record((struct record){"type", "struct s", "p", 0, "SZ ", "a\tb.c", 1},
                 "type\tstruct s\tp\t0\tSZ\t\ta b.c:1");
}
END_TEST

START_TEST(escaping)
{
    struct text text = {0};
    add_escaped(&text, "a\"b\\c\td?\xc3\xa4");
    ck_assert_str_eq(text.bytes, "a\\\"b\\\\c\\011d\\077\\303\\244");
    text_free(&text);
}
END_TEST

START_TEST(each_record_is_an_asm_of_its_own)
{
    struct string_list records = {0};
    struct text source = {0};
    list_add(&records, "one\ttwo");
    list_add(&records, "q\"uote");
    records_to_source(&records, &source);
    ck_assert_ptr_nonnull(strstr(source.bytes, "#pragma GCC system_header\n"));
    ck_assert_ptr_nonnull(strstr(source.bytes, ".string \\\"one\\\\011two\\\""));
    ck_assert_ptr_nonnull(strstr(source.bytes, ".string \\\"q\\\\\\\"uote\\\""));
    int count = 0;
    for (const char *p = source.bytes; (p = strstr(p, "__asm__(")); p++)
        count++;
    ck_assert_int_eq(count, 2);
    text_free(&source);
    list_free(&records);
}
END_TEST

START_TEST(equal_records_are_kept_once)
{
    struct findings findings = {0};
    findings_add_record(&findings, "a");
    findings_add_record(&findings, "b");
    findings_add_record(&findings, "a");
    ck_assert_uint_eq(findings.records.count, 2);
    findings_free(&findings);
}
END_TEST

static char *written(const struct findings *findings)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);
    findings_write(findings, stream);
    fclose(stream);
    return bytes;
}

START_TEST(findings_survive_the_way)
{
    struct findings sent = {0}, received = {0};
    findings_add_record(&sent, "type\tstruct s\tp\t0\tSZ\t\ta.c:1");
    findings_add_insertion(&sent, 20, " second;");
    findings_add_insertion(&sent, 10, " first\twith tab;");
    findings_add_insertion(&sent, 20, " third;");
    list_add(&sent.warnings, "a.c:1: warning");
    list_add(&sent.problems, "a.c:2: problem");
    char *text = written(&sent);
    ck_assert(findings_read(&received, text));
    ck_assert_uint_eq(received.records.count, 1);
    ck_assert_str_eq(received.records.items[0], sent.records.items[0]);
    ck_assert_uint_eq(received.insertion_count, 3);
    ck_assert_uint_eq(received.insertions[0].offset, 10);
    ck_assert_str_eq(received.insertions[0].code, " first\twith tab;");
    ck_assert_str_eq(received.insertions[1].code, " second;");
    ck_assert_str_eq(received.insertions[2].code, " third;");
    ck_assert_str_eq(received.warnings.items[0], "a.c:1: warning");
    ck_assert_str_eq(received.problems.items[0], "a.c:2: problem");
    free(text);
    findings_free(&sent);
    findings_free(&received);
}
END_TEST

START_TEST(every_cut_is_noticed)
{
    struct findings sent = {0};
    findings_add_record(&sent, "type\tstruct s\tp\t0\tSZ\t\ta.c:1");
    findings_add_insertion(&sent, 20, " x;");
    char *text = written(&sent);
    for (size_t length = 0; length < strlen(text); length++) {
        struct findings received = {0};
        char *cut = copy_bytes(text, length);
        ck_assert_msg(!findings_read(&received, cut), "cut at %zu", length);
        free(cut);
        findings_free(&received);
    }
    struct findings nothing = {0};
    ck_assert(!findings_read(&nothing, NULL));
    free(text);
    findings_free(&sent);
}
END_TEST

Suite *records_suite(void)
{
    Suite *suite = suite_create("kitcc records");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, seven_fields);
    tcase_add_test(tests, white_space_is_collapsed);
    tcase_add_test(tests, escaping);
    tcase_add_test(tests, each_record_is_an_asm_of_its_own);
    tcase_add_test(tests, equal_records_are_kept_once);
    tcase_add_test(tests, findings_survive_the_way);
    tcase_add_test(tests, every_cut_is_noticed);
    suite_add_tcase(suite, tests);
    return suite;
}
