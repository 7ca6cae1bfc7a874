/* gather.c -- the gatherer: a thread of the runtime's own that brings all others to their update
 * points.
 *
 * It exists from the moment the program starts its second thread; until then the runtime has no
 * thread (see service.h), and from then on libc has gone over to its slower paths anyway.  All
 * signals are blocked in it, and it waits without a clock until it is woken.
 *
 *      (asleep) --wake, there is a request--> gathering --all stand--> leading --> (asleep)
 *                                                |                     main loads the new version,
 *                                                +--> cancelled          the threads enter it
 *
 * The request's signal handler has interrupted all threads by the time the gatherer wakes; they
 * come while it takes the request and reads the files, without a lock.  Those that do not stand
 * when their time is up are interrupted again, with growing pauses: whoever looked at
 * kitsune_pending just before it was set, and blocked just after it was signalled, is woken by
 * the next signal.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/message.h"
#include "update/previous.h"
#include "update/probation.h"
#include "program/program.h"
#include "control/report.h"
#include "control/service.h"
#include "update/update.h"
#include "futex.h"
#include "thread.h"

enum {
    FIRST_PAUSE = 200 * 1000, /* nanoseconds */
    /* That is late: what a thread takes to wake up and park, and some. */
    PAUSE_FOR_EACH = 20 * 1000,
    LONGEST_PAUSE = 10 * 1000 * 1000,
    LONGEST_RETURN = 500 * 1000 * 1000,
};

static struct {
    _Atomic int wake; /* 1: look for a request; the gatherer sleeps on this word */
    _Atomic bool are_interrupted; /* by who woke it */
    pid_t owner; /* the process that the gatherer runs in */
    _Atomic pid_t tid;
    _Atomic bool is_alone; /* the program's last thread has ended */
    _Atomic bool is_open; /* a request has been taken and has not ended */
    bool is_leading;  /* main has been ordered to */
    bool is_entering; /* main has arrived in the new version, the others are on their way */
    char *_Atomic failure;
} gathering;

/* ---- What the others ask of it --------------------------------------------------------------- */

bool gatherer_leads(void)
{
    return gathering.owner == getpid() && gathering.is_open;
}

bool threads_are_several(void)
{
    return gathering.owner == getpid();
}

pid_t gatherer_tid(void)
{
    return gathering.tid;
}

void gatherer_wake(void)
{
    if (gathering.owner == getpid() && !atomic_exchange(&gathering.wake, 1))
        futex_wake(&gathering.wake, 1);
}

void gatherer_wake_for_interrupted(void)
{
    gathering.are_interrupted = true;
    gatherer_wake();
}

void gatherer_end(void)
{
    gathering.is_alone = true;
    gatherer_wake();
}

/* Its state was stored before this is read, and the gatherer, which stores the other way round,
 * looks at the states afterwards: one of the two sees the other. */
void gatherer_note_parked(void)
{
    if (!gathering.is_open)
        gatherer_wake();
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

bool gathering_is_leading(void)
{
    return gathering.is_leading;
}

bool gathering_is_entering(void)
{
    return gathering.is_entering;
}

static void release_all(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        thread->times_released = 0;
        thread->goes_once_more = false;
        if (thread->state == THREAD_PARKED && thread->order == ORDER_STAY)
            place_order(thread, ORDER_GO_ON);
    }
    tell_orders();
}

void gathering_ends(bool committed)
{
    service_rest();
    gathering.is_open = gathering.is_leading = gathering.is_entering = false;
    free(gathering.failure);
    gathering.failure = NULL;
    threads_forget_changes();
    release_all(); /* after a commit: those that have come to their next point already */
    held_threads_release(committed);
    pthread_cond_broadcast(&gate_changed);
}

/* ---- Bringing them --------------------------------------------------------------------------- */

