/* registry.c -- the list of threads that take part in updates, and the table of their ids that
 * signal handlers read. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/message.h"
#include "program/program.h"
#include "update/rehearsal.h"
#include "update/update.h"
#include "control/service.h"
#include "thread.h"

_Thread_local struct thread *this_thread __attribute__((tls_model("initial-exec")));

pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t gate_changed = PTHREAD_COND_INITIALIZER;
pthread_mutex_t taking = PTHREAD_MUTEX_INITIALIZER;
struct thread *all_threads;

static struct thread main_thread = {.is_main = true,
                                    .wait = {.lock = PTHREAD_MUTEX_INITIALIZER}};

/* ---- The gate -------------------------------------------------------------------------------- */

#ifdef KITSUNE_STRESS
void stress(void)
{
    static _Atomic unsigned state = 1;
    unsigned value = atomic_fetch_add(&state, 0x9e3779b9u) * 2654435761u >> 20;
    if (value % 4 == 0)
        usleep(value % 2000);
}
#endif

void block_signals(sigset_t *mask)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, mask);
}

/* The program's handlers must not run while the gate is held: they may start threads. */
void gate_lock(sigset_t *mask)
{
    block_signals(mask);
    stress();
    pthread_mutex_lock(&gate);
}

void gate_unlock(const sigset_t *mask)
{
    pthread_mutex_unlock(&gate);
    stress();
    pthread_sigmask(SIG_SETMASK, mask, NULL);
}

/* ---- The table of ids ------------------------------------------------------------------------ */

/* Blocks are only ever added, so a signal handler can walk them at any moment. */
struct signal_slot {
    _Atomic(pid_t) tid;             /* 0: free */
    _Atomic bool is_signalled;      /* our signal is on its way, and has not come yet */
    _Atomic bool waits_for_condition;
};

enum { SLOTS_IN_BLOCK = 256 };

struct slot_block {
    struct signal_slot slots[SLOTS_IN_BLOCK];
    _Atomic(struct slot_block *) next;
};

static struct slot_block first_block;

static void fill_slot(struct signal_slot *slot, pid_t tid)
{
    atomic_store_explicit(&slot->is_signalled, false, memory_order_relaxed);
    atomic_store_explicit(&slot->waits_for_condition, false, memory_order_relaxed);
    atomic_store_explicit(&slot->tid, tid, memory_order_release);
}

static struct signal_slot *take_slot(pid_t tid)
{
    for (struct slot_block *block = &first_block;;) {
        for (unsigned i = 0; i < SLOTS_IN_BLOCK; i++)
            if (atomic_load_explicit(&block->slots[i].tid, memory_order_relaxed) == 0) {
                fill_slot(&block->slots[i], tid);
                return &block->slots[i];
            }
        if (!atomic_load_explicit(&block->next, memory_order_relaxed)) {
            struct slot_block *further = allocate(sizeof *further);
            for (unsigned i = 0; i < SLOTS_IN_BLOCK; i++)
                fill_slot(&further->slots[i], 0);
            atomic_init(&further->next, NULL);
            atomic_store_explicit(&block->next, further, memory_order_release);
        }
        block = atomic_load_explicit(&block->next, memory_order_relaxed);
    }
}

/* Real-time signals queue: a second one before the first has come would only cost the thread time.
 * Whoever wants something of the handler stores that first; the handler takes the mark away first,
 * and then looks: so the signal that is on its way serves the newest wish, too. */
static void signal_slot(struct signal_slot *slot, pid_t process, pid_t tid)
{
    if (!atomic_exchange(&slot->is_signalled, true) &&
        tgkill(process, tid, service_signal()) != 0)
        atomic_store(&slot->is_signalled, false); /* too many are queued: the next attempt */
}

void thread_interrupt(struct thread *thread)
{
    if (thread->tid)
        signal_slot(thread->slot, getpid(), thread->tid);
}

void registry_interrupt_others(void)
{
    pid_t process = getpid(), self = gettid();
    int saved_errno = errno;
    for (struct slot_block *block = &first_block; block;
         block = atomic_load_explicit(&block->next, memory_order_acquire))
        for (unsigned i = 0; i < SLOTS_IN_BLOCK; i++) {
            struct signal_slot *slot = &block->slots[i];
            pid_t tid = atomic_load_explicit(&slot->tid, memory_order_acquire);
            if (tid && tid != self && !slot->waits_for_condition)
                signal_slot(slot, process, tid);
        }
    errno = saved_errno;
}

void thread_signal_came(void)
{
    struct thread *self = this_thread;
    if (self && self->slot)
        atomic_store(&self->slot->is_signalled, false);
}

void thread_waits_for_condition(bool waits)
{
    atomic_store_explicit(&this_thread->slot->waits_for_condition, waits, memory_order_relaxed);
}

bool thread_is_waiting_for_condition(const struct thread *thread)
{
    return thread->slot && thread->slot->waits_for_condition;
}

/* ---- States ---------------------------------------------------------------------------------- */

