/* test_heap_links.c -- intrusive lists: links that lead into the middle of items, and to heads. */
#include "test_heap_support.h"

#include <stddef.h>

/* ---- Types: rings of items whose head is in a variable or in an owner ------------------------ */

struct link {
    struct link *next, *previous;
};

struct old_item {
    long value;
    struct old_owner *owner;
    struct link link;
};

struct new_item {
    struct link link;
    long value, added[4];
    struct new_owner *owner;
};

struct old_owner {
    long numbers[6];
    struct link head;
};

struct new_owner {
    struct link head;
    long numbers[6], added;
};

static void convert_item(void *in_, void *out_);
static void convert_owner(void *in_, void *out_);
static void visit_staying(void *in_, void *out_);

static const struct kitsune_type_pair link_pair = {
    .name = "struct link",
    .old_size = sizeof(struct link),
    .new_size = sizeof(struct link),
};

static const struct kitsune_type_pair item_pair = {
    .name = "struct item",
    .old_size = sizeof(struct old_item),
    .new_size = sizeof(struct new_item),
    .flags = KITSUNE_PAIR_MOVES,
    .transform = convert_item,
};

static const struct kitsune_type_pair owner_pair = {
    .name = "struct owner",
    .old_size = sizeof(struct old_owner),
    .new_size = sizeof(struct new_owner),
    .flags = KITSUNE_PAIR_MOVES,
    .transform = convert_owner,
    .members = (const struct kitsune_member_map[]){
        {offsetof(struct old_owner, numbers), 48, offsetof(struct new_owner, numbers), 48, 0},
        {offsetof(struct old_owner, head), 16, offsetof(struct new_owner, head), 16, 0},
    },
    .member_count = 2,
};

/* An item that stays where it is; its links lead to heads that may not. */
static const struct kitsune_type_pair staying_pair = {
    .name = "struct staying",
    .old_size = sizeof(struct old_item),
    .new_size = sizeof(struct old_item),
    .transform = visit_staying,
};

#define ITEM_LINK                                                                                 \
    .item = &item_pair, .place = &link_pair, .old_offset = offsetof(struct old_item, link),       \
    .new_offset = offsetof(struct new_item, link)
#define HEAD_LINK(member)                                                                         \
    .flags = KITSUNE_LINK_OF_HEAD | KITSUNE_LINK_ANNOUNCES,                                       \
    .old_lead = offsetof(struct link, member), .new_lead = offsetof(struct link, member),         \
    .back_offset = offsetof(struct old_item, link)

static const struct kitsune_link link_in_item = {ITEM_LINK, .flags = KITSUNE_LINK_HEADS_ON_HEAP};
static const struct kitsune_link link_of_variables_only = {ITEM_LINK};
static const struct kitsune_link next_in_head = {ITEM_LINK, HEAD_LINK(next)};
static const struct kitsune_link previous_in_head = {ITEM_LINK, HEAD_LINK(previous)};
/* A head that nobody declared one: it leads to items, and is not announced. */
static const struct kitsune_link link_in_unknown_head = {ITEM_LINK, .flags = KITSUNE_LINK_OF_HEAD};
#define STAYING_LINK                                                                              \
    .item = &staying_pair, .place = &link_pair, .old_offset = offsetof(struct old_item, link),    \
    .new_offset = offsetof(struct old_item, link)
static const struct kitsune_link link_in_staying = {STAYING_LINK,
                                                    .flags = KITSUNE_LINK_HEADS_ON_HEAP};
static const struct kitsune_link next_to_staying = {STAYING_LINK, HEAD_LINK(next)};
static const struct kitsune_link previous_to_staying = {STAYING_LINK, HEAD_LINK(previous)};

static bool owners_announce, heads_are_on_heap, items_stay;

static void convert_item(void *in_, void *out_)
{
    const struct kitsune_link *link = heads_are_on_heap ? &link_in_item : &link_of_variables_only;
    struct old_item *in = in_;
    struct new_item *out = out_;

    out->value = in->value;
    out->owner = kitsune_xf_pointer(&owner_pair, in->owner, 1);
    kitsune_xf_link(link, &in->link.next, &out->link.next);
    kitsune_xf_link(link, &in->link.previous, &out->link.previous);
}

static void convert_head(void *in_, void *out_)
{
    struct link *in = in_, *out = out_;

    if (items_stay) {
        kitsune_xf_link(&next_to_staying, &in->next, &out->next);
        kitsune_xf_link(&previous_to_staying, &in->previous, &out->previous);
        return;
    }
    kitsune_xf_link(owners_announce ? &next_in_head : &link_in_unknown_head, &in->next, &out->next);
    kitsune_xf_link(owners_announce ? &previous_in_head : &link_in_unknown_head, &in->previous,
                    &out->previous);
}

static void convert_owner(void *in_, void *out_)
{
    struct old_owner *in = in_;
    struct new_owner *out = out_;

    memcpy(out->numbers, in->numbers, sizeof in->numbers);
    convert_head(&in->head, &out->head);
}

