/* exchange.h -- a request's way to a running program, and the answer's way back. */
#ifndef KITSUNE_TOOL_EXCHANGE_H
#define KITSUNE_TOOL_EXCHANGE_H

#include "process.h"
#include "control/request.h"

enum exchange_result {
    EXCHANGE_ANSWERED,    /* the report is in the fields */
    EXCHANGE_TIMED_OUT,   /* withdrawn: no update point was reached in time */
    EXCHANGE_UNREACHABLE, /* it does not listen */
    EXCHANGE_DROPPED,     /* it has not told what it did with the request */
    EXCHANGE_DIED,        /* the program ended meanwhile */
};

/* Sends the request (its reply is filled in) and waits until request->deadline for the program to
 * come to an update point, and then for the outcome for as long as it takes.  *open_reply is
 * where the program may tell more, the caller's to close; NULL: nobody will listen. */
enum exchange_result exchange_request(const struct process *process, struct request *request,
                                      struct fields *answer, int *open_reply, char **message);

#endif
