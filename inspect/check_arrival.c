/* check_arrival.c -- what the new version does on its way to its update point that it should
 * not: what it sends, and what would end the process that both versions share.
 *
 * Until there the update can be given up, and then the old version goes on as if nothing had
 * happened; bytes that new code has sent by then are gone, and a rehearsal sends them once more.
 *
 * The way is read from the machine code: main, and the functions that it calls, as they run when
 * kitsune_is_updating() holds, up to the first update point.  Of branches, those are known that
 * depend on kitsune_is_updating() alone.
 *
 * Calls through pointers are followed where the pointer is a constant, where it is given as an
 * argument to a function that calls it (qsort, or one of the program's), and, with less
 * certainty, where it comes out of a table or variable that is initialised with functions: any
 * of them may be meant.  Those are read last, so that what is certain is said as such.
 */
#include "readiness.h"

#include <stdlib.h>
#include <string.h>

#include "check_flow.h"
#include "check_known.h"

/* One function on the way; the whole table is as long as the binary's list of symbols. */
struct stretch {
    enum { NOT_READ, IS_READ, BEING_READ } state;
    bool may_return;         /* before an update point */
    unsigned calls_argument; /* a bit for each that it calls, or has called by others */
    const struct symbol *table; /* it may be called out of this one; NULL: no such call was seen */
};

struct arrival {
    struct readiness *check;
    const struct version *version;
    struct decoder *decoder;
    struct stretch *stretches;
    const struct symbol *function; /* the one that is being read */
    const struct symbol *table;    /* not NULL: all that is read now may be called out of it */
};

/* ---- Functions of libraries ------------------------------------------------------------------ */

static bool sends(const char *callee)
{
    static const char *const names[] = {
        "write",
        "writev", "send", "sendto", "sendmsg", "sendmmsg", "sendfile", "sendfile64", "splice",
        "dprintf", "vdprintf", "__dprintf_chk", "__vdprintf_chk", "mq_send", "msgsnd",
        "SSL_write", "SSL_write_ex", "SSL_shutdown", "BIO_write", "BIO_puts", "BIO_printf",
        "gnutls_record_send", "bufferevent_write", "bufferevent_write_buffer", "evbuffer_write",
        "evhttp_send_reply", "evhttp_send_error",
    };

    return IS_AMONG(names, callee);
}

/* In the process itself, which is refused there; where the program forks, exec is the child's. */
static bool replaces_process(const struct binary *binary, const char *callee)
{
    static const char *const names[] = {"execve", "execv", "execvp", "execvpe", "execl", "execlp",
                                        "execle", "fexecve", "execveat"};

    return strcmp(callee, "daemon") == 0 ||
           (IS_AMONG(names, callee) && !binary_imports(binary, "fork") &&
            !binary_imports(binary, "vfork"));
}

static bool starts_process(const char *callee)
{
    static const char *const names[] = {"fork", "vfork", "posix_spawn", "posix_spawnp", "popen"};

    return IS_AMONG(names, callee);
}

