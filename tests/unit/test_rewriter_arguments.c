/* test_rewriter_arguments.c -- the argument classifier, response files, what kitcc adds, and what
 * libclang is told. */
#include "test_rewriter.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../../rewriter/arguments.h"
#include "../../rewriter/clang_arguments.h"
#include "../../rewriter/link_command.h"
#include "../../rewriter/own_arguments.h"
#include "../../rewriter/response_file.h"

static struct command classify(const char *line)
{
    struct string_list words = {0};
    struct command command;
    response_file_split(line, &words);
    command_classify(&command, &words);
    return command;
}

static char *joined(const struct string_list *list)
{
    struct text text = {0};
    text_add(&text, "");
    for (size_t i = 0; i < list->count; i++)
        text_add_format(&text, "%s%s", i ? " " : "", list->items[i]);
    return text.bytes;
}

START_TEST(modes)
{
    static const struct {
        const char *line;
        enum driver_mode mode;
    } cases[] = {
        {"a.c", MODE_LINK}, {"-c a.c", MODE_OBJECT}, {"-S a.c", MODE_ASSEMBLY},
        {"-c -S a.c", MODE_ASSEMBLY}, {"-E a.c -c", MODE_PREPROCESS}, {"-M a.c", MODE_PREPROCESS},
        {"-MM a.c", MODE_PREPROCESS}, {"-MD -c a.c", MODE_OBJECT},
        {"-fsyntax-only a.c", MODE_CHECK}, {"-o -c a.c", MODE_LINK},
        {"-Xlinker -E a.c", MODE_LINK}, {"-D -E a.c", MODE_LINK},
    };
    struct command command = classify(cases[_i].line);
    ck_assert_msg(command.mode == cases[_i].mode, "%s: mode %d", cases[_i].line, command.mode);
    command_free(&command);
}
END_TEST
enum { MODE_CASES = 12 };

START_TEST(inputs_and_their_languages)
{
    struct command command =
        classify("-Iinc -I inc2 a.c -x c b.weird - -x none lib.a d.s e.i -o out f.cc g");
    static const struct {
        const char *path;
        enum input_language language;
    } expected[] = {
        {"a.c", LANGUAGE_C}, {"b.weird", LANGUAGE_C}, {"-", LANGUAGE_C},
        {"lib.a", LANGUAGE_LINKER}, {"d.s", LANGUAGE_ASSEMBLY}, {"e.i", LANGUAGE_C_PREPROCESSED},
        {"f.cc", LANGUAGE_OTHER}, {"g", LANGUAGE_LINKER},
    };
    ck_assert_uint_eq(command.input_count, 8);
    for (size_t i = 0; i < 8; i++) {
        ck_assert_str_eq(input_path(&command, &command.inputs[i]), expected[i].path);
        ck_assert_int_eq(command.inputs[i].language, expected[i].language);
    }
    ck_assert_str_eq(command.output, "out");
    command_free(&command);
}
END_TEST

START_TEST(value_words_are_not_inputs)
{
    static const char *const options[] = {
        "-include", "-imacros", "-isystem", "-iquote", "-MF", "-MT", "-MQ", "-Xlinker",
        "-Xassembler", "-T", "-u", "-z", "--param", "-dumpbase", "-D", "-U", "-L", "-l",
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        char *line = format_string("%s value.c real.c", options[i]);
        struct command command = classify(line);
        ck_assert_msg(command.input_count == 1, "%s", line);
        ck_assert_str_eq(input_path(&command, &command.inputs[0]), "real.c");
        command_free(&command);
        free(line);
    }
}
END_TEST

START_TEST(output_is_found_in_each_spelling)
{
    static const char *const lines[] = {"a.c -o x", "a.c -ox", "a.c --output x",
                                        "a.c --output=x"};
    struct command command = classify(lines[_i]);
    ck_assert_str_eq(command.output, "x");
    ck_assert_uint_eq(command.input_count, 1);
    command_free(&command);
}
END_TEST

