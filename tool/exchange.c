/* exchange.c -- a request's way to a running program, and the answer's way back. */
#include "exchange.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "control/directory.h"
#include "common/message.h"
#include "dropped.h"
#include "progress_line.h"
#include "control/report.h"

/* How long a program that has just been asked may take to say so, after we gave up. */
#define GRACE_NANOSECONDS (300 * 1000000LL)
/* And how long one that gathers its threads may take to say which one did not come. */
#define GATHERING_GRACE_NANOSECONDS (3000 * 1000000LL)

static void wait_milliseconds(long milliseconds)
{
    nanosleep(&(struct timespec){.tv_sec = milliseconds / 1000,
                                 .tv_nsec = milliseconds % 1000 * 1000000},
              NULL);
}

/* ---- There ----------------------------------------------------------------------------------- */

static bool is_alive(const struct process *process)
{
    return process_start_time(process->pid) ==
           (unsigned long long)fields_number(&process->status, "started", 0);
}

/* A process that ends closes its files before it is seen to be gone. */
static bool has_ended(const struct process *process, int milliseconds)
{
    for (int waited = 0; waited < milliseconds && is_alive(process); waited += 10)
        wait_milliseconds(10);
    return !is_alive(process);
}

/* Leads the program to its update point, where it sees whether everything is there.  With the
 * runtime's own signal: SIGUSR2 may mean something else to the program, or be its end. */
static void nudge(const struct process *process)
{
    int number = (int)fields_number(&process->status, "signal", 0);
    if (number > 0 && process_catches(process->pid, number))
        kill(process->pid, number);
}

/* A program may have closed its socket, unknowingly (a daemon that closes all descriptors), or
 * have requests waiting: it makes a new socket, and empties the old one, at its next update
 * point. */
static int send_patiently(const struct process *process, const struct request *request)
{
    char *path = directory_file(process->directory, process->pid, "socket");
    int number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), error = ECONNREFUSED;
    for (bool nudged = false; number >= 0; wait_milliseconds(10)) {
        error = request_send(number, path, request);
        if ((error != ECONNREFUSED && error != EAGAIN && error != ENOENT) ||
            monotonic_time() > request->deadline || !is_alive(process))
            break;
        if (!nudged && error != EAGAIN)
            nudge(process);
        nudged = true;
    }
    if (number >= 0)
        close(number);
    free(path);
    return error;
}

/* ---- And back -------------------------------------------------------------------------------- */

struct conversation {
    int reply;
    char text[65536];
    size_t length;
    bool is_gathering; /* the program brings its threads to their update points */
    bool is_taken; /* the program has begun */
    int64_t patience; /* how long that may take */
    int64_t end;      /* until when */
    bool is_late;  /* and the person waiting has been told */
    struct progress_line *line;
};

/* Handles the complete blocks received so far; true when the report is among them. */
static bool read_blocks(struct conversation *conversation, struct fields *answer)
{
    size_t used;
    while (fields_parse(answer, conversation->text, conversation->length, &used)) {
        conversation->length -= used;
        memmove(conversation->text, conversation->text + used, conversation->length);
        fields_make_printable(answer);
        const char *phase = fields_get(answer, "phase");
        if (phase && strcmp(phase, "ended") == 0)
            return true;
        if (phase && strcmp(phase, "taken") == 0) {
            conversation->is_taken = true;
            conversation->end = monotonic_time() + conversation->patience;
        }
        if (phase && strcmp(phase, "gathering") == 0)
            conversation->is_gathering = true;
        fields_free(answer);
    }
    return false;
}

enum wait_result { WAIT_REPORT, WAIT_TIMEOUT, WAIT_CLOSED };

