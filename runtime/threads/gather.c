/* gather.c -- the gatherer: a thread of the runtime's own that brings all others to their update
 * points.
 *
 * It exists from the moment the program starts its second thread; until then the runtime has no
 * thread (see service.h), and from then on libc has gone over to its slower paths anyway.  All
 * signals are blocked in it, and it waits without a clock until it is woken.
 *
 *      (asleep) --wake, there is a request--> gathering --all stand--> leading --> (asleep)
 *                                                |                       main loads the new version,
 *                                                +--> cancelled           the threads enter it
 *
 * While it gathers it interrupts those that do not stand yet, again and again with growing
 * pauses: whoever looked at kitsune_pending just before it was set, and blocked just after it was
 * signalled, is woken by the next signal.
 */
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../message.h"
#include "../program.h"
#include "../report.h"
#include "../update.h"
#include "thread.h"

enum {
    FIRST_PAUSE = 200 * 1000, /* nanoseconds */
    LONGEST_PAUSE = 10 * 1000 * 1000,
    /* A lock that two threads want at their update points would make them take turns for ever. */
    MOST_RELEASES = 200,
};

static struct {
    sem_t wake;
    pid_t owner; /* the process that the gatherer runs in */
    bool is_open;     /* a request has been taken and has not ended */
    bool is_entering; /* main has arrived in the new version, the others are on their way */
    char *failure;
} gathering;

/* ---- What the others ask of it ------------------------------------------------------------------- */

bool threads_are_several(void)
{
    return gathering.owner == getpid();
}

void gatherer_wake(void)
{
    if (gathering.owner == getpid())
        sem_post(&gathering.wake);
}

void gathering_fails(char *reason)
{
    if (gathering.failure)
        free(reason);
    else
        gathering.failure = reason;
    pthread_cond_broadcast(&gate_changed);
}

const char *gathering_failure(void)
{
    return gathering.failure;
}

void gathering_enters(void)
{
    gathering.is_entering = true;
    pthread_cond_broadcast(&gate_changed);
}

static void release_all(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->state == THREAD_PARKED && thread->order == ORDER_STAY)
            give_order(thread, ORDER_GO_ON);
}

void gathering_ends(bool committed)
{
    gathering.is_open = gathering.is_entering = false;
    free(gathering.failure);
    gathering.failure = NULL;
    threads_forget_changes();
    if (!committed)
        release_all();
    held_threads_release(committed);
    pthread_cond_broadcast(&gate_changed);
}

/* ---- Bringing them ------------------------------------------------------------------------------- */

static bool is_late(const struct thread *thread)
{
    return thread->state == THREAD_RUNNING || thread->state == THREAD_ENTERED;
}

/* Waits of libc that go on after a signal end by a wake-up, which their callers must expect. */
static void wake_wait(struct thread *thread)
{
    pthread_mutex_lock(&thread->wait.lock);
    if (thread->wait.condition)
        pthread_cond_broadcast(thread->wait.condition);
    if (thread->wait.callback)
        thread->wait.callback(thread->wait.argument);
    pthread_mutex_unlock(&thread->wait.lock);
}

static void interrupt_late(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (is_late(thread)) {
            thread_interrupt(thread);
            wake_wait(thread);
        }
    pthread_cond_broadcast(&gate_changed); /* for those that join */
}

static struct thread *first_late(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (is_late(thread))
            return thread;
    return NULL;
}

static struct thread *main_thread(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->is_main)
            return thread;
    return NULL;
}

static void pause_for(int64_t nanoseconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += nanoseconds;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_clockwait(&gate_changed, &gate, CLOCK_MONOTONIC, &until);
}

/* ---- Who cannot come ----------------------------------------------------------------------------- */

static char *describe_conflict(struct thread *waiting, const struct thread *holder,
                               const void *lock)
{
    char *who = describe_thread(waiting);
    char *what = describe_lock(lock);
    char *message = message_format(
        "%s waits for %s, which thread %d holds at the update point '%s': let it go before the update "
        "point, or call kitsune_update_holding(\"%s\", &mutex) there", who, what, holder->tid,
        holder->point ? holder->point : "?", holder->point ? holder->point : "?");
    free(who);
    free(what);
    return message;
}

static char *describe_own_lock(struct thread *thread, const void *lock)
{
    char *who = describe_thread(thread);
    char *what = describe_lock(lock);
    char *message = message_format(
        "%s waits for %s, which it has held since its update point '%s' in the old version: a lock "
        "stays held through an update; let it go before the update point, do not take it again "
        "while kitsune_is_updating(), or call kitsune_update_holding(\"%s\", &mutex)", who, what,
        thread->point, thread->point);
    free(who);
    free(what);
    return message;
}

