/* links.c -- pointers that lead into the middle of what they link: intrusive lists and trees.
 *
 * A link leads to the same place in another item, or to the head where the list begins:
 *
 *          head, in a variable          items, objects of their own
 *          or in some object
 *         +-----+         +------+------+-----+        +------+------+-----+
 *      .->| o---+---------|----->| o----+-----+--------|----->| o----+-----+---.
 *      |  +-----+         +------+------+-----+        +------+------+-----+   |
 *      `-----------------------------------------------------------------------'
 *
 * The item is `old_offset` bytes before the place, if it is an item.  Heads in variables and locals
 * are told apart by their addresses.  For those in heap objects this is the order of things:
 *
 *   - a pointer in a head leads to an item, or to the head itself: nothing to find out.  When it is
 *     converted, the head is entered in the table of heads (it is announced);
 *   - a pointer in an item leads to an item when that is known already, to a head when that has
 *     been announced.  Else it is put off until the queue is empty: heads are reached by ordinary
 *     pointers, and have been announced by then, unless they are reached from items that are not
 *     known yet.  So, one after the other, with the queue emptied in between:
 *   - what certainly is an allocation of an item's size is an item;
 *   - when all variables are migrated: what may be an allocation; then what lies in an object that
 *     was found after all (a head that no declaration speaks of, an item of a pool);
 *   - at the very end, what stays where it is.
 *
 * Where xfgen sees that no heap object can hold such a head, none of this is done, and a link costs
 * what an ordinary pointer costs.  A head that is announced after its place was taken for an item's
 * fails the update.
 */
#include "engine.h"

#include <string.h>

/* A pointer that waits for its target. */
struct waiting_link {
    uintptr_t old;
    void *slot; /* where it is to be written */
    const struct kitsune_link *link;
    bool is_in_place; /* both versions see the slot: an abort puts it back */
};

struct link_queue {
    struct waiting_link *links;
    size_t first, end, capacity;
};

static struct {
    struct link_queue put_off;  /* not looked at yet */
    struct link_queue possible; /* may lead to an item */
    struct link_queue unlikely; /* do not look like it */
    size_t heads_seen; /* heads that were known when the last two were gone through */
} links;

void links_begin(void)
{
    memset(&links, 0, sizeof links);
    list_heads_begin();
}

/* ---- Queues ---------------------------------------------------------------------------------- */

static bool is_empty(const struct link_queue *queue)
{
    return queue->first == queue->end;
}

static void make_room(struct link_queue *queue)
{
    size_t count = queue->end - queue->first, capacity;

    if (2 * count > queue->capacity || !queue->capacity) {
        capacity = queue->capacity ? 2 * queue->capacity : 256;
        queue->links = bookkeeping_grow(queue->links, queue->end * sizeof *queue->links,
                                        capacity * sizeof *queue->links);
        queue->capacity = capacity;
    }
    memmove(queue->links, queue->links + queue->first, count * sizeof *queue->links);
    queue->first = 0;
    queue->end = count;
}

static void put(struct link_queue *queue, struct waiting_link waiting)
{
    if (queue->end == queue->capacity)
        make_room(queue);
    queue->links[queue->end++] = waiting;
}

static struct waiting_link take(struct link_queue *queue)
{
    struct waiting_link waiting = queue->links[queue->first++];

    if (is_empty(queue))
        queue->first = queue->end = 0;
    return waiting;
}

/* ---- Announcing heads ------------------------------------------------------------------------ */

/* Where the old bytes at `in` really are: an object that is converted in its own memory is read
 * from a copy.  0: not in the object that is being converted, or that is a variable. */
