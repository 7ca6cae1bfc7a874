/* output.h -- replies on their way to a client: a queue of chunks.
 *
 *      first --> chunk --> chunk --> chunk <-- last
 *                [ sent | to be sent ]
 *
 * Appending never moves what is there already, so a large reply costs no copying.  A zeroed struct
 * output is empty.
 */
#ifndef KV_OUTPUT_H
#define KV_OUTPUT_H

#include <kitsune.h>
#include <stdbool.h>
#include <stddef.h>

struct chunk {
    struct chunk *next;
    size_t start;    /* sent up to here */
    size_t end;      /* filled up to here */
    size_t capacity;
    char bytes[] E_ARRAY(self.capacity);
};

struct output {
    struct chunk *first; /* NULL when nothing is to be sent */
    struct chunk *last;
    size_t length;       /* bytes to be sent, of all chunks */
};

void output_append(struct output *output, const char *bytes, size_t size);
/* Sends what the socket takes without waiting.  False: the connection is broken. */
bool output_send(struct output *output, int descriptor);
void output_release(struct output *output);

#endif
