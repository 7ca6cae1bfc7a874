/* test_spec_messages.c -- messages as they are printed, files that cannot be read, spelling. */
#include "test_spec_support.h"

#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- The look of a message ------------------------------------------------------------------ */

/* One report about text[start, end). */
static void expect_report(const char *text, size_t start, size_t end, const char *expected)
{
    struct source source = {.path = "f.xf", .text = (char *)text, .length = strlen(text)};
    struct messages messages;
    char *said;
    size_t length;
    FILE *stream = open_memstream(&said, &length);

    messages_init(&messages, stream);
    ck_assert(!messages.colour);
    report(&messages, SEVERITY_ERROR, &source, (struct span){start, end}, "no %s", "good");
    fclose(stream);
    ck_assert_str_eq(said, expected);
    free(said);
}

START_TEST(the_caret_is_under_the_span)
{
    expect_report("abc def\nghi jkl\n", 12, 15, "f.xf:2:5: error: no good\nghi jkl\n    ^~~\n");
    expect_report("abc", 0, 1, "f.xf:1:1: error: no good\nabc\n^\n");
    expect_report("abc", 1, 1, "f.xf:1:2: error: no good\nabc\n ^\n");
}
END_TEST

START_TEST(the_end_of_the_file_has_a_place)
{
    expect_report("abc", 3, 3, "f.xf:1:4: error: no good\nabc\n   ^\n");
    expect_report("abc\n", 4, 4, "f.xf:2:1: error: no good\n\n^\n");
    expect_report("abc", 99, 100, "f.xf:1:4: error: no good\nabc\n   ^\n");
    expect_report("", 0, 0, "f.xf:1:1: error: no good\n");
}
END_TEST

START_TEST(a_span_of_several_lines_shows_the_first)
{
    expect_report("ab {\n x\n}\n", 3, 9, "f.xf:1:4: error: no good\nab {\n   ^\n");
    expect_report("ab {x\r\n}\n", 3, 9, "f.xf:1:4: error: no good\nab {x\n   ^~\n");
}
END_TEST

START_TEST(tabs_are_repeated_in_the_caret_line)
{
    expect_report("\ta\tb c", 3, 4, "f.xf:1:4: error: no good\n\ta\tb c\n\t \t^\n");
}
END_TEST

START_TEST(a_character_is_one_column_wide_however_many_bytes_it_has)
{
    expect_report("\xc3\xb6\xe2\x86\x92 x", 6, 7,
                  "f.xf:1:7: error: no good\n\xc3\xb6\xe2\x86\x92 x\n   ^\n");
    expect_report("a \xc3\xb6\xc3\xb6 b", 2, 6,
                  "f.xf:1:3: error: no good\na \xc3\xb6\xc3\xb6 b\n  ^~\n");
}
END_TEST

START_TEST(what_a_terminal_cannot_show_is_a_question_mark)
{
    expect_report("\x1b[2J\xff x", 6, 7, "f.xf:1:7: error: no good\n?[2J? x\n      ^\n");
    expect_report("\xc2\x9b x", 3, 4, "f.xf:1:4: error: no good\n?? x\n   ^\n");
    expect_report("\xc3", 0, 1, "f.xf:1:1: error: no good\n?\n^\n");
}
END_TEST

START_TEST(of_a_long_line_the_part_around_the_span_is_shown)
{
    char text[2001], expected[300] = "f.xf:1:1001: error: no good\n";

    memset(text, '.', 2000);
    text[2000] = '\0';
    text[1000] = 'x';
    memset(expected + strlen(expected), '.', 60);
    strcat(expected, "x");
    memset(expected + strlen(expected), '.', 99);
    strcat(expected, "\n");
    memset(expected + strlen(expected), ' ', 60);
    strcat(expected, "^\n");
    expect_report(text, 1000, 1001, expected);
}
END_TEST

