/* object_log.h -- every object reached in this update, in the order of reaching.
 *
 *      records:  done done done | queued queued queued |
 *                               ^ scan                 ^ count
 *
 * One array serves three purposes.  It is the work queue: converting a record appends what it
 * leads to, and the scan chases the end (Cheney's algorithm), so no stack grows with the length
 * of a list.  It says where each object went (the address map holds indexes into it).  And it is
 * the list of what to free: old objects at commit, new ones at abort.
 *
 * A record is 16 bytes.  User addresses have 48 bits at most; the upper 16 bits of the first word
 * hold the number of the type pair, those of the second the flags.  A record with RECORD_EXTENT is
 * followed by one slot that holds its element counts instead of addresses.
 */
#ifndef KITSUNE_HEAP_OBJECT_LOG_H
#define KITSUNE_HEAP_OBJECT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "bookkeeping.h"

enum record_flags {
    RECORD_DONE = 1 << 0,     /* converted, or being converted */
    RECORD_MOVED = 1 << 1,    /* new memory was allocated for it */
    RECORD_REUSED = 1 << 2,   /* converted in its own memory; instead of a new address the record
                                 holds where the old bytes are kept, once it is done */
    RECORD_EXTENT = 1 << 3,   /* the next slot is its extent */
    RECORD_IMAGE = 1 << 4,    /* the old object is part of the old version's image: never freed */
    RECORD_DEFERRED = 1 << 5, /* new address is a placeholder */
    RECORD_INSIDE = 1 << 6,   /* resolved as part of another object, or as a local */
    RECORD_SHARED = 1 << 7,   /* the map's overflow table knows more records of this granule */
    RECORD_REVISIT = 1 << 8,  /* parts of it may have been converted already, in place */
    RECORD_GUESSED = 1 << 9,  /* taken for an object of its own because nothing known holds it */
    RECORD_SIMPLE = 1 << 10,  /* one plain object of a pair that is simple */
};

/* A record that stands for memory of its own, not for a place inside something else. */
#define RECORD_NOT_REAL (RECORD_DEFERRED | RECORD_INSIDE)

#define ADDRESS_BITS 48
#define ADDRESS_MASK ((UINT64_C(1) << ADDRESS_BITS) - 1)

struct object_record {
    uint64_t old_and_pair;
    uint64_t new_and_flags;
};

struct object_extent {
    uint64_t count; /* elements */
    uint64_t tail;  /* elements of the flexible array member */
};

struct object_log {
    struct block_vector records;
    struct object_record *next, *block_end; /* room in the newest block */
    size_t scan; /* index of the next record to convert */
};

static inline uint64_t record_key(uintptr_t old, unsigned pair)
{
    return (uint64_t)old | (uint64_t)pair << ADDRESS_BITS;
}

static inline uintptr_t record_old(const struct object_record *record)
{
    return (uintptr_t)(record->old_and_pair & ADDRESS_MASK);
}

static inline unsigned record_pair(const struct object_record *record)
{
    return (unsigned)(record->old_and_pair >> ADDRESS_BITS);
}

static inline unsigned record_flags(const struct object_record *record)
{
    return (unsigned)(record->new_and_flags >> ADDRESS_BITS);
}

static inline uintptr_t record_new(const struct object_record *record)
{
    return (record_flags(record) & RECORD_REUSED ? record->old_and_pair : record->new_and_flags) &
           ADDRESS_MASK;
}

/* Of a reused record that is done. */
static inline void *record_kept(const struct object_record *record)
{
    return (void *)(uintptr_t)(record->new_and_flags & ADDRESS_MASK);
}

static inline void record_set_flags(struct object_record *record, unsigned flags)
{
    record->new_and_flags |= (uint64_t)flags << ADDRESS_BITS;
}

static inline void record_clear_flags(struct object_record *record, unsigned flags)
{
    record->new_and_flags &= ~((uint64_t)flags << ADDRESS_BITS);
}

static inline void record_set_new(struct object_record *record, uintptr_t address)
{
    record->new_and_flags = (record->new_and_flags & ~ADDRESS_MASK) | address;
}

static inline struct object_record *log_at(const struct object_log *log, size_t index)
{
    return block_vector_at(&log->records, index, sizeof(struct object_record));
}

static inline size_t log_count(const struct object_log *log)
{
    return log->records.count;
}

/* The index after `index`, its extent skipped. */
static inline size_t log_next(const struct object_record *record, size_t index)
{
    return index + 1 + ((record_flags(record) & RECORD_EXTENT) != 0);
}

/* Opens the next block.  Fails the update when the map's 32-bit indexes are used up. */
void log_grow(struct object_log *log);

/* Will the next record need a new block? */
static inline bool log_is_full(const struct object_log *log)
{
    return log->next == log->block_end;
}

static inline struct object_record *log_append(struct object_log *log, uint64_t key, uintptr_t new,
                                               unsigned flags)
{
    struct object_record *record;

    if (__builtin_expect(log_is_full(log), 0))
        log_grow(log);
    record = log->next++;
    log->records.count++;
    record->old_and_pair = key;
    /* Two stores: as one vector store, which gcc would make of them, the conversion that follows
     * would wait for it. */
    __asm__ volatile("" : : : "memory");
    record->new_and_flags = record_key(new, flags);
    return record;
}

/* Appends a record together with its extent. */
struct object_record *log_append_extent(struct object_log *log, uint64_t key, uintptr_t new,
                                        unsigned flags, struct object_extent extent);
/* The extent of the record at `index`; {1, 0} when it has none. */
struct object_extent log_extent(const struct object_log *log, size_t index);
void log_set_extent(struct object_log *log, size_t index, struct object_extent extent);

#endif
