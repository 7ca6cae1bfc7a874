/* check_waits.c -- calls that wait, and what the program does when they are interrupted.
 *
 * A request brings threads to their update points by a signal, which makes the calls that they
 * wait in fail with EINTR.  A program that has never met that may take it for an error and end,
 * or for the end of the input and close the connection.
 *
 * The machine code is followed from behind such a call on, with -1 for its result.  When nothing
 * but the program's end can come of that, and no update point, it is told.
 */
#include "readiness.h"

#include <stdlib.h>
#include <string.h>

#include "check_flow.h"
#include "check_known.h"

/* One function that is called on the way; the whole table is as long as the binary's list of
 * symbols. */
struct passage {
    enum { NOT_READ, BEING_READ, IS_READ } state;
    bool may_return, has_point;
};

struct waits {
    struct readiness *check;
    const struct version *version;
    struct decoder *decoder;
    struct passage *passages;
    uint64_t interrupted; /* the address of the call; 0: a whole function is read */
    bool has_point;       /* on the way that is read: an update point, or the same call again */
};

/* Those that wait for somebody else for long, and not for a file. */
static bool may_be_interrupted(const char *callee)
{
    static const char *const names[] = {
        "accept", "accept4", "poll", "ppoll", "__poll_chk", "select", "pselect", "epoll_wait",
        "epoll_pwait", "recv", "recvfrom", "recvmsg", "msgrcv", "mq_receive",
    };

    return IS_AMONG(names, callee);
}

/* Of a stream, which tells the end of the input and an interruption apart by ferror alone. */
static bool reads_stream(const char *callee)
{
    static const char *const names[] = {
        "fgets", "__fgets_chk", "getline", "getdelim", "__getdelim", "fgetc", "getc", "_IO_getc",
        "fread", "__fread_chk", "fscanf", "__isoc99_fscanf",
    };

    return IS_AMONG(names, callee);
}

/* ---- Following ------------------------------------------------------------------------------- */

static const struct passage *follow(struct waits *waits, const struct symbol *function);

static enum call_outcome outcome_of(void *context, const struct step *step)
{
    struct waits *waits = context;
    const struct call *call = calls_at(waits->version->calls, step->address);
    const struct symbol *function;
    const struct passage *passage;

    if (!call)
        return CALL_UNKNOWN;
    if (call_is_update_point(call->callee) || step->address == waits->interrupted)
        waits->has_point = true;
    if (call_never_returns(call->callee))
        return CALL_ENDS;
    function = call->is_import ? NULL
                               : binary_function_at(waits->version->binary, call->target);
    if (!function)
        return CALL_RETURNS;
    passage = follow(waits, function);
    waits->has_point |= passage->has_point;
    return passage->may_return ? CALL_RETURNS : CALL_ENDS;
}

/* From its beginning, or from behind the call at `failed`. */
static struct passage run(struct waits *waits, const struct symbol *function, uint64_t failed)
{
    uint64_t interrupted_before = waits->interrupted;
    bool had_point = waits->has_point;
    struct flow flow = {.binary = waits->version->binary, .start = function->address,
                        .end = function->address + function->size, .outcome_of = outcome_of,
                        .failed_call = failed, .context = waits};
    struct step *steps = decode(waits->decoder, function->address, function->size,
                                &flow.step_count);
    struct passage passage;

    flow.steps = steps;
    waits->interrupted = failed;
    waits->has_point = false;
    if (!flow.step_count || !flow_run(&flow))
        flow.may_return = true;
    free(steps);
    passage = (struct passage){IS_READ, flow.may_return, waits->has_point};
    waits->interrupted = interrupted_before;
    waits->has_point = had_point;
    return passage;
}

static const struct passage *follow(struct waits *waits, const struct symbol *function)
{
    struct passage *passage = &waits->passages[function - waits->version->binary->symbols];

    if (passage->state == BEING_READ)
        passage->may_return = true; /* what calls itself comes back by another way */
    if (passage->state != NOT_READ)
        return passage;
    passage->state = BEING_READ;
    *passage = run(waits, function, 0);
    return passage;
}

/* ---- What is said ---------------------------------------------------------------------------- */

static void check_wait(struct waits *waits, const struct call *call)
{
    struct passage passage = run(waits, call->caller, call->address);
    bool is_end = !passage.may_return || strcmp(call->caller->name, "main") == 0;

    if (!is_end || passage.has_point)
        return;
    check_say(waits->check, SUBJECT_POINTS, SEVERITY_WARNING, waits->version, call->place,
              "'%s' ends the program when %s fails, as it does (EINTR) when an update is asked for",
              call->function, call->callee);
    check_help(waits->check, SUBJECT_POINTS, "when errno is EINTR, go round to the update point");
}

static bool has_update_point(const struct program *program, const char *function)
{
    size_t i;

    for (i = 0; i < program->update_point_count; i++)
        if (strcmp(program->update_points[i].function, function) == 0)
            return true;
    return false;
}

static bool clears_errors(const struct calls *calls, const char *function)
{
    size_t i;

    for (i = 0; i < calls->count; i++)
        if (strcmp(calls->list[i].function, function) == 0 &&
            strncmp(calls->list[i].callee, "clearerr", strlen("clearerr")) == 0)
            return true;
    return false;
}

static void check_stream(struct waits *waits, const struct call *call)
{
    const struct version *version = waits->version;

    if (!version->program || !has_update_point(version->program, call->function) ||
        clears_errors(version->calls, call->function))
        return;
    check_say(waits->check, SUBJECT_POINTS, SEVERITY_WARNING, version, call->place,
              "'%s' waits in %s on its way to the update point: when an update is asked for it "
              "returns as at the end of the input, with the error EINTR", call->function,
              call->callee);
    check_help(waits->check, SUBJECT_POINTS, "when ferror() and errno say so, call clearerr() and "
               "go round; wait in poll() before, and no part of a line is lost");
}

void check_waits(struct readiness *check)
{
    const struct version *version = check->old;
    struct waits waits = {.check = check, .version = version};
    size_t i;

    if (!version->calls->is_readable)
        return;
    waits.decoder = decoder_new(version->binary);
    waits.passages = calloc(version->binary->symbol_count + 1, sizeof *waits.passages);
    for (i = 0; waits.decoder && waits.passages && i < version->calls->count; i++) {
        const struct call *call = &version->calls->list[i];

        if (may_be_interrupted(call->callee))
            check_wait(&waits, call);
        else if (reads_stream(call->callee))
            check_stream(&waits, call);
    }
    free(waits.passages);
    decoder_free(waits.decoder);
}
