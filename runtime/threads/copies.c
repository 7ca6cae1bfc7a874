/* copies.c -- noting where threads stand, and making kernel threads that go on there. */
#include "threads/copies.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "common/message.h"
#include "futex.h"

/* Present when the program runs under AddressSanitizer. */
void __asan_unpoison_memory_region(const volatile void *start, size_t size)
    __attribute__((weak, visibility("default")));

/* And under ThreadSanitizer. */
void __tsan_init(void) __attribute__((weak, visibility("default")));

struct place {
    struct thread *thread;
    ucontext_t machine;
    stack_t signal_stack;
    void *robust_list; /* of mutexes that it holds; the kernel lets go of them when it ends */
    size_t robust_size;
    _Atomic bool is_of_copy; /* whoever goes on here is the copy */
};

static struct {
    struct place *list;
    size_t count;
    bool are_several;     /* threads_are_several, before the fork */
    _Atomic size_t missing;
    _Atomic int are_noted; /* main sleeps on this word */
} places;

/* ---- The program: noting
 * ----------------------------------------------------------------------- */

static size_t count_standing(void)
{
    size_t count = 0;
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        count += thread->state == THREAD_PARKED && !thread->is_main;
    return count;
}

static void order_notes(void)
{
    sigset_t mask;
    gate_lock(&mask);
    places.count = 0;
    places.missing = count_standing();
    places.are_noted = places.missing == 0;
    places.list = allocate((places.missing + 1) * sizeof *places.list);
    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        if (thread->state != THREAD_PARKED || thread->is_main)
            continue;
        struct place *place = &places.list[places.count++];
        place->thread = thread;
        thread->place = place;
        place_order(thread, ORDER_NOTE_PLACE);
    }
    tell_orders();
    gate_unlock(&mask);
}

static void tell_noted(void)
{
    if (atomic_fetch_sub(&places.missing, 1) > 1)
        return;
    places.are_noted = 1;
    futex_wake(&places.are_noted, 1);
}

enum thread_order note_place(struct thread *self)
{
    struct place *place = self->place;
    sigaltstack(NULL, &place->signal_stack);
    if (syscall(SYS_get_robust_list, 0, &place->robust_list, &place->robust_size) != 0)
        place->robust_list = NULL;
    getcontext(&place->machine);
    /* Here a second time, in the copy; the frame is there as long as the thread waits. */
    if (!place->is_of_copy)
        tell_noted();
    return await_order(self);
}

char *threads_note_places(void)
{
    places.are_several = threads_are_several();
    if (!places.are_several)
        return NULL;
    if (__tsan_init)
        return copy_string("ThreadSanitizer does not let a forked child have several threads: "
                           "under it, a program that has them is updated with --no-rehearse");
    order_notes();
    while (!places.are_noted)
        futex_wait(&places.are_noted, 0);
    pthread_t *handles = allocate((places.count + 1) * sizeof *handles);
    for (size_t i = 0; i < places.count; i++)
        handles[i] = places.list[i].thread->handle;
    bool are_remembered = libc_threads_remember(handles, places.count);
    free(handles);
    if (are_remembered)
        return NULL;
    threads_forget_places();
    return copy_string("this libc does not tell how it describes threads, so they cannot be made "
                       "again in a forked child: --no-rehearse does without");
}

void threads_forget_places(void)
{
    for (size_t i = 0; i < places.count; i++)
        places.list[i].thread->place = NULL;
    libc_threads_forget();
    free(places.list);
    places.list = NULL;
    places.count = 0;
}

/* ---- The child: a copy begins
 * ------------------------------------------------------------------ */

/* As libc does for each thread that it starts. */
static void register_sequences(void)
{
    enum { SIZE = 32 };
    if (!__rseq_size)
        return;
    struct rseq *area = (struct rseq *)((char *)pthread_self() + __rseq_offset);
    area->cpu_id_start = 0;
    area->cpu_id = (uint32_t)RSEQ_CPU_ID_UNINITIALIZED;
    area->rseq_cs = 0;
    syscall(SYS_rseq, area, __rseq_size > SIZE ? __rseq_size : SIZE, 0, RSEQ_SIG);
}

/* The thread that this one is the copy of stands in the parent, where it can be asked. */
static void run_where(pid_t original)
{
    cpu_set_t own, wanted;
    if (sched_getaffinity(original, sizeof wanted, &wanted) == 0 &&
        sched_getaffinity(0, sizeof own, &own) == 0 && !CPU_EQUAL(&own, &wanted))
        sched_setaffinity(0, sizeof wanted, &wanted);
}

static int go_on(void *argument)
{
    struct place *place = argument;
    if (place->robust_list)
        syscall(SYS_set_robust_list, place->robust_list, place->robust_size);
    register_sequences();
    place->signal_stack.ss_flags &= SS_DISABLE;
    sigaltstack(&place->signal_stack, NULL);
    prctl(PR_SET_NAME, place->thread->times.name);
    run_where(place->thread->known_as);
    place->is_of_copy = true;
    setcontext(&place->machine);
    abort();
}

/* ---- The child: making them
 * -------------------------------------------------------------------- */

/* Below the place where it stands nothing is needed any more: there it begins. */
static char *free_stack(const struct place *place)
{
    enum { RED_ZONE = 128, NEEDED = 16 * 1024 };
    uintptr_t top = (uintptr_t)place->machine.uc_mcontext.gregs[REG_RSP] - RED_ZONE;
    top &= ~(uintptr_t)63;
    if (__asan_unpoison_memory_region)
        __asan_unpoison_memory_region((void *)(top - NEEDED), NEEDED);
    return (char *)top;
}

static bool make_copy(struct place *place)
{
    /* What libc's pthread_create asks for. */
    enum {
        FLAGS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID
    };
    pthread_t handle = place->thread->handle;
    pid_t *id = libc_thread_id(handle);
    int tid = clone(go_on, free_stack(place), FLAGS, place, id, (void *)handle, id);
    if (tid < 0)
        return false;
    registry_identify_copy(place->thread, tid);
    return true;
}

const char *threads_shortage(int error)
{
    return error == EAGAIN ? "a rehearsal needs as many threads again as the program has; allow "
                             "more of them (`ulimit -u`, the control group's pids.max, "
                             "/proc/sys/kernel/threads-max)"
                           : "a rehearsal needs as much memory again as it changes";
}

static char *cannot_make(size_t made, int error)
{
    return message_format("only %zu of the program's %zu other threads can be made again in the "
                          "rehearsal's child: %s: %s", made, places.count, strerror(error),
                          threads_shortage(error));
}

static char *cannot_gather(void)
{
    return message_format("the rehearsal's child cannot start the thread that leads the others: %s",
                          threads_shortage(EAGAIN));
}

char *threads_make_copies(void)
{
    if (!places.are_several)
        return NULL;
    char *reason = NULL;
    sigset_t mask;
    libc_threads_restore();
    block_signals(&mask);
    for (size_t i = 0; i < places.count && !reason; i++)
        if (!make_copy(&places.list[i]))
            reason = cannot_make(i, errno);
    owners_rename();
    if (!reason && !gatherer_start_again())
        reason = cannot_gather();
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    return reason;
}
