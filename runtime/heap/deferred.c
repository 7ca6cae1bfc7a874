/* deferred.c -- pointers whose target is not known yet.
 *
 * A pointer to a type that also occurs inside others may lead into the middle of an object that
 * has not been found yet.  It gets a placeholder (placeholders.h), and waits.
 *
 * Resolving happens when the queue is empty, in this order: what lies in an object that is known
 * by now is part of it; what certainly is an allocation of the right size is an object of its own
 * (and may lead to more: back to the queue); when nothing else is left, what may be the start of
 * an allocation, what may lead to others before what leads nowhere; at last, what need not move is
 * taken to be where it is.  If an object turns up later that contains what was taken for an object
 * of its own, the update fails: see refuse_overlap in pointers.c.
 */
#include "deferred.h"

#include <stdlib.h>
#include <string.h>

#include "placeholders.h"

static struct {
    struct block_vector targets; /* struct deferred_target */
    size_t fresh;                /* targets from here on have not been looked at */
    bool has_grown;              /* one that waits was asked for again as a longer array */
    size_t looks;                /* at waiting targets, to take one step after the other */
    uint32_t *waiting;           /* targets looked at and not resolved */
    size_t waiting_count, waiting_capacity;
    size_t sorted_count;         /* waiting_count when all of them were in order */
} deferred;

struct deferred_target *deferred_target_at(size_t index)
{
    return block_vector_at(&deferred.targets, index, sizeof(struct deferred_target));
}

size_t deferred_target_count(void)
{
    return deferred.targets.count;
}

static struct deferred_target *target_of(uintptr_t placeholder)
{
    return deferred_target_at(placeholder_target(placeholder));
}

void deferred_begin(void)
{
    memset(&deferred, 0, sizeof deferred);
    placeholders_begin();
    locals_begin();
}

void deferred_release(void)
{
    placeholders_release();
    locals_begin();
    memset(&deferred, 0, sizeof deferred);
}

uintptr_t defer(const struct pair_state *state, uintptr_t address, size_t count,
                enum deferred_kind kind)
{
    struct object_extent extent = {count, 0};
    struct deferred_target *target;
    size_t index = log_count(&heap.log), number = deferred.targets.count;
    uintptr_t placeholder;

    placeholder = placeholder_make((uint32_t)number, new_extent_size(state, extent));
    log_append_extent(&heap.log, record_key(address, state->number), placeholder, RECORD_DEFERRED,
                      extent);
    map_insert(&heap.map, (uint32_t)index);
    target = block_vector_append(&deferred.targets, sizeof *target);
    *target = (struct deferred_target){.record = (uint32_t)index, .kind = (uint8_t)kind};
    return draw(index);
}

/* As a longer array: a placeholder with room for all of it. */
uintptr_t defer_again(const struct pair_state *state, size_t index, size_t count)
{
    struct object_record *record = log_at(&heap.log, index);
    struct object_extent extent = {count, 0};

    if (count <= log_extent(&heap.log, index).count)
        return draw(index);
    record_set_new(record, placeholder_make(placeholder_target(record_new(record)),
                                            new_extent_size(state, extent)));
    log_set_extent(&heap.log, index, extent);
    deferred.has_grown = true;
    return draw(index);
}

void deferred_is_array(size_t index, size_t count)
{
    struct deferred_target *target = target_of(record_new(log_at(&heap.log, index)));

    if (count)
        target->is_array = true;
    else
        target->is_empty_array = true;
}

/* ---- Resolving ------------------------------------------------------------------------------- */

void resolve_inside(struct deferred_target *target, uintptr_t new)
{
    struct object_record *record = log_at(&heap.log, target->record);

    record_set_new(record, new);
    record_set_flags(record, RECORD_INSIDE);
    record_clear_flags(record, RECORD_DEFERRED);
    target->resolved = true;
}

static bool try_inside(struct deferred_target *target, bool at_last)
{
    const struct object_record *record = log_at(&heap.log, target->record);
    uintptr_t new = find_inside(pair_state_at(record_pair(record)), record_old(record), at_last);

    if (new)
        resolve_inside(target, new);
    return new != 0;
}

/* A pointer to one object, and one to an array without elements: `last = items + count` of an array
 * that has none, or an empty part of it at the one object that there is.  A block that malloc(0)
 * may have given is that of the array: what it holds is left over from whoever had it before. */
static bool is_empty(const struct deferred_target *target, struct object_extent extent)
{
    const struct object_record *record = log_at(&heap.log, target->record);
    const struct pair_state *state = pair_state_at(record_pair(record));

    return target->is_empty_array && !target->is_array && extent.count == 1 &&
           state->is_allocated && !literal_owns(record_old(record), record_old(record) + 1) &&
           (allocation_judge(record_old(record), state->old_size) == START_UNLIKELY ||
            allocation_judge(record_old(record), 0) == START_CERTAIN);
}

static struct object_extent extent_of(const struct deferred_target *target)
{
    struct object_extent extent = log_extent(&heap.log, target->record);

