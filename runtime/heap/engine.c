/* engine.c -- the life of the heap engine in one update: begin, drain, finish, commit or abort.
 * See engine.h for its parts. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

struct heap heap;

static bool overlaps(uintptr_t start, uintptr_t end, uintptr_t other_start, uintptr_t other_end)
{
    return start < other_end && end > other_start;
}

/* The index of the first stack that ends behind the address; they are sorted. */
static size_t stack_behind(uintptr_t address)
{
    size_t low = 0, high = heap.setup.stack_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (heap.stacks[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool in_some_stack(uintptr_t address)
{
    size_t index = stack_behind(address);

    return index < heap.setup.stack_count && heap.stacks[index].start <= address;
}

static bool overlaps_stack(uintptr_t start, uintptr_t end)
{
    size_t index = stack_behind(start);

    return index < heap.setup.stack_count && heap.stacks[index].start < end;
}

static void copy_stacks(const struct heap_setup *setup)
{
    size_t size = setup->stack_count * sizeof *heap.stacks;

    if (!size)
        return;
    heap.stacks = bookkeeping_allocate(size);
    memcpy(heap.stacks, setup->stacks, size);
    heap.stacks_start = heap.stacks[0].start;
    heap.stacks_end = heap.stacks[setup->stack_count - 1].end;
}

/* Memory where an address needs no other question than: what object is it? */
static bool is_plain_memory(uintptr_t start, uintptr_t end)
{
    const struct heap_setup *setup = &heap.setup;

    return !overlaps(start, end, setup->old_start, setup->old_end) &&
           !overlaps(start, end, setup->new_start, setup->new_end) &&
           !overlaps_stack(start, end) &&
           !overlaps(start, end, 0, 65536) && !literal_owns(start, end);
}

void heap_begin(const struct heap_setup *setup)
{
    if (heap.active)
        heap_abort();
    memset(&heap, 0, sizeof heap);
    heap.active = true;
    heap.current.record = NO_RECORD;
    heap.setup = *setup;
    copy_stacks(setup);
    allocation_detect();
    heap.reuses = setup->transformer && !setup->old_is_read && allocator == ALLOCATOR_GLIBC &&
                  setup->transformer->flags & KITSUNE_TRANSFORMER_SELF_CONTAINED;
    heap.may_peek = allocator == ALLOCATOR_GLIBC;
    map_begin(&heap.map, &heap.log, is_plain_memory);
    image_begin();
    deferred_begin();
    links_begin();
}

void heap_migrate(void (*migrate)(void *in, void *out), void *in, void *out, size_t out_size)
{
    struct conversion outer = heap.current;

    heap.current = (struct conversion){.record = NO_RECORD, .out = out, .out_size = out_size};
    migrate(in, out);
    if (heap.current.drawn)
        note_slots(out, out_size);
    heap.current = outer;
}

/* What may still be migrated by the program: the less is guessed. */
enum stage { SOME_VARIABLES, ALL_VARIABLES, EVERYTHING };

/* What is left when the queue is empty, the surest first.  While a link waits for what contains its
 * target, nothing is guessed: more may be found by later migration calls. */
static bool settle(enum stage stage)
{
    if (links_settle())
        return true;
    if (stage == SOME_VARIABLES)
        return !links_are_waiting() && deferred_resolve(false);
    if (deferred_resolve_likely() || links_settle_possible())
        return true;
    if (stage == ALL_VARIABLES)
        return !links_are_waiting() && deferred_resolve(false);
    return deferred_resolve(true) || links_settle_rest();
}

static void work(enum stage stage)
{
    do {
        size_t from = heap.log.scan;

        convert_from(from);
        heap.log.scan = log_count(&heap.log);
    } while (settle(stage) || heap.log.scan < log_count(&heap.log));
}

void heap_drain(void)
{
    work(SOME_VARIABLES);
    patch_slots();
}

void heap_drain_all(void)
{
    work(ALL_VARIABLES);
    patch_slots();
}

void heap_finish(void)
{
    work(EVERYTHING);
    locals_check_all();
    patch_slots();
    strings_settle();
}

/* Gives all memory of this update's own back; keeps the figures. */
static void end_update(void)
{
    struct heap_statistics statistics;

    heap_read_statistics(&statistics);
    deferred_release();
    bookkeeping_release_all();
    memset(&heap, 0, sizeof heap);
    heap.statistics = statistics;
    heap.current.record = NO_RECORD;
    image_begin();
}

/* Objects converted in their own memory.  No two of them overlap, so the order does not matter. */
static void restore_snapshots(void)
{
    size_t i;

    if (!heap.reuses)
        return;
    for (i = 0; i < log_count(&heap.log); i = log_next(log_at(&heap.log, i), i)) {
        const struct object_record *record = log_at(&heap.log, i);

        if (record_flags(record) & RECORD_REUSED && record_kept(record))
            memcpy((void *)record_old(record), record_kept(record),
                   old_extent_size(pair_state_at(record_pair(record)),
                                   log_extent(&heap.log, i)));
    }
}

enum { FREE_AHEAD = 8 };

void heap_commit(void)
{
    size_t index, next;

    if (!heap.active)
        return;
    for (index = 0; heap.has_moved && index < log_count(&heap.log); index = next) {
        const struct object_record *record = log_at(&heap.log, index);
        unsigned flags = record_flags(record);

        next = log_next(record, index);
        if (index + FREE_AHEAD < log_count(&heap.log))
            __builtin_prefetch(
                (void *)(record_old(log_at(&heap.log, index + FREE_AHEAD)) - 8), 1);
        if ((flags & (RECORD_MOVED | RECORD_IMAGE)) == RECORD_MOVED) {
            const struct kitsune_type_pair *pair = pair_state_at(record_pair(record))->pair;

            if (__builtin_expect(pair->release != NULL, 0))
                pair->release((void *)record_old(record));
            else
                free((void *)record_old(record));
        }
    }
    discarded_free();
    end_update();
}

void heap_abort(void)
{
    size_t index;

    if (!heap.active)
        return;
    undo_replay(&heap.undo);
    restore_snapshots();
    for (index = 0; index < log_count(&heap.log);
         index = log_next(log_at(&heap.log, index), index)) {
        const struct object_record *record = log_at(&heap.log, index);
        const struct kitsune_type_pair *pair;

        if (!(record_flags(record) & RECORD_MOVED))
            continue;
        pair = pair_state_at(record_pair(record))->pair;
        if (pair->discard)
            pair->discard((void *)record_new(record));
        else if (!pair->allocate)
            free((void *)record_new(record));
    }
    provisional_free(); /* pages, perhaps, that the objects above were in */
    end_update();
}

void heap_read_statistics(struct heap_statistics *statistics)
{
    size_t i;

    *statistics = heap.statistics;
    if (!heap.active)
        return;
    for (i = 0; i < heap.pair_states.count; i++) {
        const struct pair_state *state = pair_state_at((unsigned)i);

        statistics->objects_visited += state->converted;
        statistics->bytes_visited += state->converted * state->old_size;
        if (state->placement != PLACE_STAYS) {
            statistics->objects_transformed += state->converted;
            statistics->bytes_transformed += state->converted * state->new_size;
        }
    }
    statistics->bookkeeping_bytes = bookkeeping_bytes();
}
