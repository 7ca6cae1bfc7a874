/* probation.c -- waiting for the end of a probation. */
#include "probation.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "health.h"
#include "common/message.h"
#include "control/report.h"
#include "rollback.h"
#include "show.h"

/* A program that is busy tells that its time is over when it comes to its update point. */
#define GRACE INT64_C(300000000)

enum end { END_NONE, END_PASSED, END_SUPERSEDED, END_CRASHED, END_UNWELL, END_DIED };

struct waiting {
    const struct telling *telling;
    const struct process *process;
    int reply;
    char text[65536];
    size_t length;
    int64_t until; /* moment */
    struct health health;
    enum end end;
    char *cause; /* CRASHED, UNWELL */
};

/* ---- What the program tells ------------------------------------------------------------------ */

static void read_block(struct waiting *waiting, const struct fields *block)
{
    const char *phase = fields_get(block, "phase"), *how = fields_get(block, "probation");
    const char *outcome = fields_get(block, "outcome"), *cause = fields_get(block, "cause");
    if (phase && strcmp(phase, "probation") == 0 && how)
        waiting->end = strcmp(how, "passed") == 0 ? END_PASSED : END_SUPERSEDED;
    if (phase && strcmp(phase, "ended") == 0 && outcome &&
        strcmp(outcome, outcome_name(OUTCOME_COMMITTED)) == 0) {
        waiting->end = END_CRASHED;
        waiting->cause = copy_string(cause ? cause : "?");
    }
}

static void read_reply(struct waiting *waiting)
{
    size_t used;
    struct fields block;
    ssize_t got = read(waiting->reply, waiting->text + waiting->length,
                       sizeof waiting->text - waiting->length);
    if (got <= 0) { /* its end, or it closes every descriptor that it does not know */
        waiting->reply = -1;
        return;
    }
    waiting->length += (size_t)got;
    while (waiting->end == END_NONE &&
           fields_parse(&block, waiting->text, waiting->length, &used)) {
        waiting->length -= used;
        memmove(waiting->text, waiting->text + used, waiting->length);
        fields_make_printable(&block);
        read_block(waiting, &block);
        fields_free(&block);
    }
}

/* What was told before we listened, or when we could not, stands in the status. */
static void look_at_status(struct waiting *waiting, const struct fields *answer)
{
    struct process now;
    char *message;
    if (!process_find(waiting->process->pid, &now, &message)) {
        free(message);
        waiting->end = END_DIED;
        return;
    }
    const char *cause = fields_get(&now.status, "last_cause");
    bool is_same = fields_number(&now.status, "generation", 0) ==
                   fields_number(answer, "generation", 0);
    bool is_over = monotonic_time() > waiting->until;
    waiting->end = is_same && !is_over ? END_NONE
                   : is_same           ? END_PASSED
                   : cause             ? END_CRASHED
                                       : END_SUPERSEDED;
    if (waiting->end == END_CRASHED)
        waiting->cause = copy_string(cause);
    process_free(&now);
}

/* ---- Waiting --------------------------------------------------------------------------------- */

static int pause_of(const struct waiting *waiting)
{
    int64_t moment = waiting->until + GRACE, next = health_next_moment(&waiting->health);
    if (next < moment)
        moment = next;
    int64_t left = (moment - monotonic_time() + 999999) / 1000000;
    int longest = waiting->reply >= 0 ? 60000 : 100;
    return left < 0 ? 0 : left > longest ? longest : (int)left;
}

static void wait_for_end(struct waiting *waiting, const struct fields *answer)
{
    while (waiting->end == END_NONE) {
        struct pollfd entries[] = {{waiting->reply, POLLIN, 0},
                                   {waiting->health.child_descriptor, POLLIN, 0}};
        poll(entries, 2, pause_of(waiting));
        if (entries[0].revents)
            read_reply(waiting);
        else if (waiting->reply < 0 || monotonic_time() > waiting->until + GRACE)
            look_at_status(waiting, answer);
        if (waiting->end == END_NONE && monotonic_time() < waiting->until &&
            !health_go_on(&waiting->health, &waiting->cause))
            waiting->end = END_UNWELL;
    }
    health_end(&waiting->health);
}

/* ---- Telling --------------------------------------------------------------------------------- */

static int go_back(const struct waiting *waiting)
{
    struct telling telling = *waiting->telling;
    struct rollback rollback = {.cause = waiting->cause,
                                .configuration = telling.watch->configuration};
    struct process now;
    char *message;
    telling.watch = NULL;
    telling.is_silent = telling.as_json;
    telling.new_path = fields_get(&waiting->process->status, "path");
    if (!process_find(waiting->process->pid, &now, &message)) {
        free(message);
        return STATUS_NO_PROGRAM;
    }
    int status = roll_back(&telling, &now, &rollback);
    process_free(&now);
    return status;
}

static void tell_json(const struct fields *answer, const char *end, const char *cause)
{
    json_t *object = fields_to_json(answer);
    json_object_set_new(object, "probation", json_string(end));
    if (cause)
        json_object_set_new(object, "cause", json_string(cause));
    print_json(object);
}

/* "the program", and where it goes back to. */
static int tell_end(const struct waiting *waiting, const struct fields *answer)
{
    const struct telling *telling = waiting->telling;
    const char *old_path = fields_get(answer, "old_path"), *word = "passed";
    int status = STATUS_DONE;
    FILE *stream = telling->as_json ? NULL : stderr;
    switch (waiting->end) {
    case END_NONE:
    case END_PASSED:
        if (stream)
            printf("the probation is passed\n");
        break;
    case END_SUPERSEDED:
        word = "superseded";
        if (stream)
            printf("the probation has ended: the program runs another version by now\n");
        break;
    case END_CRASHED:
        word = "rolled back";
        status = STATUS_REFUSED;
        if (stream)
            fprintf(stream,
                    "%s: the new version crashed on probation, the program is back at %s: %s\n",
                    telling->command, old_path, waiting->cause);
        break;
    case END_UNWELL:
        if (stream)
            fprintf(stream, "%s: %s: going back to %s\n",
                            telling->command, waiting->cause, old_path);
        status = go_back(waiting);
        word = status == STATUS_DONE ? "rolled back" : "failed";
        status = status == STATUS_DONE ? STATUS_REFUSED : status;
        break;
    case END_DIED:
        word = "died";
        status = STATUS_NO_PROGRAM;
        if (stream)
            fprintf(stream, "%s: the program ended on probation and did not go back to %s: its log "
                    "says why\n", telling->command, old_path);
        break;
    }
    if (telling->as_json)
        tell_json(answer, word, waiting->cause);
    return status;
}

int probation_wait(const struct telling *telling, const struct process *process,
                   const struct fields *answer, int reply)
{
    struct waiting *waiting = allocate(sizeof *waiting);
    const struct probation_watch *watch = telling->watch;
    int64_t length = fields_number(answer, "probation_ns", 0);
    waiting->telling = telling;
    waiting->process = process;
    waiting->reply = reply;
    waiting->until = monotonic_time() + length;
    health_begin(&waiting->health, watch->health_command, watch->health_interval,
                 watch->health_timeout, process->pid);
    if (!telling->as_json) {
        tell_answer(telling, answer);
        printf("on probation for %g s: after a crash it goes back to %s\n", (double)length / 1e9,
               fields_get(answer, "old_path"));
        fflush(stdout);
    }
    wait_for_end(waiting, answer);
    int status = tell_end(waiting, answer);
    free(waiting->cause);
    free(waiting);
    return status;
}