/* A thread that stands at its update point with a lock that a late one wants goes on once more, so
 * that it lets go of it.  Gives the reason to give up when that has not helped. */
static char *release_lock_holders(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        void *lock;
        struct thread *holder = is_late(thread) ? lock_holder(thread, &lock) : NULL;
        if (!holder || holder == thread)
            continue;
        if (holder->state != THREAD_PARKED || ++holder->times_released > MOST_RELEASES)
            return describe_conflict(thread, holder, lock);
        if (holder->order == ORDER_STAY)
            give_order(holder, ORDER_GO_ON);
    }
    return NULL;
}

/* In the new version nobody can go on once more: the commit is for all at once. */
static void watch_entering(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        void *lock;
        struct thread *holder =
            thread->state == THREAD_ENTERED ? lock_holder(thread, &lock) : NULL;
        if (holder == thread) {
            gathering_fails(describe_own_lock(thread, lock));
            return;
        }
        if (holder && holder->state == THREAD_ARRIVED) {
            gathering_fails(describe_conflict(thread, holder, lock));
            return;
        }
    }
}

static char *describe_late(int64_t waited)
{
    struct thread *late = first_late();
    unsigned others = 0;
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        others += thread != late && is_late(thread);
    char *who = describe_thread(late);
    char *message = others ? message_format("after %.1f s %s has not come to an update point, nor "
                                            "have %u others", (double)waited / 1e9, who, others)
                           : message_format("after %.1f s %s has not come to an update point",
                                            (double)waited / 1e9, who);
    free(who);
    return message;
}

/* ---- Gathering ----------------------------------------------------------------------------------- */

/* NULL when all stand at their points; else the reason to give up (malloc). */
static char *collect(void)
{
    int64_t started = monotonic_time(), deadline = update_gathering_deadline(started);
    for (int64_t pause = FIRST_PAUSE; first_late(); pause *= 2) {
        if (!main_thread())
            return copy_string("the thread that ran main has ended, and only it can load a new "
                               "version: let it wait in pthread_join instead of pthread_exit");
        if (monotonic_time() > deadline)
            return describe_late(monotonic_time() - started);
        if (update_is_withdrawn())
            return copy_string("the requester went away");
        char *reason = pause > FIRST_PAUSE ? release_lock_holders() : NULL;
        if (reason)
            return reason;
        interrupt_late();
        pause_for(pause < LONGEST_PAUSE ? pause : LONGEST_PAUSE);
        if (pause > LONGEST_PAUSE)
            pause = LONGEST_PAUSE;
    }
    return main_thread() ? NULL : copy_string("the thread that ran main has ended");
}

/* Main does the work; while the threads are on their way in the new version they may have to be
 * interrupted, too. */
static void watch_leading(void)
{
    give_order(main_thread(), ORDER_LEAD);
    for (int64_t pause = FIRST_PAUSE; gathering.is_open;) {
        if (!gathering.is_entering) {
            pthread_cond_wait(&gate_changed, &gate);
            continue;
        }
        interrupt_late();
        pause_for(pause);
        pause = 2 * pause < LONGEST_PAUSE ? 2 * pause : LONGEST_PAUSE;
        if (gathering.is_entering && pause > 4 * FIRST_PAUSE)
            watch_entering();
    }
}

static void *gather(void *ignored)
{
    (void)ignored;
    sigset_t mask;
    gate_lock(&mask);
    for (;;) {
        pthread_mutex_unlock(&gate);
        while (sem_wait(&gathering.wake) != 0 && errno == EINTR)
            ;
        pthread_mutex_lock(&gate);
        if (!update_take_request()) {
            release_all();
            continue;
        }
        gathering.is_open = true;
        char *reason = collect();
        if (reason) {
            update_cancel(reason);
            gathering_ends(false);
        } else {
            watch_leading();
        }
    }
    return NULL;
}

/* ---- Start --------------------------------------------------------------------------------------- */

static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;

static bool start(void)
{
    pthread_t handle;
    pthread_attr_t attributes;
    sigset_t all, mask;
    memset(&gathering, 0, sizeof gathering);
    sem_init(&gathering.wake, 0, 0);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, (size_t)512 << 10);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &mask);
    int error = pthread_create(&handle, &attributes, gather, NULL);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    pthread_attr_destroy(&attributes);
    if (error)
        return false;
    pthread_setname_np(handle, "kitsune");
    gathering.owner = getpid();
    return true;
}

bool gatherer_start(void)
{
    pthread_mutex_lock(&start_lock);
    bool started = gathering.owner == getpid() || start();
    pthread_mutex_unlock(&start_lock);
    return started;
}
