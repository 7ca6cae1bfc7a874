/* buffer.c -- bytes on their way. */
#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

char *buffer_reserve(struct buffer *buffer, size_t length)
{
    if (buffer->start > 0) {
        memmove(buffer->bytes, buffer_data(buffer), buffer_length(buffer));
        buffer->end -= buffer->start;
        buffer->start = 0;
    }
    if (buffer->capacity - buffer->end < length) {
        size_t capacity = buffer->capacity ? buffer->capacity : 512;
        while (capacity - buffer->end < length)
            capacity *= 2;
        buffer->bytes = reallocate(buffer->bytes, capacity);
        buffer->capacity = capacity;
    }
    return buffer->bytes + buffer->end;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
    if (length == 0)
        return;
    memcpy(buffer_reserve(buffer, length), bytes, length);
    buffer->end += length;
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    char *space = buffer_reserve(buffer, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(space, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->end += (size_t)length;
}

void buffer_append_escaped(struct buffer *buffer, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': buffer_print(buffer, "&amp;"); break;
        case '<': buffer_print(buffer, "&lt;"); break;
        case '>': buffer_print(buffer, "&gt;"); break;
        case '"': buffer_print(buffer, "&quot;"); break;
        default: buffer_append(buffer, text, 1); break;
        }
    }
}

void buffer_consume(struct buffer *buffer, size_t length)
{
    buffer->start += length;
    if (buffer->start == buffer->end)
        buffer->start = buffer->end = 0;
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}
