/* reply.h -- answers to requests: each sets the client's stage to ANSWERING. */
#ifndef RADIO_REPLY_H
#define RADIO_REPLY_H

#include "buffer.h"

struct client;

/* The status line and what every answer has; fields may follow, and an empty line. */
void reply_head(struct buffer *output, int status, const char *content_type);
void reply_text(struct client *client, int status, const char *text);
/* A whole document. */
void reply_document(struct client *client, const char *content_type, const char *bytes,
                    size_t length);
/* What may be asked, for players in web pages. */
void reply_options(struct client *client);
/* A password is asked for. */
void reply_unauthorized(struct client *client);

#endif
