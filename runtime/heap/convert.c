/* convert.c -- converting the objects of the queue.
 *
 * Old objects are fetched into the cache a few records ahead: a queue knows its future, which is
 * what makes it faster than recursion on anything but a single list.
 */
#include "engine.h"

#include <string.h>

enum { PREFETCH_AHEAD = 6 };

static inline void zero(void *memory, size_t size)
{
    if (size % 8 == 0 && size <= 128) {
        char *bytes = memory;
        size_t i;

        for (i = 0; i < size; i += 8)
            memset(bytes + i, 0, 8);
    } else {
        memset(memory, 0, size);
    }
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

static inline void set_current(const struct object_record *record, size_t index, size_t old_size,
                               size_t new_size)
{
    heap.current.old_start = record_old(record);
    heap.current.old_end = record_old(record) + old_size;
    heap.current.record = index;
    heap.current.out = (char *)record_new(record);
    heap.current.out_size = new_size;
    heap.current.drawn = 0;
}

static inline void finish_current(void)
{
    if (__builtin_expect(heap.current.drawn != 0, 0))
        note_slots(heap.current.out, heap.current.out_size, heap.current.drawn);
    heap.current.old_start = heap.current.old_end = 0;
}

/* Where to read the old object from while `out` is written. */
static char *prepare(const struct object_record *record, const struct pair_state *state,
                     size_t old_size, size_t new_size)
{
    unsigned flags = record_flags(record);
    char *old = (char *)record_old(record), *out = (char *)record_new(record);
    char *in;

    if (flags & RECORD_IMAGE && !(state->pair->flags & KITSUNE_PAIR_MOVES)) {
        memcpy(out, old, old_size < new_size ? old_size : new_size);
        return out; /* it is made to be converted in place */
    }
    if (flags & (RECORD_MOVED | RECORD_REUSED) && !(flags & RECORD_IMAGE) && state->is_allocated)
        allocation_check(state->pair->name, (uintptr_t)old, old_size);
    if (flags & RECORD_REUSED) {
        in = undo_keep(&heap.undo, old, old_size);
        zero(out, new_size);
        return in;
    }
    if (flags & RECORD_MOVED)
        zero(out, new_size);
    return old;
}

/* Arrays, flexible tails, copies out of the image, closures: anything but one plain object. */
static void convert_unusual(struct object_record *record, size_t index,
                            const struct pair_state *state)
{
    struct object_extent extent = log_extent(&heap.log, index);
    size_t old_size = old_extent_size(state, extent), new_size = new_extent_size(state, extent);
    bool revisit = (record_flags(record) & RECORD_REVISIT) != 0;
    char *in, *out = (char *)record_new(record);
    size_t i, step;

    set_current(record, index, old_size, new_size);
    in = prepare(record, state, old_size, new_size);
    step = in == out ? state->new_size : state->old_size;
    heap.revisiting += revisit;
    if (state->closure || state->transform || in != out)
        for (i = 0; i < extent.count; i++)
            convert_element(state, in + i * step, out + i * state->new_size);
    heap.revisiting -= revisit;
    finish_current();
}

static void count_object(const struct object_record *record, size_t new_size)
{
    heap.statistics.objects_visited++;
    if (record_flags(record) & (RECORD_MOVED | RECORD_REUSED)) {
        heap.statistics.objects_transformed++;
        heap.statistics.bytes_transformed += new_size;
    }
}

static inline void convert_queued(struct object_record *record, size_t index)
{
    const struct pair_state *state = pair_state_at(record_pair(record));
    unsigned flags = record_flags(record);
    char *in;

    record_set_flags(record, RECORD_DONE);
    if (__builtin_expect(!state->is_simple ||
                         flags & (RECORD_EXTENT | RECORD_IMAGE | RECORD_REVISIT), 0)) {
        count_object(record, new_extent_size(state, log_extent(&heap.log, index)));
        convert_unusual(record, index, state);
        return;
    }
    count_object(record, state->new_size);
    set_current(record, index, state->old_size, state->new_size);
    in = prepare(record, state, state->old_size, state->new_size);
    state->transform(in, (char *)record_new(record));
    finish_current();
}

#define RECORD_NOT_QUEUED (RECORD_DONE | RECORD_NOT_REAL)

void convert_record(size_t index)
{
    struct object_record *record = log_at(&heap.log, index);
    struct conversion outer = heap.current;

    if (record_flags(record) & RECORD_NOT_QUEUED)
        return;
    convert_queued(record, index);
    heap.current = outer;
}

static inline void prefetch_ahead(size_t index)
{
    if (index + PREFETCH_AHEAD < log_count(&heap.log)) {
        const struct object_record *record = log_at(&heap.log, index + PREFETCH_AHEAD);

        __builtin_prefetch((void *)record_old(record));
        __builtin_prefetch((void *)record_new(record), 1);
    }
}

void convert_from(size_t index)
{
    struct conversion outer = heap.current;

    while (index < log_count(&heap.log)) {
        struct object_record *record = log_at(&heap.log, index);
        size_t next = log_next(record, index);

        prefetch_ahead(index);
        if (!(record_flags(record) & RECORD_NOT_QUEUED))
            convert_queued(record, index);
        index = next;
    }
    heap.current = outer;
}
