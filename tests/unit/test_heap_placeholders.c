/* test_heap_placeholders.c -- where placeholders are found and patched, and where left alone. */
#include "test_heap_parts.h"

#include <stdint.h>

/* Deferred pointers from a packed struct, and one moved by arithmetic as container_of does. */
struct __attribute__((packed)) packed {
    char letter;
    void *part;
    void *behind;
};

static void convert_packed(void *in_, void *out_)
{
    struct packed *in = in_, *out = out_;

    out->letter = in->letter;
    out->part = kitsune_xf_pointer(&part_pair, in->part, 1);
    out->behind = (char *)kitsune_xf_pointer(&part_pair, in->part, 1) +
                  offsetof(struct new_part, number);
}

START_TEST(placeholders_are_found_anywhere_and_keep_an_offset)
{
    struct kitsune_type_pair packed_pair = {
        .name = "struct packed",
        .old_size = sizeof(struct packed),
        .new_size = sizeof(struct packed),
        .flags = KITSUNE_PAIR_MOVES,
        .transform = convert_packed,
    };
    struct packed *old = calloc(1, sizeof *old), *new;

    old->part = make_part(12, NULL);
    begin_update();
    new = convert_pointer(&packed_pair, old, 1);
    finish_and_commit();
    ck_assert_int_eq(((struct new_part *)new->part)->number, 12);
    ck_assert_ptr_eq(new->behind, &((struct new_part *)new->part)->number);
    free(new->part);
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* A number that looks like a placeholder given to someone else. */
static uintptr_t look_alike;

static void convert_with_look_alike(void *in_, void *out_)
{
    struct packed *in = in_, *out = out_;

    out->letter = in->letter;
    out->part = kitsune_xf_pointer(&part_pair, in->part, 1);
    memcpy(&out->behind, &look_alike, sizeof look_alike);
}

START_TEST(a_number_that_looks_like_a_placeholder_is_left_alone)
{
    struct kitsune_type_pair packed_pair = {
        .name = "struct packed",
        .old_size = sizeof(struct packed),
        .new_size = sizeof(struct packed),
        .flags = KITSUNE_PAIR_MOVES,
        .transform = convert_with_look_alike,
    };
    struct packed *old = calloc(1, sizeof *old), *new;
    struct new_part **first;

    old->part = make_part(12, NULL);
    begin_update();
    first = (struct new_part **)migrate_pointer(&part_pair, make_part(5, NULL), 1);
    memcpy(&look_alike, first, sizeof look_alike);
    new = convert_pointer(&packed_pair, old, 1);
    finish_and_commit();
    ck_assert_int_eq((*first)->number, 5);
    ck_assert_int_eq(((struct new_part *)new->part)->number, 12);
    ck_assert_int_eq(memcmp(&new->behind, &look_alike, sizeof look_alike), 0);
    free(*first);
    free(new->part);
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(a_staying_object_keeps_its_pointer_to_a_late_part_after_abort)
{
    struct {
        struct old_part *part;
    } *user = calloc(1, sizeof *user);
    struct old_whole *whole = make_whole();

    user->part = &whole->second;
    begin_update();
    kitsune_xf_store(&user->part, kitsune_xf_pointer(&part_pair, user->part, 1));
    ck_assert_ptr_ne(user->part, &whole->second);
    convert_pointer(&whole_pair, whole, 1);
    ck_assert_int_eq(((struct new_part *)(void *)user->part)->number, 2);
    heap_abort();
    ck_assert_ptr_eq(user->part, &whole->second);
    free(user);
    free(whole);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        placeholders_are_found_anywhere_and_keep_an_offset,
        a_number_that_looks_like_a_placeholder_is_left_alone,
        a_staying_object_keeps_its_pointer_to_a_late_part_after_abort,
    };

    return RUN_TESTS("heap placeholders", tests);
}
