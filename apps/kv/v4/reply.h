/* reply.h -- writing RESP2 replies into a client's output. */
#ifndef KV_REPLY_H
#define KV_REPLY_H

#include <stddef.h>

#include "object.h"
#include "text.h"

struct client;

void reply_status(struct client *client, const char *status); /* +OK */
/* The message begins with its kind in capitals: "ERR", "WRONGTYPE". */
void reply_error(struct client *client, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void reply_integer(struct client *client, long long value);
void reply_bytes(struct client *client, const char *bytes, size_t length);
void reply_string(struct client *client, const char *string);
/* NULL is answered as null. */
void reply_text(struct client *client, const struct text *text);
/* A string in either form; NULL is answered as null. */
void reply_object(struct client *client, const struct object *object);
void reply_double(struct client *client, double value);
void reply_null(struct client *client);
void reply_null_array(struct client *client);
/* The head of an array; its elements are to follow. */
void reply_array(struct client *client, size_t count);

/* The common ones. */
void reply_ok(struct client *client);
void reply_syntax_error(struct client *client);
void reply_not_an_integer(struct client *client);
void reply_wrong_type(struct client *client);
void reply_wrong_argument_count(struct client *client, const struct text *command);

#endif
