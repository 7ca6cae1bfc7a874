/* check_kept.c -- addresses of the program's code and data that libraries keep.
 *
 * Such an address is in memory that no update looks into, so after the update it leads to what is
 * gone.  Found are the calls that give one away: directly, in a struct, or by way of functions of
 * the program that hand on what they are given (a *way* from a parameter to a library).
 */
#include "readiness.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "check_known.h"

/* A function's parameter that ends up with a library's function. */
struct way {
    uint64_t function;
    int parameter;
    const struct call *end; /* the call of the library */
    int argument;           /* in that call */
};

struct search {
    struct readiness *check;
    const struct version *version; /* whose code runs, and is remembered */
    struct arena *arena;
    struct way *ways;
    size_t way_count, way_capacity;
    const char *gathered; /* functions that one call takes; NULL: none yet */
};

static enum habit habit_of(const struct readiness *check, const char *callee)
{
    const struct known_function *known = known_function(callee);
    size_t i;

    for (i = 0; check->harmless && check->harmless[i]; i++)
        if (strcmp(check->harmless[i], callee) == 0)
            return HABIT_HARMLESS;
    return known ? known->habit : HABIT_UNKNOWN;
}

/* kitcc's own functions stand between the program and these of libc. */
static bool is_library_call(const struct call *call)
{
    return call->is_import || (known_function(call->callee) &&
                               known_function(call->callee)->habit != HABIT_HARMLESS);
}

/* ---- Paths --------------------------------------------------------------------------------- */

static const struct way *find_way(const struct search *search, uint64_t function, int parameter)
{
    size_t i;

    for (i = 0; i < search->way_count; i++)
        if (search->ways[i].function == function && search->ways[i].parameter == parameter)
            return &search->ways[i];
    return NULL;
}

/* Where an argument goes in the end; false when nowhere that matters. */
static bool follow(const struct search *search, const struct call *call, int argument,
                   struct way *found)
{
    const struct way *way;
    enum habit habit;

    if (is_library_call(call)) {
        habit = habit_of(search->check, call->callee);
        *found = (struct way){.end = call, .argument = argument};
        return habit != HABIT_HARMLESS && habit != HABIT_HANDLED;
    }
    way = find_way(search, call->target, argument);
    if (way)
        *found = *way;
    return way != NULL;
}

static void find_ways(struct search *search)
{
    const struct calls *calls = search->version->calls;
    size_t i, before;
    int k;

    do {
        before = search->way_count;
        for (i = 0; i < calls->count; i++) {
            const struct call *call = &calls->list[i];

            for (k = 0; k < ARGUMENT_COUNT; k++) {
                struct way way;

                if (call->arguments[k].kind != VALUE_PARAMETER ||
                    find_way(search, call->caller->address, (int)call->arguments[k].number) ||
                    !follow(search, call, k, &way))
                    continue;
                way.function = call->caller->address;
                way.parameter = (int)call->arguments[k].number;
                *(struct way *)grow_in_arena(search->arena, &search->ways, &search->way_count,
                                              &search->way_capacity, sizeof way) = way;
            }
        }
    } while (search->way_count > before);
}

/* ---- Saying it ----------------------------------------------------------------------------- */

/* "event_new (libevent-2.1.so.7)" */
static const char *library_text(const struct search *search, const char *symbol)
{
    const char *library = libraries_defining(search->version->libraries, symbol);

    return library ? arena_format(search->arena, "%s (%s)", symbol, library) : symbol;
}

static const char *way_text(const struct search *search, const struct call *call,
                            const struct way *way)
{
    const char *end = library_text(search, way->end->callee);

    return way->end == call ? end
                             : arena_format(search->arena, "'%s', which hands it on to %s",
                                            call->callee, end);
}

static void advise(const struct search *search, const struct way *way)
{
    const struct known_function *known = known_function(way->end->callee);

    if (known && known->advice) {
        check_help(search->check, SUBJECT_KEPT, "%s", known->advice);
        return;
    }
    check_help(search->check, SUBJECT_KEPT, "register it again in the new version, before its "
               "update point, also when kitsune_is_updating()");
    if (!known)
        check_help(search->check, SUBJECT_KEPT, "if %s does not keep it, say so: --harmless=%s",
                   way->end->callee, way->end->callee);
}

static void say_kept(const struct search *search, const struct call *call,
                     const struct way *way, const char *what)
{
    bool is_certain = habit_of(search->check, way->end->callee) != HABIT_UNKNOWN;

    check_say(search->check, SUBJECT_KEPT, SEVERITY_WARNING, search->version, call->place,
              "'%s' gives %s to %s, which %s the address; it is not valid after an update",
              call->function, what, way_text(search, call, way),
              is_certain ? "keeps" : "may keep");
    advise(search, way);
}

