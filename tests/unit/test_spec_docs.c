/* test_spec_docs.c -- the examples in the documentation are of the language.
 *
 * Every block marked ```xf in docs/xf-language.md must be read without a message, and so must the
 * manual page's; the block marked ```text shows messages that xfgen really gives.
 */
#include "test_spec_support.h"

#include <stdlib.h>
#include <string.h>

/* The text of a file of the repository; REPOSITORY is given by spec.mk. */
static char *read_document(const char *name)
{
    char path[4096];
    char *text = NULL;
    size_t length = 0;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", REPOSITORY, name);
    file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s is missing", path);
    ck_assert_int_gt(getdelim(&text, &length, '\0', file), 0);
    fclose(file);
    return text;
}

/* The next block between the lines `fence` and `end_fence`, cut out; NULL after the last. */
static char *next_block(char **text, const char *fence, const char *end_fence)
{
    char *start = strstr(*text, fence), *end;

    if (!start)
        return NULL;
    start += strlen(fence);
    end = strstr(start, end_fence);
    ck_assert_ptr_nonnull(end);
    end[1] = '\0';
    *text = end + 2;
    return start;
}

START_TEST(every_example_is_understood)
{
    char *document = read_document("docs/xf-language.md"), *rest = document, *block;
    int count = 0;

    while ((block = next_block(&rest, "```xf\n", "\n```"))) {
        struct reading reading = read_text(block);

        ck_assert_msg(*reading.said == '\0', "%s", reading.said);
        ck_assert_str_ne(reading.tree, "");
        reading_end(&reading);
        count++;
    }
    ck_assert_int_ge(count, 15);
    free(document);
}
END_TEST

START_TEST(the_manual_page_is_understood)
{
    char *document = read_document("man/kitsune-xf.5"), *rest = document;
    char *block = next_block(&rest, ".\\\" file example.xf\n.nf\n", "\n.fi");
    struct reading reading;

    ck_assert_ptr_nonnull(block);
    reading = read_text(block);
    ck_assert_str_eq(reading.said, "");
    ck_assert_ptr_nonnull(strstr(reading.tree, "convert struct item|count"));
    reading_end(&reading);
    free(document);
}
END_TEST

START_TEST(the_messages_shown_are_real)
{
    char *document = read_document("docs/xf-language.md"), *rest = document;
    char *block = next_block(&rest, "```text\n", "\n```");
    struct reading reading = read_text("\n\nstruct conn => struct connection\n\n\n\n\n"
                                       "hits -> hits: {\n    $inn = 3;\n}\n");
    char *said = reading.said, *shown = block;

    ck_assert_ptr_nonnull(block);
    /* The same but for the file's name. */
    while (*shown && *said) {
        size_t shown_length = strcspn(shown, "\n"), said_length = strcspn(said, "\n");

        if (strncmp(shown, "server.xf", 9) == 0 && strncmp(said, "test.xf", 7) == 0) {
            ck_assert_int_eq(shown_length - 9, said_length - 7);
            ck_assert_int_eq(strncmp(shown + 9, said + 7, shown_length - 9), 0);
        } else {
            ck_assert_int_eq(shown_length, said_length);
            ck_assert_int_eq(strncmp(shown, said, shown_length), 0);
        }
        shown += shown_length + 1;
        said += said_length + 1;
    }
    ck_assert_int_eq(*shown, '\0');
    ck_assert_int_eq(*said, '\0');
    reading_end(&reading);
    free(document);
}
END_TEST

Suite *docs_suite(void)
{
    Suite *suite = suite_create("docs");
    TCase *cases = tcase_create("docs");

    tcase_add_test(cases, every_example_is_understood);
    tcase_add_test(cases, the_manual_page_is_understood);
    tcase_add_test(cases, the_messages_shown_are_real);
    suite_add_tcase(suite, cases);
    return suite;
}
