/* endings.c -- what would end the process, or put another program in its place, in the middle of an
 * update.  See endings.h.
 */
#include "program/endings.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/message.h"
#include "control/failure.h"
#include "control/service.h"
#include "files/loader.h"
#include "program/driver.h"
#include "program/program.h"
#include "update/crash.h"
#include "update/rehearsal.h"
#include "update/update.h"

/* ---- Who calls ------------------------------------------------------------------------------- */

static struct link_map *object_of(const void *address)
{
    struct dl_find_object object;
    return _dl_find_object((void *)(uintptr_t)address, &object) == 0 ? object.dlfo_link_map : NULL;
}

/* Functions of the version are called by the runtime and by the dynamic loader; a call in the
 * place of a return seems to come from there. */
static bool calls_versions(const struct link_map *object)
{
    return object == object_of((void *)ending_comes) || strstr(object->l_name, "/ld-linux");
}

/* Its name; NULL: the version's, or the transformer's, own code, or libc for it. */
static const char *library_of(const void *caller)
{
    const struct version *next = update_next_version();
    struct link_map *object = caller ? object_of(caller) : NULL;
    if (!object || calls_versions(object) || loader_runs_constructor(caller) ||
        (next && (loader_contains(next->object, caller) ||
                  loader_contains(next->transformer_object, caller))))
        return NULL;
    const char *slash = strrchr(object->l_name, '/');
    return slash ? slash + 1 : object->l_name;
}

/* The return address of a call does not tell: see calls_versions. */
static _Thread_local bool is_of_runtime __attribute__((tls_model("initial-exec")));

void ending_is_of_runtime(bool is)
{
    is_of_runtime = is;
}

bool ending_would_be_early(void)
{
    return update_is_under_way() && !is_of_runtime &&
           (update_is_loading() || update_is_migrating() || rehearsal_is_child());
}

/* ---- Giving up ------------------------------------------------------------------------------- */

/* `call` is "_exit(3)". */
static char *describe(const char *library, const char *call)
{
    if (update_is_loading())
        return library ? message_format("%s called %s while the new version was being loaded",
                                        library, call)
                       : message_format("a constructor of the new version called %s", call);
    if (update_is_converting())
        return library ? message_format("%s, called by a rule or a check, called %s", library, call)
                       : message_format("a rule or a check called %s", call);
    return library ? message_format("%s called %s before the new version came to its update point",
                                    library, call)
                   : message_format("the new version called %s before it came to its update point",
                                    call);
}

/* From the call outwards. */
static void note_backtrace(const void *caller)
{
    void *frames[MOST_FRAMES + 16];
    int length = backtrace(frames, MOST_FRAMES + 16), first = 0;
    while (caller && first < length && frames[first] != caller)
        first++;
    if (first == length)
        return;
    /* What follows a call that does not return may be another function. */
    if (caller)
        frames[first] = (char *)frames[first] - 1;
    failure_backtrace(frames + first, length - first);
}

void ending_advise(void)
{
    failure_advise("what it wrote to its standard error may say why; what an ordinary start does "
                   "and an update must not (bind sockets, say) belongs under if "
                   "(!kitsune_is_updating())");
}

static void give_up(const void *caller, const char *format, va_list arguments)
{
    char *call = message_format_list(format, arguments);
    note_backtrace(caller);
    if (update_is_loading())
        failure_in(STEP_CONSTRUCTORS);
    else if (!update_is_converting())
        ending_advise();
    char *reason = describe(library_of(caller), call);
    free(call);
    update_fail_with(reason);
}

void ending_comes(const void *caller, const char *format, ...)
{
    va_list arguments;
    if (!ending_would_be_early())
        return;
    va_start(arguments, format);
    give_up(caller, format, arguments);
    va_end(arguments);
}

/* ---- The calls ------------------------------------------------------------------------------- */

KITSUNE_PUBLIC void kitsune_before_end(const void *caller, const char *name, int status)
{
    ending_comes(caller, "%s(%d)", name, status);
}

KITSUNE_PUBLIC void kitsune_before_end_at_once(const void *caller, const char *name, int status)
{
    kitsune_before_end(caller, name, status);
    if (program.is_driven && !rehearsal_is_child())
        service_stop();
}