/* ---- Handlers that the runtime replaces by their namesakes --------------------------------- */

static bool installs_handler(const struct version *version, int64_t number)
{
    size_t i;

    for (i = 0; i < version->calls->count; i++) {
        const struct call *call = &version->calls->list[i];
        const struct known_function *known = known_function(call->callee);

        if (known && (known->habit == HABIT_SIGNAL || known->habit == HABIT_SIGACTION) &&
            call->arguments[0].kind == VALUE_NUMBER && call->arguments[0].number == number)
            return true;
    }
    return false;
}

static const char *signal_text(const struct search *search, struct machine_value number)
{
    const char *name = number.kind == VALUE_NUMBER ? sigabbrev_np((int)number.number) : NULL;

    return name ? arena_format(search->arena, "SIG%s", name) : "a signal";
}

static void check_signal(const struct search *search, const struct call *call,
                         const struct symbol *handler)
{
    struct readiness *check = search->check;
    struct machine_value number = call->arguments[0];
    bool may_be_replaced = number.kind != VALUE_NUMBER ||
                           installs_handler(check->new, number.number);

    if (check_is_single(check) || !check->plan || check_namesake(check, handler))
        return;
    check_say(check, SUBJECT_KEPT, may_be_replaced ? SEVERITY_WARNING : SEVERITY_ERROR,
              search->version, call->place, "'%s' handles %s here and is not in the new version: "
              "the update is refused while it is installed", handler->name,
              signal_text(search, number));
    check_help(check, SUBJECT_KEPT, "keep a function '%s', or let the new version install its own "
               "handler before its update point, also when kitsune_is_updating()", handler->name);
}

static void check_handler(const struct search *search, const struct call *call,
                          const struct symbol *handler)
{
    struct readiness *check = search->check;

    if (check_is_single(check) || !check->plan || check_namesake(check, handler))
        return;
    check_say(check, SUBJECT_KEPT, SEVERITY_WARNING, search->version, call->place,
              "'%s' is registered with %s here and is not in the new version: after the update "
              "nothing runs in its place", handler->name, call->callee);
    check_help(check, SUBJECT_KEPT, "keep a function '%s', or let the new version register its own "
               "before its update point", handler->name);
}

/* ---- Arguments ----------------------------------------------------------------------------- */

static struct machine_value held_at(const struct call *call, int64_t offset)
{
    size_t i;

    for (i = 0; i < call->held_count; i++)
        if (call->held[i].offset == offset)
            return call->held[i].value;
    return (struct machine_value){.kind = VALUE_UNKNOWN};
}

/* A function of the program in the struct on the stack that the argument leads to. */
static const struct symbol *function_in_frame(const struct search *search, const struct call *call,
                                              int argument)
{
    int64_t start = call->arguments[argument].number;
    size_t i;

    for (i = 0; i < call->held_count; i++) {
        const struct held_value *held = &call->held[i];
        const struct symbol *function = value_function(search->version->binary, held->value);

        if (function && held->offset >= start &&
            held->offset < start + (int64_t)call->extents[argument])
            return function;
    }
    return NULL;
}

/* 'opened', 'closed' and 'failed': a call that takes several is told of once. */
static void gather(struct search *search, const char *name)
{
    const char *before = search->gathered;

    search->gathered = before ? arena_format(search->arena, "%s, '%s'", before, name)
                              : arena_format(search->arena, "'%s'", name);
}

static void say_gathered(struct search *search, const struct call *call)
{
    struct way way = {.end = call};

    if (search->gathered)
        say_kept(search, call, &way, search->gathered);
    search->gathered = NULL;
}

static void check_function(struct search *search, const struct call *call,
                           const struct way *way, const struct symbol *function)
{
    switch (habit_of(search->check, way->end->callee)) {
    case HABIT_SIGNAL:
        check_signal(search, call, function);
        break;
    case HABIT_EXIT:
    case HABIT_FORK:
    case HABIT_KEY:
        check_handler(search, call, function);
        break;
    case HABIT_THREAD: /* see check_threads.c */
    case HABIT_SIGACTION:
    case HABIT_EVENT:
    case HABIT_KEEPS_DATA:
    case HABIT_JUMP_MARK:
    case HABIT_JUMP:
        break;
    default:
        if (way->end == call)
            gather(search, function->name);
        else
            say_kept(search, call, way, arena_format(search->arena, "'%s'", function->name));
        break;
    }
}

