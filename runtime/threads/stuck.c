/* stuck.c -- threads that cannot come to their update points because of what others hold, or do.
 *
 * The gatherer looks at those that are late each time it interrupts them; what they wait for, and whose
 * that is, it learns from locks.c.  Who stands and holds goes on once more.
 */
#include <stdlib.h>

#include "common/message.h"
#include "thread.h"

/* A lock that two threads want at their update points would make them take turns for ever. */
enum { MOST_RELEASES = 200 };

bool is_late(const struct thread *thread)
{
    return thread->state == THREAD_RUNNING || thread->state == THREAD_ENTERED;
}

struct thread *first_late(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (is_late(thread))
            return thread;
    return NULL;
}

static bool stands(const struct thread *thread)
{
    return thread->state == THREAD_PARKED || thread->state == THREAD_ARRIVED;
}

static char *describe_crashed(struct thread *waiting, const struct thread *holder,
                              const void *lock)
{
    char *who = describe_thread(waiting);
    char *what = describe_lock(lock);
    char *message = message_format("%s waits for %s, which thread %d held when it crashed, and nobody "
                                   "would let go", who, what, holder->tid);
    free(who);
    free(what);
    return message;
}

/* Somebody among those that stand has to do something for a thread that waits, and it cannot be known
 * who: all go on, to their next update points. */
static void release_candidates(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->state == THREAD_PARKED && thread->order == ORDER_STAY)
            give_order(thread, ORDER_GO_ON);
}

/* It waits for the same as when it was looked at last: not just for the moment. */
static bool is_stuck(struct thread *thread, const struct wanted_lock *wanted)
{
    bool was_seen = thread->stuck_on == wanted->address && thread->stuck_by == wanted->holder;
    thread->stuck_on = wanted->address;
    thread->stuck_by = wanted->holder;
    return was_seen && wanted->address;
}

/* Threads come to stand at any moment: the holder may have let go between the look at the lock and the
 * look at the holder.  One that stands does not let go, so a second look at the lock decides. */
static bool stands_with_lock(struct thread *waiting, const struct wanted_lock *wanted)
{
    if (!wanted->holder || !stands(wanted->holder))
        return false;
    struct wanted_lock again = wanted_lock(waiting);
    return again.holder == wanted->holder && again.address == wanted->address;
}

/* A thread that stands at its update point with a lock that a late one wants goes on once more, so
 * that it lets go of it.  Gives the reason to give up when that has not helped. */
char *release_lock_holders(void)
{
    bool is_somebody_stuck = false;
    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        if (!is_late(thread))
            continue;
        struct wanted_lock wanted = wanted_lock(thread);
        bool stuck = is_stuck(thread, &wanted);
        if (wanted.kind == WANTS_OF_ANYBODY)
            is_somebody_stuck |= stuck;
        struct thread *holder = wanted.holder;
        if (!stands_with_lock(thread, &wanted))
            continue;
        if (holder->has_crashed)
            return describe_crashed(thread, holder, wanted.address);
        if (++holder->times_released > MOST_RELEASES)
            return describe_conflict(thread, holder, wanted.address);
        if (holder->order == ORDER_STAY)
            give_order(holder, ORDER_GO_ON);
    }
    if (is_somebody_stuck)
        release_candidates();
    return NULL;
}

/* In the new version nobody can go on once more: the commit is for all at once. */
void watch_entering(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        struct wanted_lock wanted = {.kind = WANTS_NOTHING};
        if (thread->state == THREAD_ENTERED)
            wanted = wanted_lock(thread);
        if (!is_stuck(thread, &wanted))
            continue;
        if (wanted.holder == thread) {
            gathering_fails(describe_own_lock(thread, wanted.address));
            return;
        }
        if (stands_with_lock(thread, &wanted)) {
            gathering_fails(describe_conflict(thread, wanted.holder, wanted.address));
            return;
        }
    }
}

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
    char *who = describe_thread(late);
    char *holder = wanted->kind == WANTS_OF_ANYBODY ? describe_unknown_holder(late, wanted) : NULL;
    char *reason = message_format("%s has not come to an update point%s%s", who,
                                  holder ? "; " : "", holder ? holder : "");
    free(who);
    free(holder);
    return reason;
}

char *describe_late(int64_t waited)
{
    struct wanted_lock wanted;
    struct thread *late = most_telling_late(&wanted);
    unsigned others = 0;
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        others += thread != late && is_late(thread);
    char *reason = describe_reason(late, &wanted);
    char *message = others ? message_format("after %.1f s %s; %u others have not come either",
                                            (double)waited / 1e9, reason, others)
                           : message_format("after %.1f s %s", (double)waited / 1e9, reason);
    free(reason);
    return message;
}
