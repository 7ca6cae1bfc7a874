/* client.h -- one connection: what was received, what is to be sent, and what the client is in the
 * middle of.
 *
 *      socket --> input --> request --> commands_execute() --> output --> socket
 *
 * Clients are found by their descriptor: the kernel is never given an address of ours to keep.
 */
#ifndef KV_CLIENT_H
#define KV_CLIENT_H

#include <stdbool.h>

#include "buffer.h"
#include "database.h"
#include "dictionary.h"
#include "request.h"

/* A command of an open transaction, kept for EXEC. */
struct queued_command {
    struct queued_command *next;
    struct text **E_PTRARRAY(self.count) arguments;
    int count;
};

struct transaction {
    bool open;
    bool failed; /* a command could not be queued: EXEC will refuse */
    struct queued_command *first;
    struct queued_command *last;
    int count;
};

struct client {
    struct client *next;
    struct client *previous;
    long long id;
    int descriptor;
    char address[56]; /* 127.0.0.1:40112 */
    char name[32];    /* CLIENT SETNAME */
    long long connected_at; /* milliseconds since 1970 */
    struct database *database;
    struct buffer input;
    struct request request;
    struct buffer output;
    struct transaction transaction;
    struct dictionary E_G([opaque]) *channels; /* subscribed to; NULL: none so far */
    unsigned watched_events; /* EPOLLIN, EPOLLOUT */
    bool ends_after_output; /* QUIT, or a malformed request */
    bool is_dead;           /* freed at the end of this round of events */
};

extern struct client *clients; /* the latest first */
extern int client_count;

/* Accepts what waits at the listening socket. */
void clients_accept(int listening_socket);
/* NULL: none has this descriptor. */
struct client *client_by_descriptor(int descriptor);

/* Events. */
void client_readable(struct client *client);
void client_writable(struct client *client);
/* Sends what can be sent without waiting.  Called by whoever wrote to another client's output. */
void client_flush(struct client *client);

bool client_set_name(struct client *client, const struct text *name);
void client_kill(struct client *client);
void clients_free_dead(void);

#endif
