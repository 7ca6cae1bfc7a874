/* buffer.h -- bytes on their way in or out.
 *
 *      | used | waiting | free |       start, end: of the middle part
 */
#ifndef CACHE_BUFFER_H
#define CACHE_BUFFER_H

#include <kitsune.h>
#include <stddef.h>

struct buffer {
    char *E_PTRARRAY(self.size) bytes;
    size_t size, start, end;
};

static inline size_t buffer_length(const struct buffer *buffer)
{
    return buffer->end - buffer->start;
}

static inline const char *buffer_data(const struct buffer *buffer)
{
    return buffer->bytes + buffer->start;
}

/* So many bytes were used, from the front. */
static inline void buffer_consume(struct buffer *buffer, size_t length)
{
    buffer->start += length;
}

/* Room for so many bytes at the end, which is where `end` leads. */
char *buffer_room(struct buffer *buffer, size_t length);
void buffer_append(struct buffer *buffer, const char *bytes, size_t length);
/* Gives back more memory than an idle one needs; what waits is lost. */
void buffer_shrink(struct buffer *buffer, size_t kept);
void buffer_release(struct buffer *buffer);

#endif
