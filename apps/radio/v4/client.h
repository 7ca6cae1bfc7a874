/* client.h -- one connection, and the thread that serves it.
 *
 *      READING --request--> ANSWERING --all is sent--> ENDED
 *         |
 *         +--> SOURCE -----> (ANSWERING or) ENDED
 *         +--> LISTENER ---> ENDED
 *
 * The thread comes to its update point before each step of these.  A step waits at most once, and
 * leaves all that has to be known later in memory that the client leads to; so the thread may
 * become one of the next release between any two steps.
 */
#ifndef RADIO_CLIENT_H
#define RADIO_CLIENT_H

#include <kitsune.h>
#include <netinet/in.h>
#include <stddef.h>
#include <time.h>

#include "buffer.h"

struct listener;
struct source;

enum client_stage { STAGE_READING, STAGE_ANSWERING, STAGE_SOURCE, STAGE_LISTENER, STAGE_ENDED };

struct client {
    struct client *next, *previous;
    int socket;
    int id;
    enum client_stage stage;
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
void client_start(int socket, const struct sockaddr_in *address);

enum received { RECEIVED_NOTHING, RECEIVED_DATA, RECEIVED_END };

/* Waits up to a second for something to come, and adds up to so many bytes to `input`. */
enum received client_receive(struct client *client, size_t limit);
/* How many of the bytes could be sent, after waiting up to a second; when the connection is broken,
 * none, and its stage is ENDED. */
size_t client_send(struct client *client, const char *bytes, size_t length);
void client_send_output(struct client *client);

/* Ends all connections, and waits a few seconds until they have ended. */
void clients_end(void);

#endif
