/* kitsune/entry.h -- what a version's shared object and the runtime say to each other.
 *
 * kitcc links one small object (runtime/entry/entry.c) into every shared object it makes.  It
 * exports `kitsune_entry`, by which the driver finds main, and it stands between the program and
 * the few libc calls that would otherwise remember code of a version that is about to go.
 */
#ifndef KITSUNE_ENTRY_H
#define KITSUNE_ENTRY_H

#include <pthread.h>
#include <signal.h>
#include <sys/select.h>
#include <time.h>

struct pollfd;
struct epoll_event;

#ifdef __cplusplus
extern "C" {
#endif

#define KITSUNE_ENTRY_ABI 1u

struct kitsune_entry {
    unsigned abi;                          /* KITSUNE_ENTRY_ABI */
    int (*main)(int, char **, char **);    /* NULL in a transformer */
};

enum kitsune_exit_kind {
    KITSUNE_AT_EXIT,       /* void (*)(void) */
    KITSUNE_ON_EXIT,       /* void (*)(int, void *) */
    KITSUNE_AT_QUICK_EXIT, /* void (*)(void) */
};

/* Runs `function` when the process really ends, whichever version is running then: at each
 * update the function is replaced by its namesake.  0, or -1 without memory. */
int kitsune_register_exit_handler(enum kitsune_exit_kind kind, void (*function)(void),
                                  void *argument);

/* pthread_atfork, with the same rule.  0, or ENOMEM. */
int kitsune_register_fork_handlers(void (*prepare)(void), void (*parent)(void),
                                   void (*child)(void));

/* openlog: libc keeps the pointer, so it gets a copy that outlives the version. */
void kitsune_open_log(const char *name, int option, int facility);

/* exit, _exit and quick_exit of versions that earlier releases of kitcc have linked; those of
 * others the driver takes (driver/endings.c).  In a version that has not reached its update
 * point yet they abort the update, otherwise they end the process. */
void kitsune_exit(int status) __attribute__((noreturn));
void kitsune_exit_at_once(int status) __attribute__((noreturn));
void kitsune_exit_quickly(int status) __attribute__((noreturn));

/* pthread_sigmask; returns an error number.  During an update signals are held back, and what
 * the program asks for takes effect when it is over; the runtime's own signal is never blocked. */
int kitsune_change_signal_mask(int how, const sigset_t *set, sigset_t *old_set);

/* pthread_create, pthread_exit and thrd_create are kitsune_pthread_create and the following. */
void kitsune_thread_exit(void *value) __attribute__((noreturn));

/* Waits of libc that go on after a signal; they end early when an update is asked for.  (A join
 * is an update point, "pthread_join".) */
int kitsune_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int kitsune_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *until);
int kitsune_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                           const struct timespec *until);
/* Waits with a time limit: interrupted for an update and begun again, they end when they would have
 * ended. */
int kitsune_nanosleep(const struct timespec *time, struct timespec *left);
int kitsune_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
                            struct timespec *left);
unsigned kitsune_sleep(unsigned seconds);
int kitsune_usleep(unsigned microseconds);
int kitsune_poll(struct pollfd *entries, unsigned long count, int timeout);
int kitsune_ppoll(struct pollfd *entries, unsigned long count, const struct timespec *timeout,
                  const sigset_t *mask);
int kitsune_epoll_wait(int epoll, struct epoll_event *events, int count, int timeout);
int kitsune_select(int count, fd_set *reading, fd_set *writing, fd_set *exceptions,
                   struct timeval *timeout);
int kitsune_join(pthread_t handle, void **value);
/* pthread_key_create and pthread_key_delete; at each update a key's destructor becomes its
 * namesake. */
int kitsune_key_create(pthread_key_t *key, void (*destructor)(void *));
int kitsune_key_delete(pthread_key_t key);
int kitsune_wait_for_signal(const sigset_t *set, int *number);

#ifdef __cplusplus
}
#endif
#endif
