/* test_heap_closures.c -- the XF_ macros of hand-written rules. */
#include "test_heap_support.h"

#include <stdint.h>
#include <sys/resource.h>

static const struct kitsune_xform node_xform = {.kind = KITSUNE_XFORM_PAIR, .pair = &node_pair};

/* Runs the statement as a migration would. */
static void (*running)(void);

static void run_it(void *in, void *out)
{
    (void)in;
    (void)out;
    running();
}

static void run(void (*rule)(void))
{
    static char nothing[8];

    running = rule;
    heap_migrate(run_it, NULL, nothing, sizeof nothing);
}

#define end_update(live)                                                                          \
    do {                                                                                          \
        finish_and_commit();                                                                      \
        ck_assert_int_eq(live_allocations, (live));                                               \
    } while (0)

/* ---- Complete on return ---------------------------------------------------------------------- */

static struct old_node *old_list;
static struct new_node *new_list;

static void invoke_pointer(void)
{
    XF_INVOKE(XF_PTR(&node_xform), &old_list, &new_list);
    ck_assert_int_eq(new_list->value, 1);
    ck_assert_int_eq(new_list->next->value, 2);
    ck_assert_int_eq(new_list->next->next->value, 3);
    ck_assert_ptr_null(new_list->next->next->next);
    ck_assert_ptr_eq(new_list->other, new_list->next->next);
}

START_TEST(a_pointer_is_complete_on_return)
{
    struct old_node *third = make_node(3, NULL, NULL);

    old_list = make_node(1, make_node(2, third, NULL), third);
    begin_update();
    run(invoke_pointer);
    end_update(3);
    free(new_list->next->next);
    free(new_list->next);
    free(new_list);
}
END_TEST

static void invoke_queued(void)
{
    void *queued = kitsune_xf_pointer(&node_pair, old_list, 1);

    XF_INVOKE(XF_PTR(&node_xform), &old_list, &new_list);
    ck_assert_ptr_eq(queued, new_list);
    ck_assert_int_eq(new_list->value, 4);
    ck_assert_int_eq(new_list->next->value, 5);
}

START_TEST(a_target_that_was_queued_before_is_complete_too)
{
    old_list = make_node(4, make_node(5, NULL, NULL), NULL);
    begin_update();
    run(invoke_queued);
    end_update(2);
    free(new_list->next);
    free(new_list);
}
END_TEST

static void invoke_null(void)
{
    void *null = NULL, *out = &null;

    XF_INVOKE(XF_PTR(&node_xform), &null, &out);
    ck_assert_ptr_null(out);
    out = &null;
    XF_INVOKE(XF_NTARRAY(8, 8, XF_NTSTR()), &null, &out);
    ck_assert_ptr_null(out);
    out = &null;
    XF_INVOKE(XF_NTSTR(), &null, &out);
    ck_assert_ptr_null(out);
    out = &null;
    XF_INVOKE(XF_FPTR(), &null, &out);
    ck_assert_ptr_null(out);
}

START_TEST(null_converts_to_null)
{
    begin_update();
    run(invoke_null);
    end_update(0);
}
END_TEST

/* ---- Every kind ------------------------------------------------------------------------------ */

static void invoke_pair(void)
{
    struct old_node in = {7, NULL, NULL};
    struct new_node out = {0};
    struct holder kept = {8, NULL, NULL}, copy = {0};

    in.other = make_node(1, NULL, NULL);
    XF_INVOKE(&node_xform, &in, &out);
    ck_assert_int_eq(out.value, 7);
    ck_assert_int_eq(out.other->value, 1);
    new_list = out.other;

    kept.node = in.other;
    XF_INVOKE((&(struct kitsune_xform){.kind = KITSUNE_XFORM_PAIR, .pair = &holder_pair}), &kept,
              &copy);
    ck_assert_int_eq(copy.number, 8);
    ck_assert_ptr_eq(copy.node, out.other);
    ck_assert_ptr_eq(kept.node, in.other);
}