START_TEST(debug_options)
{
    static const struct {
        const char *option;
        bool is_debug;
    } cases[] = {
        {"-g", true}, {"-g0", true}, {"-g3", true}, {"-ggdb3", true}, {"-gdwarf-4", true},
        {"-gline-tables-only", true}, {"-gz", false}, {"-gsplit-dwarf", false},
        {"-gno-column-info", false}, {"-fgnu89-inline", false}, {"--gcc-toolchain=x", false},
    };
    struct command command = classify(cases[_i].option);
    ck_assert_msg(command.has_debug_option == cases[_i].is_debug, "%s", cases[_i].option);
    command_free(&command);
}
END_TEST
enum { DEBUG_CASES = 11 };

START_TEST(dependency_options)
{
    struct command command = classify("-MD -MF deps/a.d -c a.c");
    ck_assert(command.writes_dependencies);
    ck_assert_str_eq(command.dependency_file, "deps/a.d");
    command_free(&command);
    command = classify("-Wp,-MMD,.a.d -c a.c");
    ck_assert(command.writes_dependencies);
    ck_assert_str_eq(command.dependency_file, ".a.d");
    command_free(&command);
    command = classify("-MFx.d -MMD -c a.c");
    ck_assert_str_eq(command.dependency_file, "x.d");
    command_free(&command);
}
END_TEST

START_TEST(odd_ends_do_no_harm)
{
    static const char *const lines[] = {"", "-o", "-x", "-MF", "-include", "--language",
                                        "--output", "-", "-x c", "-D"};
    struct command command = classify(lines[_i]);
    ck_assert_uint_le(command.input_count, 1);
    command_free(&command);
}
END_TEST

/* ---- Response files -------------------------------------------------------------------------- */

START_TEST(response_files_quote_as_gcc_does)
{
    struct string_list words = {0};
    response_file_split("-DA='x y'  \"-DB=\\\"q\\\"\"\n\t-DC=a\\ b '' end\\", &words);
    ck_assert_uint_eq(words.count, 5);
    ck_assert_str_eq(words.items[0], "-DA=x y");
    ck_assert_str_eq(words.items[1], "-DB=\"q\"");
    ck_assert_str_eq(words.items[2], "-DC=a b");
    ck_assert_str_eq(words.items[3], "");
    ck_assert_str_eq(words.items[4], "end\\");
    list_free(&words);
}
END_TEST

START_TEST(response_files_round_trip)
{
    static const char *const hard[] = {"plain", "two words", "a\"b", "a'b", "back\\slash", "",
                                       "tab\there", "-DX=\"a b\""};
    struct string_list words = {0}, again = {0};
    struct text contents = {0};
    for (size_t i = 0; i < 8; i++)
        list_add(&words, hard[i]);
    response_file_join(&words, &contents);
    response_file_split(contents.bytes, &again);
    ck_assert_uint_eq(again.count, 8);
    for (size_t i = 0; i < 8; i++)
        ck_assert_str_eq(again.items[i], hard[i]);
    text_free(&contents);
    list_free(&words);
    list_free(&again);
}
END_TEST

START_TEST(missing_response_file_stays)
{
    char *given[] = {(char *)"@/nonexistent/file", (char *)"a.c"};
    struct string_list words = {0};
    response_files_expand(2, given, &words);
    ck_assert_uint_eq(words.count, 2);
    ck_assert_str_eq(words.items[0], "@/nonexistent/file");
    list_free(&words);
}
END_TEST

/* ---- What kitcc adds ------------------------------------------------------------------------- */

/* A place where nothing is installed: no entry.o, no library. */
static struct installation nowhere(void)
{
    return (struct installation){(char *)"/nowhere/bin/kitcc", (char *)"/nowhere/include",
                                 (char *)"/nowhere/lib", (char *)"/nowhere/lib/libkitsune.so",
                                 (char *)"/nowhere/lib/kitsune/entry.o",
                                 (char *)"/nowhere/lib/kitsune/kitcc-analysis"};
}

static void check_added_by(bool is_clang, const char *line, const char *before, const char *after)
{
    struct command command = classify(line);
    struct installation installation = nowhere();
    struct string_list ahead = {0}, behind = {0};
    own_arguments_make(&command, &installation, is_clang, &ahead, &behind);
    char *got_ahead = joined(&ahead), *got_behind = joined(&behind);
    ck_assert_str_eq(got_ahead, before);
    ck_assert_str_eq(got_behind, after);
    free(got_ahead);
    free(got_behind);
    list_free(&ahead);
    list_free(&behind);
    command_free(&command);
}

