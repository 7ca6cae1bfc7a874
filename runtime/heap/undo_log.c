/* undo_log.c -- putting back what was there before the update.  See undo_log.h. */
#include "undo_log.h"

_Static_assert(UNDO_LARGEST / 8 < 1 << UNDO_WORDS_BITS, "an entry's size fits its trailer");
_Static_assert(UNDO_LARGEST + 8 <= BLOCK_SIZE - sizeof(struct undo_block), "and a block");

void undo_open_block(struct undo_log *log)
{
    struct undo_block *block = bookkeeping_allocate(BLOCK_SIZE);

    if (log->block)
        log->block->used_end = log->next;
    block->previous = log->block;
    log->block = block;
    log->next = (uint64_t *)(block + 1);
    log->end = (uint64_t *)((char *)block + BLOCK_SIZE);
}

void undo_open_snapshots(struct undo_log *log)
{
    log->snapshot_next = bookkeeping_allocate(BLOCK_SIZE);
    log->snapshot_end = log->snapshot_next + BLOCK_SIZE / sizeof(uint64_t);
}

/* At most UNDO_LARGEST bytes. */
static void keep(struct undo_log *log, const void *address, size_t size)
{
    size_t words = (size + 7) / 8;

    if ((size_t)(log->end - log->next) < words + 1)
        undo_open_block(log);
    memcpy(log->next, address, size);
    log->next[words] = (uint64_t)(uintptr_t)address |
                       (uint64_t)(words << 3 | (8 * words - size)) << ADDRESS_BITS;
    log->next += words + 1;
}

void undo_remember(struct undo_log *log, const void *address, size_t size)
{
    const char *from = address;

    while (size) {
        size_t piece = size < UNDO_LARGEST ? size : UNDO_LARGEST;

        keep(log, from, piece);
        from += piece;
        size -= piece;
    }
}

static void replay_block(uint64_t *first, uint64_t *end)
{
    while (end > first) {
        uint64_t trailer = end[-1];
        size_t words = (size_t)(trailer >> (ADDRESS_BITS + 3));
        size_t size = 8 * words - (size_t)(trailer >> ADDRESS_BITS & 7);

        end -= words + 1;
        memcpy((void *)(uintptr_t)(trailer & ADDRESS_MASK), end, size);
    }
}

void undo_replay(struct undo_log *log)
{
    struct undo_block *block = log->block;
    uint64_t *end = log->next;

    while (block) {
        replay_block((uint64_t *)(block + 1), end);
        block = block->previous;
        end = block ? block->used_end : NULL;
    }
    memset(log, 0, sizeof *log);
}