START_TEST(a_pair_by_itself)
{
    begin_update();
    run(invoke_pair);
    end_update(1);
    free(new_list);
}
END_TEST

static struct old_node *old_nodes[3];
static struct new_node *new_nodes[3];

static void invoke_array_of_pointers(void)
{
    XF_INVOKE(XF_ARRAY(3, sizeof(void *), sizeof(void *), XF_PTR(&node_xform)), old_nodes,
              new_nodes);
    ck_assert_int_eq(new_nodes[0]->value, 10);
    ck_assert_int_eq(new_nodes[1]->value, 11);
    ck_assert_ptr_eq(new_nodes[2], new_nodes[0]);
}

START_TEST(an_array_of_pointers)
{
    old_nodes[0] = old_nodes[2] = make_node(10, NULL, NULL);
    old_nodes[1] = make_node(11, NULL, NULL);
    begin_update();
    run(invoke_array_of_pointers);
    end_update(2);
    free(new_nodes[0]);
    free(new_nodes[1]);
}
END_TEST

static void invoke_pointer_to_array(void)
{
    XF_INVOKE(XF_PTRARRAY(5, sizeof(struct old_node), sizeof(struct new_node), &node_xform),
              &old_list, &new_list);
    ck_assert_int_eq(new_list[4].value, 4);
    ck_assert_ptr_eq(new_list[2].other->other, NULL);
}

START_TEST(a_pointer_to_an_array_of_objects)
{
    long i;

    old_list = calloc(5, sizeof *old_list);
    for (i = 0; i < 5; i++)
        old_list[i].value = i;
    old_list[2].other = make_node(1, NULL, NULL);
    begin_update();
    run(invoke_pointer_to_array);
    end_update(2);
    free(new_list[2].other);
    free(new_list);
}
END_TEST

static char **old_words, **new_words;

static void invoke_strings(void)
{
    XF_INVOKE(XF_NTARRAY(sizeof(char *), sizeof(char *), XF_NTSTR()), &old_words, &new_words);
    ck_assert_str_eq(new_words[0], "alpha");
    ck_assert_str_eq(new_words[1], "beta");
    ck_assert_ptr_null(new_words[2]);
    ck_assert_ptr_ne(new_words[0], old_image.constants);
}

START_TEST(an_array_of_strings_that_ends_in_null)
{
    strcpy(old_image.constants, "alpha");
    strcpy(old_image.constants + 64, "beta");
    old_words = calloc(3, sizeof *old_words);
    old_words[0] = old_image.constants;
    old_words[1] = old_image.constants + 64;
    begin_update();
    run(invoke_strings);
    heap_abort(); /* it stayed where it was, so it is put back */
    ck_assert_ptr_eq(old_words[0], old_image.constants);
    begin_update();
    run(invoke_strings);
    end_update(1);
    free(old_words);
}
END_TEST

struct old_number {
    int number;
};

struct new_number {
    long number;
};

static int calls;

static void lift_number(struct old_number *in, struct new_number *out)
{
    calls++;
    out->number = in->number * 10;
}

static struct old_number *old_numbers;
static struct new_number *new_numbers;

static void invoke_lifted(void)
{
    struct old_number in = {3};
    struct new_number out = {0};

    XF_INVOKE(XF_LIFT(lift_number), &in, &out);
    ck_assert_int_eq(out.number, 30);
    XF_INVOKE(XF_PTRARRAY(4, sizeof in, sizeof out, XF_LIFT(lift_number)), &old_numbers,
              &new_numbers);
    ck_assert_int_eq(new_numbers[3].number, 40);
    XF_INVOKE(XF_PTRARRAY(4, sizeof in, sizeof out, XF_LIFT(lift_number)), &old_numbers,
              &new_numbers);
    ck_assert_int_eq(calls, 5); /* the second time they were known */
}

