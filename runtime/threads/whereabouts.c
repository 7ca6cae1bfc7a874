/* whereabouts.c -- what a thread that does not come is doing.
 *
 * The kernel tells in which system call a thread blocks, with its arguments
 * (/proc/self/task/TID/syscall).
 *
 * Where a thread is, function by function, it says itself: the runtime's signal makes it unwind
 * its stack into a buffer.  (Since glibc 2.35 the unwinder takes no lock for that.)
 */
#include <dlfcn.h>
#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "control/failure.h"
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

enum { TRACE_LENGTH = MOST_FRAMES, TRACE_WAIT = 100 /* rounds of a millisecond */ };

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
    void **trace = self->trace;
    if (!trace)
        return;
    self->trace = NULL;
    self->trace_length = interrupted_trace(trace, TRACE_LENGTH, place);
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
    for (; i <= last; i++)
        foreign += !is_new_code(frames[i]) && !is_own_code(frames[i]);
    return foreign <= (is_blocked ? 1 : 0) || (is_blocked && tries >= ENOUGH_TRIES);
}

/* backtrace() loads its unwinder at its first call; not in a signal handler. */
__attribute__((constructor)) static void prepare_unwinder(void)
{
    void *nothing[1];
    backtrace(nothing, 1);
}

static int ask_for_trace(struct thread *thread, void **trace)
{
    thread->trace_length = 0;
    thread->trace = trace;
    thread_interrupt(thread);
    for (int round = 0; round < TRACE_WAIT; round++) {
        int length = thread->trace_length;
        if (length)
            return length;
        usleep(1000);
    }
    thread->trace = NULL;
    usleep(1000); /* it may be about to fill it in */
    return 0;
}

/* The program's own functions, innermost first: "read_request < serve < worker". */
static char *program_functions(void **trace, int length)
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
    void *trace[TRACE_LENGTH];
    char *functions = program_functions(trace, backtrace(trace, TRACE_LENGTH));
    return functions ? functions : copy_string("code of a library");
}

char *describe_thread(struct thread *thread)
{
    static void *trace[TRACE_LENGTH]; /* a late answer must not land on a stack that has gone */
    char name[32];
    struct system_call call = blocked_in(thread);
    read_task_file(thread->tid, "comm", name, sizeof name);
    int length = ask_for_trace(thread, trace);
    char *functions = program_functions(trace, length);
    failure_backtrace(trace, length);
    char *doing = call.number < 0 ? copy_string("running")
                                  : message_format("blocked in %s", call_name(call.number));
    char *text = message_format("%s %d (%s), %s%s%s,", thread->is_main ? "the main thread" : "thread",
                                (int)thread->tid, name, doing, functions ? " in " : "",
                                functions ? functions : "");
    free(functions);
    free(doing);
    return text;
}