static uintptr_t old_place_of(uintptr_t in)
{
    const struct object_record *record;
    uintptr_t old_start, old_end, read_from;
    size_t out_size;
    char *out;

    current_object(&old_start, &old_end, &out, &out_size);
    if (old_start == old_end)
        return 0;
    record = log_at(&heap.log, heap.current.record);
    read_from = record_flags(record) & RECORD_REUSED && in - old_start >= old_end - old_start
                    ? (uintptr_t)record_kept(record)
                    : old_start;
    return in - read_from < old_end - old_start ? old_start + (in - read_from) : 0;
}

/* Will what is written here still be there when the target is known? */
static bool can_wait(const char *slot)
{
    const struct object_record *record;
    uintptr_t old_start, old_end;
    size_t size;
    char *out;

    if (heap.current.record != NO_RECORD) {
        record = log_at(&heap.log, heap.current.record);
        if (record_flags(record) & RECORD_SIMPLE)
            return (uintptr_t)slot - record_new(record) <
                   pair_state_at(record_pair(record))->new_size;
    }
    current_object(&old_start, &old_end, &out, &size);
    return slot >= out && slot < out + size;
}

/* Enters the head that holds the pointer at `in`, before items are reached from it. */
static void announce(const struct kitsune_link *link, uintptr_t in, uintptr_t out, uintptr_t old)
{
    uintptr_t place = old_place_of(in);
    uint32_t mistaken;

    if (!place || old == place - link->old_lead || !can_wait((char *)out))
        return; /* a variable's; empty; or a copy that a rule makes */
    place -= link->old_lead;
    if (!list_heads_enter(place, out - link->new_lead))
        return;
    mistaken = map_find(&heap.map, record_key(place - link->back_offset,
                                              pair_state_of(link->item)->number));
    if (mistaken != MAP_NOTHING)
        update_fail("the head of a list of %s at %p was taken for such an item itself, because the "
                    "object that holds it was reached only afterwards; migrate a variable that "
                    "leads to it first", link->item->name, (void *)place);
}

/* ---- Finding out ----------------------------------------------------------------------------- */

/* In memory of both versions the old pointer is remembered; elsewhere there is nothing to lose. */
static void write_link(void *slot, uintptr_t new, bool is_in_place)
{
    if (is_in_place)
        kitsune_xf_store(slot, (void *)new);
    else
        memcpy(slot, &new, sizeof new);
}

/* To an item: 0 when it is not known as one. */
static uintptr_t find_item(const struct kitsune_link *link, uintptr_t old)
{
    const struct pair_state *state = pair_state_of(link->item);
    uintptr_t item = old - link->old_offset;

    if (item > ADDRESS_MASK ||
        map_find(&heap.map, record_key(item, state->number)) == MAP_NOTHING)
        return 0;
    return reach(state, item, 1) + link->new_offset;
}

/* The address is one that no heap object has: the new one, or the same when it means nothing. */
static uintptr_t find_outside_heap(const struct kitsune_link *link, uintptr_t old)
{
    uintptr_t new;

    if (is_mark(old) || old > ADDRESS_MASK || in_new_image(old))
        return old;
    if (in_old_image(old)) {
        new = image_variable(old, pair_state_of(link->place));
        return new ? new
                   : image_pointer(pair_state_of(link->item), old - link->old_offset, 1) +
                         link->new_offset;
    }
    if (in_old_stack(old))
        return local_pointer(pair_state_of(link->place), old, 1, DEFERRED_LOCAL);
    return 0;
}

/* From what was found so far, 0 when that does not tell. */
static uintptr_t find_known(const struct kitsune_link *link, uintptr_t old)
{
    uintptr_t new = find_item(link, old);

    return new ? new : list_heads_find(old);
}

/* How sure is it that there is an item?  What ends in a flexible array has any size. */
static enum start_evidence judge_item(const struct kitsune_link *link, uintptr_t old)
{
    const struct pair_state *state = pair_state_of(link->item);
    enum start_evidence evidence;

