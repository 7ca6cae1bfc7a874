/* test_heap_objects.c -- moving and staying objects: sharing, cycles, commit and abort. */
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

/* ---- One address, two types ------------------------------------------------------------------ */

START_TEST(one_address_of_two_types_that_move_is_refused)
{
    struct old_node *old = make_node(1, NULL, NULL);

    begin_update();
    convert_pointer(&node_pair, old, 1);
    EXPECT_FAILURE("is reached as struct node and as struct element",
                   convert_pointer(&element_pair, old, 1));
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
    struct kitsune_type_pair pair = element_pair;
    struct old_element *old = calloc(1, sizeof *old);
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
        one_address_of_two_types_that_move_is_refused,
        one_address_of_two_types_that_stay_is_visited_once_in_effect,
        a_custom_allocator_is_used_for_all_that_is_its,
        statistics_count_what_was_done,
    };

    return RUN_TESTS("heap objects", tests);
}
