/* body.h -- where the body of a request ends, and which of its bytes are data: as Content-Length
 * says, in chunks as HTTP/1.1 has them, or all up to the end of the connection. */
#ifndef RADIO_BODY_H
#define RADIO_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "request.h"

enum body_kind { BODY_UNTIL_END, BODY_OF_LENGTH, BODY_CHUNKED };
enum body_state { BODY_SIZE, BODY_DATA, BODY_DATA_END, BODY_TRAILER, BODY_COMPLETE, BODY_WRONG };

struct body {
    enum body_kind kind;
    enum body_state state;
    unsigned long long left; /* of the whole, or of this chunk */
};

/* False: the request says something that cannot be understood. */
bool body_begin(struct body *body, const struct request *request);
/* The next data in `input`: its length, which the caller consumes; 0: nothing more can be said
 * before more has come, or ever (look at `state`). */
size_t body_data(struct body *body, struct buffer *input);

#endif