static void visit_staying(void *in_, void *out_)
{
    struct old_item *in = in_, *out = out_;

    kitsune_xf_link(&link_in_staying, &in->link.next, &out->link.next);
    kitsune_xf_link(&link_in_staying, &in->link.previous, &out->link.previous);
}

/* ---- Making and checking rings --------------------------------------------------------------- */

static struct old_item *add_item(struct link *head, long value)
{
    struct old_item *item = calloc(1, sizeof *item);

    item->value = value;
    item->link = (struct link){head, head->previous};
    head->previous->next = &item->link;
    head->previous = &item->link;
    return item;
}

static struct old_owner *make_owner(void)
{
    struct old_owner *owner = calloc(1, sizeof *owner);

    owner->head = (struct link){&owner->head, &owner->head};
    return owner;
}

static struct new_item *new_item_of(struct link *link)
{
    return (struct new_item *)((char *)link - offsetof(struct new_item, link));
}

/* The ring is whole, and its items are 0, 1, 2 ... */
static void check_ring(struct link *head, long length)
{
    struct link *link = head->next, *previous = head;
    long expected = 0;

    for (; link != head; previous = link, link = link->next) {
        ck_assert_ptr_eq(link->previous, previous);
        ck_assert_int_eq(new_item_of(link)->value, expected++);
    }
    ck_assert_ptr_eq(head->previous, previous);
    ck_assert_int_eq(expected, length);
}

static void free_ring(struct link *head)
{
    while (head->next != head) {
        struct new_item *item = new_item_of(head->next);

        head->next = item->link.next;
        free(item);
    }
}

static void begin_with(bool on_heap, bool announcing)
{
    heads_are_on_heap = on_heap;
    owners_announce = announcing;
    items_stay = false;
    begin_update();
}

/* ---- Tests ----------------------------------------------------------------------------------- */

