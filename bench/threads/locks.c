/* locks.c -- the time of one lock and unlock that nobody contends for, of each kind: the same file
 * runs as a plain executable and as a version under the driver.  locks BURSTS; nanoseconds in the
 * fastest of so many short bursts, which other programs on the machine leave alone. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <kitsune.h>

static _Alignas(64) pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Alignas(64) pthread_rwlock_t readers_writer = PTHREAD_RWLOCK_INITIALIZER;
static _Alignas(64) pthread_spinlock_t spin;

static double nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

enum { ROUNDS = 10000 };

#define MEASURE(name, lock, unlock)                                                               \
    do {                                                                                          \
        double best = 1e9;                                                                        \
        for (long burst = 0; burst < bursts; burst++) {                                           \
            double started = nanoseconds();                                                       \
            for (int i = 0; i < ROUNDS; i++) {                                                    \
                lock;                                                                             \
                unlock;                                                                           \
            }                                                                                     \
            double lasted = nanoseconds() - started;                                              \
            best = lasted < best ? lasted : best;                                                 \
        }                                                                                         \
        printf("%s %.4f\n", name, best / ROUNDS);                                                 \
    } while (0)

static void *do_nothing(void *argument)
{
    return argument;
}

int main(int argument_count, char **arguments)
{
    long bursts = argument_count == 2 ? atol(arguments[1]) : 0;
    pthread_t thread;
    if (bursts < 1)
        return 2;
    /* From its second thread on libc takes its slower ways in both. */
    if (pthread_create(&thread, NULL, do_nothing, NULL) != 0 || pthread_join(thread, NULL) != 0)
        return 1;
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    MEASURE("mutex", pthread_mutex_lock(&mutex), pthread_mutex_unlock(&mutex));
    MEASURE("rwlock_read", pthread_rwlock_rdlock(&readers_writer),
            pthread_rwlock_unlock(&readers_writer));
    MEASURE("rwlock_write", pthread_rwlock_wrlock(&readers_writer),
            pthread_rwlock_unlock(&readers_writer));
    MEASURE("spin", pthread_spin_lock(&spin), pthread_spin_unlock(&spin));
    return 0;
}
