/* source.h -- whoever sends a stream. */
#ifndef RADIO_SOURCE_H
#define RADIO_SOURCE_H

#include <stdbool.h>

#include "body.h"
#include "mount.h"
#include "ogg.h"

struct client;

struct source {
    struct mount *mount;
    struct body body;
    struct block *filling; /* not in the queue yet; NULL: none */
    bool is_ogg;
    struct ogg ogg;
    long long last_data_at; /* milliseconds */
};

/* Answers the request: the client becomes a source, or is told why not. */
void source_begin(struct client *client, const struct request *request);
/* Receives something, or waits a little for it. */
void source_step(struct client *client);
/* The connection ends. */
void source_free(struct source *source);

#endif
