/* whereabouts.c -- what a thread that does not come is doing.
 *
 * The kernel tells in which system call a thread blocks, with its arguments
 * (/proc/self/task/TID/syscall).
 *
 * Where a thread is, function by function, it says itself: the runtime's signal makes it unwind
 * its stack into a buffer, and where it stands at its update point, an order does.  (Since glibc
 * 2.35 the unwinder takes no lock for that.)
 */
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <threads.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "control/backtrace_text.h"
#include "common/message.h"
#include "program/program.h"
#include "program/symbols.h"
#include "update/update.h"
#include "thread.h"

/* ---- The system call ------------------------------------------------------------------------- */

void read_task_file(pid_t tid, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/%s", (int)tid, name);
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(text, 1, size - 1, file) : 0;
    text[length] = '\0';
    text[strcspn(text, "\n")] = '\0';
    if (file)
        fclose(file);
}

struct system_call blocked_in(const struct thread *thread)
{
    struct system_call call = {.number = -1};
    char text[256];
    read_task_file(thread->tid, "syscall", text, sizeof text);
    if (sscanf(text, "%ld %lx %lx %lx %lx %lx %lx", &call.number, &call.arguments[0],
               &call.arguments[1], &call.arguments[2], &call.arguments[3], &call.arguments[4],
               &call.arguments[5]) < 2)
        call.number = -1;
    return call;
}

