/* request.h -- the head of an HTTP request: what is asked for, and by whom. */
#ifndef RADIO_REQUEST_H
#define RADIO_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#define REQUEST_LIMIT 8192

struct request {
    char method[16];
    char path[128];   /* decoded, without the query */
    char query[1024]; /* as it came, behind the question mark */
    char line[160];   /* the first line, for the log */
    const char *fields, *end; /* the lines behind the first */
};

/* The length of the head that `bytes` begin with, with the empty line at its end; 0: not all of
 * it is there. */
size_t request_head_length(const char *bytes, size_t length);
/* False: this is no HTTP.  `head` must outlive the request. */
bool request_parse(struct request *request, const char *head, size_t length);
/* A field's value, whatever the case of its name; false: there is none, and `out` is empty. */
bool request_field(const struct request *request, const char *name, char *out, size_t size);
/* A parameter of the query, decoded. */
bool request_parameter(const struct request *request, const char *name, char *out, size_t size);
/* Basic authorization. */
bool request_is_from(const struct request *request, const char *user, const char *password);

#endif