    if (is_empty(target, extent))
        extent.count = 0;
    return extent;
}

/* A number in front of an element may look like the header of a block. */
static bool is_in_block(uintptr_t address)
{
    uint32_t below = heap.map.tracks_starts ? map_find_at_or_below(&heap.map, address - 1)
                                            : (uint32_t)MAP_NOTHING;
    const struct object_record *record;

    if (below == MAP_NOTHING)
        return false;
    record = log_at(&heap.log, below);
    return pair_state_at(record_pair(record))->is_allocated &&
           allocation_covers(record_old(record), address);
}

static enum start_evidence judge(const struct deferred_target *target)
{
    const struct object_record *record = log_at(&heap.log, target->record);
    const struct pair_state *state = pair_state_at(record_pair(record));
    struct object_extent extent = extent_of(target);
    enum start_evidence evidence;

    if (!state->is_allocated || literal_owns(record_old(record), record_old(record) + 1))
        return START_POSSIBLE;
    evidence = allocation_judge(record_old(record), old_extent_size(state, extent));
    if (evidence != START_UNLIKELY && is_in_block(record_old(record)))
        return START_UNLIKELY;
    /* In the smallest blocks there is room for several, and then the pointer to all of them may
     * still be to come. */
    if (evidence == START_CERTAIN && extent.count == 1 &&
        state->pair->flags & KITSUNE_PAIR_ROOMY &&
        allocation_usable(record_old(record)) >= 2 * state->old_size)
        return START_POSSIBLE;
    return evidence;
}

static void become_object(struct deferred_target *target)
{
    struct object_record *record = log_at(&heap.log, target->record);
    const struct pair_state *state = pair_state_at(record_pair(record));
    uintptr_t old = record_old(record);
    struct object_extent extent = measure_extent(state, old, extent_of(target).count);

    track_starts();
    log_set_extent(&heap.log, target->record, extent);
    if (literal_owns(old, old + 1) && state->placement != PLACE_STAYS)
        record_set_flags(record, RECORD_IMAGE);
    record_clear_flags(record, RECORD_DEFERRED);
    record_set_new(record, 0);
    record_set_flags(record, RECORD_GUESSED);
    place_record(target->record, state, extent);
    target->resolved = true;
    convert_record(target->record);
}

static bool stays(const struct deferred_target *target)
{
    return pair_state_at(record_pair(log_at(&heap.log, target->record)))->placement == PLACE_STAYS;
}

void deferred_resolve_now(size_t index)
{
    const struct object_record *record = log_at(&heap.log, index);
    struct deferred_target *target;

    if (!(record_flags(record) & RECORD_DEFERRED))
        return;
    target = target_of(record_new(record));
    if (target->kind == DEFERRED_INSIDE && !try_inside(target, true) &&
        (stays(target) || judge(target) != START_UNLIKELY))
        become_object(target);
}

/* By address, longer ones first: an array before the pointers into it. */
static int compare_targets(const void *left, const void *right)
{
    uint32_t left_index = deferred_target_at(*(const uint32_t *)left)->record;
    uint32_t right_index = deferred_target_at(*(const uint32_t *)right)->record;
    uintptr_t left_old = record_old(log_at(&heap.log, left_index));
    uintptr_t right_old = record_old(log_at(&heap.log, right_index));
    size_t left_size, right_size;

    if (left_old != right_old)
        return left_old < right_old ? -1 : 1;
    left_size = old_extent_size(pair_state_at(record_pair(log_at(&heap.log, left_index))),
                                log_extent(&heap.log, left_index));
    right_size = old_extent_size(pair_state_at(record_pair(log_at(&heap.log, right_index))),
                                 log_extent(&heap.log, right_index));
    return left_size < right_size ? 1 : left_size > right_size ? -1 : 0;
}

static void wait_for_more(uint32_t target)
{
    if (deferred.waiting_count == deferred.waiting_capacity) {
        size_t capacity = deferred.waiting_capacity ? 2 * deferred.waiting_capacity : 256;

        deferred.waiting = bookkeeping_grow(deferred.waiting,
                                            deferred.waiting_count * sizeof *deferred.waiting,
                                            capacity * sizeof *deferred.waiting);
        deferred.waiting_capacity = capacity;
    }
    deferred.waiting[deferred.waiting_count++] = target;
}

/* Looks at the waiting targets from `first` on, in order; those stay that `settle` does not
 * resolve, and those behind the first `limit` that it does.  True when it resolved any. */
static bool settle_some(size_t first, size_t limit, bool (*settle)(struct deferred_target *target))
{
    size_t i, kept = first, count = deferred.waiting_count;

    if (count - first > 1 && (first || deferred.sorted_count != count))
        qsort(deferred.waiting + first, count - first, sizeof *deferred.waiting, compare_targets);
    for (i = first; i < count; i++) {
        struct deferred_target *target = deferred_target_at(deferred.waiting[i]);

        if (target->resolved)
            continue;
        if (limit && settle(target))
            limit--;
        else
            deferred.waiting[kept++] = deferred.waiting[i];
    }
    deferred.waiting_count = kept;
    deferred.sorted_count = first ? 0 : kept;
    return kept < count;
}

