/* chunk.c -- pieces of a stream. */
#include "chunk.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

struct chunk *chunk_new(bool is_entry)
{
    struct chunk *chunk = allocate(sizeof *chunk);

    chunk->next = NULL;
    chunk->number = 0;
    chunk->references = 1;
    chunk->length = 0;
    chunk->is_entry = is_entry;
    return chunk;
}

size_t chunk_fill(struct chunk *chunk, const char *bytes, size_t length)
{
    size_t space = CHUNK_SIZE - (size_t)chunk->length;

    if (length > space)
        length = space;
    memcpy(chunk->data + chunk->length, bytes, length);
    chunk->length += (int)length;
    return length;
}

void chunk_release(struct chunk *chunk)
{
    if (chunk && --chunk->references == 0)
        free(chunk);
}
