/* endings.c -- the calls of libc by which a process ends, or becomes another program.
 *
 * An executable comes first when the dynamic loader looks for a function, so the definitions
 * here are what versions and libraries call; the runtime is asked whether that may be (an update
 * may be under way, see runtime/program/endings.h), and libc's function does it.  What libc
 * calls by itself does not come through here: that is why daemon is here as well.
 *
 * Forked children come here too, also those that share the memory of their parent (vfork): nothing
 * may be changed, no lock taken.  So libc's functions are looked up when the process begins.
 */
#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "program/driver.h"

#define REPLACEMENT __attribute__((visibility("default"), noinline))
#define CALLER __builtin_return_address(0)

typedef char *const *strings;

static struct {
    void (*exit)(int) __attribute__((noreturn));
    void (*exit_quickly)(int) __attribute__((noreturn));
    void (*exit_at_once)(int) __attribute__((noreturn));
    int (*execve)(const char *, strings, strings);
    int (*execvpe)(const char *, strings, strings);
    int (*fexecve)(int, strings, strings);
    int (*execveat)(int, const char *, strings, strings, int);
    int (*daemon)(int, int);
    int (*kill)(pid_t, int);
    int (*killpg)(pid_t, int);
    int (*raise)(int);
    int (*sigqueue)(pid_t, int, const union sigval);
    int (*tgkill)(pid_t, pid_t, int);
    int (*pthread_kill)(pthread_t, int);
    long (*system_call)(long, ...);
} libc;

static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* Libraries begin before this executable does, and may call something already: whoever comes
 * first. */
static __attribute__((constructor)) void find_libc(void)
{
    if (libc.system_call)
        return;
    *(void **)&libc.exit = next("exit");
    *(void **)&libc.exit_quickly = next("quick_exit");
    *(void **)&libc.exit_at_once = next("_exit");
    *(void **)&libc.execve = next("execve");
    *(void **)&libc.execvpe = next("execvpe");
    *(void **)&libc.fexecve = next("fexecve");
    *(void **)&libc.execveat = next("execveat");
    *(void **)&libc.daemon = next("daemon");
    *(void **)&libc.kill = next("kill");
    *(void **)&libc.killpg = next("killpg");
    *(void **)&libc.raise = next("raise");
    *(void **)&libc.sigqueue = next("sigqueue");
    *(void **)&libc.tgkill = next("tgkill");
    *(void **)&libc.pthread_kill = next("pthread_kill");
    *(void **)&libc.system_call = next("syscall");
}

/* ---- Ending ---------------------------------------------------------------------------------- */

REPLACEMENT void exit(int status)
{
    find_libc();
    kitsune_before_end(CALLER, "exit", status);
    libc.exit(status);
}

REPLACEMENT void quick_exit(int status)
{
    find_libc();
    kitsune_before_end(CALLER, "quick_exit", status);
    libc.exit_quickly(status);
}

REPLACEMENT void _exit(int status)
{
    find_libc();
    kitsune_before_end_at_once(CALLER, "_exit", status);
    libc.exit_at_once(status);
}

REPLACEMENT void _Exit(int status)
{
    find_libc();
    kitsune_before_end_at_once(CALLER, "_Exit", status);
    libc.exit_at_once(status);
}

REPLACEMENT int daemon(int keep_folder, int keep_streams)
{
    find_libc();
    kitsune_before_daemon(CALLER);
    return libc.daemon(keep_folder, keep_streams);
}

/* ---- Becoming another program ---------------------------------------------------------------- */

REPLACEMENT int execve(const char *path, strings arguments, strings environment)
{
    find_libc();
    kitsune_before_exec(CALLER, "execve", path);
    return libc.execve(path, arguments, environment);
}

REPLACEMENT int execv(const char *path, strings arguments)
{
    find_libc();
    kitsune_before_exec(CALLER, "execv", path);
    return libc.execve(path, arguments, environ);
}

REPLACEMENT int execvp(const char *name, strings arguments)
{
    find_libc();
    kitsune_before_exec(CALLER, "execvp", name);
    return libc.execvpe(name, arguments, environ);
}

