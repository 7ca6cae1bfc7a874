/* test_heap_failure.c -- every allocation of an update made to fail in turn: the old version's
 * state must then be what it was in every byte, and nothing may be lost. */
#include "test_heap_support.h"

#include <stdint.h>

/* ---- A state with something of everything ---------------------------------------------------- */

struct old_part {
    int number;
    struct old_part *peer;
};

struct new_part {
    struct new_part *peer;
    long number;
};

static void convert_part(void *in_, void *out_);

static const struct kitsune_type_pair part_pair = {
    .name = "struct part",
    .old_size = sizeof(struct old_part),
    .new_size = sizeof(struct new_part),
    .flags = KITSUNE_PAIR_MOVES | KITSUNE_PAIR_EMBEDDED,
    .transform = convert_part,
};

static void convert_part(void *in_, void *out_)
{
    struct old_part *in = in_;
    struct new_part *out = out_;

    out->number = in->number;
    out->peer = kitsune_xf_pointer(&part_pair, in->peer, 1);
}

static const struct kitsune_xform node_xform = {.kind = KITSUNE_XFORM_PAIR, .pair = &node_pair};

/* Stays; everything it leads to does not. */
struct root {
    struct old_node *list;
    struct old_part *parts;
    struct old_part *cursor;
    struct old_node *by_rule;
    char *title;
    struct holder *holders;
};

static void visit_root(void *in, void *out)
{
    struct root *root = out;

    (void)in;
    KITSUNE_XF_UPDATE(root->list, kitsune_xf_pointer(&node_pair, root->list, 1));
    KITSUNE_XF_UPDATE(root->cursor, kitsune_xf_pointer(&part_pair, root->cursor, 1));
    KITSUNE_XF_UPDATE(root->parts, kitsune_xf_pointer(&part_pair, root->parts, 20));
    XF_INVOKE(XF_PTR(&node_xform), &root->by_rule, &root->by_rule);
    KITSUNE_XF_UPDATE(root->title, kitsune_xf_string(root->title));
    KITSUNE_XF_UPDATE(root->holders, kitsune_xf_pointer(&holder_pair, root->holders, 10));
}

static const struct kitsune_type_pair root_pair = {
    .name = "struct root",
    .old_size = sizeof(struct root),
    .new_size = sizeof(struct root),
    .transform = visit_root,
};

enum { NODES = 3000, PARTS = 20, HOLDERS = 10 };

static struct root *make_root(void)
{
    struct root *root = calloc(1, sizeof *root);
    long i;

    for (i = 0; i < NODES; i++)
        root->list = make_node(i, root->list, NULL);
    root->parts = calloc(PARTS, sizeof *root->parts);
    for (i = 0; i < PARTS; i++)
        root->parts[i] = (struct old_part){(int)i, &root->parts[(i + 7) % PARTS]};
    root->cursor = &root->parts[11];
    root->by_rule = make_node(-1, make_node(-2, NULL, NULL), root->list);
    snprintf(old_image.constants, sizeof old_image.constants, "the title");
    root->title = old_image.constants;
    root->holders = calloc(HOLDERS, sizeof *root->holders);
    for (i = 0; i < HOLDERS; i++)
        root->holders[i].node = make_node(100 + i, NULL, NULL);
    return root;
}

/* Everything that the state consists of, byte by byte. */
static uint64_t fingerprint(const struct root *root)
{
    uint64_t sum = 14695981039346656037u;
    const struct old_node *node;
    size_t i;

#define ADD(bytes, size)                                                                          \
    for (i = 0; i < (size); i++)                                                                  \
        sum = (sum ^ ((const unsigned char *)(bytes))[i]) * 1099511628211u
    ADD(root, sizeof *root);
    for (node = root->list; node; node = node->next)
        ADD(node, sizeof *node);
    ADD(root->parts, PARTS * sizeof *root->parts);
    ADD(root->by_rule, sizeof *root->by_rule);
    ADD(root->by_rule->next, sizeof *root->by_rule);
    ADD(root->holders, HOLDERS * sizeof *root->holders);
    return sum;
}

static void update(struct root *root)
{
    begin_update();
    convert_pointer(&root_pair, root, 1);
    heap_finish();
}

