/* reply.h -- answers to requests: each sets the connection's stage to ANSWERING. */
#ifndef RADIO_REPLY_H
#define RADIO_REPLY_H

#include "buffer.h"

struct connection;

/* The status line and what every answer has; fields may follow, and an empty line. */
void reply_head(struct buffer *output, int status, const char *content_type);
void reply_text(struct connection *connection, int status, const char *text);
/* A whole document. */
void reply_document(struct connection *connection, const char *content_type, const char *bytes,
                    size_t length);
/* A password is asked for. */
void reply_unauthorized(struct connection *connection);

#endif
