/* request.h -- what asks for an update, on its way from the tool to a running program.
 *
 * One datagram to the program's socket: the fields below as text (fields.h), and with it as
 * descriptors the reply socket, the sealed copy of the next version, that of the transformer if it
 * is a file, and that of the one for the way back.  The kernel adds who sent it.
 *
 *      deadline NANOSECONDS     first, at a fixed place: see request_peek_deadline
 *      process PID              whom it is for; anybody else ignores it
 *      started TICKS            when that process started
 *      from BUILD-ID            the version that it is for; another one refuses it
 *      sent NANOSECONDS         when the tool began to wait
 *      timeout NANOSECONDS      how long the update itself may take
 *      prepare_ns NANOSECONDS
 *      next PATH
 *      transformer PATH         with a transformer file
 *      manual 1                 if allowed
 *      reverse PATH             with a transformer for the way back
 *      forget 1                 the version that is left need not be kept
 *      rollback BUILD-ID        to the version that was kept: no sealed copy comes along
 *      cause TEXT               why, for the report
 *      probation NANOSECONDS    for so long a crash leads back; then more is told after the report,
 *                               see probation.c
 *      allow_others_files 1     if they are
 *      rehearse first|only      try it in a forked child
 *
 * The answer comes over the reply socket, blocks of fields: first `phase taken` when the program
 * has reached an update point and begins (before it, from one with several threads, `phase
 * gathering`), then the report.  A requester that closes its end, or
 * whose deadline has passed, has withdrawn the request.
 */
#ifndef KITSUNE_RUNTIME_REQUEST_H
#define KITSUNE_RUNTIME_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "common/descriptor.h"
#include "common/fields.h"

/* Whether to try it in a forked child: not at all, first, or only there. */
enum rehearsal_wish { REHEARSE_NEVER, REHEARSE_FIRST, REHEARSE_ONLY };

struct request {
    pid_t pid; /* of the program */
    unsigned long long started; /* see process_start_time */
    char *old_build_id; /* NULL: whatever runs */
    char *next_path;
    char *transformer_path; /* NULL: look for it, or none */
    bool allow_written;
    char *reverse_path;      /* NULL: none comes along */
    bool forget_previous;
    char *rollback_build_id; /* NULL: no rollback */
    int64_t probation;       /* nanoseconds; 0: none */
    bool is_firm;            /* the program's own: goes on when nobody waits for it any more */
    char *cause;             /* of a rollback; NULL: a person wants it */
    bool allow_others_files; /* see trust.h */
    enum rehearsal_wish rehearsal;
    int64_t deadline;     /* for coming to an update point: CLOCK_MONOTONIC nanoseconds; 0: none */
    int64_t timeout;      /* from there to that of the new version; 0: the program's own setting */
    int64_t sent;         /* 0: unknown */
    int64_t prepare_time;
    /* Only of a request that came by the socket; else DESCRIPTOR_NONE. */
    struct descriptor reply, next, transformer, reverse;
};

#define REQUEST_NONE                                                                              \
    ((struct request){.reply = DESCRIPTOR_NONE, .next = DESCRIPTOR_NONE,                          \
                      .transformer = DESCRIPTOR_NONE, .reverse = DESCRIPTOR_NONE})

void request_free(struct request *request);

/* So many come along at most. */
enum { MOST_DESCRIPTORS = 4 };

/* Sends it; the descriptors stay the caller's.  0 or an errno. */
int request_send(int socket, const char *socket_path, const struct request *request);

enum receive_result { RECEIVE_NOTHING, RECEIVE_REQUEST, RECEIVE_REJECTED };

/* Takes one request from the socket without waiting.  RECEIVE_REJECTED: something came that is no
 * request, or for somebody else, or from somebody else than `owner` or root; *message (malloc) says
 * what.  With RECEIVE_NOTHING it is NULL, or says why nothing could be received. */
enum receive_result request_receive(int socket, uid_t owner, struct request *request,
                                    char **message);
/* Looks at the deadline of the next request without taking it; 0 when there is none.
 * Async-signal-safe. */
int64_t request_peek_deadline(int socket);

/* The requester has gone. */
bool request_is_gone(const struct request *request);
/* The same, or its deadline has passed. */
bool request_is_withdrawn(const struct request *request);
/* Sends one block of fields to the requester; nothing happens when it has gone.  False, with
 * errno: this process is not allowed to send anything. */
bool request_answer(const struct request *request, const struct text *text);

#endif