static void check_new_state(struct root *root)
{
    struct new_node *node;
    struct new_part *parts = (struct new_part *)(void *)root->parts;
    long i;

    for (node = (struct new_node *)(void *)root->list, i = NODES; node; node = node->next)
        ck_assert_int_eq(node->value, --i);
    ck_assert_int_eq(i, 0);
    for (i = 0; i < PARTS; i++)
        ck_assert_ptr_eq(parts[i].peer, &parts[(i + 7) % PARTS]);
    ck_assert_ptr_eq(root->cursor, &parts[11]);
    ck_assert_str_eq(root->title, "the title");
    node = (struct new_node *)(void *)root->by_rule;
    ck_assert_int_eq(node->next->value, -2);
    ck_assert_ptr_eq(node->other, root->list);
}

static void fail_in_turn(uint32_t flags)
{
    static struct root *root;
    static uint64_t before;
    static long turn, live_before, failures;
    static bool done;

    root = make_root();
    before = fingerprint(root);
    transformer.flags = flags;
    failures = 0;
    done = false;
    for (turn = 1; !done; turn = turn < 60 ? turn + 1 : turn + turn / 20) {
        live_before = live_allocations;
        failing_allocation = turn;
        failure_expected = true;
        if (!setjmp(failure_return)) {
            update(root);
            done = failing_allocation > 0; /* none failed any more */
            if (!done)
                heap_abort(); /* it was possible without that one */
        } else {
            ck_assert_msg(strstr(failure_message, "out of memory") ||
                              strstr(failure_message, "out of address space"),
                          "%s", failure_message);
            heap_abort();
            failures++;
        }
        failure_expected = false;
        if (!done) {
            ck_assert_int_eq(live_allocations, live_before);
            ck_assert_uint_eq(fingerprint(root), before);
        }
    }
    ck_assert_int_gt(failures, 60);
    failing_allocation = 0;
    heap_commit();
    ck_assert_int_eq(live_allocations, live_before);
    check_new_state(root);
}

START_TEST(each_failing_allocation_leaves_the_old_state)
{
    fail_in_turn(0);
}
END_TEST

START_TEST(the_same_when_objects_are_converted_in_their_own_memory)
{
    fail_in_turn(KITSUNE_TRANSFORMER_SELF_CONTAINED);
}
END_TEST

/* ---- Other failures -------------------------------------------------------------------------- */

static void convert_and_fail(void *in_, void *out_)
{
    struct old_node *in = in_;
    struct new_node *out = out_;

    out->next = kitsune_xf_pointer(&node_pair, in->next, 1);
    if (in->value == 13)
        kitsune_xf_fail("rules.xf", 7, "unlucky %ld", in->value);
}

START_TEST(a_rule_that_fails_names_its_place)
{
    struct kitsune_type_pair pair = node_pair;
    struct old_node *old = make_node(13, make_node(1, NULL, NULL), NULL);

    pair.transform = convert_and_fail;
    begin_update();
    EXPECT_FAILURE("rules.xf:7: unlucky 13", convert_pointer(&pair, old, 1));
    ck_assert_int_eq(live_allocations, 2);
    ck_assert_int_eq(old->next->value, 1);
    free(old->next);
    free(old);
}
END_TEST

static void remember_and_write(void *in, void *out)
{
    (void)in;
    kitsune_xf_remember(out, 100);
    memset(out, 0xff, 100);
}

START_TEST(remembered_bytes_are_put_back)
{
    char *block = calloc(1, 100);
    int i;

    begin_update();
    heap_migrate(remember_and_write, NULL, block, 100);
    ck_assert_int_eq(block[99], -1);
    heap_abort();
    for (i = 0; i < 100; i++)
        ck_assert_int_eq(block[i], 0);
    free(block);
}
END_TEST

START_TEST(the_newest_store_is_undone_first)
{
    void *slot = &slot, *first = &first, *second = &second;

    begin_update();
    kitsune_xf_store(&slot, first);
    kitsune_xf_store(&slot, second);
    kitsune_xf_store(&slot, second);
    ck_assert_ptr_eq(slot, second);
    heap_abort();
    ck_assert_ptr_eq(slot, &slot);
}
END_TEST

START_TEST(ending_twice_and_without_beginning_is_harmless)
{
    heap_abort();
    heap_commit();
    begin_update();
    heap_commit();
    heap_commit();
    heap_abort();
    begin_update();
    begin_update();
    heap_abort();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        each_failing_allocation_leaves_the_old_state,
        the_same_when_objects_are_converted_in_their_own_memory,
        a_rule_that_fails_names_its_place,
        remembered_bytes_are_put_back,
        the_newest_store_is_undone_first,
        ending_twice_and_without_beginning_is_harmless,
    };

    return RUN_TESTS("heap failure", tests);
}