START_TEST(functions_of_the_user)
{
    int i;

    calls = 0;
    old_numbers = calloc(4, sizeof *old_numbers);
    for (i = 0; i < 4; i++)
        old_numbers[i].number = i + 1;
    begin_update();
    run(invoke_lifted);
    end_update(1);
    free(new_numbers);
}
END_TEST

static void invoke_pointer_to_lifted(void)
{
    XF_INVOKE(XF_PTR(XF_LIFT(lift_number)), &old_numbers, &new_numbers);
}

START_TEST(a_pointer_to_something_of_unknown_size_is_refused)
{
    begin_update();
    old_numbers = calloc(1, sizeof *old_numbers);
    EXPECT_FAILURE("XF_PTRARRAY(1, OLD_SIZE, NEW_SIZE", run(invoke_pointer_to_lifted));
    free(old_numbers);
}
END_TEST

static void invoke_raw_and_assign(void)
{
    char in[16] = "bytes", out[16] = "";
    int number = 0;

    XF_INVOKE(XF_RAW(16), in, out);
    ck_assert_str_eq(out, "bytes");
    XF_ASSIGN(number, 5);
    ck_assert_int_eq(number, 5);
}

START_TEST(raw_bytes_and_assignment)
{
    begin_update();
    run(invoke_raw_and_assign);
    end_update(0);
}
END_TEST

static void assert_null(void)
{
    void *in = NULL, *out = &in;

    XF_ASSERT_NULL(out, in);
    ck_assert_ptr_null(out);
    in = &in;
    XF_ASSERT_NULL(out, in);
}

START_TEST(assert_null_fails_with_file_and_line)
{
    begin_update();
    EXPECT_FAILURE("test_heap_closures.c:", run(assert_null));
    ck_assert(strstr(failure_message, "in is not NULL"));
}
END_TEST

static struct old_node **old_handle;
static struct new_node **new_handle;

static void invoke_pointer_to_pointer(void)
{
    XF_INVOKE(XF_PTR(XF_PTR(&node_xform)), &old_handle, &new_handle);
    ck_assert_ptr_eq(new_handle, old_handle);
    ck_assert_int_eq((*new_handle)->value, 6);
}

START_TEST(a_pointer_to_a_pointer)
{
    struct old_node *node = make_node(6, NULL, NULL);

    old_handle = malloc(sizeof *old_handle);
    *old_handle = node;
    begin_update();
    run(invoke_pointer_to_pointer);
    heap_abort();
    ck_assert_ptr_eq(*old_handle, node);
    begin_update();
    run(invoke_pointer_to_pointer);
    end_update(2);
    free(*new_handle);
    free(new_handle);
}
END_TEST

static void (*old_function)(void), (*new_function)(void);

static void invoke_function(void)
{
    XF_INVOKE(XF_FPTR(), &old_function, &new_function);
}

START_TEST(a_function_pointer)
{
    static const struct kitsune_function functions[] = {
        {"f", "f", CONSTANT_OFFSET(1000), CONSTANT_OFFSET(2000)}};

    transformer.functions = functions;
    transformer.function_count = 1;
    old_function = (void (*)(void))(uintptr_t)(old_image.constants + 1000);
    begin_update();
    run(invoke_function);
    ck_assert_ptr_eq((void *)(uintptr_t)new_function, new_image.constants + 2000);
    end_update(0);
}
END_TEST

/* ---- Deferred targets ------------------------------------------------------------------------ */

static struct kitsune_type_pair embedded_node_pair;
static struct kitsune_xform embedded_xform = {.kind = KITSUNE_XFORM_PAIR,
                                              .pair = &embedded_node_pair};

static void invoke_embedded(void)
{
    XF_INVOKE(XF_PTR(&embedded_xform), &old_list, &new_list);
    ck_assert_int_eq(new_list->value, 20); /* not a placeholder */
}

