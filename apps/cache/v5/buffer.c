/* buffer.c -- bytes on their way in or out. */
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

char *buffer_room(struct buffer *buffer, size_t length)
{
    size_t waiting = buffer_length(buffer);

    if (waiting == 0)
        buffer->start = buffer->end = 0;
    if (buffer->size - buffer->end >= length)
        return buffer->bytes + buffer->end;
    if (buffer->start > 0)
        memmove(buffer->bytes, buffer->bytes + buffer->start, waiting);
    buffer->start = 0;
    buffer->end = waiting;
    if (buffer->size - waiting < length) {
        buffer->size = 2 * (waiting + length);
        buffer->bytes = reallocate(buffer->bytes, buffer->size);
    }
    return buffer->bytes + buffer->end;
}

void buffer_append(struct buffer *buffer, const char *bytes, size_t length)
{
    memcpy(buffer_room(buffer, length), bytes, length);
    buffer->end += length;
}

void buffer_shrink(struct buffer *buffer, size_t kept)
{
    buffer->start = buffer->end = 0;
    if (buffer->size > kept)
        buffer_release(buffer);
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}
