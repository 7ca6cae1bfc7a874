/* entry.c -- linked by kitcc into every version: names main, and redirects what libc would keep.
 *
 * A shared object's own atexit handlers run when it is unloaded, which for a program's version is
 * at its update and not at its end; and libc would keep the address of code that is gone.  The
 * definitions below are hidden, so they serve the calls of this shared object only, and weak, so
 * that a program that defines such a name itself gets its own.
 *
 * Not part of libkitsune.
 */
#include <errno.h>
#include <stddef.h>

#include <kitsune/entry.h>

#define REPLACEMENT __attribute__((weak, visibility("hidden")))

/* Weak: a transformer has no main.  Hidden: this shared object's own main, whatever else the
 * process has loaded. */
extern int application_main(int, char **, char **) __asm__("main")
    __attribute__((weak, visibility("hidden")));

extern const struct kitsune_entry kitsune_entry;
__attribute__((visibility("default"), used)) const struct kitsune_entry kitsune_entry = {
    .abi = KITSUNE_ENTRY_ABI,
    .main = application_main,
};

int atexit(void (*function)(void));
int on_exit(void (*function)(int, void *), void *argument);
int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));
void openlog(const char *name, int option, int facility);
int at_quick_exit(void (*function)(void));
void exit(int status) __attribute__((noreturn));
void _exit(int status) __attribute__((noreturn));
void _Exit(int status) __attribute__((noreturn));
void quick_exit(int status) __attribute__((noreturn));
int sigprocmask(int how, const sigset_t *set, sigset_t *old_set);
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old_set);

REPLACEMENT int atexit(void (*function)(void))
{
    return kitsune_register_exit_handler(KITSUNE_AT_EXIT, function, NULL);
}

REPLACEMENT int on_exit(void (*function)(int, void *), void *argument)
{
    return kitsune_register_exit_handler(KITSUNE_ON_EXIT, (void (*)(void))function, argument);
}

REPLACEMENT int at_quick_exit(void (*function)(void))
{
    return kitsune_register_exit_handler(KITSUNE_AT_QUICK_EXIT, function, NULL);
}

REPLACEMENT int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    return kitsune_register_fork_handlers(prepare, parent, child);
}

REPLACEMENT void openlog(const char *name, int option, int facility)
{
    kitsune_open_log(name, option, facility);
}

REPLACEMENT void exit(int status)
{
    kitsune_exit(status);
}

REPLACEMENT void _exit(int status)
{
    kitsune_exit_at_once(status);
}

REPLACEMENT void _Exit(int status)
{
    kitsune_exit_at_once(status);
}

REPLACEMENT void quick_exit(int status)
{
    kitsune_exit_quickly(status);
}

REPLACEMENT int pthread_sigmask(int how, const sigset_t *set, sigset_t *old_set)
{
    return kitsune_change_signal_mask(how, set, old_set);
}

REPLACEMENT int sigprocmask(int how, const sigset_t *set, sigset_t *old_set)
{
    int error = kitsune_change_signal_mask(how, set, old_set);
    if (error) {
        errno = error;
        return -1;
    }
    return 0;
}
