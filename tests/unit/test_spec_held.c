/* test_spec_held.c -- messages that are held, and lines of the program's own source. */
#include "test_spec_support.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *said;
static size_t said_length;
static struct messages held;

static void begin(void)
{
    messages_init(&held, open_memstream(&said, &said_length));
    held.hold = true;
}

/* Prints them, compares, and frees. */
static void end(const char *expected)
{
    messages_print_held(&held);
    messages_free(&held);
    fclose(held.stream);
    ck_assert_str_eq(said, expected);
    free(said);
}

static struct source spec = {.path = "f.xf", .text = (char *)"ab\ncd\nef\n", .length = 9};

static void at_spec(enum severity severity, size_t offset, const char *text)
{
    report(&held, severity, &spec, (struct span){offset, offset + 1}, "%s", text);
}

START_TEST(they_come_in_the_order_of_subjects_files_and_lines)
{
    begin();
    report_at(&held, SEVERITY_ERROR, "z.c", 1, "five");
    report_at(&held, SEVERITY_WARNING, "b.c", 30, "four");
    at_spec(SEVERITY_ERROR, 6, "two");
    report_at(&held, SEVERITY_ERROR, "b.c", 4, "three");
    at_spec(SEVERITY_ERROR, 0, "one");
    report_at(&held, SEVERITY_WARNING, "v1.so", 0, "nought");
    end("v1.so: warning: nought\n"
        "f.xf:1:1: error: one\nab\n^\n"
        "f.xf:3:1: error: two\nef\n^\n"
        "b.c:4: error: three\n"
        "b.c:30: warning: four\n"
        "z.c:1: error: five\n");
}
END_TEST

START_TEST(notes_and_helps_stay_with_what_they_belong_to)
{
    begin();
    at_spec(SEVERITY_WARNING, 4, "second");
    report_help(&held, "do it");
    report_rule_if(&held, "if so", "a -> %s", "b");
    at_spec(SEVERITY_NOTE, 0, "here");
    at_spec(SEVERITY_WARNING, 3, "first");
    report_rule(&held, "c -> d");
    end("f.xf:2:1: warning: first\ncd\n^\n    help: write: c -> d\n"
        "f.xf:2:2: warning: second\ncd\n ^\n    help: do it\n    help: if so, write: a -> b\n"
        "f.xf:1:1: note: here\nab\n^\n");
}
END_TEST

START_TEST(the_same_is_said_once)
{
    begin();
    at_spec(SEVERITY_ERROR, 0, "no");
    report_help(&held, "yes");
    at_spec(SEVERITY_ERROR, 1, "no");
    at_spec(SEVERITY_ERROR, 0, "no");
    report_help(&held, "yes");
    at_spec(SEVERITY_NOTE, 6, "here");
    ck_assert_int_eq(held.error_count, 2);
    end("f.xf:1:1: error: no\nab\n^\n    help: yes\nf.xf:1:2: error: no\nab\n ^\n");
}
END_TEST

START_TEST(there_is_a_limit_on_errors_only)
{
    begin();
    held.most_errors = 2;
    at_spec(SEVERITY_ERROR, 0, "a");
    at_spec(SEVERITY_ERROR, 1, "b");
    at_spec(SEVERITY_ERROR, 3, "c");
    at_spec(SEVERITY_WARNING, 6, "d");
    end("f.xf:1:1: error: a\nab\n^\nf.xf:1:2: error: b\nab\n ^\nf.xf:3:1: warning: d\nef\n^\n"
        "xfgen: 1 more error; --max-errors=0 shows all\n");
}
END_TEST

START_TEST(the_quiet_hear_errors)
{
    begin();
    held.is_quiet = true;
    at_spec(SEVERITY_WARNING, 0, "a");
    at_spec(SEVERITY_NOTE, 1, "b");
    at_spec(SEVERITY_ERROR, 3, "c");
    ck_assert_int_eq(held.warning_count, 1);
    end("f.xf:2:1: error: c\ncd\n^\n");
}
END_TEST

START_TEST(an_index_of_lines_gives_the_same_positions)
{
    struct source indexed = spec;
    int line, column, indexed_line, indexed_column;
    size_t offset;

    source_index_lines(&indexed);
    for (offset = 0; offset <= 12; offset++) {
        source_position(&spec, offset, &line, &column);
        source_position(&indexed, offset, &indexed_line, &indexed_column);
        ck_assert_int_eq(line, indexed_line);
        ck_assert_int_eq(column, indexed_column);
    }
    free(indexed.line_starts);
}
END_TEST

