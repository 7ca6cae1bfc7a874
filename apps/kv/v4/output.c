/* output.c -- replies on their way to a client. */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "memory.h"

#define CHUNK_SIZE 16320u /* with its head a little less than four pages */
#define CHUNKS_PER_CALL 16

static struct chunk *add_chunk(struct output *output, size_t least)
{
    size_t capacity = least > CHUNK_SIZE ? least : CHUNK_SIZE;
    struct chunk *chunk = allocate(sizeof *chunk + capacity);

    chunk->next = NULL;
    chunk->start = chunk->end = 0;
    chunk->capacity = capacity;
    if (output->last)
        output->last->next = chunk;
    else
        output->first = chunk;
    output->last = chunk;
    return chunk;
}

void output_append(struct output *output, const char *bytes, size_t size)
{
    struct chunk *chunk = output->last;

    output->length += size;
    if (chunk) {
        size_t room = chunk->capacity - chunk->end;
        size_t now = size < room ? size : room;
        memcpy(chunk->bytes + chunk->end, bytes, now);
        chunk->end += now;
        bytes += now;
        size -= now;
    }
    if (size == 0)
        return;
    chunk = add_chunk(output, size);
    memcpy(chunk->bytes, bytes, size);
    chunk->end = size;
}

/* The last chunk is kept for the next reply unless it is a large one. */
static void drop_sent(struct output *output, size_t sent)
{
    output->length -= sent;
    while (output->first) {
        struct chunk *chunk = output->first;
        size_t filled = chunk->end - chunk->start;
        if (sent < filled) {
            chunk->start += sent;
            return;
        }
        sent -= filled;
        if (!chunk->next && chunk->capacity == CHUNK_SIZE) {
            chunk->start = chunk->end = 0;
            return;
        }
        output->first = chunk->next;
        if (!output->first)
            output->last = NULL;
        free(chunk);
    }
}

bool output_send(struct output *output, int descriptor)
{
    while (output->length > 0) {
        struct iovec parts[CHUNKS_PER_CALL];
        struct msghdr message = {.msg_iov = parts};
        for (struct chunk *chunk = output->first; chunk && message.msg_iovlen < CHUNKS_PER_CALL;
             chunk = chunk->next)
            parts[message.msg_iovlen++] =
                (struct iovec){chunk->bytes + chunk->start, chunk->end - chunk->start};
        ssize_t sent = sendmsg(descriptor, &message, MSG_NOSIGNAL);
        if (sent >= 0)
            drop_sent(output, (size_t)sent);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return true;
        else if (errno != EINTR)
            return false;
    }
    return true;
}

void output_release(struct output *output)
{
    while (output->first) {
        struct chunk *next = output->first->next;
        free(output->first);
        output->first = next;
    }
    *output = (struct output){0};
}
