/* server.h -- the event loop and what it knows about the running server. */
#ifndef KV_SERVER_H
#define KV_SERVER_H

#include <stdint.h>

/* Tell the event loop which events of a descriptor to report; closing it ends the watch. */
void server_watch(int descriptor, uint32_t events);
void server_rewatch(int descriptor, uint32_t events);

void server_count_connection(void);
/* Ends the event loop after this round. */
void server_stop(void);

struct server_report {
    int port;
    long long started_at; /* milliseconds since 1970 */
    long long connections_accepted;
};

struct server_report server_report(void);

#endif