static _Atomic size_t moving_count;

static bool is_moving(enum thread_state state)
{
    return state == THREAD_RUNNING || state == THREAD_ENTERED;
}

size_t threads_moving(void)
{
    return moving_count;
}

/* True when it was the last one that moved.  The state is stored before it is counted: who finds
 * that nobody moves finds the states of all. */
static bool change_state(struct thread *thread, enum thread_state state)
{
    thread_note_time(thread, state);
    enum thread_state before = atomic_exchange(&thread->state, state);
    if (is_moving(before) == is_moving(state))
        return false;
    if (is_moving(state)) {
        moving_count++;
        return false;
    }
    return atomic_fetch_sub(&moving_count, 1) == 1;
}

/* Who waits for the others need not be woken for each of them, only for the last. */
void set_state(struct thread *thread, enum thread_state state)
{
    if (change_state(thread, state))
        pthread_cond_broadcast(&gate_changed);
}

void stand(struct thread *self, enum thread_state state)
{
    stress();
    if (!change_state(self, state))
        return;
    /* Under the gate, so that nobody who has looked and is about to wait misses it. */
    pthread_mutex_lock(&gate);
    pthread_cond_broadcast(&gate_changed);
    pthread_mutex_unlock(&gate);
}

/* ---- The list -------------------------------------------------------------------------------- */

void registry_add(struct thread *thread)
{
    static uint64_t last_serial;
    moving_count += is_moving(thread->state);
    thread->serial = ++last_serial;
    thread->next = all_threads;
    all_threads = thread;
}

void registry_set_handle(uint64_t serial, pthread_t handle)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->serial == serial) {
            thread->handle = handle;
            thread->has_handle = true;
        }
}

void registry_identify(struct thread *thread)
{
    thread->handle = pthread_self();
    thread->has_handle = true;
    thread->tid = gettid();
    if (!rehearsal_is_forking())
        thread->known_as = thread->tid;
    thread->slot = take_slot(thread->tid);
}

void registry_identify_copy(struct thread *copy, pid_t tid)
{
    copy->tid = tid;
    copy->slot = take_slot(tid);
}

void registry_remove(struct thread *thread)
{
    for (struct thread **link = &all_threads; *link; link = &(*link)->next)
        if (*link == thread) {
            *link = thread->next;
            moving_count -= is_moving(thread->state);
            break;
        }
    if (thread->tid)
        atomic_store_explicit(&thread->slot->tid, 0, memory_order_release);
}

struct thread *registry_find(pthread_t handle)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->has_handle && pthread_equal(thread->handle, handle))
            return thread;
    return NULL;
}

/* A directory has a link for itself, one from above, and one from each directory in it: so many
 * threads, without reading a thousand names. */
static unsigned count_tasks(void)
{
    struct stat status;
    return stat("/proc/self/task", &status) == 0 && status.st_nlink > 2
               ? (unsigned)status.st_nlink - 2 : 0;
}

static unsigned count_taking_part(void)
{
    unsigned count = 0;
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        count++;
    return count;
}

unsigned threads_of_libraries(void)
{
    unsigned tasks = count_tasks(), ours = count_taking_part() + (threads_are_several() ? 1 : 0);
    return tasks > ours ? tasks - ours : 0;
}

void threads_count(unsigned *taking_part, unsigned *of_libraries)
{
    sigset_t mask;
    gate_lock(&mask);
    *taking_part = count_taking_part();
    *of_libraries = threads_of_libraries();
    gate_unlock(&mask);
}

/* In a forked child only the thread that forked is there; the others' memory stays behind. */
static void after_fork_in_child(void)
{
    pthread_mutex_init(&gate, NULL);
    pthread_mutex_init(&taking, NULL);
    pthread_cond_init(&gate_changed, NULL);
    for (struct slot_block *block = &first_block; block;
         block = atomic_load_explicit(&block->next, memory_order_acquire))
        for (unsigned i = 0; i < SLOTS_IN_BLOCK; i++)
            fill_slot(&block->slots[i], 0);
    program.main_tid = is_main_thread() ? gettid() : 0;
    /* A rehearsal takes over what the others' stacks and arguments lead to. */
    if (!rehearsal_is_forking()) {
        all_threads = NULL;
        moving_count = 0;
        if (this_thread)
            registry_add(this_thread);
    }
    if (this_thread)
        registry_identify(this_thread);
    /* In the middle of an update signals are held back (and for ever, in a child). */
    if (this_thread && update_is_under_way() && !rehearsal_is_forking() &&
        (is_main_thread() || this_thread->state == THREAD_ENTERED))
        pthread_sigmask(SIG_SETMASK, &this_thread->mask, NULL);
}

static void before_fork(void)
{
    pthread_mutex_lock(&taking);
    pthread_mutex_lock(&gate);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&gate);
    pthread_mutex_unlock(&taking);
}

void registry_begin(void)
{
    this_thread = &main_thread;
    registry_add(&main_thread);
    registry_identify(&main_thread);
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}