/* Before an exec, and its like, what it would have done instead is worth a word. */
static void advise_later(void)
{
    failure_advise("the old version is in this process, too, and has to be able to go on: do that "
                   "in a child, behind the update point, or only when !kitsune_is_updating()");
}

KITSUNE_PUBLIC void kitsune_before_exec(const void *caller, const char *name, const char *path)
{
    if (ending_would_be_early())
        advise_later();
    ending_comes(caller, "%s(\"%s\")", name, path ? path : "?");
}

KITSUNE_PUBLIC void kitsune_before_daemon(const void *caller)
{
    if (ending_would_be_early())
        advise_later();
    ending_comes(caller, "daemon(), which ends the process that calls it,");
}

/* What the kernel does with a signal that nobody handles. */
static bool ends_by_default(int number)
{
    switch (number) {
    case 0:
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
        return false;
    default:
        return true;
    }
}

/* Some want a core file rather than the old version. */
static bool is_wanted_crash(int number)
{
    sigset_t others;
    sigfillset(&others);
    crash_unblock(&others);
    return !crash_is_watched() && sigismember(&others, number) == 0;
}

static bool would_end(int number)
{
    struct sigaction action;
    sigset_t blocked;
    if (number == SIGKILL)
        return true;
    return ends_by_default(number) && !is_wanted_crash(number) &&
           sigaction(number, NULL, &action) == 0 && !(action.sa_flags & SA_SIGINFO) &&
           action.sa_handler == SIG_DFL && pthread_sigmask(SIG_BLOCK, NULL, &blocked) == 0 &&
           !sigismember(&blocked, number);
}

static bool is_us(pid_t target)
{
    return target == getpid() || target == 0 || target == -getpgrp();
}

KITSUNE_PUBLIC void kitsune_before_signal(const void *caller, const char *name, pid_t target,
                                          int number)
{
    if (!ending_would_be_early() || !is_us(target) || !would_end(number))
        return;
    const char *signal_name = sigabbrev_np(number);
    if (signal_name)
        ending_comes(caller, "%s(SIG%s), which ends the process,", name, signal_name);
    else
        ending_comes(caller, "%s(%d), which ends the process,", name, number);
}

KITSUNE_PUBLIC void kitsune_before_system_call(const void *caller, long number,
                                               const long *arguments)
{
    switch (number) {
    case SYS_exit_group:
        kitsune_before_end(caller, "syscall: exit_group", (int)arguments[0]);
        break;
    case SYS_execve:
        kitsune_before_exec(caller, "syscall: execve", (const char *)arguments[0]);
        break;
    case SYS_execveat:
        kitsune_before_exec(caller, "syscall: execveat", (const char *)arguments[1]);
        break;
    case SYS_kill:
        kitsune_before_signal(caller, "syscall: kill", (pid_t)arguments[0], (int)arguments[1]);
        break;
    case SYS_tgkill:
        kitsune_before_signal(caller, "syscall: tgkill", (pid_t)arguments[0], (int)arguments[2]);
        break;
    default:
        break;
    }
}

/* ---- Jumps ----------------------------------------------------------------------------------- */

/* The stack pointer in a jmp_buf: glibc keeps it exclusive-or'd with a number of the thread's, and
 * rotated. */
static uintptr_t stack_pointer_in(const void *buffer)
{
    enum { STACK_POINTER = 6, ROTATED = 17, WIDTH = 64 };
    uintptr_t kept = ((const uintptr_t *)buffer)[STACK_POINTER], guard;
    __asm__("mov %%fs:0x30, %0" : "=r"(guard));
    return (kept >> ROTATED | kept << (WIDTH - ROTATED)) ^ guard;
}

KITSUNE_PUBLIC void kitsune_before_jump(const void *caller, const char *name, const void *buffer)
{
    if (!ending_would_be_early() || !update_is_old_stack(stack_pointer_in(buffer)))
        return;
    failure_advise("the frames of the old version are not the new one's: let it call setjmp itself "
                   "after it has migrated its variables, before anything can jump there");
    ending_comes(caller, "%s(), to where the old version had called setjmp,", name);
}
