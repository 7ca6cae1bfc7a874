/* listener.h -- whoever gets a stream.
 *
 * What is still to be sent to a listener is what lies between its place and the end of the
 * mount's queue, so its own queue costs nothing but the place.
 */
#ifndef RADIO_LISTENER_H
#define RADIO_LISTENER_H

#include <stdbool.h>

#include "icy.h"
#include "mount.h"
#include "request.h"

struct connection;

/* Of its mount's list; `metadata` is the listener's own, all else under the mount's lock. */
struct listener {
    struct listener *next, *previous;
    struct connection *connection;
    struct mount *mount;
    struct chunk *chunk; /* where it stands; NULL: nowhere yet */
    int offset;          /* what it has had of the chunk */
    unsigned sent;       /* bytes of the stream */
    unsigned skipped;    /* how often it was too slow */
    struct icy metadata;
};

void listener_begin(struct connection *connection, const struct request *request);
/* Sends something, or waits a little for something to send. */
void listener_step(struct connection *connection);
void listener_free(struct listener *listener);

#endif
