/* test_rewriter_statics.c -- what clang reads in place of a source, and how it is told to. */
#include "test_rewriter.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../rewriter/source_overlay.h"
#include "../../rewriter/whole_statics.h"

#define PUSH "#pragma clang attribute push(__attribute__((annotate(\"kitsune\"))), " \
             "apply_to = variable(is_global))\n"
#define POP "#pragma clang attribute pop\n"

static char *changed(const char *path, const char *source, bool is_preprocessed, size_t offset,
                     const char *insertion)
{
    struct unit unit = {.path = path, .was_read = true, .is_preprocessed = is_preprocessed};
    struct text text = {0};
    text_add(&unit.contents, source);
    if (insertion)
        findings_add_insertion(&unit.findings, offset, insertion);
    whole_statics_source(&unit, &text);
    unit_free(&unit);
    return text.bytes;
}

static void check_changed(char *got, const char *expected)
{
    ck_assert_str_eq(got, expected);
    free(got);
}

START_TEST(lines_of_a_source_stay_where_they_are)
{
    check_changed(changed("a.c", "int a;\nint b;\n", false, 0, NULL),
                  "int a;\nint b;\n\n\n#if !__INCLUDE_LEVEL__\n" POP "#endif\n");
    check_changed(changed("a.c", "int a;\\", false, 0, NULL),
                  "int a;\\\n\n#if !__INCLUDE_LEVEL__\n" POP "#endif\n");
    check_changed(changed("a.c", "int f() { }", false, 9, " NOTE;"),
                  "int f() { NOTE; }\n\n#if !__INCLUDE_LEVEL__\n" POP "#endif\n");
}
END_TEST

START_TEST(what_is_preprocessed_has_both_lines_in_it)
{
    check_changed(changed("we\"ird.i", "# 1 \"a.c\"\nint a;\n", true, 0, NULL),
                  "# 1 \"kitsune\" 1 3\n" PUSH "# 1 \"we\\\"ird.i\" 2\n# 1 \"a.c\"\nint a;\n\n\n"
                  POP);
    check_changed(changed("-", "int a;\n", true, 0, NULL),
                  "# 1 \"kitsune\" 1 3\n" PUSH "# 1 \"<stdin>\" 2\nint a;\n\n\n" POP);
}
END_TEST

START_TEST(sources_that_cannot_be_replaced)
{
    struct command command = {0};
    struct unit unit = {.path = "a.c"};
    ck_assert(!whole_statics_possible(&unit, &command)); /* a pipe */
    unit.was_read = true;
    ck_assert(whole_statics_possible(&unit, &command));
    unit.path = "b\xe9.c"; /* not UTF-8 */
    ck_assert(!whole_statics_possible(&unit, &command));
    list_add(&command.arguments, "-working-directory=x");
    unit.path = "a.c";
    ck_assert(!whole_statics_possible(&unit, &command));
    unit.path = "-";
    ck_assert(whole_statics_possible(&unit, &command));
    list_free(&command.arguments);
}
END_TEST

START_TEST(an_overlay_names_the_file_and_its_contents)
{
    struct source_overlay overlay = {0};
    struct string_list arguments = {0};
    struct text contents = {0}, listing = {0}, source = {0};
    ck_assert(source_overlay_use(&overlay, &arguments));
    ck_assert_uint_eq(arguments.count, 0); /* nothing was added */

    text_add(&contents, "int a;\n");
    ck_assert(source_overlay_add(&overlay, "/proc/self/exe", &contents));
    ck_assert(source_overlay_use(&overlay, &arguments));
    ck_assert_uint_eq(arguments.count, 4);
    ck_assert_str_eq(arguments.items[1], "-ivfsoverlay");
    ck_assert(text_read_file(&listing, arguments.items[3]));
    char *file = strstr(listing.bytes, "/proc/self/fd/");
    ck_assert_ptr_nonnull(strstr(listing.bytes, "\"name\": \"/proc/self/exe\""));
    ck_assert_ptr_nonnull(file);
    *strchr(file, '"') = '\0';
    ck_assert(text_read_file(&source, file));
    ck_assert_str_eq(source.bytes, "int a;\n");

    struct stat original, replacement; /* __TIMESTAMP__ */
    ck_assert(!stat("/proc/self/exe", &original) && !stat(file, &replacement));
    ck_assert_int_eq(original.st_mtim.tv_sec, replacement.st_mtim.tv_sec);
    source_overlay_free(&overlay);
    ck_assert_int_ne(access(file, R_OK), 0);
    list_free(&arguments);
    text_free(&contents);
    text_free(&listing);
    text_free(&source);
}
END_TEST

Suite *statics_suite(void)
{
    Suite *suite = suite_create("kitcc whole statics");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, lines_of_a_source_stay_where_they_are);
    tcase_add_test(tests, what_is_preprocessed_has_both_lines_in_it);
    tcase_add_test(tests, sources_that_cannot_be_replaced);
    tcase_add_test(tests, an_overlay_names_the_file_and_its_contents);
    suite_add_tcase(suite, tests);
    return suite;
}
