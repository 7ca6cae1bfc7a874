/* request.h -- one request while it arrives: RESP2 arrays of bulk strings, or a line of words.
 *
 *      *2\r\n$3\r\nGET\r\n$5\r\nhello\r\n          GET hello\r\n
 */
#ifndef KV_REQUEST_H
#define KV_REQUEST_H

#include <kitsune.h>

#include "buffer.h"
#include "text.h"

struct request {
    struct text **E_PTRARRAY(self.capacity) arguments; /* behind `count` all NULL */
    int capacity;
    int count;
    int expected;     /* arguments announced by "*N"; 0: between requests */
    long bulk_length; /* announced by "$N"; -1: the announcement is awaited */
};

enum request_state {
    REQUEST_INCOMPLETE, /* more bytes are needed */
    REQUEST_COMPLETE,   /* arguments[0 .. count-1]; count may be 0 (an empty line) */
    REQUEST_MALFORMED,  /* *error says how; the connection is not worth keeping */
};

void request_init(struct request *request);
/* Takes bytes from `input` as far as one request goes. */
enum request_state request_parse(struct request *request, struct buffer *input,
                                 const char **error);
/* Frees the arguments that nobody took; the next request may come. */
void request_clear(struct request *request);
void request_release(struct request *request);

#endif
