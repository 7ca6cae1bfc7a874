/* block.h -- what a source has sent: a ring of blocks that all listeners of a mount share.
 *
 *      slots   |  7  |  8  |  9  |     |     |  4  |  5  |  6  |
 *                                               ^ first
 *
 * A block is as long as what has come at once, or as a page of Ogg. The ring refers to it, and each
 * listener that stands at it; the last one that lets go frees it.  Once it is in the ring its
 * bytes never change, so they are read without the mount's lock; everything else is under that
 * lock.  Blocks are numbered in the order of their coming: who stands at one of which the next is
 * not in the ring any more is too far behind.
 */
#ifndef RADIO_BLOCK_H
#define RADIO_BLOCK_H

#include <kitsune.h>
#include <stdbool.h>
#include <stddef.h>

#define BLOCK_LIMIT 8192 /* a block that is being filled is full then */
#define BLOCK_ENOUGH 1024

struct block {
    unsigned long long number; /* from 1 */
    int references;
    int length, capacity;
    bool is_entry; /* a listener can begin here */
    char *bytes E_PTRARRAY(self.capacity);
};

struct block *block_new(int capacity, bool is_entry);
/* How many of the bytes fit. */
size_t block_fill(struct block *block, const char *bytes, size_t length);
void block_release(struct block *block);

struct ring {
    struct block **slots E_PTRARRAY(self.capacity);
    int capacity;
    int first, count;
    unsigned long long next_number;
    long bytes; /* in all blocks */
};

/* The block gets its number; the caller's reference becomes the ring's. */
void ring_append(struct ring *ring, struct block *block);
void ring_drop_first(struct ring *ring);
/* NULL: it is not in the ring, because it was or will be. */
struct block *ring_find(const struct ring *ring, unsigned long long number);
/* The i-th, from 0. */
struct block *ring_at(const struct ring *ring, int i);
/* Of the first block; if there is none, of the next one to come. */
unsigned long long ring_first_number(const struct ring *ring);
void ring_release(struct ring *ring);

#endif
