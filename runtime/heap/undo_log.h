/* undo_log.h -- what memory that both versions share looked like before the update wrote to it.
 *
 * Entries are words in blocks, read backwards, newest first:
 *
 *      | data word ... data word | trailer |  data word | trailer | ... (free)
 *
 * The trailer holds the address (48 bits), the number of data words (13 bits) and how many bytes
 * of the last word do not count (3 bits).  A store of one pointer takes 16 bytes.
 *
 * Objects converted in their own memory are copied aside whole (undo_snapshot); there the object
 * log knows what belongs where, so the copies stand without trailers in blocks of their own.
 */
#ifndef KITSUNE_HEAP_UNDO_LOG_H
#define KITSUNE_HEAP_UNDO_LOG_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bookkeeping.h"
#include "object_log.h"

enum {
    UNDO_WORDS_BITS = 13,
    /* Of one entry; larger ranges become several. */
    UNDO_LARGEST = 32 * 1024,
};

struct undo_block {
    struct undo_block *previous;
    uint64_t *used_end; /* set when the block is full and left behind */
};

struct undo_log {
    struct undo_block *block;
    uint64_t *next, *end;
    uint64_t *snapshot_next, *snapshot_end;
};

void undo_open_block(struct undo_log *log);
void undo_open_snapshots(struct undo_log *log);

/* One pointer. */
static inline void undo_store(struct undo_log *log, const void *slot)
{
    if (__builtin_expect(log->end - log->next < 2, 0))
        undo_open_block(log);
    memcpy(log->next, slot, sizeof(void *));
    log->next[1] = (uint64_t)(uintptr_t)slot | UINT64_C(1) << (ADDRESS_BITS + 3);
    log->next += 2;
}

/* A copy of the whole words that hold `size` <= UNDO_LARGEST bytes.  It stays where it is until
 * the update ends. */
static inline void *undo_snapshot(struct undo_log *log, const void *object, size_t size)
{
    size_t words = (size + 7) / 8, i;
    const char *from = object;
    uint64_t *copy;

    if (__builtin_expect((size_t)(log->snapshot_end - log->snapshot_next) < words, 0))
        undo_open_snapshots(log);
    copy = log->snapshot_next;
    /* Word by word: the conversion reads it in words at once, and would wait for larger stores. */
    if (words <= 16)
        for (i = 0; i < words; i++)
            memcpy(&copy[i], from + 8 * i, 8);
    else
        memcpy(copy, object, size);
    log->snapshot_next = copy + words;
    return copy;
}


/* Any size. */
void undo_remember(struct undo_log *log, const void *address, size_t size);
/* Puts everything back, newest entry first. */
void undo_replay(struct undo_log *log);

#endif
