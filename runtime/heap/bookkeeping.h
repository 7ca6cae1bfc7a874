/* bookkeeping.h -- memory for the engine's own notes: map, queue, undo log.
 *
 * Taken from the kernel directly, so that the program's malloc sees nothing but the program's
 * objects; handed out zeroed, never returned piece by piece, all given back when the update ends.
 */
#ifndef KITSUNE_HEAP_BOOKKEEPING_H
#define KITSUNE_HEAP_BOOKKEEPING_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed memory, aligned to a cache line.  Fails the update when there is none. */
void *bookkeeping_allocate(size_t size);
/* The same for memory of which little may ever be touched: always in small pages. */
void *bookkeeping_allocate_sparse(size_t size);
/* A bigger copy of an array; the old one is abandoned until the update ends. */
void *bookkeeping_grow(const void *array, size_t old_size, size_t new_size);
void bookkeeping_release_all(void);
size_t bookkeeping_bytes(void);

/* An array that grows without moving its elements: blocks of equal size found through a directory.
 * Elements per block are a power of two so that an index splits into shift and mask. */
enum { BLOCK_SIZE = 64 * 1024 };

struct block_vector {
    char **directory;
    size_t directory_capacity;
    size_t count;
};

/* Makes room for element `vector->count` and returns it; the caller advances count. */
void *block_vector_grow(struct block_vector *vector, size_t element_size);

static inline void *block_vector_at(const struct block_vector *vector, size_t index,
                                    size_t element_size)
{
    size_t per_block = BLOCK_SIZE / element_size;

    return vector->directory[index / per_block] + (index % per_block) * element_size;
}

static inline void *block_vector_append(struct block_vector *vector, size_t element_size)
{
    size_t per_block = BLOCK_SIZE / element_size;
    void *element;

    if (__builtin_expect(vector->count % per_block == 0, 0))
        element = block_vector_grow(vector, element_size);
    else
        element = block_vector_at(vector, vector->count, element_size);
    vector->count++;
    return element;
}

#endif
