/* buffer.c -- a queue of bytes. */
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* An empty buffer above this size is freed: a client that once sent a large value shall not hold
 * on to the memory for ever. */
#define KEPT_WHEN_EMPTY (64u * 1024)

char *buffer_reserve(struct buffer *buffer, size_t size)
{
    size_t length = buffer_length(buffer);

    if (buffer->capacity - buffer->end >= size)
        return buffer->bytes + buffer->end;
    /* Moving is cheap compared to growing as long as at least half is used up. */
    if (buffer->capacity >= length + size && buffer->start >= buffer->capacity / 2) {
        memmove(buffer->bytes, buffer->bytes + buffer->start, length);
    } else {
        size_t capacity = buffer->capacity ? buffer->capacity : 1024;
        while (capacity < length + size)
            capacity *= 2;
        char *bytes = allocate(capacity);
        if (length > 0)
            memcpy(bytes, buffer->bytes + buffer->start, length);
        free(buffer->bytes);
        buffer->bytes = bytes;
        buffer->capacity = capacity;
    }
    buffer->start = 0;
    buffer->end = length;
    return buffer->bytes + buffer->end;
}

void buffer_append(struct buffer *buffer, const char *bytes, size_t size)
{
    memcpy(buffer_reserve(buffer, size), bytes, size);
    buffer->end += size;
}

void buffer_consume(struct buffer *buffer, size_t size)
{
    buffer->start += size;
    if (buffer->start < buffer->end)
        return;
    buffer->start = 0;
    buffer->end = 0;
    if (buffer->capacity > KEPT_WHEN_EMPTY)
        buffer_release(buffer);
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}
