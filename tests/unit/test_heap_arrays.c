/* test_heap_arrays.c -- arrays, flexible array members, and the blocks they are in. */
#include "test_heap_support.h"

#include <stdint.h>

#include "../../runtime/heap/engine.h"

/* ---- Arrays ---------------------------------------------------------------------------------- */

START_TEST(an_array_is_converted_element_by_element)
{
    static const size_t counts[] = {0, 1, 2, 5, 1000, 100000};
    size_t i, j;

    for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct old_element *old = malloc((counts[i] + 1) * sizeof *old);
        struct new_element *new;

        for (j = 0; j < counts[i]; j++)
            old[j].number = (int)j - 7;
        begin_update();
        new = convert_pointer(&element_pair, old, counts[i]);
        finish_and_commit();
        for (j = 0; j < counts[i]; j++) {
            ck_assert_int_eq(new[j].number, (long)j - 7);
            ck_assert_int_eq(new[j].added, 0);
        }
        ck_assert_int_eq(live_allocations, 1);
        free(new);
    }
}
END_TEST

START_TEST(a_staying_array_is_visited_to_its_longest_count)
{
    struct holder *holders = calloc(4, sizeof *holders);
    struct old_node *nodes[4];
    size_t i;

    for (i = 0; i < 4; i++)
        holders[i].node = nodes[i] = make_node((long)i, NULL, NULL);
    begin_update();
    ck_assert_ptr_eq(convert_pointer(&holder_pair, holders, 2), holders);
    ck_assert_ptr_eq(holders[3].node, nodes[3]);
    ck_assert_ptr_eq(convert_pointer(&holder_pair, holders, 4), holders);
    ck_assert_ptr_eq(convert_pointer(&holder_pair, holders, 1), holders);
    finish_and_commit();
    for (i = 0; i < 4; i++) {
        ck_assert_ptr_ne(holders[i].node, nodes[i]);
        ck_assert_int_eq(holders[i].node->value, (long)i);
        free(holders[i].node);
    }
    free(holders);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(a_moved_array_cannot_grow_afterwards)
{
    struct old_element *old = calloc(8, sizeof *old);

    begin_update();
    convert_pointer(&element_pair, old, 2);
    EXPECT_FAILURE("is reached as 2 elements, and again as 8",
                   convert_pointer(&element_pair, old, 8));
    free(old);
}
END_TEST

START_TEST(an_impossible_length_is_refused)
{
    struct old_element *old = calloc(8, sizeof *old);

    begin_update();
    EXPECT_FAILURE("larger than memory", convert_pointer(&element_pair, old, SIZE_MAX / 2));
    free(old);
}
END_TEST

/* ---- Flexible array members ------------------------------------------------------------------ */

struct old_text {
    unsigned length;
    char characters[];
};

struct new_text {
    size_t length;
    size_t capacity;
    short characters[];
};

static size_t text_count(const void *in)
{
    return ((const struct old_text *)in)->length;
}

static void convert_text(void *in_, void *out_)
{
    struct old_text *in = in_;
    struct new_text *out = out_;
    size_t i;

    out->length = out->capacity = in->length;
    for (i = 0; i < in->length; i++)
        out->characters[i] = in->characters[i];
}

static const struct kitsune_type_pair text_pair = {
    .name = "struct text",
    .old_size = sizeof(struct old_text),
    .new_size = sizeof(struct new_text),
    .flags = KITSUNE_PAIR_MOVES | KITSUNE_PAIR_LEAF,
    .old_tail_offset = offsetof(struct old_text, characters),
    .new_tail_offset = offsetof(struct new_text, characters),
    .old_tail_element = 1,
    .new_tail_element = 2,
    .tail_count = text_count,
    .transform = convert_text,
};

static struct old_text *make_text(unsigned length)
{
    struct old_text *text = malloc(sizeof *text + length);

    text->length = length;
    memset(text->characters, 'x', length);
    return text;
}

static void check_text(const struct kitsune_type_pair *pair)
{
    unsigned length, i;

    for (length = 0; length < 3000; length += 377) {
        struct old_text *old = make_text(length);
        struct new_text *new;

        begin_update();
        new = convert_pointer(pair, old, 1);
        finish_and_commit();
        ck_assert_uint_eq(new->length, length);
        for (i = 0; i < length; i++)
            ck_assert_int_eq(new->characters[i], 'x');
        free(new);
        ck_assert_int_eq(live_allocations, 0);
    }
}

START_TEST(a_flexible_array_counted_by_its_length)
{
    check_text(&text_pair);
}
END_TEST

START_TEST(a_flexible_array_counted_by_its_allocation)
{
    struct kitsune_type_pair pair = text_pair;

    pair.tail_count = NULL;
    check_text(&pair);
}
END_TEST

/* ---- What is not an allocation --------------------------------------------------------------- */

START_TEST(the_middle_of_an_allocation_does_not_move)
{
    char *block;

#ifndef __SANITIZE_ADDRESS__
    if (getenv("HEAP_TEST_OTHER_MALLOC"))
        return; /* nothing can be asked of it */
#endif
    block = calloc(1, 256);
    begin_update();
    EXPECT_FAILURE("struct node at", convert_pointer(&node_pair, block + 64, 1));
    ck_assert(strstr(failure_message, "is not the start of an allocation"));
    free(block);
}
END_TEST

START_TEST(an_allocation_smaller_than_its_type_does_not_move)
{
    char *block;

#ifndef __SANITIZE_ADDRESS__
    if (getenv("HEAP_TEST_OTHER_MALLOC"))
        return;
#endif
    block = calloc(1, 24);
    begin_update();
    EXPECT_FAILURE("its allocation has only", convert_pointer(&element_pair, block, 1000));
    free(block);
}
END_TEST

/* What stands in front of an element is the number that malloc would write there. */
START_TEST(blocks_before_an_address_tell_whether_it_begins_one)
{
    enum { LENGTH = 8 };
    struct suspect {
        long a, b, c, looks_like_a_header;
    } *elements;
    char *before;
    int i;

#ifndef __SANITIZE_ADDRESS__
    if (getenv("HEAP_TEST_OTHER_MALLOC"))
        return;
#endif
    before = malloc(100);
    elements = malloc(LENGTH * sizeof *elements);
    for (i = 0; i < LENGTH; i++)
        elements[i] = (struct suspect){i, i, i, sizeof *elements + 17};
    begin_update();
    if (allocator == ALLOCATOR_GLIBC && (char *)elements > before &&
        (char *)elements - before < 4096) {
        ck_assert_int_eq(allocation_judge((uintptr_t)&elements[LENGTH - 1], sizeof *elements),
                         START_CERTAIN);
        ck_assert(allocation_covers((uintptr_t)before, (uintptr_t)&elements[LENGTH - 1]));
        ck_assert(allocation_covers((uintptr_t)elements, (uintptr_t)&elements[LENGTH - 1]));
        ck_assert(!allocation_covers((uintptr_t)before, (uintptr_t)elements));
    }
    heap_abort();
    free(elements);
    free(before);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        an_array_is_converted_element_by_element,
        a_staying_array_is_visited_to_its_longest_count,
        a_moved_array_cannot_grow_afterwards,
        an_impossible_length_is_refused,
        a_flexible_array_counted_by_its_length,
        a_flexible_array_counted_by_its_allocation,
        the_middle_of_an_allocation_does_not_move,
        an_allocation_smaller_than_its_type_does_not_move,
        blocks_before_an_address_tell_whether_it_begins_one,
    };

    return RUN_TESTS("heap arrays", tests);
}