    if (!state->is_allocated)
        return START_POSSIBLE;
    evidence = allocation_judge(old - link->old_offset, state->old_size);
    if (evidence == START_POSSIBLE && allocator != ALLOCATOR_UNKNOWN && state->has_tail)
        return START_CERTAIN;
    return evidence;
}

/* A place in something that may be found later. */
static uintptr_t defer_place(const struct kitsune_link *link, uintptr_t old)
{
    const struct pair_state *state = pair_state_of(link->place);
    uint32_t known = map_find(&heap.map, record_key(old, state->number));

    if (known == MAP_NOTHING)
        return defer(state, old, 1, DEFERRED_INSIDE);
    return record_flags(log_at(&heap.log, known)) & RECORD_DEFERRED
               ? draw(known) : record_new(log_at(&heap.log, known));
}

/* A pointer that rules asked for, into memory of their own. */
static uintptr_t find_at_once(const struct kitsune_link *link, uintptr_t old)
{
    if (judge_item(link, old) == START_UNLIKELY)
        return defer_place(link, old);
    return reach(pair_state_of(link->item), old - link->old_offset, 1) + link->new_offset;
}

static void __attribute__((noinline)) link_unusual(const struct kitsune_link *link, const void *in,
                                                   void *out, uintptr_t old)
{
    bool is_in_place = in == out;
    uintptr_t new;

    if (!old) {
        write_link(out, 0, is_in_place);
        return;
    }
    new = find_outside_heap(link, old);
    if (!new && heap.revisiting && is_new_object(old - link->new_offset))
        new = old;
    if (link->flags & KITSUNE_LINK_ANNOUNCES)
        announce(link, (uintptr_t)in, (uintptr_t)out, old);
    if (!new)
        new = find_known(link, old);
    if (!new && !leads_to_itself(pair_state_of(link->place), old, &new) &&
        !allocation_is_memory(old))
        new = old; /* a mark in what is on no list */
    if (!new &&
        (link->flags & KITSUNE_LINK_OF_HEAD || !(link->flags & KITSUNE_LINK_HEADS_ON_HEAP)))
        new = reach(pair_state_of(link->item), old - link->old_offset, 1) + link->new_offset;
    if (!new && can_wait(out)) {
        put(&links.put_off, (struct waiting_link){old, out, link, is_in_place});
        return;
    }
    write_link(out, new ? new : find_at_once(link, old), is_in_place);
}

/* Memory that was not met before: a head that was announced, or to be found out later. */
static void __attribute__((noinline)) link_to_new(const struct kitsune_link *link, const void *in,
                                                  void *out, uintptr_t old)
{
    uintptr_t new = list_heads_find(old);

    if (new)
        write_link(out, new, in == out);
    else if (can_wait(out))
        put(&links.put_off, (struct waiting_link){old, out, link, in == out});
    else
        link_unusual(link, in, out, old);
}

void kitsune_xf_link(const struct kitsune_link *link, const void *in, void *out)
{
    const struct object_record *record;
    uintptr_t old, item, new;
    uint32_t *entry;

    memcpy(&old, in, sizeof old);
    item = old - link->old_offset;
    /* One region, and a plain one: not in an image, nor on a stack. */
    entry = (old ^ item) >> REGION_SHIFT ? NULL : map_hinted_entry(&heap.map, item);
    if (__builtin_expect(!entry || heap.is_unusual || link->flags & KITSUNE_LINK_OF_HEAD, 0)) {
        link_unusual(link, in, out, old);
        return;
    }
    if (*entry) {
        record = log_at(&heap.log, *entry - 1);
        if (record->old_and_pair == (item | pair_state_of(link->item)->key_bits) &&
            !(record_flags(record) & RECORD_DEFERRED)) {
            write_link(out, record_new(record) + link->new_offset, in == out);
            return;
        }
    }
    if (link->flags & KITSUNE_LINK_HEADS_ON_HEAP) {
        if (*entry)
            link_unusual(link, in, out, old);
        else
            link_to_new(link, in, out, old);
        return;
    }
    new = (uintptr_t)kitsune_xf_pointer(link->item, (void *)item, 1) + link->new_offset;
    write_link(out, new, in == out);
}