START_TEST(severities_places_and_help)
{
    struct source source = {.path = "f.xf", .text = (char *)"x", .length = 1};
    struct messages messages;
    char *said;
    size_t length;
    FILE *stream = open_memstream(&said, &length);

    messages_init(&messages, stream);
    report(&messages, SEVERITY_WARNING, &source, (struct span){0, 1}, "odd");
    report(&messages, SEVERITY_NOTE, NULL, (struct span){0, 0}, "by the way");
    report_at(&messages, SEVERITY_ERROR, "server.c", 12, "wrong: %d", 5);
    report_help(&messages, "write %s", "a -> b");
    report_help(&messages, "try: %s", "again");
    report_at(&messages, SEVERITY_ERROR, NULL, 0, "cannot");
    fclose(stream);
    ck_assert_int_eq(messages.error_count, 2);
    ck_assert_int_eq(messages.warning_count, 1);
    ck_assert_str_eq(said, "f.xf:1:1: warning: odd\nx\n^\n"
                           "xfgen: note: by the way\n"
                           "server.c:12: error: wrong: 5\n"
                           "    help: write a -> b\n"
                           "    try: again\n"
                           "xfgen: error: cannot\n");
    free(said);
}
END_TEST

START_TEST(colours_are_for_terminals)
{
    struct source source = {.path = "f.xf", .text = (char *)"x y", .length = 3};
    struct messages messages;
    int master, slave;
    char buffer[500];
    size_t length = 0;
    ssize_t count;
    FILE *stream;

    ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
    stream = fdopen(slave, "w");
    ck_assert_ptr_nonnull(stream);
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "1", 1);
    messages_init(&messages, stream);
    ck_assert(!messages.colour);
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    messages_init(&messages, stream);
    ck_assert(!messages.colour);
    setenv("TERM", "xterm", 1);
    messages_init(&messages, stream);
    ck_assert(messages.colour);
    report(&messages, SEVERITY_ERROR, &source, (struct span){2, 3}, "no");
    fclose(stream);
    /* It may come in pieces; after the last the terminal is gone. */
    while ((count = read(master, buffer + length, sizeof buffer - 1 - length)) > 0)
        length += (size_t)count;
    buffer[length] = '\0';
    ck_assert_str_eq(buffer, "\033[1mf.xf:1:3: \033[0m\033[1;31merror: \033[0mno\r\n"
                             "x y\r\n  \033[1;32m^\033[0m\r\n");
    close(master);
}
END_TEST

START_TEST(positions)
{
    struct source source = {.path = "f.xf", .text = (char *)"ab\n\ncd", .length = 6};
    int line, column;

    source_position(&source, 0, &line, &column);
    ck_assert(line == 1 && column == 1);
    source_position(&source, 2, &line, &column);
    ck_assert(line == 1 && column == 3);
    source_position(&source, 3, &line, &column);
    ck_assert(line == 2 && column == 1);
    source_position(&source, 5, &line, &column);
    ck_assert(line == 3 && column == 2);
    source_position(&source, 100, &line, &column);
    ck_assert(line == 3 && column == 3);
}
END_TEST

/* ---- Files ---------------------------------------------------------------------------------- */

static char folder[40];

