/* deferred.c -- pointers whose target is not known yet.
 *
 * A pointer to a type that also occurs inside others may lead into the middle of an object that
 * has not been found yet, and a pointer to a local of the old version leads nowhere until its
 * function has migrated it.  Generated code stores what kitsune_xf_pointer returns, so it gets a
 * placeholder: an address in a reserved range that nothing else can have.
 *
 *      reserved range   | target 0      | target 1 | target 2            | ...
 *                       ^ units of 256 bytes, as many as the object needs and one byte more, so
 *                         that an address computed from a placeholder still tells its target
 *
 * After a conversion that drew placeholders its output is searched for them and the slots are
 * noted; when the targets are resolved the slots are patched.
 *
 * Resolving happens when the queue is empty, in this order: what lies in an object that is known
 * by now is part of it; what certainly is an allocation of the right size is an object of its own
 * (and may lead to more: back to the queue); when nothing else is left, what may be the start of
 * an allocation; at last, what need not move is taken to be where it is.  If an object turns up
 * later that contains what was taken for an object of its own, the update fails: see
 * refuse_overlap in pointers.c.
 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "files/under_valgrind.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(bytes, size) ((void)(bytes), (void)(size))
#endif

enum { PLACEHOLDER_UNIT = 256 };

struct deferred_target {
    uint32_t record; /* index in the log */
    uint8_t kind;
    bool resolved;
    bool is_empty_array; /* some pointer to it is one to an array without elements */
    bool is_array;       /* some pointer to it is one to an array with elements */
};

struct placeholder_unit {
    uint32_t target;
    uint32_t position; /* among the units of this placeholder */
};

/* A local of the old version that has found its place. */
struct migrated_local {
    uintptr_t old_start, old_end;
    uintptr_t new_start;
    size_t new_size;
    const struct pair_state *state; /* NULL: start address only */
    size_t count;
};

static struct {
    uintptr_t base, size;        /* the reserved range; size 0: not reserved yet */
    struct block_vector targets; /* struct deferred_target */
    struct block_vector units;   /* struct placeholder_unit, as handed out */
    struct block_vector slots;   /* void *: where placeholders were stored */
    struct block_vector locals;  /* struct migrated_local */
    size_t fresh;                /* targets from here on have not been looked at */
    bool by_valgrind;            /* the process runs under it; known once the range is reserved */
    bool has_grown;              /* one that waits was asked for again as a longer array */
    size_t looks;                /* at waiting targets, to take one step after the other */
    uint32_t *waiting;           /* targets looked at and not resolved */
    size_t waiting_count, waiting_capacity;
    size_t sorted_count; /* waiting_count when all of them were in order */
} deferred;

static struct deferred_target *target_at(size_t index)
{
    return block_vector_at(&deferred.targets, index, sizeof(struct deferred_target));
}

static struct migrated_local *local_at(size_t index)
{
    return block_vector_at(&deferred.locals, index, sizeof(struct migrated_local));
}

void deferred_begin(void)
{
    memset(&deferred, 0, sizeof deferred);
}

void deferred_release(void)
{
    if (deferred.size)
        munmap((void *)deferred.base, deferred.size);
    memset(&deferred, 0, sizeof deferred);
}

/* ---- Placeholders ---------------------------------------------------------------------------- */

/* As large a range as the process may have; address space only, but valgrind keeps books about it.
 * Preferably at an address that data is unlikely to hold by chance (as two ints: a large negative
 * one before a small one), for the slots are found by their values. */
