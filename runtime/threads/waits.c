/* waits.c -- waits of libc that go on after a signal: conditions, joins, sigwait.
 *
 * The program's calls come here (see entry.c).  A condition wait may end without cause at any
 * time, POSIX says, and its caller must look again; so the gatherer wakes it, and the thread comes
 * round to an update point in its loop.  A join cannot end early; but a thread that waits in one
 * does nothing else, and it stands at an update point of its own, "pthread_join".
 */
#include <errno.h>
#include <signal.h>
#include <threads.h>
#include <time.h>

#include <kitsune/entry.h>

#include "common/log.h"
#include "program/program.h"
#include "control/service.h"
#include "update/update.h"
#include "futex.h"
#include "thread.h"

/* ---- Conditions ------------------------------------------------------------------------------ */

static void set_wait(struct thread *self, pthread_cond_t *condition)
{
    pthread_mutex_lock(&self->wait.lock);
    self->wait.condition = condition;
    pthread_mutex_unlock(&self->wait.lock);
}

static void forget_wait(void *self)
{
    thread_waits_for_condition(false);
    set_wait(self, NULL);
}

/* `until` NULL: without end. */
static int wait_for_condition(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                              const struct timespec *until, bool has_clock)
{
    struct thread *self = this_thread;
    int error;
    set_wait(self, condition);
    thread_waits_for_condition(true);
    stress();
    pthread_cleanup_push(forget_wait, self);
    if (!until)
        error = pthread_cond_wait(condition, mutex);
    else if (has_clock)
        error = pthread_cond_clockwait(condition, mutex, clock, until);
    else
        error = pthread_cond_timedwait(condition, mutex, until);
    pthread_cleanup_pop(1);
    if (self->must_retreat) {
        pthread_mutex_unlock(mutex);
        thread_retreat_if_ordered();
    }
    return error;
}

KITSUNE_PUBLIC int kitsune_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    if (!this_thread)
        return pthread_cond_wait(condition, mutex);
    return wait_for_condition(condition, mutex, 0, NULL, false);
}

KITSUNE_PUBLIC int kitsune_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                          const struct timespec *until)
{
    if (!this_thread)
        return pthread_cond_timedwait(condition, mutex, until);
    return wait_for_condition(condition, mutex, 0, until, false);
}

KITSUNE_PUBLIC int kitsune_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                          clockid_t clock, const struct timespec *until)
{
    if (!this_thread)
        return pthread_cond_clockwait(condition, mutex, clock, until);
    return wait_for_condition(condition, mutex, clock, until, true);
}

/* ---- Joining --------------------------------------------------------------------------------- */

static const char JOIN_POINT[] = "pthread_join";

/* Counts ends of threads, and updates that are asked for. */
static _Atomic int ends;
static _Atomic unsigned joining_count;

void joins_wake(void)
{
    ends++;
    if (joining_count)
        futex_wake(&ends, INT_MAX);
}

static bool is_known(pthread_t handle)
{
    sigset_t mask;
    gate_lock(&mask);
    bool is_there = registry_find(handle) != NULL;
    gate_unlock(&mask);
    return is_there;
}

static void one_less_joins(void *ignored)
{
    (void)ignored;
    joining_count--;
}

/* Until the thread has ended, as far as we know it; an update may come in between.  The counter is
 * read before anything else is looked at: what comes after that ends the sleep at once. */
static void await_end(pthread_t handle)
{
    /* It may have ended while the update was under way, and the point is here all the same. */
    if (update_is_migrating())
        kitsune_update(JOIN_POINT);
    for (;;) {
        int seen = ends;
        if (!is_known(handle))
            return;
        if (update_is_wanted()) {
            kitsune_update(JOIN_POINT);
            continue;
        }
        joining_count++;
        pthread_cleanup_push(one_less_joins, NULL);
        stress();
        pthread_testcancel(); /* a join is a cancellation point, and a futex is none */
        futex_wait(&ends, seen);
        pthread_testcancel();
        pthread_cleanup_pop(1);
    }
}

KITSUNE_PUBLIC int kitsune_join(pthread_t handle, void **value)
{
    if (this_thread && threads_are_several() && !pthread_equal(handle, pthread_self()))
        await_end(handle);
    return pthread_join(handle, value);
}

/* ---- Signals --------------------------------------------------------------------------------- */

KITSUNE_PUBLIC int kitsune_wait_for_signal(const sigset_t *set, int *number)
{
    for (;;) {
        int result = sigwaitinfo(set, NULL);
        if (result > 0) {
            *number = result;
            return 0;
        }
        if (errno != EINTR)
            return errno;
        thread_retreat_if_ordered();
        /* POSIX does not foresee it, but a loop around sigwait leads past an update point. */
        if (this_thread && update_is_wanted())
            return EINTR;
    }
}

/* ---- The published names --------------------------------------------------------------------- */

KITSUNE_PUBLIC int ktthreads_pthread_cond_wait(void *condition, void *mutex)
{
    return kitsune_cond_wait(condition, mutex);
}

KITSUNE_PUBLIC int ktthreads_pthread_cond_timedwait(void *condition, void *mutex,
                                                    const struct timespec *until)
{
    return kitsune_cond_timedwait(condition, mutex, until);
}

struct update_callback update_callback_take(struct thread *self)
{
    struct update_callback taken;
    pthread_mutex_lock(&self->wait.lock);
    taken = self->wait.callback;
    self->wait.callback = (struct update_callback){NULL, NULL};
    pthread_mutex_unlock(&self->wait.lock);
    return taken;
}

void update_callback_give_back(struct thread *self, struct update_callback callback)
{
    pthread_mutex_lock(&self->wait.lock);
    self->wait.callback = callback;
    pthread_mutex_unlock(&self->wait.lock);
}

KITSUNE_PUBLIC void ktthreads_update_callback(void (*callback)(void *), void *argument)
{
    if (!this_thread)
        return;
    update_callback_give_back(this_thread, (struct update_callback){callback, argument});
    /* A program with one thread has nobody to call it yet. */
    if (callback && !gatherer_start())
        log_error("no memory to start the thread that wakes this one for updates");
}