START_TEST(a_ring_whose_head_is_a_variable)
{
    static const struct kitsune_variable variables[] = {
        {.old_key = "items", .new_key = "items", .old_offset = DATA_OFFSET(64),
         .new_offset = DATA_OFFSET(128), .old_size = 16, .new_size = 16, .count = 1,
         .type = &link_pair},
    };
    struct link *old = (struct link *)(old_image.data + 64);
    struct link *new = (struct link *)(new_image.data + 128);
    long i;

    *old = (struct link){old, old};
    for (i = 0; i < 100; i++)
        add_item(old, i);
    transformer.variables = variables;
    transformer.variable_count = 1;
    begin_with(false, false);
    heap_migrate(convert_head, old, new, sizeof *new);
    heap_drain();
    check_ring(new, 100);
    finish_and_commit();
    check_ring(new, 100);
    free_ring(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(an_empty_ring)
{
    struct old_owner *owner = make_owner();
    struct new_owner *new;

    begin_with(true, true);
    new = convert_pointer(&owner_pair, owner, 1);
    finish_and_commit();
    check_ring(&new->head, 0);
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(a_ring_whose_head_is_in_an_object)
{
    struct old_owner *owner = make_owner();
    struct new_owner *new;
    long i;

    for (i = 0; i < 100; i++)
        add_item(&owner->head, i);
    begin_with(true, true);
    new = convert_pointer(&owner_pair, owner, 1);
    check_ring(&new->head, 100);
    finish_and_commit();
    check_ring(&new->head, 100);
    free_ring(&new->head);
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* An item is met first, and from it the whole ring; the owner only from another item, later. */
static void migrate_from_the_middle(bool announcing)
{
    struct old_owner *owner = make_owner();
    struct old_item *middle = NULL;
    struct new_item *new;
    struct new_owner *new_owner;
    long i;

    for (i = 0; i < 100; i++) {
        struct old_item *item = add_item(&owner->head, i);

        if (i == 50)
            middle = item;
        if (i == 99)
            item->owner = owner;
    }
    begin_with(true, announcing);
    new = convert_pointer(&item_pair, middle, 1);
    finish_and_commit();
    ck_assert_int_eq(new->value, 50);
    while (!new->owner)
        new = new_item_of(new->link.next);
    new_owner = new->owner;
    ck_assert_int_eq(new->value, 99);
    check_ring(&new_owner->head, 100);
    free_ring(&new_owner->head);
    free(new_owner);
    ck_assert_int_eq(live_allocations, 0);
}

START_TEST(a_ring_met_in_the_middle)
{
    migrate_from_the_middle(true);
}
END_TEST

START_TEST(a_ring_met_in_the_middle_whose_head_nobody_declared)
{
    migrate_from_the_middle(false);
}
END_TEST

START_TEST(what_is_on_no_list_keeps_its_marks)
{
    struct old_item *item = calloc(1, sizeof *item), *other = calloc(1, sizeof *item);
    struct new_item *new, *new_other;

    item->link.next = NULL;
    item->link.previous = (struct link *)0x00200200; /* no memory there */
    other->link.next = (struct link *)UINT64_C(0xdead000000000100);
    other->link.previous = &other->link;
    begin_with(true, true);
    new = convert_pointer(&item_pair, item, 1);
    new_other = convert_pointer(&item_pair, other, 1);
    finish_and_commit();
    ck_assert_ptr_null(new->link.next);
    ck_assert_ptr_eq(new->link.previous, (struct link *)0x00200200);
    ck_assert_ptr_eq(new_other->link.next, (struct link *)UINT64_C(0xdead000000000100));
    ck_assert_ptr_eq(new_other->link.previous, &new_other->link);
    free(new);
    free(new_other);
}
END_TEST

START_TEST(a_link_into_something_unknown_fails_the_update)
{
    struct old_item *item = calloc(1, sizeof *item);
    char *unknown = calloc(1, 400);

    item->link.next = item->link.previous = (struct link *)(unknown + 104);
    begin_with(true, true);
    migrate_pointer(&item_pair, item, 1);
    heap_drain();
    EXPECT_FAILURE("neither such an item nor the head", heap_finish());
    ck_assert_ptr_eq(item->link.next, (struct link *)(unknown + 104));
    free(item);
    free(unknown);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* What lies before the head looks like the start of an item's block in every respect. */
static void make_deceptive(struct old_owner *owner)
{
    size_t item = offsetof(struct old_owner, head) - offsetof(struct old_item, link);

    owner->numbers[item / 8 - 1] = 0x31; /* the header of such a block; what follows is the owner's
                                            neighbour on the heap in truth */
}

START_TEST(a_head_is_told_from_an_item_by_its_owner)
{
    struct old_owner *owner = make_owner();
    struct new_item *new;

    make_deceptive(owner);
    add_item(&owner->head, 0)->owner = owner;
    add_item(&owner->head, 1);
    begin_with(true, true);
    new = convert_pointer(&item_pair,
                          (char *)owner->head.next - offsetof(struct old_item, link), 1);
    finish_and_commit();
    check_ring(&new->owner->head, 2);
    free(new->owner);
    free(new_item_of(new->link.next));
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(a_head_that_was_taken_for_an_item_fails_the_update)
{
    struct old_owner *owner = make_owner();
    struct old_item *item = add_item(&owner->head, 0);

    make_deceptive(owner);
    begin_with(true, true);
    convert_pointer(&item_pair, item, 1);
    EXPECT_FAILURE("was taken for such an item itself", convert_pointer(&owner_pair, owner, 1));
    ck_assert_ptr_eq(owner->head.next, &item->link);
    free(item);
    free(owner);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(items_that_stay_follow_their_head_and_an_abort_puts_them_back)
{
    struct old_owner *owner = make_owner();
    struct old_item *item = add_item(&owner->head, 0), *second = add_item(&owner->head, 1);
    struct new_owner *new;
    int round;

    for (round = 0; round < 2; round++) {
        begin_with(true, true);
        items_stay = true;
        convert_pointer(&staying_pair, item, 1);
        new = convert_pointer(&owner_pair, owner, 1);
        heap_finish();
        ck_assert_ptr_eq(item->link.next, &second->link);
        ck_assert_ptr_eq(item->link.previous, &new->head);
        ck_assert_ptr_eq(second->link.next, &new->head);
        heap_abort();
        ck_assert_ptr_eq(item->link.previous, &owner->head);
        ck_assert_ptr_eq(second->link.next, &owner->head);
    }
    free(item);
    free(second);
    free(owner);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

/* No recursion, and no work that grows with the square of the length. */
START_TEST(long_rings_met_anywhere)
{
    enum { LENGTH = 300000 };
    struct old_owner *owner = make_owner();
    struct old_item *some = NULL, *item;
    struct new_owner *new;
    long i;

    for (i = 0; i < LENGTH; i++) {
        item = add_item(&owner->head, i);
        if (i == LENGTH / 3)
            some = item;
    }
    begin_with(true, true);
    migrate_pointer(&item_pair, some, 1);
    new = convert_pointer(&owner_pair, owner, 1);
    finish_and_commit();
    check_ring(&new->head, LENGTH);
    free_ring(&new->head);
    free(new);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_ring_whose_head_is_a_variable,
        an_empty_ring,
        a_ring_whose_head_is_in_an_object,
        a_ring_met_in_the_middle,
        a_ring_met_in_the_middle_whose_head_nobody_declared,
        what_is_on_no_list_keeps_its_marks,
        a_link_into_something_unknown_fails_the_update,
        a_head_is_told_from_an_item_by_its_owner,
        a_head_that_was_taken_for_an_item_fails_the_update,
        items_that_stay_follow_their_head_and_an_abort_puts_them_back,
        long_rings_met_anywhere,
    };

    return RUN_TESTS("heap links", tests);
}
