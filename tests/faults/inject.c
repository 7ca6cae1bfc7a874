/* inject.c -- runs a program and lets the calls fail that it asks for: see faults.h.
 *
 *      inject COMMAND...       exits as the command does; 125 when it cannot be traced
 *
 * By ptrace, so that the program and the libraries in it are what they are in production, and that
 * whatever is called fails, from wherever: also the system calls that the dynamic loader makes for
 * itself, and what libc allocates on the way.  While faults are armed each allocating function
 * begins with a breakpoint.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"

enum { CANNOT_TRACE = 125, MOST_THREADS = 256 };

static const struct {
    long number;
    enum fault_kind kind;
    int error;
    const char *name;
} calls[] = {
    {SYS_mmap, FAULT_MEMORY, ENOMEM, "mmap"},
    {SYS_mprotect, FAULT_MEMORY, ENOMEM, "mprotect"},
    {SYS_mremap, FAULT_MEMORY, ENOMEM, "mremap"},
    {SYS_madvise, FAULT_MEMORY, ENOMEM, "madvise"},
    {SYS_memfd_create, FAULT_FILES, EMFILE, "memfd_create"},
    {SYS_open, FAULT_FILES, EMFILE, "open"},
    {SYS_openat, FAULT_FILES, EMFILE, "openat"},
    {SYS_read, FAULT_FILES, EIO, "read"},
    {SYS_pread64, FAULT_FILES, EIO, "pread64"},
    {SYS_write, FAULT_FILES, ENOSPC, "write"},
    {SYS_pwrite64, FAULT_FILES, ENOSPC, "pwrite64"},
    {SYS_sendfile, FAULT_FILES, EIO, "sendfile"},
    {SYS_ftruncate, FAULT_FILES, EIO, "ftruncate"},
    {SYS_newfstatat, FAULT_FILES, EACCES, "newfstatat"},
    {SYS_readlink, FAULT_FILES, EACCES, "readlink"},
    {SYS_access, FAULT_FILES, EACCES, "access"},
    {SYS_getdents64, FAULT_FILES, EIO, "getdents64"},
    {SYS_fcntl, FAULT_FILES, EMFILE, "fcntl"},
    {SYS_socket, FAULT_FILES, EMFILE, "socket"},
    {SYS_recvmsg, FAULT_FILES, ENOMEM, "recvmsg"},
    {SYS_recvfrom, FAULT_FILES, ENOMEM, "recvfrom"},
    {SYS_sendto, FAULT_FILES, ENOBUFS, "sendto"},
    {SYS_clone3, FAULT_OTHERS, EAGAIN, "clone3"},
    {SYS_clone, FAULT_OTHERS, EAGAIN, "clone"},
    {SYS_timer_create, FAULT_OTHERS, EAGAIN, "timer_create"},
    {SYS_process_vm_readv, FAULT_OTHERS, EPERM, "process_vm_readv"},
};
enum { CALLS = sizeof calls / sizeof *calls };

/* The one program that is armed. */
static struct {
    bool is_armed, all_behind;
    enum fault_kind kind;
    long n, count;
    char last[LONGEST_FAULT_NAME];
    unsigned long allocators[MOST_ALLOCATORS];
    unsigned char first_bytes[MOST_ALLOCATORS];
    long allocator_count;
    unsigned long spared_least, spared_most;
} faults;

static struct thread {
    pid_t id;
    bool has_begun; /* a thread's first stop is nobody's signal */
    bool has_result;
    long result; /* of the call that it is in */
} threads[MOST_THREADS];

static void __attribute__((noreturn)) give_up(const char *doing)
{
    fprintf(stderr, "inject: cannot %s: %s\n", doing, strerror(errno));
    exit(CANNOT_TRACE);
}

static struct thread *find_thread(pid_t id)
{
    struct thread *free_one = NULL;
    for (int i = 0; i < MOST_THREADS; i++) {
        if (threads[i].id == id)
            return &threads[i];
        if (!threads[i].id && !free_one)
            free_one = &threads[i];
    }
    if (!free_one) {
        errno = EAGAIN;
        give_up("follow that many threads");
    }
    *free_one = (struct thread){.id = id};
    return free_one;
}

