/* check_arrival.c -- what the new version sends on its way to its update point.
 *
 * Until there the update can be given up, and then the old version goes on as if nothing had happened;
 * bytes that new code has sent by then are gone, and a rehearsal sends them once more.
 *
 * The way is read from the machine code: main, and the functions that it calls, as they run when
 * kitsune_is_updating() holds, up to the first update point.  Of branches, those are known that
 * depend on kitsune_is_updating() alone.  Calls through pointers are not followed.
 */
#include "readiness.h"

#include <stdlib.h>
#include <string.h>

#include "check_flow.h"

/* One function on the way; the whole table is as long as the binary's list of symbols. */
struct stretch {
    enum { NOT_READ, IS_READ, BEING_READ } state;
    bool may_return; /* before an update point */
};

struct arrival {
    struct readiness *check;
    const struct version *version;
    struct decoder *decoder;
    struct stretch *stretches;
};

/* ---- Functions of libraries ------------------------------------------------------------------ */

static bool is_among(const char *const *names, size_t count, const char *name)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

#define IS_AMONG(names, name) is_among(names, sizeof(names) / sizeof *(names), name)

static bool sends(const char *callee)
{
    static const char *const names[] = {
        "write", "writev", "send", "sendto", "sendmsg", "sendmmsg", "sendfile", "sendfile64", "splice",
        "dprintf", "vdprintf", "__dprintf_chk", "__vdprintf_chk", "mq_send", "msgsnd",
        "SSL_write", "SSL_write_ex", "SSL_shutdown", "BIO_write", "BIO_puts", "BIO_printf",
        "gnutls_record_send", "bufferevent_write", "bufferevent_write_buffer", "evbuffer_write",
        "evhttp_send_reply", "evhttp_send_error",
    };

    return IS_AMONG(names, callee);
}

static bool never_returns(const char *callee)
{
    static const char *const names[] = {
        "exit", "_exit", "_Exit", "quick_exit", "abort", "kitsune_exit", "kitsune_exit_at_once",
        "kitsune_exit_quickly", "kitsune_thread_exit", "pthread_exit", "__stack_chk_fail",
        "__assert_fail", "__fortify_fail", "__chk_fail", "err", "errx", "verr", "verrx", "longjmp",
        "_longjmp", "siglongjmp", "__longjmp_chk",
    };

    return IS_AMONG(names, callee);
}

/* kitcc's inline functions are functions in code that is not optimised. */
static bool is_point(const char *callee)
{
    static const char *const names[] = {
        "kitsune_reach_update_point", "kitsune_reach_update_point_holding", "kitsune_update",
        "kitsune_update_holding",
    };

    return IS_AMONG(names, callee);
}

static bool tells_of_update(const char *callee)
{
    static const char *const names[] = {"kitsune_is_updating", "kitsune_is_updating_from"};

    return IS_AMONG(names, callee);
}

/* ---- Following ------------------------------------------------------------------------------- */

static struct stretch *follow(struct arrival *arrival, const struct symbol *function);

/* Calls have been read in the order of their addresses. */
static const struct call *call_at(const struct arrival *arrival, uint64_t address)
{
    const struct calls *calls = arrival->version->calls;
    size_t low = 0, high = calls->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (calls->list[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < calls->count && calls->list[low].address == address ? &calls->list[low] : NULL;
}

static enum call_outcome outcome_of(void *context, const struct step *step)
{
    struct arrival *arrival = context;
    const struct call *call = call_at(arrival, step->address);
    const struct symbol *function;

    if (!call)
        return CALL_UNKNOWN;
    if (is_point(call->callee) || never_returns(call->callee))
        return CALL_ENDS;
    if (tells_of_update(call->callee))
        return CALL_RETURNS_TRUE;
    function = call->is_import ? NULL
                               : binary_function_at(arrival->version->binary, call->target);
    return !function || follow(arrival, function)->may_return ? CALL_RETURNS : CALL_ENDS;
}

static void on_call(void *context, const struct step *step, struct machine_value callee,
                    const struct machine *machine)
{
    struct arrival *arrival = context;
    const struct call *call = call_at(arrival, step->address);
    const struct machine_value *number = call ? &call->arguments[0] : NULL;

    (void)callee;
    (void)machine;
    if (!call || !call->is_import || !sends(call->callee))
        return;
    if (number->kind == VALUE_NUMBER && (number->number == 1 || number->number == 2))
        return; /* standard output and standard error */
    check_say(arrival->check, SUBJECT_MIGRATION, SEVERITY_WARNING, arrival->version, call->place,
              "'%s' calls %s here, on the way to the update point: when the update is given up later, "
              "that has been sent all the same", call->function, call->callee);
    check_help(arrival->check, SUBJECT_MIGRATION, "call it after the update point, or only when "
               "!kitsune_is_updating()");
}

static void on_store(void *context, const struct step *step, const char *variable,
                     struct machine_value value)
{
    (void)context;
    (void)step;
    (void)variable;
    (void)value;
}

static const char *import_of(void *context, struct machine_value callee)
{
    (void)context;
    return callee.kind == VALUE_IMPORT ? callee.import : NULL;
}

static struct stretch *follow(struct arrival *arrival, const struct symbol *function)
{
    struct stretch *stretch = &arrival->stretches[function - arrival->version->binary->symbols];
    struct flow flow = {.binary = arrival->version->binary, .start = function->address,
                        .end = function->address + function->size, .import_of = import_of,
                        .on_call = on_call, .on_store = on_store, .outcome_of = outcome_of,
                        .context = arrival};
    struct step *steps;

    if (stretch->state != NOT_READ)
        return stretch;
    stretch->state = BEING_READ; /* what calls itself comes back by another way */
    steps = decode(arrival->decoder, function->address, function->size, &flow.step_count);
    flow.steps = steps;
    if (flow.step_count)
        flow_run(&flow);
    free(steps);
    stretch->may_return = flow.may_return || !flow.step_count;
    stretch->state = IS_READ;
    return stretch;
}

void check_arrival(struct readiness *check)
{
    const struct version *version = check->new;
    const struct symbol *main_function = binary_function_named(version->binary, "main");
    struct arrival arrival = {.check = check, .version = version};

    if (!version->calls->is_readable || !main_function)
        return;
    arrival.decoder = decoder_new(version->binary);
    arrival.stretches = calloc(version->binary->symbol_count, sizeof *arrival.stretches);
    if (arrival.decoder && arrival.stretches)
        follow(&arrival, main_function);
    free(arrival.stretches);
    decoder_free(arrival.decoder);
}
