/* undo_log.h -- what memory that both versions share looked like before the update wrote to it.
 *
 * Entries are words in blocks, read backwards, newest first:
 *
 *      | data word ... data word | trailer |  data word | trailer | ... (free)
 *
 * The trailer holds the address (48 bits), the number of data words (13 bits) and how many bytes
 * of the last word do not count (3 bits).  A store of one pointer takes 16 bytes.
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
};

void undo_open_block(struct undo_log *log);

/* Copies `size` <= UNDO_LARGEST bytes at `address` aside; returns the copy, which stays where it
 * is until the update ends. */
static inline void *undo_keep(struct undo_log *log, const void *address, size_t size)
{
    size_t words = (size + 7) / 8;
    uint64_t *data;

    if (__builtin_expect((size_t)(log->end - log->next) < words + 1, 0))
        undo_open_block(log);
    data = log->next;
    if (size == 8 * words && words <= 8) {
        const unsigned char *from = address;
        size_t i;

        for (i = 0; i < words; i++)
            memcpy(&data[i], from + 8 * i, 8);
    } else {
        memcpy(data, address, size);
    }
    data[words] = (uint64_t)(uintptr_t)address |
                  (uint64_t)(words << 3 | (8 * words - size)) << ADDRESS_BITS;
    log->next = data + words + 1;
    return data;
}

/* Any size. */
void undo_remember(struct undo_log *log, const void *address, size_t size);
/* Puts everything back, newest entry first. */
void undo_replay(struct undo_log *log);

#endif
