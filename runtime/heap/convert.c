/* convert.c -- converting the objects of the queue.
 *
 * Old objects are fetched into the cache a few records ahead: a queue knows its future, which is
 * what makes it faster than recursion on anything but a single list.
 */
#include "engine.h"

#include <string.h>

/* Records; bytes of an object that are looked at for pointers before their turn. */
enum { PREFETCH_AHEAD = 8, ENTRIES_AHEAD = 3, PEEKED = 48 };

#define RECORD_NOT_QUEUED (RECORD_DONE | RECORD_NOT_REAL)

/* Small sizes by hand: a call of memset costs as much as the rest of a conversion. */
static inline void zero(void *memory, size_t size)
{
    char *bytes = memory;

    if (size % 8 || size > 128) {
        memset(memory, 0, size);
        return;
    }
    for (; size >= 16; size -= 16, bytes += 16)
        memset(bytes, 0, 16);
    if (size)
        memset(bytes, 0, 8);
}

void convert_element(const struct pair_state *state, void *in, void *out)
{
    if (state->closure)
        closure_apply(state->closure, in, out);
    else if (state->transform)
        state->transform(in, out);
    else if (in != out)
        memcpy(out, in, state->old_size < state->new_size ? state->old_size : state->new_size);
}

void current_object(uintptr_t *old_start, uintptr_t *old_end, char **out, size_t *out_size)
{
    const struct object_record *record;
    const struct pair_state *state;
    struct object_extent extent;

    *old_start = *old_end = 0;
    *out = heap.current.out;
    *out_size = heap.current.out_size;
    if (heap.current.record == NO_RECORD)
        return;
    record = log_at(&heap.log, heap.current.record);
    state = pair_state_at(record_pair(record));
    extent = log_extent(&heap.log, heap.current.record);
    *old_start = record_old(record);
    *old_end = *old_start + old_extent_size(state, extent);
    *out = (char *)record_new(record);
    *out_size = new_extent_size(state, extent);
}

/* Where to read the old object from while the new one is written. */
static char *prepare(struct object_record *record, const struct pair_state *state,
                            size_t old_size, size_t new_size)
{
    unsigned flags = record_flags(record);
    char *old = (char *)record_old(record), *out, *kept;

    if (!(flags & (RECORD_MOVED | RECORD_REUSED)))
        return old;
    out = (char *)record_new(record);
    if (!(flags & RECORD_IMAGE) && state->is_allocated)
        allocation_check(state, (uintptr_t)old, old_size);
    if (flags & RECORD_REUSED) {
        kept = undo_snapshot(&heap.undo, old, old_size);
        record_set_new(record, (uintptr_t)kept);
        zero(out, new_size);
        return kept;
    }
    if (flags & RECORD_IMAGE && !(state->pair->flags & KITSUNE_PAIR_MOVES)) {
        memcpy(out, old, old_size < new_size ? old_size : new_size);
        return out; /* its transform expects to work in place */
    }
    zero(out, new_size);
    return old;
}

static void count_object(const struct object_record *record, size_t old_size, size_t new_size)
{
    heap.statistics.objects_visited++;
    heap.statistics.bytes_visited += old_size;
    if (record_flags(record) & (RECORD_MOVED | RECORD_REUSED)) {
        heap.statistics.objects_transformed++;
        heap.statistics.bytes_transformed += new_size;
    }
}

/* Arrays, flexible tails, copies out of the image, closures: anything but one plain object. */
static void __attribute__((noinline)) convert_unusual(struct object_record *record, size_t index)
{
    const struct pair_state *state = pair_state_at(record_pair(record));
    struct object_extent extent = log_extent(&heap.log, index);
    size_t old_size = old_extent_size(state, extent), new_size = new_extent_size(state, extent);
    bool revisit = (record_flags(record) & RECORD_REVISIT) != 0;
    char *in, *out = (char *)record_new(record);
    size_t i, step;

    heap.current.record = index;
    record_set_flags(record, RECORD_DONE);
    count_object(record, old_size, new_size);
    in = prepare(record, state, old_size, new_size);
    step = in == out ? state->new_size : state->old_size;
    heap.revisiting += revisit;
    heap.is_unusual |= revisit;
    if (state->closure || state->transform || in != out)
        for (i = 0; i < extent.count; i++)
            convert_element(state, in + i * step, out + i * state->new_size);
    heap.revisiting -= revisit;
}

/* Before an object is moved or reused: is it an allocation, and large enough?  The header is read
 * here only where it is certainly in the same page. */
static inline void check_simple(const struct pair_state *state, uintptr_t old)
{
    if (__builtin_expect(state->least_chunk && old % 16 == 0 && old % 4096 &&
                         chunk_is_ordinary(chunk_word(old), state->least_chunk,
                                           state->chunk_span), 1))
        return;
    allocation_check(state, old, state->old_size);
}

