/* involved.c -- the threads that keep an update from happening: in a sentence, which becomes the
 * reason, and each with its stack, for the report.
 *
 * The sentence names the thread that waits and the one that holds.  The report has, in this
 * order and as far as there is room (thread_stack.h), the one that waits, the one that holds or
 * those that may, and the others that have not come.  Nothing of this is prepared while threads
 * come to their points: each is asked when the update is given up.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/message.h"
#include "control/failure.h"
#include "thread.h"

enum { MOST_NAMED = 4 }; /* in the sentence */

/* "list_lock", or its address; malloc. */
static char *lock_name(const void *lock)
{
    const char *name = variable_name(lock);
    return name ? copy_string(name) : message_format("%p", lock);
}

/* ---- In the report --------------------------------------------------------------------------- */

/* A thread, and what is known of it before it has been asked. */
struct involved {
    struct thread *thread;
    enum thread_role role;
    const void *waits_for, *holds;
};

/* Where it stands with the lock, or stood before it was let go on. */
static const char *holding_point(const struct thread *holder)
{
    return holder->point ? holder->point : holder->times_released ? holder->point_text : NULL;
}

static struct thread_stack *make_stack(const struct involved *involved, struct thread_stack *stack)
{
    const struct thread *thread = involved->thread;
    char name[32];
    read_task_file(thread->tid, "comm", name, sizeof name);
    *stack = (struct thread_stack){
        .tid = thread->known_as,
        .role = involved->role,
        .name = copy_string(name),
        .waits_for = involved->waits_for ? lock_name(involved->waits_for) : NULL,
        .holds = involved->holds ? lock_name(involved->holds) : NULL,
        .doing = thread_stands(thread) ? NULL : describe_doing(thread),
        .point = thread_stands(thread) && thread->point ? copy_string(thread->point) : NULL,
    };
    return stack;
}

/* Asks it, and adds it to the report; the functions of the program that it is in, "take < serve"
 * (malloc), or NULL. */
static char *tell(const struct involved *involved)
{
    static void *trace[MOST_FRAMES]; /* a late answer must not land on a stack that has gone */
    struct thread_stack stack;
    make_stack(involved, &stack);
    int length = thread_trace(involved->thread, trace);
    char *functions = program_functions(trace, length);
    failure_thread(&stack, trace, length);
    return functions;
}

/* The same, once. */
static void tell_further(const struct involved *involved)
{
    if (failure_wants_thread(involved->thread->known_as))
        free(tell(involved));
}

/* Those that have not come, besides those that have been told of. */
static void tell_other_late(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        if (!is_late(thread))
            continue;
        struct wanted_lock wanted = wanted_lock(thread);
        bool waits = wanted.kind != WANTS_NOTHING;
        tell_further(&(struct involved){thread, waits ? ROLE_WAITS : ROLE_LATE,
                                        waits ? wanted.address : NULL, NULL});
    }
}

void involved_complete(void)
{
    void *trace[MOST_FRAMES];
    int length = thread_trace(this_thread, trace);
    failure_complete_thread(this_thread->known_as, trace, length);
}

/* ---- In a sentence --------------------------------------------------------------------------- */

/* "thread 4711 (worker), in read, at serve < worker,"; malloc. */
static char *describe(const struct involved *involved)
{
    const struct thread *thread = involved->thread;
    char name[32];
    read_task_file(thread->tid, "comm", name, sizeof name);
    char *doing = describe_doing(thread); /* before it is asked, which interrupts it */
    char *functions = tell(involved);
    char *text = message_format("%s %d (%s), %s%s%s,",
                                thread->is_main ? "the main thread" : "thread",
                                (int)thread->known_as, name, doing, functions ? " in " : "",
                                functions ? functions : "");
    free(functions);
    free(doing);
    return text;
}

static char *describe_waiting(struct thread *thread, const void *lock)
{
    return describe(&(struct involved){thread, ROLE_WAITS, lock, NULL});
}

static char *describe_crashed(struct thread *waiting, struct thread *holder, const void *lock)
{
    char *who = describe_waiting(waiting, lock);
    tell_further(&(struct involved){holder, ROLE_HOLDS, NULL, lock});
    char *what = lock_name(lock);
    char *message = message_format("%s waits for the lock %s, which thread %d held when it "
                                   "crashed, and nobody would let go", who, what, holder->known_as);
    free(who);
    free(what);
    return message;
}