static void reserve_range(void)
{
    void *unlikely = (void *)UINT64_C(0x5eadc0de0000);
    size_t size;

    deferred.by_valgrind = runs_under_valgrind();
    size = (size_t)1 << (deferred.by_valgrind ? 32 : 40);
    for (; size >= (size_t)1 << 24; size >>= 2) {
        void *range = mmap(unlikely, size, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (range != MAP_FAILED) {
            deferred.base = (uintptr_t)range;
            deferred.size = size;
            return;
        }
    }
    update_fail("out of address space for the update's placeholders; raise the limit "
                "(ulimit -v)");
}

bool is_placeholder(uintptr_t value)
{
    return value - deferred.base < deferred.units.count * PLACEHOLDER_UNIT;
}

static const struct placeholder_unit *unit_of(uintptr_t value)
{
    return block_vector_at(&deferred.units, (value - deferred.base) / PLACEHOLDER_UNIT,
                           sizeof(struct placeholder_unit));
}

static struct deferred_target *target_of(uintptr_t value)
{
    return target_at(unit_of(value)->target);
}

/* How far into its object an address computed from a placeholder leads. */
static size_t offset_of(uintptr_t value)
{
    return (value - deferred.base) % PLACEHOLDER_UNIT +
           (size_t)unit_of(value)->position * PLACEHOLDER_UNIT;
}

static uintptr_t make_placeholder(uint32_t target, size_t object_size)
{
    size_t units = object_size / PLACEHOLDER_UNIT + 1, first = deferred.units.count, i;

    if (!deferred.size)
        reserve_range();
    if (units > deferred.size / PLACEHOLDER_UNIT - first)
        update_fail("out of address space for the update's placeholders; raise the limit "
                    "(ulimit -v)");
    for (i = 0; i < units; i++)
        *(struct placeholder_unit *)block_vector_append(
            &deferred.units, sizeof(struct placeholder_unit)) =
            (struct placeholder_unit){target, (uint32_t)i};
    return deferred.base + first * PLACEHOLDER_UNIT;
}

uintptr_t draw(size_t index)
{
    struct conversion *current = &heap.current;
    const struct object_record *record = log_at(&heap.log, index);
    uintptr_t placeholder = record_new(record);
    uintptr_t end = placeholder + PLACEHOLDER_UNIT +
                    new_extent_size(pair_state_at(record_pair(record)),
                                    log_extent(&heap.log, index));

    if (!current->drawn++) {
        current->drawn_from = placeholder;
        current->drawn_to = end;
    }
    if (placeholder < current->drawn_from)
        current->drawn_from = placeholder;
    if (end > current->drawn_to)
        current->drawn_to = end;
    return placeholder;
}

uintptr_t defer(const struct pair_state *state, uintptr_t address, size_t count,
                enum deferred_kind kind)
{
    struct object_extent extent = {count, 0};
    struct deferred_target *target;
    size_t index = log_count(&heap.log), number = deferred.targets.count;
    uintptr_t placeholder;

    placeholder = make_placeholder((uint32_t)number, new_extent_size(state, extent));
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
    record_set_new(record, make_placeholder(unit_of(record_new(record))->target,
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

/* ---- Slots ----------------------------------------------------------------------------------- */

void note_slot(void *slot)
{
    *(void **)block_vector_append(&deferred.slots, sizeof slot) = slot;
}

/* What is looked through may have padding, and members that nobody has set yet: valgrind need not
 * speak of them here. */
static void make_defined(void *bytes, size_t size)
{
    if (__builtin_expect(deferred.by_valgrind, 0))
        VALGRIND_MAKE_MEM_DEFINED(bytes, size);
}

static size_t note_slots_every(char *out, size_t size, size_t step)
{
    size_t offset, found = 0;

    for (offset = 0; offset + sizeof(uintptr_t) <= size; offset += step) {
        uintptr_t value;

        memcpy(&value, out + offset, sizeof value);
        make_defined(&value, sizeof value);
        if (value >= heap.current.drawn_from && value < heap.current.drawn_to) {
            note_slot(out + offset);
            found++;
        }
    }
    return found;
}

void note_slots(char *out, size_t size)
{
    size_t skew = -(uintptr_t)out % sizeof(uintptr_t);

    if (size > skew && note_slots_every(out + skew, size - skew, sizeof(uintptr_t)) >=
                           heap.current.drawn)
        return;
    note_slots_every(out, size, 1); /* packed structs have pointers anywhere */
}

void patch_slots(void)
{
    size_t i, kept = 0;

    for (i = 0; i < deferred.slots.count; i++) {
        char *slot = *(char **)block_vector_at(&deferred.slots, i, sizeof slot);
        const struct deferred_target *target;
        uintptr_t value, new;

        memcpy(&value, slot, sizeof value);
        if (!is_placeholder(value))
            continue; /* patched, or overwritten since */
        target = target_of(value);
        if (target->resolved) {
            new = record_new(log_at(&heap.log, target->record)) + offset_of(value);
            memcpy(slot, &new, sizeof new);
        } else {
            *(char **)block_vector_at(&deferred.slots, kept++, sizeof slot) = slot;
        }
    }
    deferred.slots.count = kept;
}

/* ---- What contains an address ---------------------------------------------------------------- */

void track_starts(void)
{
    size_t index;

    if (heap.map.tracks_starts)
        return;
    map_track_starts(&heap.map);
    heap.is_unusual = true;
    for (index = 0; index < log_count(&heap.log);
         index = log_next(log_at(&heap.log, index), index)) {
        const struct object_record *record = log_at(&heap.log, index);

        if (!(record_flags(record) & RECORD_NOT_REAL))
            map_mark_start(&heap.map, record_old(record));
    }
}

/* The very end of an array is a place in it; that of a single object only when there is no better
 * explanation (`at_last`), for with an allocator of its own the next object may begin there. */
/* Certainly an allocation of this size: then nothing else can begin where it ends. */
static bool is_end(const struct object_record *record, const struct pair_state *state, size_t size)
{
    return allocator == ALLOCATOR_GLIBC && state->is_allocated &&
           !(record_flags(record) & RECORD_IMAGE) &&
           allocation_judge(record_old(record), size) == START_CERTAIN;
}

uintptr_t find_inside(const struct pair_state *wanted, uintptr_t address, bool at_last)
{
    uint32_t index;
    const struct object_record *record;
    const struct pair_state *state;
    struct object_extent extent;
    size_t offset, size, new_offset;

    track_starts();
    index = map_find_at_or_below(&heap.map, address);
    if (index == MAP_NOTHING)
        return 0;
    record = log_at(&heap.log, index);
    state = pair_state_at(record_pair(record));
    extent = log_extent(&heap.log, index);
    offset = address - record_old(record);
    size = old_extent_size(state, extent);
    if (offset > size ||
        (offset == size && !is_end(record, state, size) &&
         ((extent.count == 1 && !at_last) ||
          allocation_judge(address, wanted->old_size) == START_CERTAIN)))
        return 0;
    if (!map_offset(state, extent, offset, wanted, &new_offset))
        update_fail("a pointer to %s leads to byte %zu of a %s, and it is not known what became "
                    "of that place in the new layout; give the member a rule",
                    wanted->pair->name, state->old_size ? offset % state->old_size : offset,
                    state->pair->name);
    return record_new(record) + new_offset;
}

/* ---- Resolving ------------------------------------------------------------------------------- */

static void resolve_inside(struct deferred_target *target, uintptr_t new)
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

static enum start_evidence judge(const struct deferred_target *target)
{
    const struct object_record *record = log_at(&heap.log, target->record);
    const struct pair_state *state = pair_state_at(record_pair(record));
    struct object_extent extent = extent_of(target);
    enum start_evidence evidence;

    if (!state->is_allocated || literal_owns(record_old(record), record_old(record) + 1))
        return START_POSSIBLE;
    evidence = allocation_judge(record_old(record), old_extent_size(state, extent));
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
    uint32_t left_index = target_at(*(const uint32_t *)left)->record;
    uint32_t right_index = target_at(*(const uint32_t *)right)->record;
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
        struct deferred_target *target = target_at(deferred.waiting[i]);

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

/* What is found by one may tell what the others are; all at once when there are so many that looking
 * at them again and again would take long. */
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

/* Neither moves nor leads anywhere: nothing is found by taking it for an object, and the block may be
 * that of a larger one that it is the first member of. */
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
        if (target_at(deferred.fresh)->kind == DEFERRED_INSIDE)
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

/* ---- Locals of the old version --------------------------------------------------------------- */

static uintptr_t map_local(const struct migrated_local *local, uintptr_t address,
                           const struct pair_state *wanted)
{
    size_t offset = address - local->old_start, new_offset = offset;
    bool known = local->state
                     ? map_offset(local->state, (struct object_extent){local->count, 0}, offset,
                                  wanted->pair == &opaque_pair ? NULL : wanted, &new_offset)
                     : offset == 0 || local->old_end - local->old_start == local->new_size;

    if (!known || new_offset > local->new_size)
        update_fail("a pointer to %s leads to byte %zu of a migrated local, and it is not known "
                    "what became of that place; give the local a rule", wanted->pair->name, offset);
    return local->new_start + new_offset;
}

static const struct migrated_local *find_local(uintptr_t address)
{
    const struct migrated_local *ending = NULL;
    size_t i;

    for (i = deferred.locals.count; i-- > 0;) {
        const struct migrated_local *local = local_at(i);

        if (address >= local->old_start && address < local->old_end)
            return local;
        if (address == local->old_end && local->count > 1)
            ending = local;
    }
    return ending;
}

uintptr_t local_pointer(const struct pair_state *state, uintptr_t address, size_t count,
                        enum deferred_kind kind)
{
    const struct migrated_local *local = find_local(address);
    uint32_t known;

    if (local)
        return map_local(local, address, state);
    known = map_find(&heap.map, record_key(address, state->number));
    if (known == MAP_NOTHING)
        return defer(state, address, count, kind);
    return draw(known);
}

void heap_local_migrated(void *old_address, size_t old_size, void *new_address, size_t new_size,
                         const struct kitsune_type_pair *pair, size_t count)
{
    struct migrated_local *local = block_vector_append(&deferred.locals, sizeof *local);
    size_t i;

    *local = (struct migrated_local){(uintptr_t)old_address, (uintptr_t)old_address + old_size,
                                     (uintptr_t)new_address, new_size,
                                     pair ? pair_state_of(pair) : NULL, count};
    for (i = 0; i < deferred.targets.count; i++) {
        struct deferred_target *target = target_at(i);
        const struct object_record *record = log_at(&heap.log, target->record);

        if (!target->resolved && target->kind != DEFERRED_INSIDE &&
            find_local(record_old(record)) == local)
            resolve_inside(target, map_local(local, record_old(record),
                                             pair_state_at(record_pair(record))));
    }
    patch_slots();
}

void deferred_check_all(void)
{
    size_t i;

    for (i = 0; i < deferred.targets.count; i++) {
        struct deferred_target *target = target_at(i);
        const struct object_record *record = log_at(&heap.log, target->record);

        if (target->resolved)
            continue;
        if (target->kind == DEFERRED_KEPT_LOCAL)
            resolve_inside(target, record_old(record)); /* not followed: the bits are kept */
        else
            update_fail("a pointer to %s leads to %p on the old version's stack, to a local that "
                        "no function of the new version has migrated (MIGRATE_LOCAL in a function "
                        "marked E_NOTELOCALS)",
                        pair_state_at(record_pair(record))->pair->name,
                        (void *)record_old(record));
    }
}