static void check_added(const char *line, const char *before, const char *after)
{
    check_added_by(true, line, before, after);
}

START_TEST(additions_for_compiling)
{
    check_added("-c a.c", "-fno-plt -fPIC -g -fvisibility=hidden -fno-semantic-interposition",
                "-isystem /nowhere/include");
    check_added("-g1 -c a.c", "-fno-plt -fPIC -fvisibility=hidden -fno-semantic-interposition",
                "-isystem /nowhere/include");
    check_added("-fvisibility=default -c a.c", "-fno-plt -fPIC -g", "-isystem /nowhere/include");
    check_added("-fPIE -g0 -fvisibility=default -c a.c", "-fno-plt -fPIC",
                "-fPIC -isystem /nowhere/include");
    check_added("-fno-pic -g0 -fvisibility=default -c a.c", "-fno-plt", "-isystem /nowhere/include");
    check_added("-g0 -fPIC -c a.c", "-fno-plt -fPIC",
                "-isystem /nowhere/include");
    check_added("-g0 -fPIC -fPIE -c a.c",
                "-fno-plt -fPIC -fvisibility=hidden -fno-semantic-interposition",
                "-fPIC -isystem /nowhere/include");
    check_added("-c a.s", "", "-isystem /nowhere/include");
    check_added("-g0 -fPIC -c a.i", "-fno-plt -fPIC", "");
    check_added("-g0 -fPIC -c a.i b.c", "-fno-plt -fPIC", "-isystem /nowhere/include");
    check_added_by(false, "-g0 -fPIC -c a.c",
                   "-fno-ipa-reference-addressable -fno-plt -fPIC",
                   "-isystem /nowhere/include");
    check_added_by(false, "-shared a.o",
                   "-fno-ipa-reference-addressable -Wl,--build-id -Wl,-Bsymbolic",
                   "-isystem /nowhere/include");
}
END_TEST

START_TEST(additions_for_linking)
{
    check_added("a.o", "-Wl,--build-id", "-isystem /nowhere/include");
    check_added("-shared a.o", "-Wl,--build-id -Wl,-Bsymbolic", "-isystem /nowhere/include");
    check_added("-r a.o", "", "-isystem /nowhere/include");
    check_added("-static a.o", "", "-isystem /nowhere/include");
    check_added("-shared -nostdlib a.o", "-Wl,--build-id", "-isystem /nowhere/include");
    check_added("-g0 -rdynamic a.c",
                "-fno-plt -fPIC -fno-semantic-interposition -Wl,--build-id",
                "-isystem /nowhere/include");
    check_added("--version", "", "");
    check_added("-v", "", "");
    check_added("-print-search-dirs", "", "");
}
END_TEST

