/* tell.c -- what comes of a request, told to the person or the program that made it. */
#include "tell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "common/message.h"
#include "probation.h"
#include "records.h"
#include "control/report.h"
#include "show.h"
#include "turn.h"

/* What the program runs by now, which need not be what it ran when the command began. */
static void add_running(json_t *object, pid_t pid)
{
    static const char *const names[][2] = {{"generation", "generation"}, {"path", "running_path"},
                                           {"build_id", "running_build_id"},
                                           {"since", "running_since"}};
    struct process now;
    char *message;
    if (!process_find(pid, &now, &message)) {
        free(message);
        return;
    }
    json_t *status = fields_to_json(&now.status);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        json_object_set(object, names[i][1], json_object_get(status, names[i][0]));
    json_decref(status);
    process_free(&now);
}

/* What did not come from the program itself. */
int tell_failure(const struct telling *telling, const char *outcome, const char *reason,
                 int status)
{
    if (telling->is_silent)
        return status;
    if (!telling->as_json) {
        fprintf(stderr, "%s: %s: %s\n", telling->command, outcome, reason);
        return status;
    }
    json_t *object = json_pack("{s:i, s:s, s:s, s:s}", "pid", (int)telling->pid, "outcome", outcome,
                               "reason", reason, "new_path", telling->new_path);
    add_running(object, telling->pid);
    print_json(object);
    return status;
}

/* In the program's history what it does not know of. */
static void remember(const struct telling *telling, const struct process *process, int64_t began,
                     enum outcome outcome, enum step step, const char *reason)
{
    int64_t now = monotonic_time();
    char *path = realpath(telling->new_path ? telling->new_path : "?", NULL);
    struct report report = {
        .outcome = outcome,
        .step = step,
        .reason = (char *)reason,
        .old_path = (char *)fields_get(&process->status, "path"),
        .old_build_id = (char *)fields_get(&process->status, "build_id"),
        .new_path = path ? path : (char *)telling->new_path,
        .moment = began,
        .wall_time = clock_time(CLOCK_REALTIME) - (now - began),
        .spans = {{step, began, now}},
        .span_count = 1,
    };
    records_add(process, &report);
    free(path);
}

int tell_refusal(const struct telling *telling, const struct process *process, int64_t began,
                 const char *reason)
{
    remember(telling, process, began, OUTCOME_REFUSED, STEP_PREPARE, reason);
    return tell_failure(telling, "refused", reason, STATUS_REFUSED);
}

static void print_phase(const struct fields *answer, const char *title, const char *name,
                        const char *remark)
{
    char duration[DURATION_SIZE];
    printf("  %-12s %14s%s%s\n", title,
           format_duration(duration, fields_number(answer, name, 0)), *remark ? "   " : "",
           remark);
}

static void print_rehearsal(const struct fields *answer)
{
    long long of_libraries = fields_number(answer, "library_threads", 0);
    if (!fields_get(answer, "rehearse_ns"))
        return;
    char *remark = of_libraries > 0
                       ? message_format("in a forked child, while the program stood; without %lld "
                                        "thread%s of libraries", of_libraries,
                                        of_libraries > 1 ? "s" : "")
                       : copy_string("in a forked child, while the program stood");
    print_phase(answer, "rehearsal", "rehearse_ns", remark);
    free(remark);
}

static bool is_rehearsed(const struct fields *answer)
{
    const char *outcome = fields_get(answer, "outcome");
    return outcome && strcmp(outcome, outcome_name(OUTCOME_REHEARSED)) == 0;
}

static void print_headline(const struct fields *answer)
{
    const char *pid = fields_get(answer, "pid"), *path = fields_get(answer, "new_path");
    const char *point = fields_get(answer, "point");
    if (is_rehearsed(answer))
        printf("rehearsed the update of %s to %s at \"%s\": it would work; the old version runs "
               "on\n", pid, path, point);
    else
        printf("%s %s to %s (generation %s) at \"%s\"\n",
               fields_get(answer, "rollback") ? "rolled back" : "updated", pid, path,
               fields_get(answer, "generation"), point);
}

static void print_success(const struct fields *answer)
{
    print_headline(answer);
    char *objects = message_format("%lld objects visited, %lld transformed (%lld bytes)",
                                   fields_number(answer, "objects_visited", 0),
                                   fields_number(answer, "objects_transformed", 0),
                                   fields_number(answer, "bytes_transformed", 0));
    long long threads = fields_number(answer, "threads", 1);
    long long library_threads = fields_number(answer, "library_threads", 0);
    const char *names = fields_get(answer, "library_thread_names");
    char *aside = library_threads ? message_format("; %lld of libraries left alone (%s)",
                                                   library_threads, names ? names : "?")
                                  : copy_string("");
    char *quiescence =
        threads > 1 ? message_format("from the request to the update points of %lld threads%s",
                                     threads, aside)
                    : message_format("from the request to the update point%s", aside);
    print_phase(answer, "prepare", "prepare_ns", "while the program ran on");
    print_phase(answer, "quiescence", "quiesce_ns", quiescence);
    print_rehearsal(answer);
    print_phase(answer, "load", "load_ns", "");
    print_phase(answer, "migration", "migrate_ns", objects);
    print_phase(answer, "entry", "enter_ns", "of the new main");
    if (!is_rehearsed(answer))
        print_phase(answer, "commit", "commit_ns", "");
    print_phase(answer, "pause", "pause_ns", "in all");
    free(objects);
    free(quiescence);
    free(aside);
}