START_TEST(a_target_that_would_be_deferred_is_resolved_at_once)
{
    embedded_node_pair = node_pair;
    embedded_node_pair.flags |= KITSUNE_PAIR_EMBEDDED;
    old_list = make_node(20, NULL, NULL);
    begin_update();
    run(invoke_embedded);
    end_update(1);
    free(new_list);
}
END_TEST

/* ---- Depth ----------------------------------------------------------------------------------- */

/* A rule on each node that invokes something small: `other` is a node without successors. */
static const struct kitsune_type_pair ruled_pair;

static void convert_ruled(void *in_, void *out_)
{
    struct old_node *in = in_;
    struct new_node *out = out_;

    out->next = kitsune_xf_pointer(&ruled_pair, in->next, 1);
    XF_INVOKE(XF_PTR(&node_xform), &in->other, &out->other);
    out->value = in->value + out->other->value;
}

static const struct kitsune_type_pair ruled_pair = {
    .name = "struct ruled",
    .old_size = sizeof(struct old_node),
    .new_size = sizeof(struct new_node),
    .flags = KITSUNE_PAIR_MOVES,
    .transform = convert_ruled,
};

START_TEST(a_rule_on_each_node_of_a_list_needs_no_stack)
{
    enum { LENGTH = 300000 };
    struct rlimit limit = {64 << 10, 64 << 10};
    struct old_node *list = NULL;
    struct new_node *new, *next;
    long i;

    ck_assert_int_eq(setrlimit(RLIMIT_STACK, &limit), 0);
    for (i = 0; i < LENGTH; i++)
        list = make_node(i, list, make_node(1, NULL, NULL));
    begin_update();
    new = convert_pointer(&ruled_pair, list, 1);
    finish_and_commit();
    for (i = LENGTH - 1; new; i--, new = next) {
        ck_assert_int_eq(new->value, i + 1);
        next = new->next;
        free(new->other);
        free(new);
    }
    ck_assert_int_eq(i, -1);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* A rule that asks for its successor by XF_INVOKE and meets itself again. */
static const struct kitsune_type_pair round_pair;
static const struct kitsune_xform round_xform = {.kind = KITSUNE_XFORM_PAIR, .pair = &round_pair};

static void convert_round(void *in_, void *out_)
{
    struct old_node *in = in_;
    struct new_node *out = out_;

    XF_INVOKE(XF_PTR(&round_xform), &in->next, &out->next);
    out->value = in->value;
}

static const struct kitsune_type_pair round_pair = {
    .name = "struct round",
    .old_size = sizeof(struct old_node),
    .new_size = sizeof(struct new_node),
    .flags = KITSUNE_PAIR_MOVES,
    .transform = convert_round,
};

START_TEST(a_cycle_of_invocations_ends)
{
    struct old_node *old = make_node(1, NULL, NULL);
    struct new_node *new;

    old->next = make_node(2, make_node(3, old, NULL), NULL);
    begin_update();
    new = convert_pointer(&round_pair, old, 1);
    finish_and_commit();
    ck_assert_int_eq(new->next->next->value, 3);
    ck_assert_ptr_eq(new->next->next->next, new);
    free(new->next->next);
    free(new->next);
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_pointer_is_complete_on_return,
        a_target_that_was_queued_before_is_complete_too,
        null_converts_to_null,
        a_pair_by_itself,
        an_array_of_pointers,
        a_pointer_to_an_array_of_objects,
        an_array_of_strings_that_ends_in_null,
        functions_of_the_user,
        a_pointer_to_something_of_unknown_size_is_refused,
        raw_bytes_and_assignment,
        assert_null_fails_with_file_and_line,
        a_pointer_to_a_pointer,
        a_function_pointer,
        a_target_that_would_be_deferred_is_resolved_at_once,
        a_rule_on_each_node_of_a_list_needs_no_stack,
        a_cycle_of_invocations_ends,
    };

    return RUN_TESTS("heap closures", tests);
}
