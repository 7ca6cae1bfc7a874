/* object_log.c -- the seldom used half of the object log: new blocks, records with an extent. */
#include "object_log.h"

#include "heap/heap.h"

_Static_assert(sizeof(struct object_record) == sizeof(struct object_extent),
               "an extent takes the slot of a record");

void log_grow(struct object_log *log)
{
    enum { RECORDS = BLOCK_SIZE / sizeof(struct object_record) };
    struct object_record *block;

    if (log->records.count >= UINT32_MAX - 2 * RECORDS)
        update_fail("more than %u objects in one update", UINT32_MAX - 2 * RECORDS);
    block = block_vector_grow(&log->records, sizeof *block);
    log->next = block;
    log->block_end = block + RECORDS;
}

struct object_record *log_append_extent(struct object_log *log, uint64_t key, uintptr_t new,
                                        unsigned flags, struct object_extent extent)
{
    size_t index = log->records.count;
    struct object_record *slot;

    /* Both slots exist before the record says so: getting memory may end the update here, and
     * whoever reads the log then must not look for an extent that was never written. */
    log_append(log, 0, 0, RECORD_DONE | RECORD_INSIDE);
    slot = log_append(log, 0, 0, 0);
    *(struct object_extent *)(void *)slot = extent;
    log_at(log, index)->old_and_pair = key;
    log_at(log, index)->new_and_flags = record_key(new, flags | RECORD_EXTENT);
    return log_at(log, index);
}

struct object_extent log_extent(const struct object_log *log, size_t index)
{
    if (!(record_flags(log_at(log, index)) & RECORD_EXTENT))
        return (struct object_extent){1, 0};
    return *(struct object_extent *)(void *)log_at(log, index + 1);
}

void log_set_extent(struct object_log *log, size_t index, struct object_extent extent)
{
    *(struct object_extent *)(void *)log_at(log, index + 1) = extent;
}