/* Until the report, or until `deadline` as long as the program has not begun. */
static enum wait_result wait_for_report(struct conversation *conversation, int64_t deadline,
                                        struct fields *answer)
{
    for (;;) {
        int64_t grace = conversation->is_gathering ? GATHERING_GRACE_NANOSECONDS : 0;
        int64_t end = conversation->is_taken ? conversation->end : deadline + grace;
        int64_t left = (end - monotonic_time() + 999999) / 1000000;
        if (!conversation->is_taken && left <= 0)
            return WAIT_TIMEOUT;
        if (left <= 0 && !conversation->is_late) {
            conversation->is_late = true;
            progress_line_clear(conversation->line);
            fprintf(stderr, "kitsune update: the update has begun, but the new version has not "
                            "come to its update point in time; it is given up as soon as it can be "
                            "interrupted (the old version stands by)\n");
        }
        struct pollfd poll_entry = {conversation->reply, POLLIN, 0};
        int timeout = conversation->is_late ? -1 : left > 1000000 ? 1000000 : (int)left;
        int pause = progress_line_pause(conversation->line);
        if (pause >= 0 && (timeout < 0 || pause < timeout))
            timeout = pause;
        if (poll(&poll_entry, 1, timeout) <= 0) {
            progress_line_show(conversation->line);
            continue;
        }
        ssize_t got = read(conversation->reply, conversation->text + conversation->length,
                           sizeof conversation->text - conversation->length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return WAIT_CLOSED;
        conversation->length += (size_t)got;
        if (read_blocks(conversation, answer))
            return WAIT_REPORT;
    }
}

static enum exchange_result converse(const struct process *process, int reply,
                                     const struct request *request, struct fields *answer)
{
    struct conversation *conversation = allocate(sizeof *conversation);
    conversation->reply = reply;
    conversation->patience = request->timeout * (request->rehearsal == REHEARSE_FIRST ? 2 : 1) +
                             GRACE_NANOSECONDS;
    conversation->line = progress_line_begin(process);
    enum wait_result result = wait_for_report(conversation, request->deadline, answer);
    if (result == WAIT_TIMEOUT) {
        /* Withdrawn; but if the program has begun this very moment, the update goes on. */
        shutdown(reply, SHUT_WR);
        result = wait_for_report(conversation, monotonic_time() + GRACE_NANOSECONDS, answer);
        /* What is withdrawn is closed unanswered as well. */
        if (result == WAIT_CLOSED && !has_ended(process, 200))
            result = WAIT_TIMEOUT;
    }
    progress_line_end(conversation->line);
    free(conversation);
    return result == WAIT_REPORT   ? EXCHANGE_ANSWERED
           : result == WAIT_CLOSED ? EXCHANGE_DIED
                                   : EXCHANGE_TIMED_OUT;
}

enum exchange_result exchange_request(const struct process *process, struct request *request,
                                      struct fields *answer, int *open_reply, char **message)
{
    int pair[2];
    if (open_reply)
        *open_reply = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        *message = message_format("cannot make a socket: %s", strerror(errno));
        return EXCHANGE_UNREACHABLE;
    }
    request->reply.number = pair[1];
    request->pid = process->pid;
    request->started = (unsigned long long)fields_number(&process->status, "started", 0);
    int64_t sent = clock_time(CLOCK_REALTIME);
    int error = send_patiently(process, request);
    request->reply.number = -1;
    close(pair[1]);
    enum exchange_result result = EXCHANGE_UNREACHABLE;
    if (!error)
        result = converse(process, pair[0], request, answer);
    else
        *message = message_format("process %d does not take requests (%s): it may be stuck; "
                                  "`kitsune status %d` shows what it says of itself",
                                  (int)process->pid, strerror(error), (int)process->pid);
    if (open_reply)
        *open_reply = pair[0];
    else
        close(pair[0]);
    if (result == EXCHANGE_DIED && !has_ended(process, 1000)) {
        result = dropped_report_find(process, sent, answer) ? EXCHANGE_ANSWERED : EXCHANGE_DROPPED;
        if (result == EXCHANGE_DROPPED)
            *message = dropped_describe(process->pid);
    }
    return result;
}
