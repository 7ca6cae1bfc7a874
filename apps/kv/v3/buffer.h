/* buffer.h -- a queue of bytes: what was received and not yet understood, or answered and not yet
 * sent.
 *
 *      bytes: [ used up | start ... end | free ... capacity ]
 */
#ifndef KV_BUFFER_H
#define KV_BUFFER_H

#include <kitsune.h>
#include <stddef.h>

struct buffer {
    char *E_PTRARRAY(self.capacity) bytes; /* NULL while capacity is 0 */
    size_t start;
    size_t end;
    size_t capacity;
};

static inline size_t buffer_length(const struct buffer *buffer)
{
    return buffer->end - buffer->start;
}

static inline char *buffer_data(struct buffer *buffer)
{
    return buffer->bytes + buffer->start;
}

/* Makes room for `size` more bytes behind the end and returns where they go. */
char *buffer_reserve(struct buffer *buffer, size_t size);
void buffer_append(struct buffer *buffer, const char *bytes, size_t size);
/* Drops `size` bytes at the start.  A big buffer that becomes empty gives its memory back. */
void buffer_consume(struct buffer *buffer, size_t size);
void buffer_release(struct buffer *buffer);

#endif