/* Waits of libc that go on after a signal end by a wake-up, which their callers must expect. */
static void wake_wait(struct thread *thread)
{
    pthread_mutex_lock(&thread->wait.lock);
    if (thread->wait.condition)
        pthread_cond_broadcast(thread->wait.condition);
    if (thread->wait.callback.function)
        thread->wait.callback.function(thread->wait.callback.argument);
    pthread_mutex_unlock(&thread->wait.lock);
}

/* What no signal ends. */
static void wake_late(void)
{
    joins_wake();
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (is_late(thread))
            wake_wait(thread);
}

static void interrupt_late(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (is_late(thread) && !thread_is_waiting_for_condition(thread))
            thread_interrupt(thread);
    wake_late();
}

static struct thread *main_thread(void)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->is_main)
            return thread;
    return NULL;
}

static void wait_until(int64_t moment)
{
    struct timespec until = {moment / 1000000000, moment % 1000000000};
    pthread_cond_clockwait(&gate_changed, &gate, CLOCK_MONOTONIC, &until);
}

/* Until nobody moves, or time is up.  Threads that end meanwhile make it look again, no more. */
static void await_standing(int64_t nanoseconds)
{
    int64_t end = monotonic_time() + nanoseconds;
    while (threads_moving() && monotonic_time() < end)
        wait_until(end);
}

static int64_t first_pause(void)
{
    int64_t pause = FIRST_PAUSE + (int64_t)threads_moving() * PAUSE_FOR_EACH;
    return pause < LONGEST_PAUSE ? pause : LONGEST_PAUSE;
}

static int64_t longer_pause(int64_t pause)
{
    return 2 * pause < LONGEST_PAUSE ? 2 * pause : LONGEST_PAUSE;
}

/* ---- Gathering ------------------------------------------------------------------------------- */

/* Who was let go on for another one is best told of where it stands. */
static void await_returning(void)
{
    int64_t end = monotonic_time() + LONGEST_RETURN;
    while (is_somebody_returning() && monotonic_time() < end) {
        interrupt_late();
        wait_until(monotonic_time() + LONGEST_PAUSE);
    }
}

static char *bring_all(int64_t started, int64_t deadline)
{
    int64_t pause = first_pause();
    size_t late = threads_moving();
    for (await_standing(pause); first_late(); await_standing(pause)) {
        if (!main_thread())
            return copy_string("the thread that ran main has ended, and only it can load a new "
                               "version: let it wait in pthread_join instead of pthread_exit");
        if (monotonic_time() > deadline) {
            await_returning();
            if (!first_late())
                break;
            return describe_late(monotonic_time() - started);
        }
        if (update_is_withdrawn())
            return copy_string("the requester went away");
        /* As long as they come, nobody asks the kernel what the others wait for: that would only
         * take the processor from them. */
        size_t still_late = threads_moving();
        char *reason = still_late < late ? NULL : release_lock_holders();
        if (reason)
            return reason;
        late = still_late;
        interrupt_late();
        pause = longer_pause(pause);
    }
    if (probation_is_waiting() && !update_is_for_crash())
        return copy_string("the running version has crashed meanwhile, on its probation");
    return main_thread() ? NULL : copy_string("the thread that ran main has ended");
}

/* The program stands still meanwhile. */
static char *await_libraries(int64_t deadline)
{
    int64_t end = monotonic_time() + LIBRARY_PATIENCE;
    for (;;) {
        char *inside = library_thread_inside();
        if (!inside)
            return NULL;
        if (first_late()) {
            free(inside);
            return NULL;
        }
        if (monotonic_time() > (end < deadline ? end : deadline))
            return library_thread_stays(inside);
        free(inside);
        wait_until(monotonic_time() + 1000000);
    }
}

/* NULL when all stand at their points; else the reason to give up (malloc). */
static char *collect(void)
{
    int64_t started = monotonic_time(), deadline = update_gathering_deadline(started);
    if (atomic_exchange(&gathering.are_interrupted, false))
        wake_late();
    else
        interrupt_late();
    char *reason;
    do /* a library's thread in the program's code may start others */
        reason = bring_all(started, deadline);
    while (!reason && !(reason = await_libraries(deadline)) && first_late());
    return reason;
}

