/* worker.h -- the threads that serve connections, each with an event base of its own.
 *
 * The listener hands new sockets over in a queue and rings the worker's bell, an eventfd.  From
 * then on a connection belongs to that worker alone.
 *
 * libevent remembers callbacks by their addresses, which are those of one release.  So a worker
 * (re-)watches everything it has when it comes to its loop, in whichever release: see worker_run().
 */
#ifndef CACHE_WORKER_H
#define CACHE_WORKER_H

#include <event2/event.h>
#include <pthread.h>

#include "statistics.h"

struct connection;

/* A socket on its way from the listener to its worker. */
struct handover {
    struct handover *next;
    int socket;
};

struct worker {
    pthread_t thread;
    struct event_base *base;
    int bell; /* rung for new sockets, updates and the end */
    struct event *bell_event;
    struct connection *connections; /* linked by next and previous */
    pthread_mutex_t lock;           /* of the queue */
    struct handover *first_handover, *last_handover;
    struct statistics counted;
};

void workers_start(void);
void workers_add_statistics(struct statistics *sum);
/* Ends them, and waits for that. */
void workers_stop(void);
/* To the next worker in turn. */
void workers_hand_over(int socket);
int workers_connection_count(void);
/* A connection has gone. */
void workers_forget_connection(void);

#endif
