/* connection.h -- one client's connection: what has arrived, what it waits for, what is to be sent.
 *
 *      READS_COMMAND --a storage command--> READS_VALUE --all bytes are there--> READS_COMMAND
 *                    \--whose value is too large--> SKIPS_VALUE --> READS_COMMAND
 *                    \--quit, or nonsense--> ENDS, when the output is sent
 */
#ifndef CACHE_CONNECTION_H
#define CACHE_CONNECTION_H

#include <event2/event.h>
#include <kitsune.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "cache.h"
#include "worker.h"

struct item;

enum connection_state { READS_COMMAND, READS_VALUE, SKIPS_VALUE, ENDS };

/* What a meta command's answer repeats or adds, in the order of the flags it was given. */
#define META_ECHO_LIMIT 320

/* READS_VALUE: the item that a storage command fills, and what becomes of it then. */
struct storage {
    struct item *item;
    size_t received; /* bytes of its value and line end */
    struct store_order order;
    bool is_meta; /* the answer is a meta command's */
    unsigned short echo_length;
    char echo[META_ECHO_LIMIT];
};

struct connection {
    struct connection *next, *previous; /* of the same worker */
    struct worker *worker;
    struct event *event; /* libevent's memory: it stays where it is in an update */
    int socket;
    short watched; /* EV_READ, EV_WRITE */
    enum connection_state state;

    int64_t opened_at;
    uint64_t commands; /* served */
    bool is_quiet;     /* the command asked for no reply */
    struct storage storage;
    size_t to_skip; /* SKIPS_VALUE */
    struct buffer input, output;
};

void connection_open(struct worker *worker, int socket);
void connection_close(struct connection *connection);
/* Registers its callback with libevent, again if need be. */
void connection_watch_again(struct connection *connection);

/* ---- Answering ------------------------------------------------------------------------------- */

void reply_bytes(struct connection *connection, const char *bytes, size_t length);
void reply_format(struct connection *connection, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A whole answer without its line end; nothing when the client wants none. */
void reply_line(struct connection *connection, const char *line);

#endif
