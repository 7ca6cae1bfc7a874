/* inside.c -- what contains an address: the nearest object that begins at or below it. */
#include "engine.h"

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

/* Certainly an allocation of this size: then nothing else can begin where it ends. */
static bool is_end(const struct object_record *record, const struct pair_state *state, size_t size)
{
    return allocator == ALLOCATOR_GLIBC && state->is_allocated &&
           !(record_flags(record) & RECORD_IMAGE) &&
           allocation_judge(record_old(record), size) == START_CERTAIN;
}

/* The very end of an array is a place in it; that of a single object only when there is no better
 * explanation (`at_last`), for with an allocator of its own the next object may begin there. */
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
