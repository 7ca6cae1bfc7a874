/* test_rewriter_scan.c -- the quick look for annotations must never miss one. */
#include "test_rewriter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../rewriter/include_scan.h"
#include "../../rewriter/response_file.h"

START_TEST(annotation_words)
{
    static const struct {
        const char *text;
        bool has;
    } cases[] = {
        {"char *E_SZ p;", true}, {"E_T(@t)", true}, {"x E_NOTELOCALS {", true},
        {"ENTER_FUNC();", true}, {"NOTE_LOCAL(x);", true}, {"#define W(x) E_##x", true},
        {"#define W(x) E_ ## x", true}, {"E_SZX", false}, {"ME_SZ", false}, {"E_", false},
        {"E_ERROR", false}, {"", false}, {"kitsune_update(\"x\");", true}, {"E_G", true},
    };
    ck_assert_msg(has_annotation_words(cases[_i].text, strlen(cases[_i].text)) == cases[_i].has,
                  "%s", cases[_i].text);
}
END_TEST
enum { WORD_CASES = 14 };

/* All includes of the text, one letter of flags and the name for each. */
static char *includes_of(const char *text)
{
    struct text result = {0};
    struct include_line line;
    size_t position = 0;
    text_add(&result, "");
    while (next_include(text, strlen(text), &position, &line))
        text_add_format(&result, "%s%.*s ", !line.is_known ? "?" : line.is_quoted ? "q:" : "a:",
                        line.is_known ? (int)line.length : 0, line.name);
    return result.bytes;
}

START_TEST(include_lines)
{
    static const char *const cases[][2] = {
        {"#include \"a.h\"\n#include <b/c.h>\n", "q:a.h a:b/c.h "},
        {"  #  include\t\"a.h\"", "q:a.h "},
        {"#include_next <a.h>\n#import \"b.h\"\n", "a:a.h q:b.h "},
        {"#include MACRO\n", "? "},
        {"/* x */ #include \"a.h\"", "q:a.h "},
        {"#/**/include \"a.h\"\n", "? "},
        {"x #include \"a.h\"\n", ""},
        {"#includes \"a.h\"\n#define include \"x\"\n", ""},
        {"#if 1\n#define A #B\n#include \"a.h\"", "q:a.h "},
        {"#include \"unterminated\n#include \"b.h\"\n", "? q:b.h "},
        {"", ""},
        {"#", ""},
        {"   #include's protect themselves\n   #include_next, and\n#include\n", ""},
        {"#include /* why */ \"a.h\"\n", "? "},
        {"#include \\\n\"a.h\"\n", "? "},
    };
    char *got = includes_of(cases[_i][0]);
    ck_assert_str_eq(got, cases[_i][1]);
    free(got);
}
END_TEST
enum { INCLUDE_CASES = 15 };

/* ---- Whole scans in a folder of files -------------------------------------------------------- */

static char folder[] = "/tmp/kitcc-scan-XXXXXX";

static void write_file(const char *name, const char *contents)
{
    char *path = format_string("%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(contents, file);
    fclose(file);
    free(path);
}

static void make_folder(void)
{
    strcpy(folder, "/tmp/kitcc-scan-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    char *inner = format_string("%s/inc", folder);
    mkdir(inner, 0700);
    free(inner);
    write_file("inc/kitsune.h", "#define E_SZ\n");
    write_file("inc/types.h", "#include <kitsune.h>\nstruct s { char *E_SZ p; };\n");
    write_file("inc/plain.h", "#include <kitsune.h>\nint plain;\n");
    write_file("inc/loop.h", "#include \"loop.h\"\nint a;\n");
}

static void remove_folder(void)
{
    static const char *const names[] = {"inc/kitsune.h", "inc/types.h", "inc/plain.h",
                                        "inc/loop.h", "inc", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = format_string("%s/%s", folder, names[i]);
        remove(path);
        free(path);
    }
}

static bool scan(const char *options, const char *source)
{
    struct string_list words = {0};
    struct command command;
    struct text contents = {0};
    char *line = format_string("-I%s/inc %s", folder, options);
    response_file_split(line, &words);
    command_classify(&command, &words);
    text_add(&contents, source);
    struct include_findings findings = include_scan(&command, "main.c", &contents,
                                                    "/nowhere/kitsune-include");
    text_free(&contents);
    command_free(&command);
    free(line);
    return may_have_annotations(&findings);
}

START_TEST(whole_scans)
{
    static const struct {
        const char *options;
        const char *source;
        bool expected;
    } cases[] = {
        {"", "int main(void) { return 0; }", false},
        {"", "#include <kitsune.h>\nint a;", false},
        {"", "#include <kitsune.h>\nchar *E_SZ a;", true},
        {"", "#include <types.h>\n", true},
        {"", "#include <plain.h>\n", false},
        {"", "#include <plain.h>\nchar *E_SZ a;", true},
        {"", "char *E_SZ a;", false}, /* never reaches kitsune.h */
        {"-include kitsune.h", "char *E_SZ a;", true},
        {"-include types.h", "int a;", true},
        {"-DSTRING=E_SZ", "#include <plain.h>\nchar *STRING a;", true},
        {"", "#define H <types.h>\n#include H\n", true},
        {"", "#if 0\n#include <types.h>\n#endif\n", true}, /* conditions are not evaluated */
        {"", "#include <loop.h>\n#include <stdio.h>\n", false},
        {"", "#include \"missing.h\"\n", false},
        {"", "%:include <types.h>\n", true},
    };
    ck_assert_msg(scan(cases[_i].options, cases[_i].source) == cases[_i].expected, "%s | %s",
                  cases[_i].options, cases[_i].source);
}
END_TEST
enum { SCAN_CASES = 15 };

START_TEST(folders_of_the_environment)
{
    char *path = format_string("%s/inc", folder);
    setenv("C_INCLUDE_PATH", path, 1);
    free(path);
    struct string_list words = {0};
    struct command command;
    struct text contents = {0};
    command_classify(&command, &words);
    text_add(&contents, "#include <types.h>\n");
    struct include_findings findings = include_scan(&command, "main.c", &contents, "/nowhere");
    ck_assert(may_have_annotations(&findings));
    text_free(&contents);
    command_free(&command);
}
END_TEST

Suite *include_scan_suite(void)
{
    Suite *suite = suite_create("kitcc include scan");
    TCase *tests = tcase_create("text");
    tcase_add_loop_test(tests, annotation_words, 0, WORD_CASES);
    tcase_add_loop_test(tests, include_lines, 0, INCLUDE_CASES);
    suite_add_tcase(suite, tests);
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_add_loop_test(files, whole_scans, 0, SCAN_CASES);
    tcase_add_test(files, folders_of_the_environment);
    suite_add_tcase(suite, files);
    return suite;
}
