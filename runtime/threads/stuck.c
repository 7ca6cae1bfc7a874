/* stuck.c -- threads that cannot come to their update points because of what others hold, or do.
 *
 * The gatherer looks at those that are late each time it interrupts them; what they wait for,
 * and whose that is, it learns from locks.c.  Who stands and holds goes on once more.  Where
 * that does not help, involved.c says who keeps whom.
 */
#include "control/service.h"
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

bool thread_stands(const struct thread *thread)
{
    return thread->state == THREAD_PARKED || thread->state == THREAD_ARRIVED;
}

static void let_go_on(struct thread *thread)
{
    thread->goes_once_more = true;
    give_order(thread, ORDER_GO_ON);
}

bool is_somebody_returning(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->goes_once_more && is_late(thread))
            return true;
    return false;
}

/* Somebody among those that stand has to do something for a thread that waits, and it cannot be
 * known who: all go on, to their next update points. */
static void release_candidates(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->state == THREAD_PARKED && thread->order == ORDER_STAY)
            let_go_on(thread);
}

/* It waits for the same as when it was looked at last: not just for the moment. */
static bool is_stuck(struct thread *thread, const struct wanted_lock *wanted)
{
    bool was_seen = thread->stuck_on == wanted->address && thread->stuck_by == wanted->holder;
    thread->stuck_on = wanted->address;
    thread->stuck_by = wanted->holder;
    return was_seen && wanted->address;
}

/* Threads come to stand at any moment: the holder may have let go between the look at the lock
 * and the look at the holder.  One that stands does not let go, so a second look at the lock
 * decides. */
static bool stands_with_lock(struct thread *waiting, const struct wanted_lock *wanted)
{
    if (!wanted->holder || !thread_stands(wanted->holder))
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
        if (holder->has_crashed || ++holder->times_released > MOST_RELEASES)
            return describe_conflict(thread, holder, wanted.address);
        if (holder->order == ORDER_STAY)
            let_go_on(holder);
    }
    if (is_somebody_stuck)
        release_candidates();
    return NULL;
}

/* Why it will not come, in the new version; NULL: it may. */
static char *hopeless(struct thread *thread)
{
    struct wanted_lock wanted = wanted_lock(thread);
    if (!is_stuck(thread, &wanted))
        return NULL;
    if (wanted.holder == thread)
        return describe_own_lock(thread, wanted.address);
    return stands_with_lock(thread, &wanted)
               ? describe_conflict(thread, wanted.holder, wanted.address) : NULL;
}

/* In the new version nobody can go on once more: the commit is for all at once. */
void watch_entering(void)
{
    for (struct thread *thread = all_threads; thread && !gathering_failure();
         thread = thread->next) {
        char *reason = thread->state == THREAD_ENTERED ? hopeless(thread) : NULL;
        if (reason)
            gathering_fails(reason);
    }
}

void watch_leader(struct thread *leader)
{
    char *reason = gathering_failure() ? NULL : hopeless(leader);
    if (!reason)
        return;
    gathering_fails(reason);
    service_end_arrival();
}