/* Main does the work, and may wait for what one holds that stands; while the threads are on
 * their way in the new version they may have to be interrupted, too. */
static void watch_main(void)
{
    while (gathering.is_open && !gathering.is_entering) {
        wait_until(monotonic_time() + LONGEST_PAUSE);
        if (gathering.is_leading && !gathering.is_entering)
            watch_leader(main_thread());
    }
    for (int64_t pause = first_pause(); gathering.is_open; pause = longer_pause(pause)) {
        await_standing(pause);
        if (!gathering.is_open)
            return; /* and all may stand for the next update already */
        if (threads_moving() == 0) {
            pthread_cond_wait(&gate_changed, &gate);
            continue;
        }
        interrupt_late();
        if (gathering.is_entering)
            watch_entering();
    }
}

/* All have gone on.  Nobody forks meanwhile, because the loader's lock is held. */
static void give_back(void)
{
    pthread_mutex_lock(&taking);
    previous_give_back();
    pthread_mutex_unlock(&taking);
}

/* Without the gate: reading the files takes a while. */
static bool take_request(void)
{
    stress();
    pthread_mutex_lock(&taking);
    gathering.is_open = true;
    bool is_taken = update_take_request();
    if (!is_taken)
        gathering.is_open = false;
    pthread_mutex_unlock(&taking);
    stress();
    return is_taken;
}

/* The name by itself: for others the kernel has it in /proc, and what has been looked up there
 * makes the end of a rehearsal's child slow. */
static void begin(void)
{
    gathering.tid = gettid();
    prctl(PR_SET_NAME, "kitsune");
}

/* The process ends with its last thread, and this must not be what keeps it.  A library's thread
 * may have started another one of the program's meanwhile. */
static bool may_end(void)
{
    pthread_mutex_lock(&gate);
    gathering.is_alone = !all_threads;
    if (gathering.is_alone)
        gathering.owner = 0;
    pthread_mutex_unlock(&gate);
    return gathering.is_alone;
}

static void *gather(void *ignored)
{
    (void)ignored;
    begin();
    free(malloc(1)); /* libc makes a thread's own heap at its first allocation: not in an update */
    for (;;) {
        while (!atomic_exchange(&gathering.wake, 0))
            futex_wait(&gathering.wake, 0);
        if (gathering.is_alone && may_end())
            return NULL;
        bool is_taken = take_request();
        pthread_mutex_lock(&gate);
        char *reason = is_taken ? collect() : NULL;
        if (reason) {
            update_cancel(reason);
            gathering_ends(false);
        } else if (is_taken) {
            gathering.is_leading = true;
            give_order(main_thread(), ORDER_LEAD);
            watch_main();
        } else {
            release_all();
        }
        pthread_mutex_unlock(&gate);
        if (is_taken)
            give_back();
    }
    return NULL;
}

/* In a rehearsal's child, which ends with the update. */
static void *gather_again(void *ignored)
{
    begin();
    gathering.is_open = gathering.is_leading = true;
    free(malloc(1));
    pthread_mutex_lock(&gate);
    watch_main();
    pthread_mutex_unlock(&gate);
    return ignored;
}

/* ---- Start ----------------------------------------------------------------------------------- */

static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;

static bool start(void *(*function)(void *))
{
    pthread_t handle;
    pthread_attr_t attributes;
    sigset_t all, mask;
    memset(&gathering, 0, sizeof gathering);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, (size_t)512 << 10);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &mask);
    int error = pthread_create(&handle, &attributes, function, NULL);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    pthread_attr_destroy(&attributes);
    if (error)
        return false;
    gathering.owner = getpid();
    return true;
}

bool gatherer_start(void)
{
    pthread_mutex_lock(&start_lock);
    bool started = gathering.owner == getpid() || start(gather);
    pthread_mutex_unlock(&start_lock);
    return started;
}

bool gatherer_start_again(void)
{
    return start(gather_again);
}