/* ---- The program's own source ---------------------------------------------------------------- */

static char source_path[] = "/tmp/kitsune-held-XXXXXX";

static time_t write_source(const char *text)
{
    struct stat status;
    int descriptor;

    strcpy(source_path + strlen(source_path) - 6, "XXXXXX");
    descriptor = mkstemp(source_path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, text, strlen(text)), (int)strlen(text));
    ck_assert_int_eq(fstat(descriptor, &status), 0);
    close(descriptor);
    return status.st_mtime;
}

/* A message about line 2 of app.c, which has `text`; the program was built `age` seconds after it
 * was written. */
static void expect_line(const char *text, int age, const char *message, const char *expected)
{
    begin();
    declarations_add(&held, "app.c", source_path, write_source(text) + age);
    report_at(&held, SEVERITY_ERROR, "app.c", 2, "%s", message);
    unlink(source_path);
    end(expected);
}

START_TEST(the_line_is_shown_with_the_name_that_stands_in_it)
{
    expect_line("\nint port;\n", 0, "'port' is wrong",
                "app.c:2:5: error: 'port' is wrong\nint port;\n    ^~~~\n");
    expect_line("\nint port, ports;", 0, "'server.list->ports[]' is wrong",
                "app.c:2:11: error: 'server.list->ports[]' is wrong\nint port, ports;\n"
                "          ^~~~~\n");
    expect_line("\nstruct new {\n", 0, "'x->y' changes from 'struct old' to 'struct new'",
                "app.c:2:8: error: 'x->y' changes from 'struct old' to 'struct new'\n"
                "struct new {\n       ^~~\n");
    expect_line("\nint *E_PTRARRAY(n) p;\n", 0, "E_PTRARRAY(n): no",
                "app.c:2:6: error: E_PTRARRAY(n): no\nint *E_PTRARRAY(n) p;\n     ^~~~~~~~~~\n");
}
END_TEST

START_TEST(what_may_be_another_file_is_not_shown)
{
    expect_line("\nint port;\n", -1, "'port' is wrong", "app.c:2: error: 'port' is wrong\n");
    expect_line("\nint ports;\n", 0, "'port' is wrong", "app.c:2: error: 'port' is wrong\n");
    expect_line("int port;", 0, "'port' is wrong", "app.c:2: error: 'port' is wrong\n");
    expect_line("", 0, "'port' is wrong", "app.c:2: error: 'port' is wrong\n");
    expect_line("\nint port;\n", 0, "no name", "app.c:2: error: no name\n");
    expect_line("\nint port;\n", 0, "an open 'port", "app.c:2: error: an open 'port\n");
    expect_line("\nint port;\n", 0, "''", "app.c:2: error: ''\n");
}
END_TEST

START_TEST(two_versions_have_files_of_one_name)
{
    static const char first[] = "app.c";
    char second[] = "app.c"; /* the same text, another version's */
    time_t built = write_source("\nint port;\n");

    begin();
    declarations_add(&held, first, "/nowhere/app.c", built);
    declarations_add(&held, second, source_path, built);
    report_at(&held, SEVERITY_ERROR, first, 2, "'port' a");
    report_at(&held, SEVERITY_ERROR, second, 2, "'port' b");
    unlink(source_path);
    end("app.c:2: error: 'port' a\napp.c:2:5: error: 'port' b\nint port;\n    ^~~~\n");
}
END_TEST

Suite *held_suite(void)
{
    Suite *suite = suite_create("held messages");
    TCase *order = tcase_create("order"), *sources = tcase_create("sources");

    tcase_add_test(order, they_come_in_the_order_of_subjects_files_and_lines);
    tcase_add_test(order, notes_and_helps_stay_with_what_they_belong_to);
    tcase_add_test(order, the_same_is_said_once);
    tcase_add_test(order, there_is_a_limit_on_errors_only);
    tcase_add_test(order, the_quiet_hear_errors);
    tcase_add_test(order, an_index_of_lines_gives_the_same_positions);
    suite_add_tcase(suite, order);

    tcase_add_test(sources, the_line_is_shown_with_the_name_that_stands_in_it);
    tcase_add_test(sources, what_may_be_another_file_is_not_shown);
    tcase_add_test(sources, two_versions_have_files_of_one_name);
    suite_add_tcase(suite, sources);
    return suite;
}
