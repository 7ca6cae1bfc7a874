/* block.c -- blocks of a stream, and the ring they are in. */
#include "block.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

struct block *block_new(int capacity, bool is_entry)
{
    struct block *block = allocate(sizeof *block);

    *block = (struct block){0, 1, 0, capacity, is_entry, allocate((size_t)capacity)};
    return block;
}

size_t block_fill(struct block *block, const char *bytes, size_t length)
{
    size_t space = (size_t)(block->capacity - block->length);

    if (length > space)
        length = space;
    memcpy(block->bytes + block->length, bytes, length);
    block->length += (int)length;
    return length;
}

void block_release(struct block *block)
{
    if (!block || --block->references > 0)
        return;
    free(block->bytes);
    free(block);
}

/* ---- The ring -------------------------------------------------------------------------------- */

static void grow(struct ring *ring)
{
    int capacity = ring->capacity ? 2 * ring->capacity : 64;
    struct block **slots = allocate_zeroed((size_t)capacity * sizeof *slots);

    for (int i = 0; i < ring->count; i++)
        slots[i] = ring_at(ring, i);
    free(ring->slots);
    ring->slots = slots;
    ring->capacity = capacity;
    ring->first = 0;
}

void ring_append(struct ring *ring, struct block *block)
{
    if (ring->count == ring->capacity)
        grow(ring);
    block->number = ring->next_number++;
    ring->slots[(ring->first + ring->count) % ring->capacity] = block;
    ring->count++;
    ring->bytes += block->length;
}

void ring_drop_first(struct ring *ring)
{
    struct block *block = ring_at(ring, 0);

    ring->slots[ring->first] = NULL;
    ring->first = (ring->first + 1) % ring->capacity;
    ring->count--;
    ring->bytes -= block->length;
    block_release(block);
}

struct block *ring_at(const struct ring *ring, int i)
{
    return ring->slots[(ring->first + i) % ring->capacity];
}

unsigned long long ring_first_number(const struct ring *ring)
{
    return ring->next_number - (unsigned long long)ring->count;
}

struct block *ring_find(const struct ring *ring, unsigned long long number)
{
    unsigned long long first = ring_first_number(ring);

    if (number < first || number >= ring->next_number)
        return NULL;
    return ring_at(ring, (int)(number - first));
}

void ring_release(struct ring *ring)
{
    while (ring->count > 0)
        ring_drop_first(ring);
    free(ring->slots);
    *ring = (struct ring){.next_number = ring->next_number};
}
