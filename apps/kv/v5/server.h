/* server.h -- the state of the running server, in one place, and its event loop. */
#ifndef KV_SERVER_H
#define KV_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "client.h"
#include "commands.h"
#include "database.h"
#include "pubsub.h"

struct server {
    int event_queue; /* epoll */
    int listening_socket;
    int signal_queue; /* SIGTERM and SIGINT arrive here */
    long long started_at; /* milliseconds since 1970 */
    bool is_stopping;
    struct database databases[DATABASE_COUNT];
    struct client *clients; /* the latest first */
    long client_count;
    bool some_are_closed; /* clients to be freed at the end of this round of events */
    long long next_client_id;
    long long commands_executed;
    long long expired_keys; /* deleted because their time was over; counted since release 5 */
    /* From a channel's name to its listeners; a channel without any is not kept. */
    struct dictionary E_G(struct listener) *channels;
    struct dictionary E_G(struct command) *commands; /* by name, in lower case */
};

extern struct server server;

/* Tell the event loop which events of a descriptor to report; closing it ends the watch. */
void server_watch(int descriptor, uint32_t events);
void server_rewatch(int descriptor, uint32_t events);
int server_port(void);

#endif