/* True when this one shall fail. */
static bool count_one(const char *name)
{
    faults.count++;
    bool fails = faults.all_behind ? faults.count >= faults.n : faults.count == faults.n;
    if (fails)
        snprintf(faults.last, sizeof faults.last, "%s", name);
    return fails;
}

/* ---- Breakpoints ----------------------------------------------------------------------------- */

static unsigned char exchange_byte(pid_t thread, unsigned long address, unsigned char byte)
{
    errno = 0;
    long word = ptrace(PTRACE_PEEKTEXT, thread, address, NULL);
    if (errno)
        return 0;
    unsigned char before = (unsigned char)word;
    word = (word & ~255l) | byte;
    ptrace(PTRACE_POKETEXT, thread, address, word);
    return before;
}

enum { BREAKPOINT = 0xcc };

static void set_breakpoints(pid_t thread)
{
    for (long i = 0; i < faults.allocator_count; i++)
        faults.first_bytes[i] = exchange_byte(thread, faults.allocators[i], BREAKPOINT);
}

static void remove_breakpoints(pid_t thread)
{
    for (long i = 0; i < faults.allocator_count; i++)
        exchange_byte(thread, faults.allocators[i], faults.first_bytes[i]);
}

static bool has_breakpoints(void)
{
    return faults.is_armed && faults.kind == FAULT_ALLOCATION;
}

/* At the beginning of an allocating function: returns at once without memory, or goes on.
 * False: it is not one of our breakpoints. */
static bool at_breakpoint(pid_t thread)
{
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, thread, NULL, &registers) != 0)
        return false;
    long which = 0;
    while (which < faults.allocator_count && faults.allocators[which] != registers.rip - 1)
        which++;
    if (which == faults.allocator_count)
        return false;
    registers.rip--;
    bool is_spared = registers.rdi >= faults.spared_least && registers.rdi <= faults.spared_most;
    bool fails = has_breakpoints() && !is_spared && count_one("an allocation");
    if (fails) {
        registers.rip = (unsigned long)ptrace(PTRACE_PEEKDATA, thread, registers.rsp, NULL);
        registers.rsp += 8;
        registers.rax = 0;
    }
    ptrace(PTRACE_SETREGS, thread, NULL, &registers);
    if (fails || !has_breakpoints())
        return true;
    /* A thread that comes by meanwhile is not counted; no harm is done. */
    exchange_byte(thread, faults.allocators[which], faults.first_bytes[which]);
    int status;
    if (ptrace(PTRACE_SINGLESTEP, thread, NULL, NULL) == 0)
        waitpid(thread, &status, __WALL);
    exchange_byte(thread, faults.allocators[which], BREAKPOINT);
    return true;
}

/* ---- System calls ---------------------------------------------------------------------------- */

static long watch(pid_t thread, unsigned long addresses, long count)
{
    faults.allocator_count = count < MOST_ALLOCATORS ? count : MOST_ALLOCATORS;
    for (long i = 0; i < faults.allocator_count; i++)
        faults.allocators[i] =
            (unsigned long)ptrace(PTRACE_PEEKDATA, thread, addresses + 8 * (unsigned long)i, NULL);
    return 0;
}

static long arm(pid_t thread, enum fault_kind kind, long n, bool all_behind)
{
    faults.is_armed = true;
    faults.kind = kind;
    faults.n = n;
    faults.count = 0;
    faults.all_behind = all_behind;
    strcpy(faults.last, "nothing");
    if (has_breakpoints())
        set_breakpoints(thread);
    return 0;
}

static long disarm(pid_t thread)
{
    if (has_breakpoints())
        remove_breakpoints(thread);
    faults.is_armed = false;
    return faults.count;
}

static long tell_name(pid_t thread, unsigned long address)
{
    for (size_t i = 0; i < LONGEST_FAULT_NAME; i += sizeof(long)) {
        long word;
        memcpy(&word, faults.last + i, sizeof word);
        ptrace(PTRACE_POKEDATA, thread, address + i, word);
    }
    return 0;
}