static void make_folder(void)
{
    strcpy(folder, "/tmp/test_spec.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
    unlink("spec.xf");
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void write_spec(const char *bytes, size_t length)
{
    FILE *file = fopen("spec.xf", "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

static void expect_file(const char *path, const char *tree, const char *said)
{
    struct reading reading = read_path(path);

    ck_assert_str_eq(reading.tree, tree);
    ck_assert_str_eq(reading.said, said);
    ck_assert_int_eq(reading.messages.error_count, *said ? 1 : 0);
    reading_end(&reading);
}

START_TEST(no_file_is_an_empty_spec)
{
    expect_file(NULL, "", "");
}
END_TEST

START_TEST(files_are_read)
{
    char text[10000];

    write_spec("a -> b\n", 7);
    expect_file("spec.xf", "rename a -> b\n", "");
    memset(text, ' ', sizeof text);
    memcpy(text + sizeof text - 6, "c -> d", 6);
    write_spec(text, sizeof text);
    expect_file("spec.xf", "rename c -> d\n", "");
    write_spec("", 0);
    expect_file("spec.xf", "", "");
    write_spec("a b", 3);
    expect_file("spec.xf", "", "spec.xf:1:3: error: expected '->' after 'a', found 'b'\n"
                               "a b\n  ^\n    help: write `old -> new`\n");
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
    expect_file("missing.xf", "",
                "xfgen: error: cannot read 'missing.xf': No such file or directory\n");
    expect_file(".", "", "xfgen: error: cannot read '.': Is a directory\n");
    write_spec("\177ELF\2\1\1", 7);
    expect_file("spec.xf", "",
                "xfgen: error: cannot read 'spec.xf': it is a program (ELF), not an .xf file; the "
                "order is OLD.so NEW.so SPEC.xf\n");
}
END_TEST

START_TEST(files_without_permission)
{
    write_spec("a -> b", 6);
    ck_assert_int_eq(chmod("spec.xf", 0), 0);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    /* The test's own process: root reads everything, nobody does not. */
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    expect_file("spec.xf", "", "xfgen: error: cannot read 'spec.xf': Permission denied\n");
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(files_too_large)
{
    int descriptor = open("spec.xf", O_WRONLY | O_CREAT, 0644);

    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(ftruncate(descriptor, (64 << 20) + 1), 0);
    close(descriptor);
    expect_file("spec.xf", "",
                "xfgen: error: cannot read 'spec.xf': it is larger than 64 MiB, so it is not an "
                ".xf file\n");
}
END_TEST

/* ---- Spelling ------------------------------------------------------------------------------- */

static const char *nearest(const char *name)
{
    static const char *const words[] = {"counter", "connection", "INIT", "in", "out", "newbase"};
    const char *near = did_you_mean(name, words, sizeof words / sizeof *words);

    return near ? near : "(none)";
}

START_TEST(the_nearest_name)
{
    ck_assert_str_eq(nearest("countr"), "counter");     /* one missing */
    ck_assert_str_eq(nearest("counnter"), "counter");   /* one too many */
    ck_assert_str_eq(nearest("coumter"), "counter");    /* another */
    ck_assert_str_eq(nearest("conuter"), "counter");    /* two exchanged */
    ck_assert_str_eq(nearest("conections"), "connection");
    ck_assert_str_eq(nearest("inn"), "in");
    ck_assert_str_eq(nearest("ot"), "out");
    ck_assert_str_eq(nearest("init"), "INIT");          /* case hardly counts */
    ck_assert_str_eq(nearest("counter"), "counter");
}
END_TEST

START_TEST(names_that_are_near_to_none)
{
    char longest[300];

    ck_assert_str_eq(nearest(""), "(none)");
    ck_assert_str_eq(nearest("xyz"), "(none)");
    ck_assert_str_eq(nearest("ab"), "(none)");
    ck_assert_str_eq(nearest("cntr"), "(none)");     /* three of seven are too many */
    ck_assert_str_eq(nearest("newsabc"), "(none)");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    ck_assert_str_eq(nearest(longest), "(none)");
    ck_assert_ptr_null(did_you_mean("x", NULL, 0));
}
END_TEST

START_TEST(an_exchange_is_one_mistake)
{
    static const char *const words[] = {"abcdef", "badcef"};

    ck_assert_str_eq(did_you_mean("abdcef", words, 2), "abcdef");
    ck_assert_str_eq(did_you_mean("abdcfe", words, 1), "abcdef"); /* two of six */
    ck_assert_ptr_null(did_you_mean("badcfe", words, 1));          /* three of six */
}
END_TEST

Suite *message_suite(void)
{
    Suite *suite = suite_create("messages");
    TCase *looks = tcase_create("look"), *files = tcase_create("files");
    TCase *spelling = tcase_create("spelling");

    tcase_add_test(looks, the_caret_is_under_the_span);
    tcase_add_test(looks, the_end_of_the_file_has_a_place);
    tcase_add_test(looks, a_span_of_several_lines_shows_the_first);
    tcase_add_test(looks, tabs_are_repeated_in_the_caret_line);
    tcase_add_test(looks, a_character_is_one_column_wide_however_many_bytes_it_has);
    tcase_add_test(looks, what_a_terminal_cannot_show_is_a_question_mark);
    tcase_add_test(looks, of_a_long_line_the_part_around_the_span_is_shown);
    tcase_add_test(looks, severities_places_and_help);
    tcase_add_test(looks, colours_are_for_terminals);
    tcase_add_test(looks, positions);
    suite_add_tcase(suite, looks);

    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_add_test(files, no_file_is_an_empty_spec);
    tcase_add_test(files, files_are_read);
    tcase_add_test(files, files_that_cannot_be_read);
    tcase_add_test(files, files_without_permission);
    tcase_add_test(files, files_too_large);
    suite_add_tcase(suite, files);

    tcase_add_test(spelling, the_nearest_name);
    tcase_add_test(spelling, names_that_are_near_to_none);
    tcase_add_test(spelling, an_exchange_is_one_mistake);
    suite_add_tcase(suite, spelling);
    return suite;
}
