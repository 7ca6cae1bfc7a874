/* test_heap_inside.c -- pointers into the middle of objects, and types that begin with another. */
#include "test_heap_parts.h"

#include <stdint.h>

static const struct kitsune_type_pair int_pair = {
    .name = "int",
    .old_size = 4,
    .new_size = 4,
    .flags = KITSUNE_PAIR_LEAF | KITSUNE_PAIR_EMBEDDED,
};

/* ---- Pointers into an object ----------------------------------------------------------------- */

START_TEST(a_pointer_to_a_member_follows_the_member)
{
    struct old_whole *old = make_whole();
    struct new_whole *new;
    struct new_part **second;

    begin_update();
    second = (struct new_part **)migrate_pointer(&part_pair, &old->second, 1);
    new = convert_pointer(&whole_pair, old, 1);
    ck_assert_ptr_eq(*second, &new->second);
    ck_assert_int_eq((*second)->number, 2);
    finish_and_commit();
    ck_assert_int_eq(live_allocations, 1);
    free(new);
}
END_TEST

START_TEST(a_pointer_to_the_first_member_is_told_from_one_to_the_whole)
{
    struct old_whole *old = make_whole();
    struct new_whole *new;
    struct new_part **first;

    begin_update();
    first = (struct new_part **)migrate_pointer(&part_pair, &old->first, 1);
    new = convert_pointer(&whole_pair, old, 1);
    ck_assert_ptr_eq(*first, &new->first);
    ck_assert_ptr_ne(*first, new);
    finish_and_commit();
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(known_members_are_found_in_any_order)
{
    struct old_whole *old = make_whole();
    struct new_whole *new;

    begin_update();
    new = convert_pointer(&whole_pair, old, 1);
    ck_assert_ptr_eq(convert_pointer(&part_pair, &old->second, 1), &new->second);
    ck_assert_ptr_eq(convert_pointer(&part_pair, &old->first, 1), &new->first);
    ck_assert_ptr_eq(convert_pointer(&int_pair, &old->count, 1), &new->count);
    ck_assert_ptr_eq(convert_pointer(&int_pair, &old->second.number, 1), &new->second.number);
    ck_assert_ptr_eq(convert_pointer(&int_pair, &old->first.number, 1), &new->first.number);
    finish_and_commit();
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(an_object_that_points_into_itself)
{
    struct old_whole *old = make_whole();
    struct new_whole *new;

    old->favourite = &old->second;
    old->second.peer = &old->first;
    old->first.peer = &old->first;
    old->title = old->name + 6;
    begin_update();
    new = convert_pointer(&whole_pair, old, 1);
    ck_assert_ptr_eq(new->favourite, &new->second);
    ck_assert_ptr_eq(new->second.peer, &new->first);
    ck_assert_ptr_eq(new->first.peer, &new->first);
    ck_assert_ptr_eq(new->title, new->name + 6);
    ck_assert_str_eq(new->title, "name");
    finish_and_commit();
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(objects_that_point_into_each_other)
{
    struct old_whole *old = make_whole(), *other = make_whole();
    struct new_whole *new, *new_other;

    old->favourite = &other->second;
    other->favourite = &old->second;
    other->first.peer = &old->first;
    old->title = other->name + 1;
    begin_update();
    new = *migrate_pointer(&whole_pair, old, 1);
    new_other = *migrate_pointer(&whole_pair, other, 1);
    heap_drain();
    ck_assert_ptr_eq(new->favourite, &new_other->second);
    ck_assert_ptr_eq(new_other->favourite, &new->second);
    ck_assert_ptr_eq(new_other->first.peer, &new->first);
    ck_assert_ptr_eq(new->title, new_other->name + 1);
    finish_and_commit();
    free(new);
    free(new_other);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* ---- What is contained in nothing ------------------------------------------------------------ */

START_TEST(a_part_of_nothing_is_an_object_of_its_own)
{
    struct old_part *old = make_part(7, make_part(8, NULL));
    struct new_part *new;

    old->peer->peer = old;
    begin_update();
    new = convert_pointer(&part_pair, old, 1);
    ck_assert_int_eq(new->number, 7);
    ck_assert_int_eq(new->peer->number, 8);
    ck_assert_ptr_eq(new->peer->peer, new);
    finish_and_commit();
    ck_assert_int_eq(live_allocations, 2);
    free(new->peer);
    free(new);
}
END_TEST

START_TEST(a_chain_of_such_parts_that_ends_in_a_member)
{
    enum { LENGTH = 20000 };
    struct old_whole *whole = make_whole();
    struct old_part *chain = &whole->second;
    struct new_whole *new_whole;
    struct new_part *part, *next;
    int i;

    for (i = 0; i < LENGTH; i++)
        chain = make_part(i, chain);
    begin_update();
    new_whole = *migrate_pointer(&whole_pair, whole, 1);
    part = convert_pointer(&part_pair, chain, 1);
    finish_and_commit();
    for (i = LENGTH - 1; i >= 0; i--, part = next) {
        ck_assert_int_eq(part->number, i);
        next = part->peer;
        free(part);
    }
    ck_assert_ptr_eq(part, &new_whole->second);
    free(new_whole);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(sharing_of_deferred_pointers)
{
    struct old_part *shared = make_part(3, NULL);
    struct new_part **slots[10];
    size_t i;

    begin_update();
    for (i = 0; i < 10; i++)
        slots[i] = (struct new_part **)migrate_pointer(&part_pair, shared, 1);
    heap_drain();
    for (i = 0; i < 10; i++)
        ck_assert_ptr_eq(*slots[i], *slots[0]);
    ck_assert_int_eq((*slots[0])->number, 3);
    finish_and_commit();
    free(*slots[0]);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(a_stay_put_leaf_in_nothing_stays)
{
    int *numbers = calloc(10, sizeof *numbers);

    begin_update();
    ck_assert_ptr_eq(convert_pointer(&int_pair, numbers + 3, 1), numbers + 3);
    ck_assert_ptr_eq(convert_pointer(&int_pair, numbers, 10), numbers);
    finish_and_commit();
    free(numbers);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* ---- Arrays and pointers into them ----------------------------------------------------------- */

START_TEST(a_pointer_into_an_array_met_before_the_array)
{
    struct old_part *old = calloc(10, sizeof *old);
    struct new_part **cursor, **first, **end, **array;
    int i;

    for (i = 0; i < 10; i++)
        old[i].number = i;
    old[4].peer = &old[9];
    begin_update();
    cursor = (struct new_part **)migrate_pointer(&part_pair, &old[4], 1);
    first = (struct new_part **)migrate_pointer(&part_pair, &old[0], 1);
    end = (struct new_part **)migrate_pointer(&part_pair, &old[10], 1);
    array = (struct new_part **)migrate_pointer(&part_pair, old, 10);
    heap_drain();
    ck_assert_ptr_eq(*cursor, *array + 4);
    ck_assert_ptr_eq(*first, *array);
    ck_assert_ptr_eq(*end, *array + 10);
    ck_assert_int_eq((*cursor)->number, 4);
    ck_assert_ptr_eq((*cursor)->peer, *array + 9);
    finish_and_commit();
    free(*array);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(a_cursor_whose_array_is_found_only_through_deferred_pointers)
{
    struct old_part *array = calloc(3, sizeof *array);
    struct old_part *way = make_part(1, make_part(2, NULL));
    struct new_part **cursor, **start;

    /* Not the start of an allocation, so it waits until the chain has been followed. */
    array[2].number = 33;
    way->peer->peer = &array[2];
    begin_update();
    cursor = (struct new_part **)migrate_pointer(&part_pair, &array[2], 1);
    start = (struct new_part **)migrate_pointer(&part_pair, way, 1);
    migrate_pointer(&part_pair, array, 3);
    heap_drain();
    ck_assert_int_eq((*cursor)->number, 33);
    ck_assert_ptr_eq((*start)->peer->peer, *cursor);
    finish_and_commit();
    ck_assert_int_eq(live_allocations, 3);
    free(*cursor - 2);
    free((*start)->peer);
    free(*start);
}
END_TEST

START_TEST(a_container_found_too_late_fails_the_update)
{
    struct old_whole *old = make_whole();

    /* The first member is at the start of the allocation, so alone it could be one. */
    begin_update();
    convert_pointer(&part_pair, &old->first, 1);
    EXPECT_FAILURE("struct part", convert_pointer(&whole_pair, old, 1));
    ck_assert_int_eq(old->first.number, 1);
    free(old);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(a_late_container_that_stays_is_no_trouble)
{
    struct {
        int number;
        struct holder inner;
    } *outer = calloc(1, sizeof *outer);
    struct kitsune_type_pair inner_pair = holder_pair;
    struct old_node *node = make_node(4, NULL, NULL);
    struct new_node *new;

    inner_pair.flags |= KITSUNE_PAIR_EMBEDDED;
    outer->inner.node = node;
    begin_update();
    ck_assert_ptr_eq(convert_pointer(&inner_pair, &outer->inner, 1), &outer->inner);
    new = (struct new_node *)(void *)outer->inner.node;
    ck_assert_ptr_ne(new, node);
    convert_pointer(&int_pair, outer, sizeof *outer / sizeof(int));
    ck_assert_ptr_eq(outer->inner.node, new);
    finish_and_commit();
    free(new);
    free(outer);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* ---- Strings in the middle of objects -------------------------------------------------------- */

START_TEST(strings_of_their_own_stay)
{
    struct old_whole *old = make_whole();
    struct new_whole *new;
    char *title = malloc(100);

    strcpy(title, "a title");
    old->title = title;
    begin_update();
    new = convert_pointer(&whole_pair, old, 1);
    ck_assert_ptr_eq(new->title, title);
    finish_and_commit();
    free(title);
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(the_middle_of_a_string_stays_with_it)
{
    struct old_whole *old = make_whole();
    struct new_whole *new;
    char *title = malloc(100);

    strcpy(title, "a title");
    old->title = title + 2;
    begin_update();
    new = convert_pointer(&whole_pair, old, 1);
    ck_assert_ptr_eq(new->title, title + 2);
    finish_and_commit();
    free(title);
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* ---- Which place of which object ------------------------------------------------------------- */

START_TEST(a_place_that_is_gone_fails_the_update)
{
    static const struct kitsune_member_map members[] = {
        {offsetof(struct old_whole, count), 4, offsetof(struct new_whole, count), 4, 0},
    };
    struct kitsune_type_pair pair = whole_pair;
    struct old_whole *old = make_whole();

    pair.members = members;
    pair.member_count = 1;
    begin_update();
    migrate_pointer(&pair, old, 1);
    EXPECT_FAILURE("leads to byte 40 of a struct whole",
                   convert_pointer(&part_pair, &old->second, 1));
    free(old);
}
END_TEST

START_TEST(the_end_of_a_single_object_is_no_other_object)
{
    struct old_whole *old = make_whole();
    struct new_whole **whole;
    struct new_part **end;

    begin_update();
    whole = (struct new_whole **)migrate_pointer(&whole_pair, old, 1);
    end = (struct new_part **)migrate_pointer(&int_pair, old + 1, 1);
    heap_drain();
    ck_assert_ptr_eq((void *)*end, *whole + 1);
    finish_and_commit();
    free(*whole);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* A random forest of parts in arrays, singles and wholes, all pointing anywhere into it. */
START_TEST(random_pointers_into_a_random_heap_all_arrive)
{
    enum { WHOLES = 300, ARRAYS = 100, LENGTH = 9, PARTS = 2 * WHOLES + ARRAYS * LENGTH };
    static struct old_part *parts[PARTS];
    static struct old_whole *wholes[WHOLES];
    static struct old_part *arrays[ARRAYS];
    static int peers[PARTS];
    static struct new_part *new_parts[PARTS];
    static struct new_whole *new_wholes[WHOLES];
    static struct new_part *new_arrays[ARRAYS];
    size_t i, j, count = 0;

    for (i = 0; i < WHOLES; i++) {
        wholes[i] = make_whole();
        parts[count++] = &wholes[i]->first;
        parts[count++] = &wholes[i]->second;
    }
    for (i = 0; i < ARRAYS; i++) {
        arrays[i] = calloc(LENGTH, sizeof *arrays[i]);
        for (j = 0; j < LENGTH; j++)
            parts[count++] = &arrays[i][j];
    }
    for (i = 0; i < PARTS; i++) {
        parts[i]->number = (int)i;
        peers[i] = rand() % PARTS;
        parts[i]->peer = parts[peers[i]];
    }
    begin_update();
    for (i = 0; i < WHOLES; i++)
        new_wholes[i] = *migrate_pointer(&whole_pair, wholes[i], 1);
    for (i = 0; i < ARRAYS; i++)
        migrate_pointer(&part_pair, arrays[i], LENGTH);
    heap_drain();
    for (i = 0; i < ARRAYS; i++)
        new_arrays[i] = convert_pointer(&part_pair, arrays[i], LENGTH);
    finish_and_commit();
    for (i = 0, count = 0; i < WHOLES; i++) {
        new_parts[count++] = &new_wholes[i]->first;
        new_parts[count++] = &new_wholes[i]->second;
    }
    for (i = 0; i < ARRAYS; i++)
        for (j = 0; j < LENGTH; j++)
            new_parts[count++] = &new_arrays[i][j];
    for (i = 0; i < PARTS; i++) {
        ck_assert_int_eq(new_parts[i]->number, (int)i);
        ck_assert_ptr_eq(new_parts[i]->peer, new_parts[peers[i]]);
    }
    for (i = 0; i < WHOLES; i++)
        free(new_wholes[i]);
    for (i = 0; i < ARRAYS; i++)
        free(new_arrays[i]);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_pointer_to_a_member_follows_the_member,
        a_pointer_to_the_first_member_is_told_from_one_to_the_whole,
        known_members_are_found_in_any_order,
        an_object_that_points_into_itself,
        objects_that_point_into_each_other,
        a_part_of_nothing_is_an_object_of_its_own,
        a_chain_of_such_parts_that_ends_in_a_member,
        sharing_of_deferred_pointers,
        a_stay_put_leaf_in_nothing_stays,
        a_pointer_into_an_array_met_before_the_array,
        a_cursor_whose_array_is_found_only_through_deferred_pointers,
        a_container_found_too_late_fails_the_update,
        a_late_container_that_stays_is_no_trouble,
        strings_of_their_own_stay,
        the_middle_of_a_string_stays_with_it,
        a_place_that_is_gone_fails_the_update,
        the_end_of_a_single_object_is_no_other_object,
        random_pointers_into_a_random_heap_all_arrive,
    };

    return RUN_TESTS("heap inside", tests);
}