static const char *call_name(long number)
{
    static const struct {
        long number;
        const char *name;
    } names[] = {
        {SYS_read, "read"}, {SYS_write, "write"}, {SYS_readv, "readv"}, {SYS_writev, "writev"},
        {SYS_poll, "poll"}, {SYS_ppoll, "ppoll"}, {SYS_select, "select"},
        {SYS_pselect6, "pselect"}, {SYS_epoll_wait, "epoll_wait"},
        {SYS_epoll_pwait, "epoll_wait"}, {SYS_accept, "accept"}, {SYS_accept4, "accept"},
        {SYS_connect, "connect"}, {SYS_recvfrom, "recv"}, {SYS_recvmsg, "recvmsg"},
        {SYS_sendto, "send"}, {SYS_sendmsg, "sendmsg"}, {SYS_nanosleep, "nanosleep"},
        {SYS_clock_nanosleep, "a sleep"}, {SYS_pause, "pause"}, {SYS_wait4, "waitpid"},
        {SYS_waitid, "waitid"}, {SYS_flock, "flock"}, {SYS_fcntl, "fcntl"},
        {SYS_fsync, "fsync"}, {SYS_fdatasync, "fdatasync"}, {SYS_open, "open"},
        {SYS_openat, "open"}, {SYS_rt_sigtimedwait, "sigwait"}, {SYS_rt_sigsuspend, "sigsuspend"},
        {SYS_msgrcv, "msgrcv"}, {SYS_msgsnd, "msgsnd"}, {SYS_semop, "semop"},
        {SYS_semtimedop, "semop"}, {SYS_mq_timedreceive, "mq_receive"},
        {SYS_mq_timedsend, "mq_send"}, {SYS_futex, "a wait for a lock or another thread"},
        {SYS_ioctl, "ioctl"}, {SYS_sendfile, "sendfile"}, {SYS_splice, "splice"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number)
            return names[i].name;
    return "a system call";
}

/* The variable or function around an address of the program; NULL: not of the program. */
static const struct symbol *symbol_around(struct version *version, uintptr_t address)
{
    if (!version || !loader_contains(version->object, (void *)address))
        return NULL;
    return symbols_find_around(version_symbols(version), address - version->object->base);
}

static const struct symbol *find_symbol(uintptr_t address)
{
    const struct symbol *symbol = symbol_around(program.running, address);
    return symbol ? symbol : symbol_around(update_next_version(), address);
}

const char *variable_name(const void *address)
{
    const struct symbol *symbol = find_symbol((uintptr_t)address);
    return symbol ? symbol->key : NULL;
}

/* ---- The stack ------------------------------------------------------------------------------- */

enum {
    NO_ANSWER = -1,
    QUICK_ROUNDS = 50,
    TRACE_WAIT = 200,       /* rounds; but for the quick ones they take a millisecond */
    LONGEST_ANSWER = 10000, /* quick rounds: its stack may be destroyed */
};

/* What a signal interrupted at `place` and who called that, without the handler's own frames. */
int interrupted_trace(void **trace, int length, uintptr_t place)
{
    enum { OF_HANDLER = 8 };
    void *frames[MOST_FRAMES + OF_HANDLER];
    int count = backtrace(frames, length < MOST_FRAMES ? length + OF_HANDLER
                                                       : MOST_FRAMES + OF_HANDLER);
    int first = 0;
    while (first < count && (uintptr_t)frames[first] != place)
        first++;
    if (first == count)
        first = 0;
    count = count - first < length ? count - first : length;
    memcpy(trace, frames + first, (size_t)count * sizeof *trace);
    return count;
}

void note_whereabouts(const void *machine)
{
    struct thread *self = this_thread;
    uintptr_t place = (uintptr_t)((const ucontext_t *)machine)->uc_mcontext.gregs[REG_RIP];
    self->spins_on = spinning_on(machine);
    void **trace = atomic_exchange(&self->trace, NULL);
    if (trace)
        self->trace_length = interrupted_trace(trace, MOST_FRAMES, place);
}

/* This library, as the linker laid it out. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

static bool is_own_code(const void *address)
{
    return (const char *)address >= __ehdr_start && (const char *)address < _end;
}

/* Of the version that is being entered, or of its transformer, whose rules are the user's too. */
static bool is_new_code(const void *address)
{
    const struct version *next = update_next_version();
    return loader_contains(next->object, address) ||
           loader_contains(next->transformer_object, address);
}

/* The engine's own code must come to its end; what it has called may fail at any moment. */
static bool is_in_engine(void *const *frames, int length)
{
    int i = 0;
    while (i < length && !is_new_code(frames[i]) && !is_own_code(frames[i]))
        i++;
    return i == length || is_own_code(frames[i]);
}

/* Waiting for a lock is nobody's business but the waiter's, however deep in libc that is. */
static bool is_wait_for_lock(void *return_address)
{
    static void *const functions[] = {
        (void *)pthread_mutex_lock,   (void *)pthread_rwlock_rdlock, (void *)pthread_rwlock_wrlock,
        (void *)pthread_barrier_wait, (void *)mtx_lock,              (void *)sem_wait,
    };
    void *function = _Unwind_FindEnclosingFunction(return_address);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (function == functions[i])
            return true;
    return false;
}

/* A thread in code of the version has no business of a library under way, if only code of the
 * version called it; blocked in a system call that the version's code made through one function of
 * libc (perhaps by way of ours, see waits.c), it has not either. */
bool may_be_abandoned(const void *machine, unsigned tries)
{
    enum { ENOUGH_TRIES = 500, DEEPEST = 128 };
    const ucontext_t *interrupted = machine;
    uintptr_t place = (uintptr_t)interrupted->uc_mcontext.gregs[REG_RIP];
    void *frames[DEEPEST];
    int length = backtrace(frames, DEEPEST), i = 0;
    while (i < length && (uintptr_t)frames[i] != place)
        i++;
    if (i == length || (update_is_converting() && is_in_engine(frames + i, length - i)))
        return false;
    bool is_blocked = !is_new_code((void *)place) &&
                      memcmp((void *)(place - 2), "\x0f\x05", 2) == 0;
    int last = length - 1, foreign = 0;
    while (last >= i && !is_new_code(frames[last]))
        last--;
    if (last < i)
        return false; /* in our own code: it looks by itself */
    int innermost = i; /* of the version's own */
    while (!is_new_code(frames[innermost]))
        innermost++;
    for (int at = i; at <= last; at++)
        foreign += !is_new_code(frames[at]) && !is_own_code(frames[at]);
    bool waits = is_blocked && foreign == innermost - i && is_wait_for_lock(frames[innermost - 1]);
    return waits || foreign <= (is_blocked ? 1 : 0) || (is_blocked && tries >= ENOUGH_TRIES);
}

/* backtrace() loads its unwinder at its first call; not in a signal handler. */
__attribute__((constructor)) static void prepare_unwinder(void)
{
    void *nothing[1];
    backtrace(nothing, 1);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

/* The innermost frames are this library's, of standing still. */
static int own_trace(void **trace)
{
    enum { OF_STANDING = 16 };
    void *frames[MOST_FRAMES + OF_STANDING];
    int count = backtrace(frames, MOST_FRAMES + OF_STANDING), first = 0;
    while (first < count && is_own_code(frames[first]))
        first++;
    count = count - first < MOST_FRAMES ? count - first : MOST_FRAMES;
    for (int i = 0; i < count; i++)
        trace[i] = (char *)frames[first + i] - (i == 0); /* into the call that it returns to */
    return count;
}

void tell_whereabouts(void)
{
    void **trace = atomic_exchange(&this_thread->trace, NULL);
    if (trace)
        this_thread->trace_length = own_trace(trace);
}

/* All signals are blocked in one that stands; an order wakes it. */
static void ask(struct thread *thread)
{
    if (thread_stands(thread) && !(thread->is_main && gathering_is_leading()))
        order_to_tell(thread);
    else
        thread_interrupt(thread);
}

/* Whoever takes the pointer first, the thread to fill it in or who asked to have it back, has
 * it. */
static int ask_for_trace(struct thread *thread, void **trace)
{
    thread->trace_length = NO_ANSWER;
    thread->trace = trace;
    ask(thread);
    for (int round = 0; round < TRACE_WAIT && thread->trace_length == NO_ANSWER; round++)
        usleep(round < QUICK_ROUNDS ? 20 : 1000);
    if (atomic_exchange(&thread->trace, NULL))
        return 0;
    for (int round = 0; round < LONGEST_ANSWER && thread->trace_length == NO_ANSWER; round++)
        usleep(20); /* it is at it */
    return thread->trace_length == NO_ANSWER ? 0 : thread->trace_length;
}

int thread_trace(struct thread *thread, void **trace)
{
    if (thread == this_thread)
        return own_trace(trace);
    /* With the gate held, or waiting for it, and all signals blocked; it will do that by itself. */
    if (thread->is_main && gathering_is_entering())
        return 0;
    return ask_for_trace(thread, trace);
}

/* ---- In words -------------------------------------------------------------------------------- */

char *program_functions(void *const *trace, int length)
{
    char *text = NULL;
    uintptr_t last = 0;
    for (int i = 0; i < length; i++) {
        const struct symbol *symbol = find_symbol((uintptr_t)trace[i] - 1);
        if (!symbol || symbol->address == last)
            continue;
        last = symbol->address;
        char *longer = text ? message_format("%s < %s", text, symbol->key)
                            : copy_string(symbol->key);
        free(text);
        text = longer;
    }
    return text;
}

char *describe_this_thread(void)
{
    void *trace[MOST_FRAMES];
    char *functions = program_functions(trace, backtrace(trace, MOST_FRAMES));
    return functions ? functions : copy_string("code of a library");
}

char *describe_doing(const struct thread *thread)
{
    struct system_call call = blocked_in(thread);
    return call.number < 0 ? copy_string("running")
                           : message_format("blocked in %s", call_name(call.number));
}