REPLACEMENT int execvpe(const char *name, strings arguments, strings environment)
{
    find_libc();
    kitsune_before_exec(CALLER, "execvpe", name);
    return libc.execvpe(name, arguments, environment);
}

REPLACEMENT int fexecve(int file, strings arguments, strings environment)
{
    find_libc();
    kitsune_before_exec(CALLER, "fexecve", "a descriptor");
    return libc.fexecve(file, arguments, environment);
}

REPLACEMENT int execveat(int folder, const char *path, strings arguments, strings environment,
                         int flags)
{
    find_libc();
    kitsune_before_exec(CALLER, "execveat", path);
    return libc.execveat(folder, path, arguments, environment, flags);
}

/* How many there are before the NULL. */
static size_t count_arguments(const char *first, va_list *list)
{
    size_t count = 0;
    for (const char *argument = first; argument; argument = va_arg(*list, const char *))
        count++;
    return count;
}

/* With the NULL. */
static void take_arguments(char **taken, const char *first, va_list *list)
{
    for (const char *argument = first; argument; argument = va_arg(*list, const char *))
        *taken++ = (char *)argument;
    *taken = NULL;
}

/* Declares `arguments`, as execve wants them, of what follows `first`; `list` stands behind the
 * NULL.  On the stack: malloc's lock may be held by a thread that is not in this child. */
#define TAKE_ARGUMENTS(first)                                                                    \
    va_list list;                                                                                \
    va_start(list, first);                                                                       \
    char **arguments = alloca((count_arguments(first, &list) + 1) * sizeof *arguments);          \
    va_end(list);                                                                                \
    va_start(list, first);                                                                       \
    take_arguments(arguments, first, &list)

REPLACEMENT int execl(const char *path, const char *first, ...)
{
    TAKE_ARGUMENTS(first);
    va_end(list);
    find_libc();
    kitsune_before_exec(CALLER, "execl", path);
    return libc.execve(path, arguments, environ);
}

REPLACEMENT int execlp(const char *name, const char *first, ...)
{
    TAKE_ARGUMENTS(first);
    va_end(list);
    find_libc();
    kitsune_before_exec(CALLER, "execlp", name);
    return libc.execvpe(name, arguments, environ);
}

REPLACEMENT int execle(const char *path, const char *first, ...)
{
    TAKE_ARGUMENTS(first);
    strings environment = va_arg(list, strings);
    va_end(list);
    find_libc();
    kitsune_before_exec(CALLER, "execle", path);
    return libc.execve(path, arguments, environment);
}

/* ---- Signals to itself ----------------------------------------------------------------------- */

REPLACEMENT int kill(pid_t process, int number)
{
    find_libc();
    kitsune_before_signal(CALLER, "kill", process, number);
    return libc.kill(process, number);
}

REPLACEMENT int killpg(pid_t group, int number)
{
    find_libc();
    kitsune_before_signal(CALLER, "killpg", -group, number);
    return libc.killpg(group, number);
}

REPLACEMENT int raise(int number)
{
    find_libc();
    kitsune_before_signal(CALLER, "raise", 0, number);
    return libc.raise(number);
}

REPLACEMENT int sigqueue(pid_t process, int number, const union sigval value)
{
    find_libc();
    kitsune_before_signal(CALLER, "sigqueue", process, number);
    return libc.sigqueue(process, number, value);
}

REPLACEMENT int tgkill(pid_t process, pid_t thread, int number)
{
    find_libc();
    kitsune_before_signal(CALLER, "tgkill", process, number);
    return libc.tgkill(process, thread, number);
}

REPLACEMENT int pthread_kill(pthread_t thread, int number)
{
    find_libc();
    kitsune_before_signal(CALLER, "pthread_kill", 0, number);
    return libc.pthread_kill(thread, number);
}

/* ---- Without libc ---------------------------------------------------------------------------- */

REPLACEMENT long syscall(long number, ...)
{
    enum { MOST = 6 };
    long given[MOST];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < MOST; i++)
        given[i] = va_arg(list, long);
    va_end(list);
    find_libc();
    kitsune_before_system_call(CALLER, number, given);
    return libc.system_call(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}