/* The number of the argument that is the stream; -1: it writes to none. */
static int stream_argument(const char *callee)
{
    static const struct { const char *name; int argument; } functions[] = {
        {"fprintf", 0}, {"vfprintf", 0}, {"__fprintf_chk", 0}, {"__vfprintf_chk", 0}, {"fputs", 1},
        {"fputs_unlocked", 1}, {"fputc", 1}, {"putc", 1}, {"_IO_putc", 1}, {"putc_unlocked", 1},
        {"fputc_unlocked", 1}, {"putw", 1}, {"fwrite", 3}, {"fwrite_unlocked", 3}, {"fputws", 1},
        {"fputwc", 1}, {"fwprintf", 0}, {"vfwprintf", 0}, {"__fwprintf_chk", 0},
    };
    size_t i;

    for (i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (strcmp(functions[i].name, callee) == 0)
            return functions[i].argument;
    return -1;
}

static bool tells_of_update(const char *callee)
{
    static const char *const names[] = {"kitsune_is_updating", "kitsune_is_updating_from"};

    return IS_AMONG(names, callee);
}

/* ---- Following ------------------------------------------------------------------------------- */

static struct stretch *follow(struct arrival *arrival, const struct symbol *function);

static enum call_outcome outcome_of(void *context, const struct step *step)
{
    struct arrival *arrival = context;
    const struct call *call = calls_at(arrival->version->calls, step->address);
    const struct symbol *function;

    if (!call)
        return CALL_UNKNOWN;
    if (call_is_update_point(call->callee) || call_never_returns(call->callee))
        return CALL_ENDS;
    if (tells_of_update(call->callee))
        return CALL_RETURNS_TRUE;
    function = call->is_import ? NULL
                               : binary_function_at(arrival->version->binary, call->target);
    return !function || follow(arrival, function)->may_return ? CALL_RETURNS : CALL_ENDS;
}

/* Standard output and standard error are a server's log, at most. */
static bool is_standard_number(const struct machine_value *number)
{
    return number->kind == VALUE_NUMBER && (number->number == 1 || number->number == 2);
}

static bool is_standard_stream(const struct machine_value *stream)
{
    return stream->kind == VALUE_HELD &&
           (strcmp(stream->import, "stdout") == 0 || strcmp(stream->import, "stderr") == 0);
}

static void say_it_sends(const struct arrival *arrival, const struct call *call)
{
    if (arrival->table)
        check_say(arrival->check, SUBJECT_MIGRATION, SEVERITY_NOTE, arrival->version, call->place,
                  "'%s' calls %s here, perhaps on the way to the update point, where a function "
                  "out of '%s' is called: when the update is given up later, that has been sent "
                  "all the same",
                  call->function, call->callee, arrival->table->name);
    else
        check_say(arrival->check, SUBJECT_MIGRATION, SEVERITY_WARNING, arrival->version,
                  call->place,
                  "'%s' calls %s here, on the way to the update point: when the update is given up "
                  "later, that has been sent all the same", call->function, call->callee);
    check_help(arrival->check, SUBJECT_MIGRATION, "call it after the update point, or only when "
               "!kitsune_is_updating()");
}

static void say_it_writes(const struct arrival *arrival, const struct call *call)
{
    check_say(arrival->check, SUBJECT_MIGRATION, SEVERITY_NOTE, arrival->version, call->place,
              "'%s' calls %s here, %son the way to the update point: where that stream is a pipe, "
              "a socket or a file of the old version's, what it is given stays in it when the "
              "update is given up later",
              call->function, call->callee, arrival->table ? "perhaps " : "");
}

static void say_it_ends(const struct arrival *arrival, const struct call *call)
{
    check_say(arrival->check, SUBJECT_MIGRATION, SEVERITY_WARNING, arrival->version, call->place,
              "'%s' calls %s here, %son the way to the update point: that gives the update up, "
              "since the old version is in the same process", call->function, call->callee,
              arrival->table ? "perhaps " : "");
    check_help(arrival->check, SUBJECT_MIGRATION, "call it only when !kitsune_is_updating()");
}

static void say_it_starts(const struct arrival *arrival, const struct call *call)
{
    check_say(arrival->check, SUBJECT_MIGRATION, SEVERITY_NOTE, arrival->version, call->place,
              "'%s' calls %s here, %son the way to the update point: the process that it starts is "
              "ended when the update is given up later", call->function, call->callee,
              arrival->table ? "perhaps " : "");
}

static void look_at_call(const struct arrival *arrival, const struct call *call)
{
    int stream = stream_argument(call->callee);

    if (replaces_process(arrival->version->binary, call->callee))
        say_it_ends(arrival, call);
    else if (starts_process(call->callee))
        say_it_starts(arrival, call);
    else if (sends(call->callee) && !is_standard_number(&call->arguments[0]))
        say_it_sends(arrival, call);
    else if (stream >= 0 && !is_standard_stream(&call->arguments[stream]))
        say_it_writes(arrival, call);
}

/* ---- Calls through pointers ------------------------------------------------------------------ */

/* `value` is what is called: somebody's function, or what this function was given. */
static void is_called(struct arrival *arrival, struct machine_value value)
{
    const struct symbol *function = value_function(arrival->version->binary, value);

    if (function)
        follow(arrival, function);
    else if (value.kind == VALUE_PARAMETER)
        arrival->stretches[arrival->function - arrival->version->binary->symbols].calls_argument |=
            1u << value.number;
}

/* Any of the functions that are in it before the program begins. */
static void may_be_called(const struct arrival *arrival, uint64_t address)
{
    const struct binary *binary = arrival->version->binary;
    const struct symbol *table = binary_symbol_around(binary, address);
    size_t i;

    for (i = 0; table && i < binary->pointer_count; i++) {
        const struct symbol *function = binary->pointers[i].address - table->address < table->size
                                            ? binary_function_at(binary, binary->pointers[i].target)
                                            : NULL;

        if (function)
            arrival->stretches[function - binary->symbols].table = table;
    }
}

/* Which of the arguments the callee calls; one bit for each. */
static unsigned called_arguments(struct arrival *arrival, const struct call *call)
{
    const struct symbol *function;
    const struct known_function *known;

    if (call->is_import) {
        known = known_function(call->callee);
        return known && known->habit == HABIT_HARMLESS ? ~0u : 0;
    }
    function = binary_function_at(arrival->version->binary, call->target);
    return function ? follow(arrival, function)->calls_argument : 0;
}

static void on_call(void *context, const struct step *step, struct machine_value callee,
                    const struct machine *machine)
{
    static const int registers[] = {RDI, RSI, RDX, RCX, R8, R9};
    struct arrival *arrival = context;
    const struct call *call = calls_at(arrival->version->calls, step->address);
    unsigned arguments = call ? called_arguments(arrival, call) : 0;
    size_t i;

    if (callee.kind == VALUE_ONE_OF)
        may_be_called(arrival, (uint64_t)callee.number);
    else if (callee.kind == VALUE_PARAMETER)
        is_called(arrival, callee);
    for (i = 0; i < sizeof registers / sizeof registers[0]; i++)
        if (arguments >> i & 1)
            is_called(arrival, machine->registers[registers[i]]);
    if (call && call->is_import)
        look_at_call(arrival, call);
}

static struct stretch *follow(struct arrival *arrival, const struct symbol *function)
{
    struct stretch *stretch = &arrival->stretches[function - arrival->version->binary->symbols];
    struct flow flow = {.binary = arrival->version->binary, .start = function->address,
                        .end = function->address + function->size,
                        .on_call = on_call, .outcome_of = outcome_of, .context = arrival};
    const struct symbol *caller = arrival->function;
    struct step *steps;

    if (stretch->state != NOT_READ)
        return stretch;
    stretch->state = BEING_READ; /* what calls itself comes back by another way */
    arrival->function = function;
    steps = decode(arrival->decoder, function->address, function->size, &flow.step_count);
    flow.steps = steps;
    if (flow.step_count)
        flow_run(&flow);
    free(steps);
    stretch->may_return = flow.may_return || !flow.step_count;
    stretch->state = IS_READ;
    arrival->function = caller;
    return stretch;
}

/* What tables lead to; that may look into further ones. */
static void follow_tables(struct arrival *arrival)
{
    const struct binary *binary = arrival->version->binary;
    bool is_more = true;
    size_t i;

    while (is_more) {
        is_more = false;
        for (i = 0; i < binary->symbol_count; i++) {
            struct stretch *stretch = &arrival->stretches[i];

            if (!stretch->table || stretch->state != NOT_READ)
                continue;
            arrival->table = stretch->table;
            follow(arrival, &binary->symbols[i]);
            is_more = true;
        }
    }
}

/* Without any, no update arrives, and that has been said. */
static bool has_points(const struct version *version)
{
    size_t i;

    for (i = 0; i < version->calls->count; i++)
        if (call_is_update_point(version->calls->list[i].callee))
            return true;
    return false;
}

void check_arrival(struct readiness *check)
{
    const struct version *version = check->new;
    const struct symbol *main_function = binary_function_named(version->binary, "main");
    struct arrival arrival = {.check = check, .version = version};

    if (!version->calls->is_readable || !main_function || !has_points(version))
        return;
    arrival.decoder = decoder_new(version->binary);
    arrival.stretches = calloc(version->binary->symbol_count, sizeof *arrival.stretches);
    if (arrival.decoder && arrival.stretches)
        follow(&arrival, main_function);
    if (arrival.decoder && arrival.stretches)
        follow_tables(&arrival);
    free(arrival.stretches);
    decoder_free(arrival.decoder);
}
