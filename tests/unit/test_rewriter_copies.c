/* test_rewriter_copies.c -- sources with code put in, and dependency files that do not show it. */
#include "test_rewriter.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../rewriter/dependencies.h"
#include "../../rewriter/response_file.h"
#include "../../rewriter/source_copy.h"

static char *copied(const char *path, const char *source, const struct findings *findings)
{
    struct text text = {0};
    source_copy_text(path, source, strlen(source), findings, &text);
    return text.bytes;
}

START_TEST(insertions_keep_lines)
{
    struct findings findings = {0};
    const char *source = "int f(void) {\n    int a;\n    return a;\n}\n";
    findings_add_insertion(&findings, 13, " FRAME;");
    findings_add_insertion(&findings, 24, " NOTE;");
    findings_add_insertion(&findings, 24, " MORE;");
    char *got = copied("dir/x.c", source, &findings);
    ck_assert_str_eq(got, "#line 1 \"dir/x.c\"\n"
                          "int f(void) { FRAME;\n    int a; NOTE; MORE;\n    return a;\n}\n");
    free(got);
    findings_free(&findings);
}
END_TEST

START_TEST(odd_sources)
{
    struct findings none = {0}, one = {0};
    char *got = copied("we\"ird\\.c", "", &none);
    ck_assert_str_eq(got, "#line 1 \"we\\\"ird\\\\.c\"\n");
    free(got);
    got = copied("x.c", "\xef\xbb\xbfint a;", &none); /* a byte order mark stays first */
    ck_assert_str_eq(got, "\xef\xbb\xbf#line 1 \"x.c\"\nint a;");
    free(got);
    findings_add_insertion(&one, 6, "!");
    findings_add_insertion(&one, 999, "beyond the end");
    got = copied("x.c", "int a;", &one);
    ck_assert_str_eq(got, "#line 1 \"x.c\"\nint a;!");
    free(got);
    findings_free(&one);
}
END_TEST

START_TEST(depth_of_includes)
{
    static const struct {
        const char *source;
        int depth;
    } cases[] = {
        {"", 0}, {"#include \"a.h\"", 0}, {"#include \"../a.h\"", 1},
        {"#include \"../../../a.h\"\n#include \"../b.h\"", 3}, {"../x../..", 1}, {"..", 0},
    };
    ck_assert_int_eq(source_copy_depth(cases[_i].source, strlen(cases[_i].source)),
                     cases[_i].depth);
}
END_TEST
enum { DEPTH_CASES = 6 };

START_TEST(copies_come_and_go)
{
    struct findings none = {0};
    struct text source = {0};
    struct source_copy copy;
    text_add(&source, "#include \"../../up.h\"\n");
    ck_assert(source_copy_make(&copy, "some/dir/x.c", &source, &none));
    ck_assert(ends_with(copy.path, "/d/d/d/x.c"));
    ck_assert_str_eq(copy.original_folder, "some/dir/");
    ck_assert_int_eq(access(copy.path, R_OK), 0);
    char *root = copy_string(copy.root);
    source_copy_remove(&copy);
    ck_assert_int_ne(access(root, F_OK), 0);
    free(root);
    text_free(&source);
}
END_TEST

START_TEST(copy_that_cannot_be_written_is_reported)
{
    struct findings none = {0};
    struct text source = {0};
    struct source_copy copy;
    text_add(&source, "int a;\n");
    setenv("TMPDIR", "/nonexistent/folder", 1);
    ck_assert(!source_copy_make(&copy, "x.c", &source, &none));
    source_copy_remove(&copy);
    text_free(&source);
}
END_TEST

/* ---- Dependency files ------------------------------------------------------------------------ */

static void check_fix(const char *contents, const char *folder, const char *expected)
{
    struct dependency_fix fix = {"/proc/self/fd/200", "/tmp/kitcc-abc/d/", folder};
    struct text fixed = {0};
    dependencies_fix_text(contents, &fix, &fixed);
    ck_assert_str_eq(fixed.bytes, expected);
    text_free(&fixed);
}

START_TEST(dependency_files_name_the_original)
{
    check_fix("x.o: /tmp/kitcc-abc/d/x.c src/x.h\n", "src/", "x.o: src/x.c src/x.h\n");
    check_fix("x.o: /tmp/kitcc-abc/d/x.c ./x.h\n", "", "x.o: x.c x.h\n");
    check_fix("x.o: /tmp/kitcc-abc/d/x.c\n", "my src/", "x.o: my\\ src/x.c\n");
    check_fix("x.o: /tmp/kitcc-abc/d/a\\ b.c ./y.h\n", "s/", "x.o: s/a\\ b.c ./y.h\n");
}
END_TEST

START_TEST(dependency_files_do_not_name_the_records)
{
    check_fix("x.o: x.c /proc/self/fd/200\n", "", "x.o: x.c\n");
    check_fix("x.o: x.c \\\n /proc/self/fd/200\n", "", "x.o: x.c\n");
    check_fix("x.o: x.c \\\n /proc/self/fd/200 \\\n y.h\n", "", "x.o: x.c \\\n y.h\n");
    check_fix("x.o: x.c /proc/self/fd/200 y.h\n/proc/self/fd/200:\ny.h:\n", "",
              "x.o: x.c y.h\ny.h:\n");
    check_fix("x.o: x.c /proc/self/fd/2001 y.h\n", "", "x.o: x.c /proc/self/fd/2001 y.h\n");
    check_fix("", "", "");
}
END_TEST

static void check_candidate(const char *line, const char *input, const char *expected)
{
    struct string_list words = {0}, paths = {0};
    struct command command;
    response_file_split(line, &words);
    command_classify(&command, &words);
    dependencies_candidates(&command, input, &paths);
    ck_assert_msg(list_contains(&paths, expected), "%s: no %s", line, expected);
    list_free(&paths);
    command_free(&command);
}

START_TEST(dependency_files_are_found)
{
    check_candidate("-MD -c src/x.c", "src/x.c", "x.d");
    check_candidate("-MD -c src/x.c -o out/y.o", "src/x.c", "out/y.d");
    check_candidate("-MD -c x.c -o out.dir/y", "x.c", "out.dir/y.d");
    check_candidate("-MD -MF z -c x.c", "x.c", "z");
    check_candidate("-MD x.c -o prog", "x.c", "prog-x.d");
    check_candidate("-MD x.c", "x.c", "a-x.d");
}
END_TEST

Suite *copies_suite(void)
{
    Suite *suite = suite_create("kitcc copies");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, insertions_keep_lines);
    tcase_add_test(tests, odd_sources);
    tcase_add_loop_test(tests, depth_of_includes, 0, DEPTH_CASES);
    tcase_add_test(tests, copies_come_and_go);
    tcase_add_test(tests, copy_that_cannot_be_written_is_reported);
    tcase_add_test(tests, dependency_files_name_the_original);
    tcase_add_test(tests, dependency_files_do_not_name_the_records);
    tcase_add_test(tests, dependency_files_are_found);
    suite_add_tcase(suite, tests);
    return suite;
}