/* One plain object: the general way above with everything that is known left out. */
static inline void __attribute__((always_inline)) convert_simple(struct object_record *record,
                                                                 size_t index)
{
    struct pair_state *state = pair_state_at(record_pair(record));
    uintptr_t old = record_old(record), new;
    unsigned flags = record_flags(record);
    void *kept;

    heap.current.record = index;
    state->converted++;
    if (flags & RECORD_REUSED) {
        check_simple(state, old);
        kept = undo_snapshot(&heap.undo, (void *)old, state->old_size);
        record->new_and_flags = record_key((uintptr_t)kept, flags | RECORD_DONE);
        zero((void *)old, state->new_size);
        state->transform(kept, (void *)old);
        return;
    }
    new = (uintptr_t)(record->new_and_flags & ADDRESS_MASK);
    record_set_flags(record, RECORD_DONE);
    if (flags & RECORD_MOVED) {
        check_simple(state, old);
        zero((void *)new, state->new_size);
    }
    state->transform((void *)old, (void *)new);
}

/* The record's conversion is over, and there are placeholders in what it wrote. */
static void __attribute__((noinline)) note_current_slots(void)
{
    uintptr_t old_start, old_end;
    size_t size;
    char *out;

    current_object(&old_start, &old_end, &out, &size);
    note_slots(out, size);
    heap.current.drawn = 0;
}

static inline void __attribute__((always_inline)) convert_queued(struct object_record *record,
                                                                 size_t index)
{
    if (__builtin_expect(record_flags(record) & RECORD_SIMPLE, 1))
        convert_simple(record, index);
    else
        convert_unusual(record, index);
    if (__builtin_expect(heap.current.drawn != 0, 0))
        note_current_slots();
}

void convert_record(size_t index)
{
    struct object_record *record = log_at(&heap.log, index);
    struct conversion outer = heap.current;

    if (record_flags(record) & RECORD_NOT_QUEUED)
        return;
    heap.current.drawn = 0;
    convert_queued(record, index);
    heap.current = outer;
}

/* The map's entries of what an object's words may lead to.  A word that is no address costs a few
 * instructions; one that is saves waiting for a line of the map, of which each covers half a
 * kilobyte of heap.  Words may be uninitialised, which is why tools that mind are spared this (see
 * heap.may_peek). */
static inline void __attribute__((always_inline)) prefetch_entries(const char *object, size_t size)
{
    size_t i;

    for (i = 0; i < size; i += sizeof(uintptr_t)) {
        uintptr_t word;
        const struct map_hint *hint;

        memcpy(&word, object + i, sizeof word);
        hint = &heap.map.hints[(word >> REGION_SHIFT) % MAP_HINTS];
        if (hint->number == word >> REGION_SHIFT)
            __builtin_prefetch(&hint->entries[(word >> GRANULE_SHIFT) % REGION_GRANULES], 1);
    }
}

/* Fetches what will be needed soon: the object some records ahead, and what a nearer one, which is
 * in the cache by now, leads to.  (always_inline: gcc takes a function that does nothing but
 * prefetch for one without effect, and drops the call.) */
static inline void __attribute__((always_inline)) prefetch_ahead(size_t index)
{
    const struct object_record *record;

    if (index + PREFETCH_AHEAD >= log_count(&heap.log))
        return;
    record = log_at(&heap.log, index + PREFETCH_AHEAD);
    __builtin_prefetch((void *)(record_old(record) - 8));
    __builtin_prefetch((void *)(record->new_and_flags & ADDRESS_MASK), 1);
    record = log_at(&heap.log, index + ENTRIES_AHEAD);
    if (heap.may_peek && (record_flags(record) & (RECORD_SIMPLE | RECORD_DONE)) == RECORD_SIMPLE) {
        size_t size = pair_state_at(record_pair(record))->old_size;

        prefetch_entries((const char *)record_old(record),
                         size < PEEKED ? size & ~(size_t)7 : PEEKED);
    }
}

/* The records of one block from the index on; returns the index behind the last one converted. */
static inline size_t __attribute__((always_inline)) convert_block(size_t index)
{
    enum { RECORDS = BLOCK_SIZE / sizeof(struct object_record) };
    struct object_record *record = log_at(&heap.log, index);
    size_t block_end = (index / RECORDS + 1) * RECORDS;

    while (index < block_end && index < log_count(&heap.log)) {
        size_t slots = log_next(record, 0);

        prefetch_ahead(index);
        if (!(record_flags(record) & RECORD_NOT_QUEUED))
            convert_queued(record, index);
        index += slots;
        record += slots;
    }
    return index;
}

/* After each whole block: a rule that completes a few objects at a time does not get here. */
static void __attribute__((noinline)) tell_progress(void)
{
    const struct heap_progress *progress = &heap.setup.progress;
    struct heap_statistics statistics;

    if (!progress->objects_done)
        return;
    heap_read_statistics(&statistics);
    *progress->objects_done = statistics.objects_visited;
    *progress->objects_known = log_count(&heap.log);
    *progress->bytes_done = statistics.bytes_visited;
}

void convert_from(size_t index)
{
    enum { RECORDS = BLOCK_SIZE / sizeof(struct object_record) };
    struct conversion outer = heap.current;

    heap.current.drawn = 0;
    while (index < log_count(&heap.log)) {
        index = convert_block(index);
        if (index % RECORDS == 0)
            tell_progress();
    }
    heap.current = outer;
}
