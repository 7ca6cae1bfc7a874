/* park.c -- standing at an update point, entering the new version from there, and going back.
 * The states are drawn in thread.h. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "update/crash.h"
#include "program/frames.h"
#include "common/message.h"
#include "program/migration.h"
#include "update/probation.h"
#include "control/service.h"
#include "update/update.h"
#include "copies.h"
#include "futex.h"
#include "thread.h"

void set_point(struct thread *thread, const char *point)
{
    if (thread->point != thread->point_text)
        free((char *)thread->point);
    thread->point = NULL;
    if (!point)
        return;
    size_t size = strlen(point) + 1;
    thread->point = size <= sizeof thread->point_text ? memcpy(thread->point_text, point, size)
                                                      : copy_string(point);
}

/* ---- Orders ---------------------------------------------------------------------------------- */

/* Counts orders; all that stand sleep on this word.  A hundred threads are woken by one call,
 * and who wakes them is not interrupted by each. */
static _Atomic int orders_given;

/* One alone is woken with few others, which look and sleep again; main, which is woken most,
 * with none. */
static unsigned wake_bit(const struct thread *thread)
{
    return thread->is_main ? 1u << 31 : 1u << thread->serial % 31;
}

void place_order(struct thread *thread, enum thread_order order)
{
    if (order == ORDER_GO_ON) {
        set_point(thread, NULL);
        set_state(thread, THREAD_RUNNING);
    } else if (order == ORDER_ENTER) {
        set_state(thread, THREAD_ENTERED);
    }
    atomic_store(&thread->order, order);
}

void tell_orders(void)
{
    orders_given++;
    futex_wake_as(&orders_given, FUTEX_BITSET_MATCH_ANY);
}

void give_order(struct thread *thread, enum thread_order order)
{
    unsigned bit = wake_bit(thread);
    place_order(thread, order); /* and it may be gone */
    orders_given++;
    futex_wake_as(&orders_given, bit);
}

void order_to_tell(struct thread *thread)
{
    int not_ordered = ORDER_STAY;
    if (!atomic_compare_exchange_strong(&thread->order, &not_ordered, ORDER_TELL))
        return;
    orders_given++;
    futex_wake_as(&orders_given, wake_bit(thread));
}

enum thread_order await_order(struct thread *self)
{
    for (;;) {
        /* Before the look, so that what is given behind it ends the sleep. */
        int seen = orders_given;
        int order = atomic_exchange(&self->order, ORDER_STAY);
        if (order == ORDER_TELL)
            tell_whereabouts();
        else if (order != ORDER_STAY)
            return order;
        else
            futex_wait_as(&orders_given, seen, wake_bit(self));
    }
}

/* ---- In the new version ---------------------------------------------------------------------- */

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
    if (migration_has_thread_locals()) {
        update_migration_starts();
        migration_thread_locals();
        update_migration_ends();
    }
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
    block_signals(NULL);
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
    if (!self) {
        library_thread_was_interrupted(machine);
        return;
    }
    thread_signal_came();
    note_whereabouts(machine);
    if (self->must_retreat && may_be_abandoned(machine, self->retreat_tries++))
        go_back(self);
}

static void cannot_enter(struct thread *self)
{
    pthread_mutex_lock(&gate);
    gathering_fails(copy_string("no address space for the threads' new stacks: lower `ulimit -s`"));
    set_state(self, THREAD_PARKED);
    pthread_mutex_unlock(&gate);
}

/* In the old version's context; back there when the new version is given up. */
static void enter(struct thread *self)
{
    struct stack *stack = stack_take(self->base.size); /* it may have asked for a large one */
    if (!stack) {
        cannot_enter(self);
        return;
    }
    self->cleanup_chain = cleanup_chain();
    set_cleanup_chain(self->base_cleanup_chain);
    frames_leave();
    context_prepare(self->other, stack, begin_in_new_version);
    crash_stack_take();
    struct update_callback callback = update_callback_take(self);
    stress();
    context_switch(self->running, self->other);
    update_callback_give_back(self, callback);
    if (!probation_is_on())
        crash_stack_undo();
    frames_restore();
    set_cleanup_chain(self->cleanup_chain);
    context_end(self->other);
    /* Under the gate: whoever orders the others back looks at the state first. */
    pthread_mutex_lock(&gate);
    self->must_retreat = 0;
    self->retreat_tries = 0;
    set_state(self, THREAD_PARKED);
    pthread_mutex_unlock(&gate);
}

static void take_over(struct thread *self)
{
    struct context *left = self->running;
    if (!probation_is_on())
        crash_stack_give_back();
    frames_commit();
    context_end(left);
    self->has_crashed = false;
    self->running = self->other;
    self->other = left;
    self->start = self->new_start;
    self->argument = self->new_argument;
}

/* The mutex that kitsune_update_holding lets go while the thread stands.  Each version has its own:
 * a thread that comes back from the new one takes that of the old. */
static void release_held(pthread_mutex_t *held)
{
    if (held)
        pthread_mutex_unlock(held);
}

static void take_held(pthread_mutex_t *held)
{
    if (held)
        pthread_mutex_lock(held);
}

void park_arrived(pthread_mutex_t *held)
{
    struct thread *self = this_thread;
    release_held(held);
    block_signals(NULL);
    stand(self, THREAD_ARRIVED);
    if (await_order(self) == ORDER_RETREAT)
        go_back(self);
    take_over(self);
    stress();
    pthread_sigmask(SIG_SETMASK, &self->mask, NULL);
    take_held(held);
}

/* ---- In the running version ------------------------------------------------------------------ */

/* Of main alone: loads the new version and enters it.  Comes back when that was not to be. */
static void lead(struct thread *self)
{
    pthread_sigmask(SIG_SETMASK, &self->mask, NULL);
    struct update_callback callback = update_callback_take(self);
    update_lead(self->point);
    update_callback_give_back(self, callback);
    sigset_t mask;
    gate_lock(&mask);
    gathering_ends(false);
    pthread_mutex_unlock(&gate);
}

/* The new version has no use for this thread, and its own code is gone already. */
static void end_thread(struct thread *self)
{
    set_cleanup_chain(self->base_cleanup_chain);
    frames_leave();
    frames_commit();
    pthread_mutex_lock(&gate);
    set_point(self, NULL);
    set_state(self, THREAD_RUNNING);
    pthread_mutex_unlock(&gate);
    pthread_sigmask(SIG_SETMASK, &self->mask, NULL);
    thread_finish(NULL);
}

/* Comes back with the next order. */
static enum thread_order follow(struct thread *self, enum thread_order order)
{
    if (order == ORDER_NOTE_PLACE)
        return note_place(self);
    if (order == ORDER_LEAD)
        lead(self);
    else if (order == ORDER_ENTER)
        enter(self);
    else if (order == ORDER_END)
        end_thread(self);
    return await_order(self);
}

void park(const char *point, pthread_mutex_t *held)
{
    struct thread *self = this_thread;
    release_held(held);
    block_signals(&self->mask);
    set_point(self, point);
    stand(self, THREAD_PARKED);
    gatherer_note_parked();
    for (enum thread_order order = await_order(self); order != ORDER_GO_ON;)
        order = follow(self, order);
    stress();
    pthread_sigmask(SIG_SETMASK, &self->mask, NULL);
    take_held(held);
}
