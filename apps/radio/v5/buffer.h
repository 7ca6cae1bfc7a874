/* buffer.h -- bytes on their way: what was received and not understood yet, what is to be sent.
 *
 *      bytes  | gone | waiting | free |
 *             0      start     end    capacity
 */
#ifndef RADIO_BUFFER_H
#define RADIO_BUFFER_H

#include <kitsune.h>
#include <stddef.h>

struct buffer {
    char *bytes E_PTRARRAY(self.capacity);
    size_t start, end, capacity;
};

/* Room for so many bytes at the end; `end` is advanced by whoever fills it. */
char *buffer_reserve(struct buffer *buffer, size_t length);
void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
void buffer_print(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, with &, <, > and quotes as HTML and XML want them. */
void buffer_append_escaped(struct buffer *buffer, const char *text);
void buffer_consume(struct buffer *buffer, size_t length);
void buffer_release(struct buffer *buffer);

static inline size_t buffer_length(const struct buffer *buffer)
{
    return buffer->end - buffer->start;
}

static inline char *buffer_data(const struct buffer *buffer)
{
    return buffer->bytes + buffer->start;
}

#endif