START_TEST(shown_symbols)
{
    static const struct {
        const char *line;
        bool shown;
    } cases[] = {
        {"a.o", false}, {"-rdynamic a.o", true}, {"-Wl,-E a.o", true}, {"-Wl,-z,now,-E a.o", true},
        {"-Wl,--export-dynamic a.o", true}, {"-Wl,--dynamic-list=x a.o", true},
        {"-Wl,--dynamic-list,x a.o", true}, {"-Xlinker -E a.o", true}, {"-Xlinker -z a.o", false},
        {"-Wl,-EL a.o", false}, {"-Wl,-z,-Extra a.o", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct command command = classify(cases[i].line);
        ck_assert_msg(command.shows_symbols == cases[i].shown, "%s", cases[i].line);
        command_free(&command);
    }
}
END_TEST

static void check_version_command(const char *line, const char *expected)
{
    struct command command = classify(line);
    struct string_list words = {0};
    ck_assert_msg(links_executable(&command), "%s", line);
    version_command_make(&command, "v.so", &words);
    char *got = joined(&words), *whole = format_string("%s -shared -o v.so", expected);
    ck_assert_str_eq(got, whole);
    free(whole);
    free(got);
    list_free(&words);
    command_free(&command);
}

START_TEST(the_command_for_a_version)
{
    check_version_command("a.o -o app -lm", "a.o -lm");
    check_version_command("-oapp -O2 a.c", "-O2 a.c");
    check_version_command("--output=app a.o", "a.o");
    check_version_command("-pie -s a.o -no-pie", "a.o");
    check_version_command("-Wl,-z,now,-s,-Map=m a.o -Wl,--strip-all", "-Wl,-z,now a.o");
    check_version_command("-D o -I -s a.c -MMD -MF d.d -MT -s", "-D o -I -s a.c");
    check_version_command("-x c a.weird -x none b.o -std=c99", "-x c a.weird -x none b.o -std=c99");
    check_version_command("-Wp,-MD,a.d a.c -Wl,-s", "a.c");
}
END_TEST

START_TEST(what_has_no_version)
{
    static const char *const lines[] = {"-c a.c", "-E a.c", "-shared a.o", "-r a.o", "--version",
                                        "x.h", "a.c -o"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct command command = classify(lines[i]);
        ck_assert_msg(!links_executable(&command), "%s", lines[i]);
        command_free(&command);
    }
}
END_TEST

/* ---- What libclang is told ------------------------------------------------------------------- */

static void check_clang_arguments(const char *line, const char *expected)
{
    struct command command = classify(line);
    struct string_list words = {0};
    clang_arguments_make(&command, "/k", &words);
    char *got = joined(&words);
    char *whole = format_string("-xc -w -ferror-limit=0 -DKITSUNE_ANALYSIS%s%s -isystem /k",
                                *expected ? " " : "", expected);
    ck_assert_str_eq(got, whole);
    free(whole);
    free(got);
    list_free(&words);
    command_free(&command);
}

START_TEST(clang_gets_what_changes_the_meaning)
{
    check_clang_arguments("-DA -D B=1 -UC -Ix -I y -iquote q -isystem s -c a.c",
                          "-DA -D B=1 -UC -Ix -I y -iquote q -isystem s");
    check_clang_arguments("-std=c23 a.c", "-std=c2x");
    check_clang_arguments("-std=gnu11 -O2 -pthread -funsigned-char a.c",
                          "-std=gnu11 -O2 -pthread -funsigned-char");
    check_clang_arguments("-include pre.h a.c", "-Xclang -include -Xclang pre.h");
    check_clang_arguments("-Wp,-DX=1 a.c", "-Wp,-DX=1");
}
END_TEST

START_TEST(clang_does_not_get_the_rest)
{
    check_clang_arguments("-fipa-pta -fno-tree-vectorize -Wall -o x -MD -MF y -c a.c -lfoo", "");
    check_clang_arguments("-mindirect-branch=thunk -frandom-seed=1 --param max-x=1 -g3 a.c", "");
    check_clang_arguments("-flto -fplugin=x.so -Wl,-z,now -T script a.c", "");
}
END_TEST

Suite *arguments_suite(void)
{
    Suite *suite = suite_create("kitcc arguments");
    TCase *tests = tcase_create("all");
    tcase_add_loop_test(tests, modes, 0, MODE_CASES);
    tcase_add_test(tests, inputs_and_their_languages);
    tcase_add_test(tests, value_words_are_not_inputs);
    tcase_add_loop_test(tests, output_is_found_in_each_spelling, 0, 4);
    tcase_add_loop_test(tests, debug_options, 0, DEBUG_CASES);
    tcase_add_test(tests, dependency_options);
    tcase_add_loop_test(tests, odd_ends_do_no_harm, 0, 10);
    tcase_add_test(tests, response_files_quote_as_gcc_does);
    tcase_add_test(tests, response_files_round_trip);
    tcase_add_test(tests, missing_response_file_stays);
    tcase_add_test(tests, additions_for_compiling);
    tcase_add_test(tests, additions_for_linking);
    tcase_add_test(tests, shown_symbols);
    tcase_add_test(tests, the_command_for_a_version);
    tcase_add_test(tests, what_has_no_version);
    tcase_add_test(tests, clang_gets_what_changes_the_meaning);
    tcase_add_test(tests, clang_does_not_get_the_rest);
    suite_add_tcase(suite, tests);
    return suite;
}
