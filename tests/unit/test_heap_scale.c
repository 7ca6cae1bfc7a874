/* test_heap_scale.c -- many objects, little stack, many updates. */
#include "test_heap_support.h"

#include <pthread.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define INSTRUMENTED 1
#endif
#endif
#ifndef INSTRUMENTED
#define INSTRUMENTED 0
#endif

enum { SMALL_STACK = INSTRUMENTED ? 512 << 10 : 64 << 10 };

/* HEAP_TEST_SCALE divides the sizes, for valgrind. */
static long scaled(long size)
{
    const char *divisor = getenv("HEAP_TEST_SCALE");

    return divisor && atol(divisor) > 0 ? size / atol(divisor) : size;
}

static struct old_node *make_list(long length)
{
    struct old_node *list = NULL;

    while (length > 0)
        list = make_node(--length, list, NULL);
    return list;
}

/* The length of a list whose values count up; wrong ones are counted off.  (An assertion for each
 * of millions would write as many messages.) */
static long check_and_free(struct new_node *list)
{
    struct new_node *next;
    long length = 0, wrong = 0;

    for (; list; list = next) {
        wrong += list->value != length;
        next = list->next;
        free(list);
        length++;
    }
    return length - wrong;
}

/* ---- On a small stack ------------------------------------------------------------------------ */

static struct old_node *old_list;
static struct new_node *new_list;
static bool commit;

static void *update_list(void *nothing)
{
    begin_update();
    new_list = convert_pointer(&node_pair, old_list, 1);
    heap_finish();
    if (commit)
        heap_commit();
    else
        heap_abort();
    return nothing;
}

static void update_on_small_stack(void)
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    ck_assert_int_eq(pthread_attr_setstacksize(&attributes, SMALL_STACK), 0);
    ck_assert_int_eq(pthread_create(&thread, &attributes, update_list, NULL), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

START_TEST(five_million_nodes_on_a_small_stack)
{
    long length = scaled(INSTRUMENTED ? 1000000 : 5000000), found = 0;
    struct old_node *node;
    struct heap_statistics statistics;

    old_list = make_list(length);
    commit = false;
    update_on_small_stack();
    ck_assert_int_eq(live_allocations, length);
    for (node = old_list; node; node = node->next)
        found += node->value == found;
    ck_assert_int_eq(found, length);
    commit = true;
    update_on_small_stack();
    ck_assert_int_eq(live_allocations, length);
    heap_read_statistics(&statistics);
    ck_assert_uint_eq(statistics.objects_transformed, (uint64_t)length);
    /* 16 bytes of log and 4 for each 32 of heap, not all of which is nodes. */
    ck_assert_uint_lt(statistics.bookkeeping_bytes, 40 * (uint64_t)length + (4 << 20));
    ck_assert_int_eq(check_and_free(new_list), length);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* A list whose type also occurs inside others: every node is deferred. */
static struct kitsune_type_pair embedded_pair;

static void convert_embedded(void *in_, void *out_)
{
    struct old_node *in = in_;
    struct new_node *out = out_;

    out->value = in->value;
    out->next = kitsune_xf_pointer(&embedded_pair, in->next, 1);
}

START_TEST(a_million_deferred_nodes)
{
    long length = scaled(1000000);
    struct new_node *new;

    embedded_pair = node_pair;
    embedded_pair.flags |= KITSUNE_PAIR_EMBEDDED;
    embedded_pair.transform = convert_embedded;
    old_list = make_list(length);
    begin_update();
    new = convert_pointer(&embedded_pair, old_list, 1);
    finish_and_commit();
    ck_assert_int_eq(check_and_free(new), length);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* A large array and many pointers into it, all met before the array itself. */
START_TEST(many_pointers_into_one_large_array)
{
    long length = scaled(200000), right = 0, i;
    struct old_node *array = calloc((size_t)length, sizeof *array);
    struct old_node **pointers = malloc((size_t)length * sizeof *pointers);
    struct new_node **first;

    embedded_pair = node_pair;
    embedded_pair.flags |= KITSUNE_PAIR_EMBEDDED;
    embedded_pair.transform = convert_embedded;
    for (i = 0; i < length; i++)
        array[i] = (struct old_node){i, &array[(i * 7919 + 1) % length], NULL};
    begin_update();
    for (i = 0; i < length; i++) {
        pointers[i] = &array[length - 1 - i];
        kitsune_xf_store(&pointers[i], kitsune_xf_pointer(&embedded_pair, pointers[i], 1));
    }
    first = (struct new_node **)migrate_pointer(&embedded_pair, array, (size_t)length);
    finish_and_commit();
    for (i = 0; i < length; i++) {
        right += (void *)pointers[i] == *first + (length - 1 - i);
        right += (*first)[i].next == *first + (i * 7919 + 1) % length;
    }
    ck_assert_int_eq(right, 2 * length);
    free(*first);
    free(pointers);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* ---- Many updates ---------------------------------------------------------------------------- */

/* The new version's nodes become the old version's again. */
static void convert_back(void *in_, void *out_);

static const struct kitsune_type_pair back_pair = {
    .name = "struct node",
    .old_size = sizeof(struct new_node),
    .new_size = sizeof(struct old_node),
    .flags = KITSUNE_PAIR_MOVES,
    .transform = convert_back,
};

static void convert_back(void *in_, void *out_)
{
    struct new_node *in = in_;
    struct old_node *out = out_;

    out->value = in->value;
    out->next = kitsune_xf_pointer(&back_pair, in->next, 1);
    out->other = kitsune_xf_pointer(&back_pair, in->other, 1);
}

static long mapped_pages(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%ld", &pages), 1);
    fclose(file);
    return pages;
}

START_TEST(two_hundred_updates_keep_memory_flat)
{
    long length = scaled(20000), pages_after_ten = 0, i;
    void *list = make_list(length);

    for (i = 0; i < 200; i++) {
        begin_update();
        list = convert_pointer(i % 2 ? &back_pair : &node_pair, list, 1);
        heap_finish();
        heap_commit();
        begin_update(); /* and one that is given up */
        convert_pointer(i % 2 ? &node_pair : &back_pair, list, 1);
        heap_abort();
        ck_assert_int_eq(live_allocations, length);
        if (i == 10)
            pages_after_ten = mapped_pages();
    }
    if (!INSTRUMENTED && !getenv("HEAP_TEST_OTHER_MALLOC"))
        ck_assert_int_le(mapped_pages(), pages_after_ten + 256);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        five_million_nodes_on_a_small_stack,
        a_million_deferred_nodes,
        many_pointers_into_one_large_array,
        two_hundred_updates_keep_memory_flat,
    };

    return RUN_TESTS("heap scale", tests);
}
