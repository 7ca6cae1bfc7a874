/* objects.c -- making old addresses objects of their own: memory, record, place; and meeting them
 * again, perhaps as longer arrays or other types. */
#include "objects.h"

/* ---- New memory ------------------------------------------------------------------------------ */

void *allocate_aligned(size_t alignment, size_t size)
{
    size_t whole = (size + alignment - 1) / alignment * alignment;

    return whole >= size ? aligned_alloc(alignment, whole) : NULL;
}

/* A program may keep room behind the elements of an array that are in use, and fill it later: the
 * new block has room for as many as the old one had. */
static size_t size_with_room(const struct pair_state *state, uintptr_t old,
                             struct object_extent extent, size_t size)
{
    bool may_be_array = extent.count != 1 || state->pair->flags & KITSUNE_PAIR_ROOMY;
    size_t room, old_size = old_extent_size(state, extent);

    if (!may_be_array || !state->is_allocated || state->has_tail || !state->old_size ||
        allocator == ALLOCATOR_UNKNOWN || allocation_judge(old, old_size) == START_UNLIKELY)
        return size;
    if (__builtin_mul_overflow(allocation_usable(old) / state->old_size, state->new_size, &room))
        return size;
    return room > size ? room : size;
}

/* Elements that grow stay in their block as long as there is place for all of them and for the room
 * behind them. */
static enum placement placement_with_room(const struct pair_state *state, uintptr_t old,
                                          struct object_extent extent)
{
    enum placement placement = placement_of(state, extent.count);
    size_t size;

    if (placement != PLACE_REUSES || state->new_size <= state->old_size)
        return placement;
    size = new_extent_size(state, extent);
    return size_with_room(state, old, extent, size) > size ? PLACE_MOVES : PLACE_REUSES;
}

static uintptr_t allocate_with_room(const struct pair_state *state, uintptr_t old,
                                    struct object_extent extent)
{
    size_t size = new_extent_size(state, extent);
    size_t with_room = size_with_room(state, old, extent, size);
    uintptr_t new = allocate(state, with_room);

    memset((char *)new + size, 0, with_room - size);
    return new;
}

/* ---- Records --------------------------------------------------------------------------------- */

struct object_extent measure_extent(const struct pair_state *state, uintptr_t address,
                                    size_t count)
{
    struct object_extent extent = {count, 0};
    const struct kitsune_type_pair *pair = state->pair;

    if (!state->has_tail || count != 1)
        return extent;
    if (pair->tail_count)
        extent.tail = pair->tail_count((void *)address);
    else
        extent.tail = kitsune_xf_tail_count((void *)address, pair->old_tail_offset,
                                            pair->old_tail_element);
    return extent;
}

/* Parts of an object that is found late were met before, and taken for objects of their own. */
static void refuse_overlap(const struct object_record *record, uintptr_t end)
{
    uint32_t inner = end > record_old(record) + 1 ? map_find_at_or_below(&heap.map, end - 1)
                                                  : (uint32_t)MAP_NOTHING;
    const struct object_record *found;

    if (inner == MAP_NOTHING)
        return;
    found = log_at(&heap.log, inner);
    if (record_old(found) <= record_old(record))
        return;
    if ((record_flags(record) | record_flags(found)) & (RECORD_MOVED | RECORD_REUSED))
        update_fail("%s at %p was taken for an object of its own, and is part of %s at %p, which "
                    "was reached later; migrate the variable that leads to the latter first",
                    pair_state_at(record_pair(found))->pair->name, (void *)record_old(found),
                    pair_state_at(record_pair(record))->pair->name, (void *)record_old(record));
    record_set_flags((struct object_record *)(uintptr_t)record, RECORD_REVISIT);
}

void place_record(size_t index, const struct pair_state *state, struct object_extent extent)
{
    struct object_record *record = log_at(&heap.log, index);
    uintptr_t old = record_old(record);
    enum placement placement = placement_with_room(state, old, extent);

    if (record_flags(record) & RECORD_IMAGE) {
        record_set_new(record, allocate(state, new_extent_size(state, extent)));
        record_set_flags(record, RECORD_MOVED);
        heap.has_moved = true;
    } else if (placement == PLACE_MOVES) {
        record_set_new(record, allocate_with_room(state, old, extent));
        record_set_flags(record, RECORD_MOVED);
        heap.has_moved = true;
    } else {
        record_set_new(record, old);
        if (placement == PLACE_REUSES)
            record_set_flags(record, RECORD_REUSED);
    }
    if (heap.map.tracks_starts) {
        refuse_overlap(record, old + old_extent_size(state, extent));
        map_mark_start(&heap.map, old);
    }
}

