/* start.c -- how threads of the program begin and end.
 *
 * A thread begins in thread_main, on the stack that libc made for it; that frame stays until the
 * thread ends, whichever version runs above it or on another stack.  The end is seen by the
 * destructor of a pthread key, because a thread may also end by pthread_exit or by being
 * cancelled; it waits for the last round of destructors, so that those of the program, which are
 * code of its version, have run before the thread stops to count.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <kitsune/entry.h>

#include "update/crash.h"
#include "common/log.h"
#include "common/message.h"
#include "update/probation.h"
#include "update/rehearsal.h"
#include "program/program.h"
#include "control/service.h"
#include "update/update.h"
#include "thread.h"

/* Present when the program runs under ThreadSanitizer, whose own end of a thread comes in the last
 * round of destructors. */
void __tsan_init(void) __attribute__((weak, visibility("default")));

static pthread_key_t end_key;
static pthread_once_t end_key_once = PTHREAD_ONCE_INIT;

/* ---- The list of cleanup handlers ---------------------------------------------------------------
 * libc keeps the newest buffer of pthread_cleanup_push in the thread's descriptor, and each knows
 * the one before it; registering and unregistering a buffer of ours reads and sets that. */

enum { PREVIOUS_BUFFER = 0 }; /* index in __pad */

void *cleanup_chain(void)
{
    __pthread_unwind_buf_t buffer;
    __pthread_register_cancel(&buffer);
    __pthread_unregister_cancel(&buffer);
    return buffer.__pad[PREVIOUS_BUFFER];
}

void set_cleanup_chain(void *chain)
{
    __pthread_unwind_buf_t buffer = {0};
    buffer.__pad[PREVIOUS_BUFFER] = chain;
    __pthread_unregister_cancel(&buffer);
}

/* ---- End ------------------------------------------------------------------------------------- */

/* One that is no longer in the list. */
static void free_thread(struct thread *thread)
{
    pthread_mutex_destroy(&thread->wait.lock);
    set_point(thread, NULL);
    free(thread->last_point);
    if (!thread->is_main) /* that is no memory of malloc's */
        free(thread);
}

/* To libc's malloc, what forked is the only thread that uses an arena: it must not see the end of
 * others.  The child of a rehearsal ends right away.  Under the gate. */
static void stay_in_rehearsal(void)
{
    if (!rehearsal_is_child())
        return;
    pthread_mutex_unlock(&gate);
    for (;;)
        pause();
}

static void thread_ends(void *argument)
{
    struct thread *thread = argument;
    int last_round = PTHREAD_DESTRUCTOR_ITERATIONS - (__tsan_init != NULL);
    if (++thread->destructor_round < last_round) {
        pthread_setspecific(end_key, thread);
        return;
    }
    sigset_t mask;
    gate_lock(&mask);
    if (thread->state == THREAD_ENTERED) {
        gathering_fails(copy_string("a thread was cancelled on its way to its update point in the "
                                    "new version"));
        stay_in_rehearsal();
    }
    registry_remove(thread);
    bool is_last = !all_threads;
    pthread_cond_broadcast(&gate_changed);
    pthread_mutex_unlock(&gate); /* signals stay blocked: there is no thread any more */
    joins_wake();
    if (is_last)
        gatherer_end();
    this_thread = NULL;
    crash_stack_free();
    if (!thread->is_main) /* libc has unwound main to where the process began */
        context_was_left_for(&thread->base);
    if (thread->running)
        context_end(thread->running);
    stack_forget_spare();
    free_thread(thread);
}

static void make_end_key(void)
{
    if (pthread_key_create(&end_key, thread_ends) != 0) {
        log_error("no pthread key is left for Kitsune");
        abort();
    }
}

void thread_finish(void *result)
{
    struct thread *self = this_thread;
    self->result = result;
    self->has_ended = true;
    context_resume(&self->base);
}

