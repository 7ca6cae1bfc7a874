/* park.c -- standing at an update point, entering the new version from there, and going back.
 * The states are drawn in thread.h. */
#include <stdlib.h>

#include "../crash.h"
#include "../frames.h"
#include "../message.h"
#include "../migration.h"
#include "../service.h"
#include "../update.h"
#include "thread.h"

void give_order(struct thread *thread, enum thread_order order)
{
    thread->order = order;
    pthread_cond_signal(&thread->ordered);
}

static enum thread_order await_order(struct thread *self)
{
    while (self->order == ORDER_STAY)
        pthread_cond_wait(&self->ordered, &gate);
    enum thread_order order = self->order;
    self->order = ORDER_STAY;
    return order;
}

/* ---- In the new version ------------------------------------------------------------------------- */

/* The new version's code may be interrupted by our signal alone. */
static void leave_our_signal_open(void)
{
    sigset_t held;
    sigfillset(&held);
    sigdelset(&held, service_signal());
    crash_unblock(&held);
    pthread_sigmask(SIG_SETMASK, &held, NULL);
}

/* First function on the new stack. */
static void begin_in_new_version(void)
{
    struct thread *self = this_thread;
    context_entered(self->running);
    stress();
    leave_our_signal_open(); /* not before: going back makes no sense before one is here */
    update_migration_starts();
    migration_thread_locals();
    update_migration_ends();
    void *result = self->new_start(self->new_argument);
    if (update_is_migrating())
        thread_fail(message_format("the thread that stood at '%s' returned from its start function "
                                   "before it came to that update point: a thread that the new "
                                   "version does not need is ended by kitsune_thread_remove()",
                                   self->point));
    thread_finish(result);
}

static void go_back(struct thread *self)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    update_migration_abandoned();
    context_switch(self->other, self->running);
    abort(); /* nobody comes back to a version that was given up */
}

void thread_fail(char *reason)
{
    update_migration_abandoned();
    sigset_t mask;
    gate_lock(&mask);
    gathering_fails(reason);
    pthread_mutex_unlock(&gate);
    go_back(this_thread);
    abort();
}

void thread_retreat_if_ordered(void)
{
    struct thread *self = this_thread;
    if (self && self->must_retreat)
        go_back(self);
}

void thread_was_interrupted(const void *machine)
{
    struct thread *self = this_thread;
    if (!self)
        return;
    note_whereabouts();
    if (self->must_retreat && may_be_abandoned(machine, self->retreat_tries++))
        go_back(self);
}

/* Under the gate, in the old version's context; back there when the new version is given up. */
static void enter(struct thread *self)
{
    struct stack *stack = stack_take(self->base.size); /* it may have asked for a large one */
    if (!stack) {
        gathering_fails(copy_string("no address space for the threads' new stacks: lower "
                                    "`ulimit -s`"));
        set_state(self, THREAD_PARKED);
        return;
    }
    self->cleanup_chain = cleanup_chain();
    set_cleanup_chain(self->base_cleanup_chain);
    frames_leave();
    context_prepare(self->other, stack, begin_in_new_version);
    crash_stack_take();
    set_state(self, THREAD_ENTERED);
    pthread_mutex_unlock(&gate);
    stress();
    context_switch(self->running, self->other);
    sigset_t mask;
    gate_lock(&mask);
    crash_stack_give_back();
    frames_restore();
    set_cleanup_chain(self->cleanup_chain);
    context_end(self->other);
    self->must_retreat = 0;
    self->retreat_tries = 0;
    set_state(self, THREAD_PARKED);
}

static void take_over(struct thread *self)
{
    struct context *left = self->running;
    ktthreads_update_callback(NULL, NULL); /* code of the old version */
    crash_stack_give_back();
    frames_commit();
    context_end(left);
    self->running = self->other;
    self->other = left;
    self->start = self->new_start;
    self->argument = self->new_argument;
}

static void stand_up(struct thread *self)
{
    free(self->point);
    self->point = NULL;
    self->times_released = 0;
    set_state(self, THREAD_RUNNING);
}

/* The mutex that kitsune_update_holding lets go while the thread stands. */
static void release_held(struct thread *self, pthread_mutex_t *held)
{
    self->released = held;
    if (held)
        pthread_mutex_unlock(held);
}

static void take_held(struct thread *self)
{
    pthread_mutex_t *held = self->released;
    self->released = NULL;
    if (held)
        pthread_mutex_lock(held);
}

void park_arrived(pthread_mutex_t *held)
{
    struct thread *self = this_thread;
    sigset_t mask;
    release_held(self, held);
    gate_lock(&mask);
    set_state(self, THREAD_ARRIVED);
    if (await_order(self) == ORDER_RETREAT) {
        pthread_mutex_unlock(&gate);
        go_back(self);
    }
    take_over(self);
    stand_up(self);
    gate_unlock(&self->mask);
    take_held(self);
}

/* ---- In the running version --------------------------------------------------------------------- */

/* Of main alone: loads the new version and enters it.  Comes back when that was not to be. */
static void lead(struct thread *self)
{
    pthread_mutex_unlock(&gate);
    pthread_sigmask(SIG_SETMASK, &self->mask, NULL);
    update_lead(self->point);
    sigset_t mask;
    gate_lock(&mask);
    gathering_ends(false);
}

/* The new version has no use for this thread, and its own code is gone already. */
static void end_thread(struct thread *self)
{
    set_cleanup_chain(self->base_cleanup_chain);
    frames_leave();
    frames_commit();
    stand_up(self);
    gate_unlock(&self->mask);
    thread_finish(NULL);
}

void park(const char *point, pthread_mutex_t *held)
{
    struct thread *self = this_thread;
    release_held(self, held);
    gate_lock(&self->mask);
    self->point = copy_string(point);
    set_state(self, THREAD_PARKED);
    gatherer_wake();
    for (enum thread_order order; (order = await_order(self)) != ORDER_GO_ON;) {
        if (order == ORDER_LEAD)
            lead(self);
        else if (order == ORDER_ENTER)
            enter(self);
        else if (order == ORDER_END)
            end_thread(self);
    }
    stand_up(self);
    gate_unlock(&self->mask);
    take_held(self);
}