static long command(pid_t thread, const uint64_t arguments[6])
{
    switch (arguments[0]) {
    case FAULTS_WATCH:
        return watch(thread, arguments[1], (long)arguments[2]);
    case FAULTS_SPARE:
        faults.spared_least = arguments[1];
        faults.spared_most = arguments[2];
        return 0;
    case FAULTS_ARM:
        return arm(thread, (enum fault_kind)arguments[1], (long)arguments[2], arguments[3]);
    case FAULTS_DISARM:
        return disarm(thread);
    case FAULTS_NAME:
        return tell_name(thread, arguments[1]);
    default:
        return -EINVAL;
    }
}

/* The call is not made, and returns this. */
static void replace_call(pid_t thread, long result)
{
    struct user_regs_struct registers;
    ptrace(PTRACE_GETREGS, thread, NULL, &registers);
    registers.orig_rax = -1ul;
    ptrace(PTRACE_SETREGS, thread, NULL, &registers);
    struct thread *its = find_thread(thread);
    its->has_result = true;
    its->result = result;
}

static void enters_call(pid_t thread, const struct __ptrace_syscall_info *information)
{
    long number = (long)information->entry.nr;
    if (number == FAULTS_CALL) {
        replace_call(thread, command(thread, (const uint64_t *)information->entry.args));
        return;
    }
    /* Of a descriptor that is open fstat does not fail, nor does asking for its flags. */
    if ((number == SYS_newfstatat && information->entry.args[3] & AT_EMPTY_PATH) ||
        (number == SYS_fcntl && information->entry.args[1] == F_GETFD))
        return;
    for (int i = 0; faults.is_armed && i < CALLS; i++)
        if (calls[i].number == number && calls[i].kind == faults.kind && count_one(calls[i].name))
            replace_call(thread, -calls[i].error);
}

static void leaves_call(pid_t thread)
{
    struct thread *its = find_thread(thread);
    if (!its->has_result)
        return;
    its->has_result = false;
    struct user_regs_struct registers;
    ptrace(PTRACE_GETREGS, thread, NULL, &registers);
    registers.rax = (unsigned long)its->result;
    ptrace(PTRACE_SETREGS, thread, NULL, &registers);
}

static void at_call(pid_t thread)
{
    struct __ptrace_syscall_info information;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof information, &information) <= 0)
        return;
    if (information.op == PTRACE_SYSCALL_INFO_ENTRY)
        enters_call(thread, &information);
    else if (information.op == PTRACE_SYSCALL_INFO_EXIT)
        leaves_call(thread);
}

/* ---- Following ------------------------------------------------------------------------------- */

/* The signal that the thread shall get. */
static int look_at(pid_t thread, int status)
{
    struct thread *its = find_thread(thread);
    bool begins = !its->has_begun;
    its->has_begun = true;
    int number = WSTOPSIG(status);
    if (number == (SIGTRAP | 0x80)) {
        at_call(thread);
        return 0;
    }
    if (status >> 16 || (begins && number == SIGSTOP))
        return 0;
    if (number == SIGTRAP && at_breakpoint(thread))
        return 0;
    return number;
}

static void __attribute__((noreturn)) follow(pid_t program)
{
    for (;;) {
        int status;
        pid_t thread = waitpid(-1, &status, __WALL);
        if (thread < 0 && errno != EINTR)
            give_up("wait");
        if (thread < 0)
            continue;
        if (WIFSTOPPED(status)) {
            ptrace(PTRACE_SYSCALL, thread, NULL, (long)look_at(thread, status));
            continue;
        }
        find_thread(thread)->id = 0;
        if (thread == program)
            exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
}

int main(int argument_count, char **arguments)
{
    if (argument_count < 2) {
        fprintf(stderr, "usage: inject COMMAND...\n");
        return CANNOT_TRACE;
    }
    pid_t program = fork();
    if (program < 0)
        give_up("fork");
    if (!program) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            give_up("be traced");
        raise(SIGSTOP);
        execvp(arguments[1], arguments + 1);
        give_up(arguments[1]);
    }
    int status;
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (waitpid(program, &status, 0) != program || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, program, NULL, options) != 0)
        give_up("trace the program");
    ptrace(PTRACE_SYSCALL, program, NULL, NULL);
    follow(program);
}