struct object_record *reach_new_object(const struct pair_state *state, uintptr_t address,
                                       size_t count, unsigned flags)
{
    struct object_extent extent = measure_extent(state, address, count);
    size_t index = log_count(&heap.log);

    if (extent.count != 1 || extent.tail)
        log_append_extent(&heap.log, record_key(address, state->number), 0, flags, extent);
    else
        log_append(&heap.log, record_key(address, state->number), 0, flags);
    map_insert(&heap.map, (uint32_t)index);
    place_record(index, state, extent);
    return log_at(&heap.log, index);
}

/* ---- Meeting an object again ----------------------------------------------------------------- */

/* The elements of an array behind those that are done.  They are not deferred, for nothing else is
 * going to visit them; some may have been met by pointers of their own. */
static void visit_further(const struct pair_state *state, uintptr_t address, size_t count)
{
    struct object_extent extent = {count, 0};
    size_t index = log_count(&heap.log);

    if (map_find(&heap.map, record_key(address, state->number)) == MAP_NOTHING) {
        reach_new_object(state, address, count, RECORD_REVISIT);
        return;
    }
    log_append_extent(&heap.log, record_key(address, state->number), 0, RECORD_REVISIT, extent);
    place_record(index, state, extent);
}

/* More elements than when it was met first. */
static uintptr_t reach_longer(const struct pair_state *state, size_t index, size_t count)
{
    struct object_record *record = log_at(&heap.log, index);
    struct object_extent extent = log_extent(&heap.log, index);

    if (record_flags(record) & (RECORD_MOVED | RECORD_REUSED))
        update_fail("%s at %p is reached as %zu element%s, and again as %zu: a length annotation "
                    "(E_PTRARRAY) is missing or wrong at one of the pointers to it",
                    state->pair->name, (void *)record_old(record), (size_t)extent.count,
                    extent.count == 1 ? "" : "s", count);
    if (!(record_flags(record) & RECORD_INSIDE) && extent.count) {
        /* It stays where it is: only the further elements are to be visited. */
        visit_further(state, record_old(record) + extent.count * state->old_size,
                      count - extent.count);
        if (record_flags(record) & RECORD_EXTENT)
            log_set_extent(&heap.log, index, (struct object_extent){count, extent.tail});
    }
    return record_new(record);
}

uintptr_t reach_known(const struct pair_state *state, size_t index, size_t count, bool is_array)
{
    struct object_record *record = log_at(&heap.log, index);

    if (record_flags(record) & RECORD_DEFERRED) {
        if (is_array)
            deferred_is_array(index, count);
        return defer_again(state, index, count);
    }
    if (is_array && count > log_extent(&heap.log, index).count)
        return reach_longer(state, index, count);
    return record_new(record);
}

uintptr_t reach_as_other_type(const struct pair_state *state, uintptr_t address, size_t count,
                              size_t index)
{
    const struct object_record *record = log_at(&heap.log, index);

    if (record_flags(record) & (RECORD_MOVED | RECORD_REUSED) || state->placement != PLACE_STAYS)
        update_fail("the object at %p is reached as %s and as %s, of which at least one changes "
                    "its layout; say at the pointers which one it is (E_T, a rule) or which is not "
                    "to be followed (E_OPAQUE)",
                    (void *)address, pair_state_at(record_pair(record))->pair->name,
                    state->pair->name);
    return record_new(reach_new_object(state, address, count, RECORD_REVISIT));
}

/* ---- Memory that was converted before -------------------------------------------------------- */

static bool nothing_is_plain(uintptr_t start, uintptr_t end)
{
    (void)start;
    (void)end;
    return false;
}

/* The map of new objects is made when first asked for, and brought up to date each time. */
bool is_new_object(uintptr_t address)
{
    struct map_region *region;

    if (is_placeholder(address))
        return true;
    if (!heap.new_map) {
        heap.new_map = bookkeeping_allocate(sizeof *heap.new_map);
        map_begin(heap.new_map, &heap.log, nothing_is_plain);
    }
    while (heap.new_map_scan < log_count(&heap.log)) {
        const struct object_record *record = log_at(&heap.log, heap.new_map_scan);

        if (record_flags(record) & RECORD_MOVED && record_new(record)) {
            uintptr_t new = record_new(record);

            *map_entry(map_region_of(heap.new_map, new), new) = (uint32_t)heap.new_map_scan + 1;
        }
        heap.new_map_scan = log_next(record, heap.new_map_scan);
    }
    region = map_region_of(heap.new_map, address);
    return *map_entry(region, address) != 0;
}