/* ---- Beginning ------------------------------------------------------------------------------- */

/* False: the version that started it was given up. */
static bool may_begin(struct thread *self)
{
    sigset_t mask;
    gate_lock(&mask);
    registry_identify(self);
    bool is_held = self->state == THREAD_HELD || self->order != ORDER_STAY;
    pthread_mutex_unlock(&gate);
    enum thread_order order = is_held ? await_order(self) : ORDER_GO_ON;
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    return order != ORDER_END;
}

static void unblock_our_signal(void)
{
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, service_signal());
    pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
}

static void *thread_main(void *argument)
{
    struct thread *self = argument;
    this_thread = self;
    pthread_once(&end_key_once, make_end_key);
    pthread_setspecific(end_key, self);
    if (!may_begin(self)) {
        pthread_detach(pthread_self());
        return NULL;
    }
    unblock_our_signal();
    if (probation_is_on())
        crash_stack_take();
    self->base_cleanup_chain = cleanup_chain();
    self->running = &self->contexts[0];
    self->other = &self->contexts[1];
    context_is_native(self->running);
    context_is_native(&self->base);
    getcontext(&self->base.machine);
    /* Reached a second time when the start function has returned on another stack. */
    self = this_thread;
    if (self->has_ended) {
        context_resumed();
        return self->result;
    }
    return self->start(self->argument);
}

static struct thread *make_thread(void *(*start)(void *), void *argument)
{
    struct thread *thread = calloc(1, sizeof *thread);
    if (!thread)
        return NULL;
    thread->start = start;
    thread->argument = argument;
    prctl(PR_GET_NAME, thread->inherited_name);
    pthread_mutex_init(&thread->wait.lock, NULL);
    return thread;
}

/* Known from before it begins, so that no update overtakes it. */
static uint64_t announce(struct thread *thread)
{
    sigset_t mask;
    gate_lock(&mask);
    thread->state = update_is_migrating() || update_is_loading() ? THREAD_HELD : THREAD_RUNNING;
    registry_add(thread);
    uint64_t serial = thread->serial;
    gate_unlock(&mask);
    return serial;
}

static void withdraw(struct thread *thread)
{
    sigset_t mask;
    gate_lock(&mask);
    registry_remove(thread);
    pthread_cond_broadcast(&gate_changed);
    gate_unlock(&mask);
    free_thread(thread);
}

KITSUNE_PUBLIC int kitsune_pthread_create(pthread_t *handle, const void *attributes,
                                          void *(*start)(void *), void *argument)
{
    if (!program.is_driven)
        return pthread_create(handle, attributes, start, argument);
    struct thread *thread = gatherer_start() ? make_thread(start, argument) : NULL;
    if (!thread)
        return EAGAIN;
    uint64_t serial = announce(thread);
    int error = pthread_create(handle, attributes, thread_main, thread);
    if (error) {
        withdraw(thread);
        return error;
    }
    stress();
    sigset_t mask;
    gate_lock(&mask);
    registry_set_handle(serial, *handle);
    gate_unlock(&mask);
    return 0;
}

KITSUNE_PUBLIC void kitsune_thread_exit(void *value)
{
    if (update_is_migrating() && this_thread && this_thread->is_main)
        update_fail("the new version's main called pthread_exit before it came to its update point");
    if (update_is_migrating() && this_thread && !is_main_thread())
        thread_fail(message_format("the thread that stood at '%s' called pthread_exit before it "
                                   "came to that update point in the new version",
                                   this_thread->point));
    if (is_main_thread() && threads_are_several()) {
        pthread_once(&end_key_once, make_end_key);
        pthread_setspecific(end_key, this_thread);
    }
    pthread_exit(value);
}

void held_threads_release(bool committed)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->state == THREAD_HELD && thread->order == ORDER_STAY) /* told once is enough */
            give_order(thread, committed ? ORDER_GO_ON : ORDER_END);
}
