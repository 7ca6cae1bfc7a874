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
#include <stdint.h>
#include <threads.h>

#include <kitsune.h>
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

/* ---- Threads --------------------------------------------------------------------------------- */

int pthread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument);
void pthread_exit(void *value);
int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *until);
int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                           const struct timespec *until);
int pthread_join(pthread_t handle, void **value);
int sigwait(const sigset_t *set, int *number);

REPLACEMENT int pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                               void *(*start)(void *), void *argument)
{
    return kitsune_pthread_create(handle, attributes, start, argument);
}

REPLACEMENT void pthread_exit(void *value)
{
    kitsune_thread_exit(value);
}

REPLACEMENT int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    return kitsune_cond_wait(condition, mutex);
}

REPLACEMENT int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                       const struct timespec *until)
{
    return kitsune_cond_timedwait(condition, mutex, until);
}

REPLACEMENT int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                       clockid_t clock, const struct timespec *until)
{
    return kitsune_cond_clockwait(condition, mutex, clock, until);
}

REPLACEMENT int pthread_join(pthread_t handle, void **value)
{
    return kitsune_join(handle, value);
}

REPLACEMENT int sigwait(const sigset_t *set, int *number)
{
    return kitsune_wait_for_signal(set, number);
}

int nanosleep(const struct timespec *time, struct timespec *left);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
                    struct timespec *left);
unsigned sleep(unsigned seconds);
int usleep(unsigned microseconds);
int poll(struct pollfd *entries, unsigned long count, int timeout);
int ppoll(struct pollfd *entries, unsigned long count, const struct timespec *timeout,
          const sigset_t *mask);
int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout);
int pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int pthread_key_delete(pthread_key_t key);

REPLACEMENT int nanosleep(const struct timespec *time, struct timespec *left)
{
    return kitsune_nanosleep(time, left);
}

REPLACEMENT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
                                struct timespec *left)
{
    return kitsune_clock_nanosleep(clock, flags, time, left);
}

REPLACEMENT unsigned sleep(unsigned seconds)
{
    return kitsune_sleep(seconds);
}

REPLACEMENT int usleep(unsigned microseconds)
{
    return kitsune_usleep(microseconds);
}

REPLACEMENT int poll(struct pollfd *entries, unsigned long count, int timeout)
{
    return kitsune_poll(entries, count, timeout);
}

REPLACEMENT int ppoll(struct pollfd *entries, unsigned long count, const struct timespec *timeout,
                      const sigset_t *mask)
{
    return kitsune_ppoll(entries, count, timeout, mask);
}

REPLACEMENT int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout)
{
    return kitsune_epoll_wait(epoll, events, count, timeout);
}

REPLACEMENT int select(int count, fd_set *reading, fd_set *writing, fd_set *exceptions,
                       struct timeval *timeout)
{
    return kitsune_select(count, reading, writing, exceptions, timeout);
}

/* libc would go on calling the destructors of a version that is gone. */
REPLACEMENT int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    return kitsune_key_create(key, destructor);
}

REPLACEMENT int pthread_key_delete(pthread_key_t key)
{
    return kitsune_key_delete(key);
}

/* ---- C11's threads: glibc's are the same underneath ------------------------------------------ */

static int thrd_result(int error)
{
    return error == 0 ? thrd_success : error == ENOMEM || error == EAGAIN ? thrd_nomem : thrd_error;
}

REPLACEMENT int thrd_create(thrd_t *thread, thrd_start_t start, void *argument)
{
    /* The result is read as an int from where the pointer would be. */
    return thrd_result(
        kitsune_pthread_create(thread, NULL, (void *(*)(void *))(void (*)(void))start, argument));
}

REPLACEMENT int thrd_join(thrd_t thread, int *result)
{
    void *value;
    int error = kitsune_join(thread, &value);
    if (!error && result)
        *result = (int)(intptr_t)value;
    return thrd_result(error);
}

REPLACEMENT void thrd_exit(int result)
{
    kitsune_thread_exit((void *)(intptr_t)result);
}

REPLACEMENT int thrd_sleep(const struct timespec *time, struct timespec *left)
{
    int error = kitsune_clock_nanosleep(CLOCK_REALTIME, 0, time, left);
    return error == 0 ? 0 : error == EINTR ? -1 : -2;
}

REPLACEMENT int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    return thrd_result(kitsune_cond_wait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex));
}

REPLACEMENT int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until)
{
    int error = kitsune_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex,
                                       until);
    return error == ETIMEDOUT ? thrd_timedout : thrd_result(error);
}
