/* test_heap_reuse.c -- objects that are converted in their own memory. */
#include "test_heap_support.h"

#include <stdint.h>

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

int main(void)
{
    const TTest *tests[] = {
        a_self_contained_transformer_keeps_objects_where_they_fit,
        old_objects_that_are_still_read_are_not_reused,
        abort_restores_them_too,
    };

    return RUN_TESTS("heap reuse", tests);
}