/* The struct on the stack is copied by who gets it, or it would not outlive the function. */
static void check_frame(const struct search *search, const struct call *call, int argument)
{
    const struct known_function *known = known_function(call->callee);
    int64_t start = call->arguments[argument].number;
    enum habit habit = habit_of(search->check, call->callee);
    const struct symbol *function = NULL;

    if (habit == HABIT_SIGACTION && argument == 1) {
        function = value_function(search->version->binary, held_at(call, start));
        if (function)
            check_signal(search, call, function);
        return;
    }
    if (habit == HABIT_EVENT && known && argument == known->data)
        function = value_function(search->version->binary,
                                  held_at(call, start + (int64_t)offsetof(
                                                            struct sigevent,
                                                            sigev_notify_function)));
    else if (habit == HABIT_UNKNOWN || habit == HABIT_KEEPS)
        function = function_in_frame(search, call, argument);
    if (function) {
        struct way way = {.end = call, .argument = argument};

        say_kept(search, call, &way, arena_format(search->arena, "'%s', in a struct,",
                                                   function->name));
    }
}

static const char *data_text(const struct search *search, uint64_t address)
{
    const struct symbol *symbol = binary_symbol_around(search->version->binary, address);
    const char *text = binary_text_at(search->version->binary, address);

    if (symbol && !symbol->is_function)
        return arena_format(search->arena, "'%s'", symbol->name);
    return text ? "a string literal" : "a constant";
}

/* Data of the program's, by address. */
static void check_data(const struct search *search, const struct call *call, int argument)
{
    const struct known_function *known = known_function(call->callee);
    const struct binary *binary = search->version->binary;
    uint64_t address = (uint64_t)call->arguments[argument].number;
    const struct symbol *symbol = binary_symbol_around(binary, address), *held;
    enum habit habit = habit_of(search->check, call->callee);
    struct way way = {.end = call, .argument = argument};

    if (!binary_section_at(binary, address))
        return;
    if (habit == HABIT_SIGACTION && argument == 1) {
        held = binary_function_held(binary, address, sizeof(uint64_t)); /* the first member */
        if (held)
            check_signal(search, call, held);
        return;
    }
    if (habit == HABIT_KEEPS_DATA && known && argument == known->data) {
        say_kept(search, call, &way, data_text(search, address));
        return;
    }
    if ((habit != HABIT_UNKNOWN && habit != HABIT_KEEPS) || !symbol || symbol->is_function)
        return;
    held = binary_function_held(binary, address, call->extents[argument]);
    if (held)
        say_kept(search, call, &way,
                 arena_format(search->arena, "'%s', which holds functions such as '%s',",
                              symbol->name, held->name));
}

static void check_argument(struct search *search, const struct call *call, int argument)
{
    const struct symbol *function =
        value_function(search->version->binary, call->arguments[argument]);
    struct way way;

    if (!follow(search, call, argument, &way))
        return;
    if (function)
        check_function(search, call, &way, function);
    else if (call->arguments[argument].kind == VALUE_ADDRESS && way.end == call)
        check_data(search, call, argument);
    else if (call->arguments[argument].kind == VALUE_STACK && way.end == call)
        check_frame(search, call, argument);
}

/* ---- Variables of libraries ---------------------------------------------------------------- */

static void check_assignment(const struct search *search, const struct assignment *assignment)
{
    const struct binary *binary = search->version->binary;
    const struct symbol *function = value_function(binary, assignment->value);

    if (!assignment->variable ||
        strncmp(assignment->variable, "kitsune_", strlen("kitsune_")) == 0 ||
        !binary_section_at(binary, (uint64_t)assignment->value.number))
        return;
    check_say(search->check, SUBJECT_KEPT, SEVERITY_WARNING, search->version, assignment->place,
              "'%s' stores %s in %s: the address is not valid after an update",
              assignment->function,
              function ? arena_format(search->arena, "'%s'", function->name)
                       : data_text(search, (uint64_t)assignment->value.number),
              library_text(search, assignment->variable));
    check_help(search->check, SUBJECT_KEPT, "set it again in the new version, before its update "
               "point, also when kitsune_is_updating()");
}

/* ---- All of it ----------------------------------------------------------------------------- */

static void note_unreadable(const struct search *search)
{
    check_say(search->check, SUBJECT_KEPT, SEVERITY_NOTE, search->version,
              (struct source_place){0}, "what the program gives to libraries is not known: machine "
              "code is read on x86-64 only");
}

void check_kept(struct readiness *check)
{
    struct search search = {.check = check, .version = check->old, .arena = arena_new()};
    const struct calls *calls = check->old->calls;
    size_t i;
    int k;

    if (!calls->is_readable && search.version->binary->elf)
        note_unreadable(&search);
    find_ways(&search);
    for (i = 0; i < calls->count; i++) {
        for (k = 0; k < ARGUMENT_COUNT; k++)
            check_argument(&search, &calls->list[i], k);
        say_gathered(&search, &calls->list[i]);
    }
    for (i = 0; i < calls->assignment_count; i++)
        check_assignment(&search, &calls->assignments[i]);
    arena_free(search.arena);
}