static bool settle_waiting(size_t first, bool (*settle)(struct deferred_target *target))
{
    return settle_some(first, SIZE_MAX, settle);
}

/* What is found by one may tell what the others are; all at once when there are so many that
 * looking at them again and again would take long. */
static bool settle_next(bool (*settle)(struct deferred_target *target))
{
    enum { MOST_LOOKS = 1 << 16 };

    deferred.looks += deferred.waiting_count;
    return settle_some(0, deferred.looks < MOST_LOOKS ? 1 : SIZE_MAX, settle);
}

/* Leads nowhere, or has no room for a pointer (a number, with a rule). */
static bool is_leaf(const struct deferred_target *target)
{
    const struct pair_state *state = pair_state_at(
        record_pair(log_at(&heap.log, target->record)));

    return state->pair->flags & KITSUNE_PAIR_LEAF || state->old_size < sizeof(void *);
}

/* Neither moves nor leads anywhere: nothing is found by taking it for an object, and the block may
 * be that of a larger one that it is the first member of. */
static bool can_wait(const struct deferred_target *target)
{
    return stays(target) && is_leaf(target);
}

static bool settle_certain(struct deferred_target *target)
{
    if (try_inside(target, false))
        return true;
    if (can_wait(target) || !extent_of(target).count || judge(target) != START_CERTAIN)
        return false;
    become_object(target);
    return true;
}

static bool settle_inside(struct deferred_target *target)
{
    return try_inside(target, false);
}

/* What stays where it is can wait: it need not be an allocation. */
static bool settle_possible(struct deferred_target *target)
{
    if (stays(target) || !extent_of(target).count || judge(target) == START_UNLIKELY)
        return false;
    if (!try_inside(target, false))
        become_object(target);
    return true;
}

/* A pointer to one, into a block with room for several: what leads to them all, and says how many
 * they are, may be reached by other objects. */
static bool settle_possible_one(struct deferred_target *target)
{
    const struct object_record *record = log_at(&heap.log, target->record);
    const struct pair_state *state = pair_state_at(record_pair(record));

    return !is_leaf(target) && state->is_allocated &&
           allocation_usable(record_old(record)) < 2 * state->old_size &&
           settle_possible(target);
}

/* What stays may lead to others as well. */
static bool settle_possible_staying(struct deferred_target *target)
{
    if (!stays(target) || is_leaf(target) || judge(target) == START_UNLIKELY)
        return false;
    if (!try_inside(target, false))
        become_object(target);
    return true;
}

/* What leads to others, before what leads nowhere. */
static bool settle_possible_leading(struct deferred_target *target)
{
    return !is_leaf(target) && settle_possible(target);
}

/* Arrays before what may be their elements. */
static bool settle_possible_array(struct deferred_target *target)
{
    return log_extent(&heap.log, target->record).count > 1 && settle_possible(target);
}

static bool settle_staying(struct deferred_target *target)
{
    if (!stays(target))
        return false;
    if (!try_inside(target, true))
        become_object(target);
    return true;
}

/* Arrays without elements lead to nothing more: one that has some may be found there. */
static bool settle_empty(struct deferred_target *target)
{
    if (extent_of(target).count || judge(target) == START_UNLIKELY)
        return false;
    if (!try_inside(target, false))
        become_object(target);
    return true;
}

static bool settle_rest(struct deferred_target *target)
{
    if (!try_inside(target, true))
        become_object(target); /* whose allocation is checked: fails with the reason */
    return true;
}

bool deferred_resolve_likely(void)
{
    size_t first = deferred.waiting_count;

    for (; deferred.fresh < deferred.targets.count; deferred.fresh++)
        if (deferred_target_at(deferred.fresh)->kind == DEFERRED_INSIDE)
            wait_for_more((uint32_t)deferred.fresh);
    if (first < deferred.waiting_count && settle_waiting(first, settle_certain))
        return true; /* the others again only when these lead nowhere: there may be many */
    if (deferred.has_grown && first > 0 && settle_waiting(0, settle_certain))
        return true;
    deferred.has_grown = false;
    return deferred.waiting_count && (settle_waiting(0, settle_inside) ||
                                      settle_waiting(0, settle_possible_array) ||
                                      settle_waiting(0, settle_possible_one) ||
                                      settle_next(settle_possible_staying) ||
                                      settle_next(settle_possible_leading) ||
                                      settle_waiting(0, settle_possible));
}

bool deferred_resolve(bool final)
{
    if (deferred_resolve_likely())
        return true;
    return deferred.waiting_count && (settle_waiting(0, settle_staying) ||
                                      settle_waiting(0, settle_empty) ||
                                      (final && settle_waiting(0, settle_rest)));
}
