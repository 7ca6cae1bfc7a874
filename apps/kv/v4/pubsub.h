/* pubsub.h -- channels and who listens to them. */
#ifndef KV_PUBSUB_H
#define KV_PUBSUB_H

#include "client.h"

/* One listener of a channel. */
struct listener {
    struct listener *next;
    struct client *client;
};

/* True when the client has subscribed: then it may only listen, change what it listens to, ping
 * and quit. */
bool pubsub_is_subscribed(const struct client *client);
void pubsub_leave_all(struct client *client);

#endif