char *describe_conflict(struct thread *waiting, struct thread *holder, const void *lock)
{
    if (holder->has_crashed)
        return describe_crashed(waiting, holder, lock);
    char *who = describe_waiting(waiting, lock);
    struct wanted_lock wanted = {.kind = WANTS_NOTHING};
    if (!thread_stands(holder)) /* then it may wait in its turn */
        wanted = wanted_lock(holder);
    tell_further(&(struct involved){holder, ROLE_HOLDS,
                                    wanted.kind != WANTS_NOTHING ? wanted.address : NULL, lock});
    char *what = lock_name(lock);
    const char *point = holding_point(holder);
    char *message =
        point ? message_format("%s waits for the lock %s, which thread %d holds at the update "
                               "point '%s': let it go before the update point, or call "
                               "kitsune_update_holding(\"%s\", &mutex) there", who, what,
                               holder->known_as, point, point)
              : message_format("%s waits for the lock %s, which thread %d holds, and that has not "
                               "come to an update point either", who, what, holder->known_as);
    free(who);
    free(what);
    return message;
}

char *describe_own_lock(struct thread *thread, const void *lock)
{
    char *who = describe(&(struct involved){thread, ROLE_WAITS, lock, lock});
    char *what = lock_name(lock);
    char *message = message_format(
        "%s waits for the lock %s, which it has held since its update point '%s' in the old "
        "version: a lock stays held through an update; let it go before the update point, do not "
        "take it again while kitsune_is_updating(), or call kitsune_update_holding(\"%s\", &mutex)",
        who, what, thread->point, thread->point);
    free(who);
    free(what);
    return message;
}

/* "thread 12 at 'worker', thread 13 at 'worker' and 3 others". */
static char *describe_candidates(const struct thread *waiting, const void *lock)
{
    unsigned count = 0;
    char *text = copy_string("");
    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        if (thread == waiting || !thread_stands(thread))
            continue;
        tell_further(&(struct involved){thread, ROLE_MAY_HOLD, NULL, lock});
        if (count++ >= MOST_NAMED)
            continue;
        char *longer = message_format("%s%sthread %d at '%s'", text, *text ? ", " : "",
                                      (int)thread->known_as, thread->point ? thread->point : "?");
        free(text);
        text = longer;
    }
    char *whole = count > MOST_NAMED
                      ? message_format("%s and %u others", text, count - MOST_NAMED)
                  : count ? copy_string(text)
                          : copy_string("nobody stands");
    free(text);
    return whole;
}

static char *describe_unknown_holder(const struct thread *waiting, const void *lock)
{
    char *candidates = describe_candidates(waiting, lock);
    char *what = lock_name(lock);
    char *text = message_format(
        "; it waits for %s (a spin lock, a semaphore, a barrier, or a lock held by readers), which "
        "does not say who has to let go; those at their update points: %s", what, candidates);
    free(candidates);
    free(what);
    return text;
}

/* ---- Time is up ------------------------------------------------------------------------------ */

/* One that waits for a lock tells more than who has that. */
static struct thread *most_telling_late(struct wanted_lock *wanted)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        *wanted = is_late(thread) ? wanted_lock(thread) : (struct wanted_lock){0};
        if (wanted->kind != WANTS_NOTHING && wanted->holder != thread)
            return thread;
    }
    *wanted = (struct wanted_lock){.kind = WANTS_NOTHING};
    return first_late();
}

static char *describe_reason(struct thread *late, const struct wanted_lock *wanted)
{
    if (wanted->kind == WANTS_OF_HOLDER)
        return describe_conflict(late, wanted->holder, wanted->address);
    bool waits = wanted->kind == WANTS_OF_ANYBODY;
    char *who = describe(&(struct involved){late, waits ? ROLE_WAITS : ROLE_LATE,
                                            waits ? wanted->address : NULL, NULL});
    char *holder = waits ? describe_unknown_holder(late, wanted->address) : copy_string("");
    char *reason = late->state == THREAD_ENTERED
                       ? message_format("%s has not come to its update point '%s' in the new "
                                        "version%s",
                                        who, late->point, holder)
                       : message_format("%s has not come to an update point%s", who, holder);
    free(who);
    free(holder);
    return reason;
}

/* What a thread that waits for no lock, and has not come, lacks. */
static void advise_on_late(const struct thread *late)
{
    if (blocked_in(late).number >= 0)
        failure_advise("a request interrupts that call, which fails with EINTR: let the thread go "
                       "round to its update point then, instead of calling again");
    else
        failure_advise("the loop that it is in needs an update point: kitsune_update(\"name\")");
}

char *describe_late(int64_t waited)
{
    struct wanted_lock wanted;
    struct thread *late = most_telling_late(&wanted);
    unsigned others = 0;
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        others += thread != late && is_late(thread);
    char *reason = describe_reason(late, &wanted);
    if (wanted.kind == WANTS_NOTHING && late->state != THREAD_ENTERED)
        advise_on_late(late);
    tell_other_late();
    char *message = others ? message_format("after %.1f s %s; %u other%s come either",
                                            (double)waited / 1e9, reason, others,
                                            others > 1 ? "s have not" : " has not")
                           : message_format("after %.1f s %s", (double)waited / 1e9, reason);
    free(reason);
    return message;
}
