/* check_threads.c -- threads, which updates do not carry over, and jumps back into frames of the
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

/* ---- Threads ------------------------------------------------------------------------------- */

static void check_thread_starts(struct readiness *check, const struct version *version)
{
    size_t i;

    for (i = 0; i < version->calls->count; i++) {
        const struct call *call = &version->calls->list[i];
        const struct symbol *start = value_function(version->binary, call->arguments[2]);

        if (habit_of(call) != HABIT_THREAD)
            continue;
        if (strcmp(call->callee, "thrd_create") == 0)
            start = value_function(version->binary, call->arguments[1]);
        check_say(check, SUBJECT_THREADS, SEVERITY_WARNING, version, call->place,
                  "'%s' starts a thread%s%s%s: an update is refused while the program has more "
                  "than one", call->function, start ? " ('" : "", start ? start->name : "",
                  start ? "')" : "");
        check_help(check, SUBJECT_THREADS,
                   "let all threads have ended when the main thread comes to its update point");
    }
}

/* ---- Which functions lead to an update point ----------------------------------------------- */

static bool is_point(const struct call *call)
{
    return strcmp(call->callee, "kitsune_reach_update_point") == 0;
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