/* ---- Settling -------------------------------------------------------------------------------- */

/* Written after the conversion that the slot is part of. */
static void settle_with(const struct waiting_link *waiting, uintptr_t new)
{
    write_link(waiting->slot, new, waiting->is_in_place);
    if (is_placeholder(new) && !waiting->is_in_place)
        note_slot(waiting->slot);
}

static void settle_as_item(const struct waiting_link *waiting)
{
    const struct kitsune_link *link = waiting->link;
    void *item = (void *)(waiting->old - link->old_offset);

    settle_with(waiting, (uintptr_t)kitsune_xf_pointer(link->item, item, 1) + link->new_offset);
}

static bool settle_known(const struct waiting_link *waiting)
{
    uintptr_t new = find_known(waiting->link, waiting->old);

    if (new)
        settle_with(waiting, new);
    return new != 0;
}

static bool settle_inside(const struct waiting_link *waiting)
{
    uintptr_t new = find_known(waiting->link, waiting->old);

    if (!new)
        new = find_inside(pair_state_of(waiting->link->place), waiting->old, false);
    if (new)
        settle_with(waiting, new);
    return new != 0;
}

/* Looks at all of them again; those stay that are not settled. */
static void go_through(struct link_queue *queue, bool (*settle)(const struct waiting_link *waiting))
{
    size_t count;

    for (count = queue->end - queue->first; count; count--) {
        struct waiting_link waiting = take(queue);

        if (!settle(&waiting))
            put(queue, waiting);
    }
}

bool links_settle(void)
{
    while (!is_empty(&links.put_off)) {
        struct waiting_link waiting = take(&links.put_off);

        if (settle_known(&waiting))
            continue;
        switch (judge_item(waiting.link, waiting.old)) {
        case START_CERTAIN:
            settle_as_item(&waiting);
            return true;
        case START_POSSIBLE:
            put(&links.possible, waiting);
            break;
        case START_UNLIKELY:
            put(&links.unlikely, waiting);
            break;
        }
    }
    if (links.heads_seen != list_heads_count()) {
        links.heads_seen = list_heads_count();
        go_through(&links.possible, settle_known);
        go_through(&links.unlikely, settle_known);
    }
    return false;
}

bool links_are_waiting(void)
{
    return !is_empty(&links.possible) || !is_empty(&links.unlikely);
}

bool links_settle_possible(void)
{
    while (!is_empty(&links.possible)) {
        struct waiting_link waiting = take(&links.possible);

        if (settle_inside(&waiting))
            continue;
        settle_as_item(&waiting);
        return true;
    }
    go_through(&links.unlikely, settle_inside);
    return false;
}

static void __attribute__((noreturn, cold)) refuse(const struct waiting_link *waiting)
{
    const struct kitsune_type_pair *item = waiting->link->item;

    update_fail("a link in a list of %s (%s) leads to %p, and there is neither such an item nor "
                "the head of such a list; what was taken off a list must have links that are NULL "
                "or lead to themselves, and the items of a pool need a pointer marked "
                "E_PTRARRAY(length) to it",
                item->name, item->reached_by ? item->reached_by : "E_CONTAINER",
                (void *)waiting->old);
}

bool links_settle_rest(void)
{
    while (!is_empty(&links.unlikely)) {
        struct waiting_link waiting = take(&links.unlikely);

        if (settle_inside(&waiting))
            continue;
        if (!allocation_is_memory(waiting.old)) { /* a mark in what is on no list */
            settle_with(&waiting, waiting.old);
            continue;
        }
        if (pair_state_of(waiting.link->item)->placement != PLACE_STAYS)
            refuse(&waiting);
        settle_as_item(&waiting);
        return true;
    }
    return false;
}
