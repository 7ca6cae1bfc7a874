/* chunk.h -- what a source has sent: a queue of fixed pieces that all listeners of a mount share.
 *
 *      mount.first --> chunk --> chunk --> chunk --> chunk <-- mount.last
 *                                  ^         ^
 *                              listener   listener
 *
 * A chunk is referred to by the queue, and by each listener that stands at it; the last one that
 * lets go frees it.  Once it is in the queue its data never changes, so it is read without the
 * mount's lock; everything else in it is under that lock.  A listener may stand at a chunk that
 * the queue has let go of: then it is too far behind (numbers tell), and there is no way on.
 */
#ifndef RADIO_CHUNK_H
#define RADIO_CHUNK_H

#include <stdbool.h>
#include <stddef.h>

#define CHUNK_SIZE 1400 /* what goes into a packet */

struct chunk {
    struct chunk *next;
    unsigned number; /* in the order of their coming, from 1 */
    int references;
    int length;
    bool is_entry; /* a listener can begin here */
    char data[CHUNK_SIZE];
};

struct chunk *chunk_new(bool is_entry);
/* How many of the bytes fit. */
size_t chunk_fill(struct chunk *chunk, const char *bytes, size_t length);
void chunk_release(struct chunk *chunk);

#endif
