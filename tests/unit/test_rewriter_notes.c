/* test_rewriter_notes.c -- where the note of a local goes, by the jumps around it. */
#include "test_rewriter.h"

#include <string.h>

#include "../../rewriter/notes.h"

/* A block from 100 to 200, a declaration that ends at 150. */
static enum note_place decide(size_t source, size_t target)
{
    struct jump jump = {source, target};
    struct jump_list jumps = {&jump, 1};
    return note_decide(&jumps, (struct range){100, 200}, 150);
}

START_TEST(jumps_that_do_not_matter)
{
    struct jump_list none = {NULL, 0};
    ck_assert_int_eq(note_decide(&none, (struct range){100, 200}, 150), NOTE_IN_PLACE);
    ck_assert_int_eq(decide(110, 140), NOTE_IN_PLACE); /* before the declaration */
    ck_assert_int_eq(decide(160, 110), NOTE_IN_PLACE); /* back over it */
    ck_assert_int_eq(decide(160, 180), NOTE_IN_PLACE); /* behind it */
    ck_assert_int_eq(decide(160, 300), NOTE_IN_PLACE); /* out of the block */
    ck_assert_int_eq(decide(10, 300), NOTE_IN_PLACE);  /* past the block */
    ck_assert_int_eq(decide(10, 90), NOTE_IN_PLACE);
}
END_TEST

START_TEST(jumps_over_the_declaration)
{
    ck_assert_int_eq(decide(110, 180), NOTE_HOISTED);
    ck_assert_int_eq(decide(110, 150), NOTE_HOISTED); /* a label right behind it */
    ck_assert_int_eq(decide(110, 200), NOTE_HOISTED);
}
END_TEST

START_TEST(jumps_into_the_block)
{
    ck_assert_int_eq(decide(10, 180), NOTE_IMPOSSIBLE);
    ck_assert_int_eq(decide(300, 180), NOTE_IMPOSSIBLE);
}
END_TEST

START_TEST(one_jump_over_and_one_into_the_start)
{
    struct jump jumps[] = {{110, 180}, {10, 120}};
    struct jump_list list = {jumps, 2};
    ck_assert_int_eq(note_decide(&list, (struct range){100, 200}, 150), NOTE_IMPOSSIBLE);
}
END_TEST

START_TEST(code_is_one_line_of_declarations)
{
    struct text code = {0};
    note_add_frame(&code);
    note_add_local(&code, "value", 7);
    note_add_empty(&code, 8);
    note_add_link(&code, "other", 8);
    ck_assert_ptr_null(strchr(code.bytes, '\n'));
    ck_assert_ptr_nonnull(strstr(code.bytes, "kitsune_note_7"));
    ck_assert_ptr_nonnull(strstr(code.bytes, "\"value\", (void *)(__UINTPTR_TYPE__)&value"));
    ck_assert_ptr_nonnull(strstr(code.bytes, "kitsune_forget_local(&kitsune_note_8)"));
    /* Everything between semicolons begins a declaration. */
    for (const char *p = code.bytes; *p;) {
        ck_assert_msg(!strncmp(p, " __extension__ ", 15), "%s", p);
        p = strchr(p, ';') + 1;
    }
    text_free(&code);
}
END_TEST

Suite *notes_suite(void)
{
    Suite *suite = suite_create("kitcc notes");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, jumps_that_do_not_matter);
    tcase_add_test(tests, jumps_over_the_declaration);
    tcase_add_test(tests, jumps_into_the_block);
    tcase_add_test(tests, one_jump_over_and_one_into_the_start);
    tcase_add_test(tests, code_is_one_line_of_declarations);
    suite_add_tcase(suite, tests);
    return suite;
}
