/* test_heap_objects.c -- moving, staying and reused objects: sharing, cycles, commit and abort. */
#include "test_heap_support.h"

#include <stdint.h>

/* ---- One object ------------------------------------------------------------------------------ */

START_TEST(an_object_moves_and_the_old_one_is_freed_at_commit)
{
    struct old_node *old = make_node(42, NULL, NULL);
    struct new_node *new;

    begin_update();
    new = convert_pointer(&node_pair, old, 1);
    ck_assert_ptr_ne(new, old);
    ck_assert_int_eq(new->value, 42);
    ck_assert_int_eq(new->added, 0);
    ck_assert_int_eq(old->value, 42);
    ck_assert(is_live(old));
    finish_and_commit();
    ck_assert(!is_live(old));
    ck_assert(is_live(new));
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(abort_frees_the_new_objects_and_nothing_else)
{
    struct old_node *old = make_node(1, make_node(2, NULL, NULL), NULL);
    struct new_node *new;

    begin_update();
    new = convert_pointer(&node_pair, old, 1);
    heap_finish();
    heap_abort();
    ck_assert(!is_live(new));
    ck_assert_int_eq(old->next->value, 2);
    ck_assert_int_eq(live_allocations, 2);
    free(old->next);
    free(old);
}
END_TEST

START_TEST(null_and_marks_are_values)
{
    begin_update();
    ck_assert_ptr_null(convert_pointer(&node_pair, NULL, 1));
    ck_assert_ptr_eq(convert_pointer(&node_pair, (void *)1, 1), (void *)1);
    ck_assert_ptr_eq(convert_pointer(&node_pair, (void *)-1, 1), (void *)-1);
    ck_assert_ptr_eq(convert_pointer(&holder_pair, (void *)0xdead, 1), (void *)0xdead);
    finish_and_commit();
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(what_cannot_be_an_address_fails_the_update)
{
    begin_update();
    EXPECT_FAILURE("struct node holds",
                   convert_pointer(&node_pair, (void *)0x5500000000000010, 1));
}
END_TEST

/* ---- Graphs ---------------------------------------------------------------------------------- */

START_TEST(sharing_is_preserved)
{
    struct old_node *shared = make_node(3, NULL, NULL);
    struct old_node *old = make_node(1, make_node(2, shared, shared), shared);
    struct new_node *new, *again;

    begin_update();
    new = convert_pointer(&node_pair, old, 1);
    again = convert_pointer(&node_pair, shared, 1);
    ck_assert_ptr_eq(new->other, again);
    ck_assert_ptr_eq(new->next->next, again);
    ck_assert_ptr_eq(new->next->other, again);
    ck_assert_int_eq(again->value, 3);
    finish_and_commit();
    ck_assert_int_eq(live_allocations, 3);
    free(again);
    free(new->next);
    free(new);
}
END_TEST

START_TEST(cycles_are_preserved)
{
    struct old_node *old = make_node(1, NULL, NULL);
    struct new_node *new;

    old->next = make_node(2, old, old);
    old->other = old;
    begin_update();
    new = convert_pointer(&node_pair, old, 1);
    ck_assert_ptr_eq(new->other, new);
    ck_assert_ptr_eq(new->next->next, new);
    ck_assert_int_eq(new->next->value, 2);
    finish_and_commit();
    ck_assert_int_eq(live_allocations, 2);
    free(new->next);
    free(new);
}
END_TEST

/* A random graph of this many nodes, each node's value its index. */
static struct old_node **random_graph(size_t count)
{
    struct old_node **nodes = malloc(count * sizeof *nodes);
    size_t i;

    for (i = 0; i < count; i++)
        nodes[i] = make_node((long)i, NULL, NULL);
    for (i = 0; i < count; i++) {
        nodes[i]->next = nodes[(i + 1) % count];
        nodes[i]->other = rand() % 4 ? nodes[(size_t)rand() % count] : NULL;
    }
    return nodes;
}

static void check_random_graph(uint32_t flags)
{
    enum { COUNT = 20000 };
    struct old_node **old = random_graph(COUNT);
    long *other = malloc(COUNT * sizeof *other);
    struct new_node **new = malloc(COUNT * sizeof *new), *node;
    size_t i;

    for (i = 0; i < COUNT; i++)
        other[i] = old[i]->other ? old[i]->other->value : -1;
    transformer.flags = flags;
    begin_update();
    new[0] = convert_pointer(&node_pair, old[0], 1);
    finish_and_commit();
    for (i = 0, node = new[0]; i < COUNT; i++, node = node->next) {
        ck_assert_int_eq(node->value, (long)i);
        ck_assert_int_eq(node->added, 0);
        new[i] = node;
    }
    ck_assert_ptr_eq(node, new[0]);
    for (i = 0; i < COUNT; i++)
        ck_assert_ptr_eq(new[i]->other, other[i] < 0 ? NULL : new[other[i]]);
    for (i = 0; i < COUNT; i++)
        free(new[i]);
    free(new);
    free(old);
    free(other);
    ck_assert_int_eq(live_allocations, 0);
}

START_TEST(a_large_random_graph_keeps_its_shape)
{
    check_random_graph(0);
}
END_TEST

START_TEST(the_same_with_a_self_contained_transformer)
{
    check_random_graph(KITSUNE_TRANSFORMER_SELF_CONTAINED);
}
END_TEST

/* ---- Objects that stay ----------------------------------------------------------------------- */

START_TEST(an_object_that_stays_gets_its_pointers_changed)
{
    struct old_node *node = make_node(5, NULL, NULL);
    struct holder *holder = malloc(sizeof *holder), before;
    struct new_node *new;

    *holder = (struct holder){7, node, holder};
    before = *holder;
    begin_update();
    ck_assert_ptr_eq(convert_pointer(&holder_pair, holder, 1), holder);
    new = (struct new_node *)(void *)holder->node;
    ck_assert_ptr_ne(new, node);
    ck_assert_int_eq(new->value, 5);
    ck_assert_ptr_eq(holder->next, holder);
    finish_and_commit();
    ck_assert_ptr_eq(holder->node, new);

    begin_update(); /* the other way: abort puts it back */
    holder->node = make_node(6, NULL, NULL);
    before = *holder;
    convert_pointer(&holder_pair, holder, 1);
    ck_assert_ptr_ne(holder->node, before.node);
    heap_abort();
    ck_assert_int_eq(memcmp(holder, &before, sizeof before), 0);
    free(holder->node);
    free(holder);
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(a_list_of_staying_objects_is_restored_in_every_byte)
{
    enum { COUNT = 5000 };
    struct holder *holders = malloc(COUNT * sizeof *holders);
    struct holder *before = malloc(COUNT * sizeof *before);
    size_t i;

    for (i = 0; i < COUNT; i++)
        holders[i] = (struct holder){(long)i, make_node((long)i, NULL, NULL),
                                     i + 1 < COUNT ? &holders[i + 1] : NULL};
    memcpy(before, holders, COUNT * sizeof *before);
    begin_update();
    convert_pointer(&holder_pair, holders, 1);
    for (i = 0; i < COUNT; i++)
        ck_assert_ptr_ne(holders[i].node, before[i].node);
    heap_finish();
    heap_abort();
    ck_assert_int_eq(memcmp(holders, before, COUNT * sizeof *before), 0);
    for (i = 0; i < COUNT; i++)
        free(holders[i].node);
    free(holders);
    free(before);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* ---- Objects converted in their own memory --------------------------------------------------- */

struct old_small {
    long value;
    struct old_small *next;
};

struct new_small {
    struct new_small *next;
    long added;
    long value;
};

static void convert_small(void *in_, void *out_);

static const struct kitsune_type_pair small_pair = {
    .name = "struct small",
    .old_size = sizeof(struct old_small),
    .new_size = sizeof(struct new_small),
    .flags = KITSUNE_PAIR_MOVES,
    .transform = convert_small,
};

static void convert_small(void *in_, void *out_)
{
    struct old_small *in = in_;
    struct new_small *out = out_;

    out->value = in->value;
    out->next = kitsune_xf_pointer(&small_pair, in->next, 1);
}

static struct old_small *make_smalls(long count)
{
    struct old_small *first = NULL;

    while (count-- > 0) {
        struct old_small *small = malloc(sizeof *small);

        *small = (struct old_small){count, first};
        first = small;
    }
    return first;
}

static void free_smalls(void *first)
{
    while (first) {
        struct new_small *small = first;

        first = small->next;
        free(small);
    }
}

START_TEST(a_self_contained_transformer_keeps_objects_where_they_fit)
{
    struct old_small *old = make_smalls(1000);
    struct new_small *new, *small;
    struct heap_statistics statistics;
    long i;

    transformer.flags = KITSUNE_TRANSFORMER_SELF_CONTAINED;
    begin_update();
    new = convert_pointer(&small_pair, old, 1);
    finish_and_commit();
    for (small = new, i = 0; small; small = small->next, i++) {
        ck_assert_int_eq(small->value, i);
        ck_assert_int_eq(small->added, 0);
    }
    ck_assert_int_eq(i, 1000);
    heap_read_statistics(&statistics);
    ck_assert_uint_eq(statistics.objects_visited, 1000);
    ck_assert_uint_eq(statistics.objects_transformed, 1000);
    ck_assert_uint_eq(statistics.bytes_transformed, 1000 * sizeof(struct new_small));
    free_smalls(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(old_objects_that_are_still_read_are_not_reused)
{
    struct old_small *old = make_smalls(2);
    struct new_small *new;

    transformer.flags = KITSUNE_TRANSFORMER_SELF_CONTAINED;
    old_is_read = true;
    begin_update();
    new = convert_pointer(&small_pair, old, 1);
    ck_assert_ptr_ne(new, old);
    ck_assert_int_eq(old->next->value, 1);
    finish_and_commit();
    free_smalls(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(abort_restores_them_too)
{
    struct old_small *old = make_smalls(1000), *small;
    long i;

    transformer.flags = KITSUNE_TRANSFORMER_SELF_CONTAINED;
    begin_update();
    convert_pointer(&small_pair, old, 1);
    heap_finish();
    heap_abort();
    for (small = old, i = 0; small; small = small->next, i++)
        ck_assert_int_eq(small->value, i);
    ck_assert_int_eq(i, 1000);
    while (old) {
        small = old->next;
        free(old);
        old = small;
    }
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* ---- Arrays ---------------------------------------------------------------------------------- */

struct old_item {
    int number;
};

struct new_item {
    int added;
    long number;
};

static void convert_item(void *in, void *out)
{
    ((struct new_item *)out)->number = ((struct old_item *)in)->number;
}

static const struct kitsune_type_pair item_pair = {
    .name = "struct item",
    .old_size = sizeof(struct old_item),
    .new_size = sizeof(struct new_item),
    .flags = KITSUNE_PAIR_MOVES | KITSUNE_PAIR_LEAF,
    .transform = convert_item,
};

START_TEST(an_array_is_converted_element_by_element)
{
    static const size_t counts[] = {0, 1, 2, 5, 1000, 100000};
    size_t i, j;

    for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct old_item *old = malloc((counts[i] + 1) * sizeof *old);
        struct new_item *new;

        for (j = 0; j < counts[i]; j++)
            old[j].number = (int)j - 7;
        begin_update();
        new = convert_pointer(&item_pair, old, counts[i]);
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
    struct old_item *old = calloc(8, sizeof *old);

    begin_update();
    convert_pointer(&item_pair, old, 2);
    EXPECT_FAILURE("is reached as 2 elements, and again as 8",
                   convert_pointer(&item_pair, old, 8));
    free(old);
}
END_TEST

START_TEST(an_impossible_length_is_refused)
{
    struct old_item *old = calloc(8, sizeof *old);

    begin_update();
    EXPECT_FAILURE("larger than memory", convert_pointer(&item_pair, old, SIZE_MAX / 2));
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
    EXPECT_FAILURE("its allocation has only", convert_pointer(&item_pair, block, 1000));
    free(block);
}
END_TEST

START_TEST(one_address_of_two_types_that_move_is_refused)
{
    struct old_node *old = make_node(1, NULL, NULL);

    begin_update();
    convert_pointer(&node_pair, old, 1);
    EXPECT_FAILURE("is reached as struct node and as struct item",
                   convert_pointer(&item_pair, old, 1));
    free(old);
}
END_TEST

/* A pair with the layout of holder but another name. */
static void visit_like_holder(void *in, void *out)
{
    holder_pair.transform(in, out);
}

static const struct kitsune_type_pair like_holder_pair = {
    .name = "struct like_holder",
    .old_size = sizeof(struct holder),
    .new_size = sizeof(struct holder),
    .transform = visit_like_holder,
};

START_TEST(one_address_of_two_types_that_stay_is_visited_once_in_effect)
{
    struct old_node *node = make_node(9, NULL, NULL);
    struct holder *holder = malloc(sizeof *holder);
    struct new_node *new;

    *holder = (struct holder){1, node, NULL};
    begin_update();
    convert_pointer(&holder_pair, holder, 1);
    new = (struct new_node *)(void *)holder->node;
    convert_pointer(&like_holder_pair, holder, 1);
    ck_assert_ptr_eq(holder->node, new);
    finish_and_commit();
    ck_assert_int_eq(new->value, 9);
    ck_assert_int_eq(live_allocations, 2);
    free(new);
    free(holder);
}
END_TEST

/* ---- Allocators of the program's own --------------------------------------------------------- */

static int allocated, released, discarded;

static void *own_allocate(size_t size)
{
    allocated++;
    return malloc(size);
}

static void own_release(void *object)
{
    released++;
    free(object);
}

static void own_discard(void *object)
{
    discarded++;
    free(object);
}

START_TEST(a_custom_allocator_is_used_for_all_that_is_its)
{
    struct kitsune_type_pair pair = item_pair;
    struct old_item *old = calloc(1, sizeof *old);
    void *new;

    pair.allocate = own_allocate;
    pair.release = own_release;
    pair.discard = own_discard;
    begin_update();
    convert_pointer(&pair, old, 1);
    heap_abort();
    ck_assert_int_eq(allocated, 1);
    ck_assert_int_eq(discarded, 1);
    ck_assert_int_eq(released, 0);
    begin_update();
    new = convert_pointer(&pair, old, 1);
    finish_and_commit();
    ck_assert_int_eq(allocated, 2);
    ck_assert_int_eq(released, 1);
    ck_assert_int_eq(discarded, 1);
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* ---- Figures --------------------------------------------------------------------------------- */

START_TEST(statistics_count_what_was_done)
{
    struct heap_statistics statistics;
    struct holder *holder = malloc(sizeof *holder);
    struct new_node *first, *second;

    *holder = (struct holder){1, make_node(1, make_node(2, NULL, NULL), NULL), NULL};
    begin_update();
    convert_pointer(&holder_pair, holder, 1);
    finish_and_commit();
    heap_read_statistics(&statistics);
    ck_assert_uint_eq(statistics.objects_visited, 3);
    ck_assert_uint_eq(statistics.objects_transformed, 2);
    ck_assert_uint_eq(statistics.bytes_transformed, 2 * sizeof(struct new_node));
    ck_assert_uint_gt(statistics.bookkeeping_bytes, 0);
    first = (struct new_node *)(void *)holder->node;
    second = first->next;
    free(second);
    free(first);
    free(holder);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        an_object_moves_and_the_old_one_is_freed_at_commit,
        abort_frees_the_new_objects_and_nothing_else,
        null_and_marks_are_values,
        what_cannot_be_an_address_fails_the_update,
        sharing_is_preserved,
        cycles_are_preserved,
        a_large_random_graph_keeps_its_shape,
        the_same_with_a_self_contained_transformer,
        an_object_that_stays_gets_its_pointers_changed,
        a_list_of_staying_objects_is_restored_in_every_byte,
        a_self_contained_transformer_keeps_objects_where_they_fit,
        old_objects_that_are_still_read_are_not_reused,
        abort_restores_them_too,
        an_array_is_converted_element_by_element,
        a_staying_array_is_visited_to_its_longest_count,
        a_moved_array_cannot_grow_afterwards,
        an_impossible_length_is_refused,
        a_flexible_array_counted_by_its_length,
        a_flexible_array_counted_by_its_allocation,
        the_middle_of_an_allocation_does_not_move,
        an_allocation_smaller_than_its_type_does_not_move,
        one_address_of_two_types_that_move_is_refused,
        one_address_of_two_types_that_stay_is_visited_once_in_effect,
        a_custom_allocator_is_used_for_all_that_is_its,
        statistics_count_what_was_done,
    };

    return RUN_TESTS("heap objects", tests);
}
