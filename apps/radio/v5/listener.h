/* listener.h -- whoever gets a stream.
 *
 * What is still to be sent to a listener is what lies between its place and the end of the
 * mount's queue, so its own queue costs nothing but the place.
 */
#ifndef RADIO_LISTENER_H
#define RADIO_LISTENER_H

#include <kitsune.h>
#include <stdbool.h>
#include <time.h>

#include "icy.h"
#include "mount.h"
#include "request.h"

struct client;

/* In its mount's pool; `metadata` is the listener's own, all else under the mount's lock. */
struct listener {
    struct client *client;
    struct mount *mount;
    struct block *block; /* where it stands; NULL: nowhere yet */
    int offset;          /* what it has had of the block */
    bool is_killed;      /* by the administrator */
    char *E_SZ destination; /* where the administrator sends it; NULL: nowhere */
    char *E_SZ home;        /* where it wants to be; NULL: where it is */
    unsigned sources_seen;  /* how many sources had come when it looked for that the last time */
    char *E_SZ user_agent;   /* NULL: it did not say */
    unsigned long long sent; /* bytes of the stream */
    int skips;               /* how often it was too slow */
    time_t since;
    struct icy metadata;
};

void listener_begin(struct client *client, const struct request *request);
/* HEAD: what a listener would get, without the stream. */
void listener_describe(struct client *client, const struct request *request);
/* Sends something, or waits a little for something to send. */
void listener_step(struct client *client);
void listener_free(struct listener *listener);

#endif
