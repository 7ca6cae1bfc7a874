/* registry.c -- the list of threads that take part in updates, and the table of their ids that
 * signal handlers read. */
#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "../message.h"
#include "../program.h"
#include "../service.h"
#include "thread.h"

_Thread_local struct thread *this_thread __attribute__((tls_model("initial-exec")));

pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t gate_changed = PTHREAD_COND_INITIALIZER;
struct thread *all_threads;

static struct thread main_thread = {.is_main = true,
                                    .ordered = PTHREAD_COND_INITIALIZER,
                                    .wait = {.lock = PTHREAD_MUTEX_INITIALIZER}};

/* ---- The gate ---------------------------------------------------------------------------------- */

#ifdef KITSUNE_STRESS
void stress(void)
{
    static _Atomic unsigned state = 1;
    unsigned value = atomic_fetch_add(&state, 0x9e3779b9u) * 2654435761u >> 20;
    if (value % 4 == 0)
        usleep(value % 2000);
}
#endif

/* The program's handlers must not run while the gate is held: they may start threads. */
void gate_lock(sigset_t *mask)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, mask);
    stress();
    pthread_mutex_lock(&gate);
}

void gate_unlock(const sigset_t *mask)
{
    pthread_mutex_unlock(&gate);
    stress();
    pthread_sigmask(SIG_SETMASK, mask, NULL);
}

/* ---- The table of ids -------------------------------------------------------------------------- */

/* Blocks are only ever added, so a signal handler can walk them at any moment; 0: a free slot. */
enum { SLOTS_IN_BLOCK = 256 };

struct slot_block {
    _Atomic(pid_t) ids[SLOTS_IN_BLOCK];
    _Atomic(struct slot_block *) next;
};

static struct slot_block first_block;

static _Atomic(pid_t) *slot_at(unsigned slot)
{
    struct slot_block *block = &first_block;
    for (; slot >= SLOTS_IN_BLOCK; slot -= SLOTS_IN_BLOCK)
        block = atomic_load_explicit(&block->next, memory_order_acquire);
    return &block->ids[slot];
}

static unsigned take_slot(pid_t tid)
{
    unsigned first = 0;
    for (struct slot_block *block = &first_block;; first += SLOTS_IN_BLOCK) {
        for (unsigned i = 0; i < SLOTS_IN_BLOCK; i++)
            if (atomic_load_explicit(&block->ids[i], memory_order_relaxed) == 0) {
                atomic_store_explicit(&block->ids[i], tid, memory_order_release);
                return first + i;
            }
        if (!atomic_load_explicit(&block->next, memory_order_relaxed)) {
            struct slot_block *further = allocate(sizeof *further);
            for (unsigned i = 0; i < SLOTS_IN_BLOCK; i++)
                atomic_init(&further->ids[i], 0);
            atomic_init(&further->next, NULL);
            atomic_store_explicit(&block->next, further, memory_order_release);
        }
        block = atomic_load_explicit(&block->next, memory_order_relaxed);
    }
}

void thread_interrupt(const struct thread *thread)
{
    if (thread->tid)
        tgkill(getpid(), thread->tid, service_signal());
}

void registry_interrupt_others(void)
{
    pid_t process = getpid(), self = gettid();
    int saved_errno = errno;
    for (struct slot_block *block = &first_block; block;
         block = atomic_load_explicit(&block->next, memory_order_acquire))
        for (unsigned i = 0; i < SLOTS_IN_BLOCK; i++) {
            pid_t tid = atomic_load_explicit(&block->ids[i], memory_order_acquire);
            if (tid && tid != self)
                tgkill(process, tid, service_signal());
        }
    errno = saved_errno;
}

/* ---- States ------------------------------------------------------------------------------------ */

/* How many are somewhere in the program's code: RUNNING or ENTERED. */
static size_t moving_count;

static bool is_moving(enum thread_state state)
{
    return state == THREAD_RUNNING || state == THREAD_ENTERED;
}

/* Who waits for the others need not be woken for each of them, only for the last. */
void set_state(struct thread *thread, enum thread_state state)
{
    thread_note_time(thread, state);
    moving_count += is_moving(state);
    moving_count -= is_moving(thread->state);
    thread->state = state;
    if (moving_count == 0)
        pthread_cond_broadcast(&gate_changed);
}

/* ---- The list ---------------------------------------------------------------------------------- */

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
    thread->slot = take_slot(thread->tid);
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
        atomic_store_explicit(slot_at(thread->slot), 0, memory_order_release);
}

struct thread *registry_find(pthread_t handle)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->has_handle && pthread_equal(thread->handle, handle))
            return thread;
    return NULL;
}

static unsigned count_tasks(void)
{
    unsigned count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *entry; tasks && (entry = readdir(tasks));)
        count += entry->d_name[0] != '.';
    if (tasks)
        closedir(tasks);
    return count;
}

void threads_count(unsigned *taking_part, unsigned *of_libraries)
{
    unsigned tasks = count_tasks(), ours = threads_are_several() ? 1 : 0;
    sigset_t mask;
    gate_lock(&mask);
    *taking_part = 0;
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        ++*taking_part;
    gate_unlock(&mask);
    *of_libraries = tasks > *taking_part + ours ? tasks - *taking_part - ours : 0;
}

/* In a forked child only the thread that forked is there; the others' memory stays behind. */
static void after_fork_in_child(void)
{
    pthread_mutex_init(&gate, NULL);
    pthread_cond_init(&gate_changed, NULL);
    for (struct slot_block *block = &first_block; block;
         block = atomic_load_explicit(&block->next, memory_order_acquire))
        for (unsigned i = 0; i < SLOTS_IN_BLOCK; i++)
            atomic_store_explicit(&block->ids[i], 0, memory_order_relaxed);
    all_threads = NULL;
    moving_count = 0;
    program.main_tid = is_program_thread ? gettid() : 0;
    if (!this_thread)
        return;
    registry_add(this_thread);
    registry_identify(this_thread);
}

static void before_fork(void)
{
    pthread_mutex_lock(&gate);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&gate);
}

void registry_begin(void)
{
    this_thread = &main_thread;
    registry_add(&main_thread);
    registry_identify(&main_thread);
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}
