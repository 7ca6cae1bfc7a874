/* check_threads.c -- threads that cannot take part in an update, and jumps back into frames of the
 * old version. */
#include "readiness.h"

#include <stdlib.h>
#include <string.h>

#include "check_known.h"

static enum habit habit_of(const struct call *call)
{
    const struct known_function *known = known_function(call->callee);

    return known ? known->habit : HABIT_UNKNOWN;
}

/* ---- Which functions lead to an update point ----------------------------------------------- */

static bool is_point(const struct call *call)
{
    return strcmp(call->callee, "kitsune_reach_update_point") == 0 ||
           strcmp(call->callee, "kitsune_reach_update_point_holding") == 0;
}

/* True when it changed anything. */
static bool add_callers(const struct calls *calls, const struct symbol **leading, size_t *count)
{
    size_t i, k, before = *count;

    for (i = 0; i < calls->count; i++) {
        const struct call *call = &calls->list[i];
        bool leads = is_point(call), is_known = false;

        for (k = 0; k < *count; k++) {
            leads |= !call->is_import && leading[k]->address == call->target;
            is_known |= leading[k] == call->caller;
        }
        if (leads && !is_known)
            leading[(*count)++] = call->caller;
    }
    return *count > before;
}

/* The functions that may be on the stack at an update point, as far as direct calls tell; freed
 * with free. */
static const struct symbol **find_leading(const struct version *version, size_t *count)
{
    const struct symbol **leading = calloc(version->binary->symbol_count + 1, sizeof *leading);

    *count = 0;
    while (leading && add_callers(version->calls, leading, count))
        ;
    return leading;
}

/* ---- Threads ------------------------------------------------------------------------------- */

static bool is_among_functions(const struct symbol **functions, size_t count,
                               const struct symbol *function)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (functions[i] == function)
            return true;
    return false;
}

/* Whether a thread that starts there may come to an update point: by direct calls, or by a call of
 * something unknown. */
static bool may_come_to_point(const struct version *version, const struct symbol *start)
{
    const struct calls *calls = version->calls;
    const struct symbol **reached = calloc(version->binary->symbol_count + 1, sizeof *reached);
    size_t i, next, count = 0;
    bool may_come = !reached;

    if (reached)
        reached[count++] = start;
    for (next = 0; next < count && !may_come; next++) {
        may_come = is_among_functions(calls->indirect, calls->indirect_count, reached[next]);
        for (i = 0; i < calls->count && !may_come; i++) {
            const struct call *call = &calls->list[i];
            const struct symbol *callee;

            if (call->caller != reached[next])
                continue;
            may_come = is_point(call);
            callee = call->is_import ? NULL : binary_function_at(version->binary, call->target);
            if (callee && !is_among_functions(reached, count, callee))
                reached[count++] = callee;
        }
    }
    free(reached);
    return may_come;
}

/* Does an annotation of its parameter say what it leads to? */
static bool says_argument(const struct version *version, const struct symbol *start)
{
    size_t i;

    for (i = 0; i < version->program->local_count; i++) {
        const struct local *local = &version->program->locals[i];

        if (local->is_parameter && local->annotations && strcmp(local->function, start->name) == 0)
            return true;
    }
    return false;
}

/* Numbers stay what they are, and variables are migrated by themselves.  What is on the heap is
 * found by nobody who does not know what it is. */
static void check_argument(struct readiness *check, const struct version *version,
                           const struct call *call, const struct symbol *start,
                           struct machine_value argument)
{
    if (argument.kind == VALUE_NUMBER || argument.kind == VALUE_ADDRESS || !version->program ||
        says_argument(version, start) ||
        (check->new->program && says_argument(check->new, start))) /* which counts for both */
        return;
    check_say(check, SUBJECT_THREADS, SEVERITY_WARNING, version, call->place,
              "'%s' starts a thread in '%s' and gives it something of which nothing is said: when "
              "that leads to an object, an update converts it only if a variable leads there as "
              "well",
              call->function, start->name);
    check_help(check, SUBJECT_THREADS, "annotate the parameter of '%s': void *E_T(struct TYPE) "
               "argument; void *E_OPAQUE argument when it is to stay as it is", start->name);
}

static void check_start(struct readiness *check, const struct version *version,
                        const struct call *call, const struct symbol *start)
{
    if (!may_come_to_point(version, start)) {
        check_say(check, SUBJECT_THREADS, SEVERITY_WARNING, version, call->place,
                  "'%s' starts a thread in '%s', which comes to no update point: an update is "
                  "given up while it runs", call->function, start->name);
        check_help(check, SUBJECT_THREADS, "call kitsune_update(\"name\") in its loop, or let it "
                   "have ended when the others come to theirs");
    }
    if (!check_is_single(check) && check->plan && !check_namesake(check, start)) {
        check_say(check, SUBJECT_THREADS, SEVERITY_WARNING, version, call->place,
                  "'%s' starts a thread in '%s', which the new version does not have: an update "
                  "is given up while it runs", call->function, start->name);
        check_help(check, SUBJECT_THREADS, "keep a function of that name, or write which one takes "
                   "its place: %s -> NEW_NAME", start->name);
    }
}

static void check_thread_starts(struct readiness *check, const struct version *version)
{
    size_t i;

    for (i = 0; i < version->calls->count; i++) {
        const struct call *call = &version->calls->list[i];
        bool is_of_c11 = strcmp(call->callee, "thrd_create") == 0;
        const struct symbol *start =
            value_function(version->binary, call->arguments[is_of_c11 ? 1 : 2]);

        if (habit_of(call) == HABIT_THREAD && start) {
            check_start(check, version, call, start);
            check_argument(check, version, call, start, call->arguments[is_of_c11 ? 2 : 3]);
        }
    }
}

/* ---- Jumps --------------------------------------------------------------------------------- */

static bool sets_mark(const struct version *version, const char *function)
{
    size_t i;

    for (i = 0; i < version->calls->count; i++)
        if (habit_of(&version->calls->list[i]) == HABIT_JUMP_MARK &&
            strcmp(version->calls->list[i].caller->name, function) == 0)
            return true;
    return false;
}

static void say_mark(struct readiness *check, const struct version *version,
                     const struct call *call)
{
    bool is_set_again = !check_is_single(check) && sets_mark(check->new, call->caller->name);

    check_say(check, SUBJECT_THREADS,
              is_set_again || check_is_single(check) ? SEVERITY_NOTE : SEVERITY_WARNING, version,
              call->place, "'%s' calls setjmp and leads to an update point: a longjmp after an "
              "update must not come here, for this stack is gone then", call->function);
    check_help(check, SUBJECT_THREADS, "let the new version call setjmp%s after it has migrated "
               "its variables and before anything can jump", is_set_again ? ", as it does," : "");
}

static void check_jumps(struct readiness *check, const struct version *version)
{
    size_t i, k, count;
    const struct symbol **leading = find_leading(version, &count);

    for (i = 0; leading && i < version->calls->count; i++) {
        const struct call *call = &version->calls->list[i];

        if (habit_of(call) != HABIT_JUMP_MARK)
            continue;
        for (k = 0; k < count; k++)
            if (leading[k] == call->caller)
                say_mark(check, version, call);
    }
    free(leading);
}

void check_threads(struct readiness *check)
{
    check_thread_starts(check, check->old);
    check_jumps(check, check->old);
}