static void print_no_success(const struct telling *telling, const struct fields *answer)
{
    const char *outcome = fields_get(answer, "outcome"), *reason = fields_get(answer, "reason");
    fprintf(stderr, "%s: %s: %s\n", telling->command, outcome ? outcome : "failed",
            reason ? reason : "the program does not say why");
    print_failure(stderr, answer, "");
    print_running(stderr, fields_get(answer, "running_path"), fields_get(answer, "generation"),
                  fields_get(answer, "running_since"));
}

int tell_answer(const struct telling *telling, const struct fields *answer)
{
    const char *outcome = fields_get(answer, "outcome");
    bool done = outcome && (strcmp(outcome, outcome_name(OUTCOME_COMMITTED)) == 0 ||
                            is_rehearsed(answer));
    if (telling->is_silent)
        return done ? STATUS_DONE : STATUS_REFUSED;
    if (telling->as_json)
        print_json(fields_to_json(answer));
    else if (done)
        print_success(answer);
    else
        print_no_success(telling, answer);
    return done ? STATUS_DONE : STATUS_REFUSED;
}

static int tell_no_turn(const struct telling *telling, const struct process *process,
                        const struct request *request, enum turn_result result, const char *reason)
{
    if (result == TURN_GONE)
        return tell_failure(telling, "failed", reason, STATUS_NO_PROGRAM);
    if (result == TURN_OVERTAKEN)
        return tell_refusal(telling, process, request->sent, reason);
    remember(telling, process, request->sent, OUTCOME_CANCELLED, STEP_QUIESCENCE, reason);
    return tell_failure(telling, "cancelled", reason, STATUS_REFUSED);
}

/* The page that says how far the update has come outlives a program that crashes. */
static int tell_end(const struct telling *telling, const struct process *process, int64_t began)
{
    struct progress progress;
    enum step step = process_progress(process, &progress) ? (enum step)progress.step : STEP_NONE;
    char *reason = step == STEP_NONE || step == STEP_QUIESCENCE
                       ? copy_string("the program ended on its way to an update point: calls that "
                                     "wait are interrupted by a request and fail with EINTR, which "
                                     "it may have taken for an error; it has to go round its loop "
                                     "instead (`kitsune check` finds many such places)")
                       : message_format("the program ended during the update, in its step '%s'",
                                        step_name(step));
    remember(telling, process, began, OUTCOME_FAILED, step, reason);
    int status = tell_failure(telling, outcome_name(OUTCOME_FAILED), reason, STATUS_NO_PROGRAM);
    free(reason);
    return status;
}

/* Why it did not come, as far as that can be seen from here; malloc. */
static char *tell_absence(pid_t pid, double timeout)
{
    char *standstill = process_standstill(pid);
    char *message = standstill
        ? message_format("the program did not come to an update point within %g s: it is %s; the "
                         "request is withdrawn", timeout, standstill)
        : message_format("the program did not come to an update point within %g s; the request is "
                         "withdrawn and the old version runs on: its main thread %s; see where it "
                         "is (gdb -p %d), or try a longer --quiesce-timeout", timeout,
                         process_is_busy(pid)
                             ? "is busy all the time, perhaps in a loop without an update point"
                             : "waits, perhaps in a call that it begins again when it is "
                               "interrupted (EINTR)", (int)pid);
    free(standstill);
    return message;
}

/* In its turn. */
static int ask(const struct telling *telling, const struct process *process,
               struct request *request, struct turn *turn)
{
    double timeout = (double)(request->deadline - request->sent) / 1e9;
    struct fields answer;
    char *message = NULL;
    int status = STATUS_REFUSED;
    int reply;
    switch (exchange_request(process, request, &answer, &reply, &message)) {
    case EXCHANGE_ANSWERED:
        turn_end(turn); /* a probation may take long, and what ends it is another request */
        status = telling->watch && fields_get(&answer, "probation_ns")
                     ? probation_wait(telling, process, &answer, reply)
                     : tell_answer(telling, &answer);
        fields_free(&answer);
        break;
    case EXCHANGE_TIMED_OUT:
        message = tell_absence(telling->pid, timeout);
        tell_failure(telling, "cancelled", message, status);
        remember(telling, process, request->sent, OUTCOME_CANCELLED, STEP_QUIESCENCE, message);
        break;
    case EXCHANGE_UNREACHABLE:
        tell_failure(telling, "refused", message, status);
        remember(telling, process, request->sent, OUTCOME_REFUSED, STEP_QUIESCENCE, message);
        break;
    case EXCHANGE_DROPPED:
        tell_failure(telling, "failed", message, status);
        break;
    case EXCHANGE_DIED:
        status = tell_end(telling, process, request->sent);
        break;
    }
    if (reply >= 0)
        close(reply);
    free(message);
    return status;
}

int ask_and_tell(const struct telling *telling, const struct process *process,
                 struct request *request)
{
    struct turn turn;
    char *message = process_cannot_be_updated(process);
    if (message) {
        int status = tell_refusal(telling, process, request->sent, message);
        free(message);
        return status;
    }
    enum turn_result result =
        turn_take(&turn, process, telling->command, request->deadline, &message);
    if (result != TURN_TAKEN) {
        int status = tell_no_turn(telling, process, request, result, message);
        free(message);
        return status;
    }
    /* Its time begins now. */
    int64_t now = monotonic_time();
    request->deadline += now - request->sent;
    request->sent = now;
    request->old_build_id = (char *)fields_get(&process->status, "build_id");
    int status = ask(telling, process, request, &turn);
    turn_end(&turn);
    return status;
}
