/* connection.h -- one connection, and the thread that serves it.
 *
 *      READING --request--> ANSWERING --all is sent--> ENDED
 *         |
 *         +--> SOURCE -----> (ANSWERING or) ENDED
 *         +--> LISTENER ---> ENDED
 *
 * The thread comes to its update point before each step of these.  A step waits at most once, and
 * leaves all that has to be known later in memory that the connection leads to; so the thread may
 * become one of the next release between any two steps.
 */
#ifndef RADIO_CONNECTION_H
#define RADIO_CONNECTION_H

#include <kitsune.h>
#include <netinet/in.h>
#include <stddef.h>
#include <time.h>

#include "buffer.h"

struct listener;
struct source;

enum connection_stage { STAGE_READING, STAGE_ANSWERING, STAGE_SOURCE, STAGE_LISTENER, STAGE_ENDED };

struct connection {
    struct connection *next, *previous;
    int socket;
    int id;
    enum connection_stage stage;
    char address[INET_ADDRSTRLEN + 8];
    time_t since;
    long long begun_at; /* milliseconds, of the clock that is never set */
    char request[160];  /* for the log */
    int status;
    unsigned long long bytes; /* sent, or received by a source */
    struct buffer input, output;
    struct source *source;     /* in the stage of that name */
    struct listener *listener; /* likewise */
};

/* A thread for a connection that has been accepted. */
void connection_start(int socket, const struct sockaddr_in *address);

enum received { RECEIVED_NOTHING, RECEIVED_DATA, RECEIVED_END };

/* Waits up to a second for something to come, and adds up to so many bytes to `input`. */
enum received connection_receive(struct connection *connection, size_t limit);
/* How many of the bytes could be sent, after waiting up to a second; when the connection is broken,
 * none, and its stage is ENDED. */
size_t connection_send(struct connection *connection, const char *bytes, size_t length);
void connection_send_output(struct connection *connection);

/* Ends all connections, and waits a few seconds until they have ended. */
void connections_end(void);

#endif
