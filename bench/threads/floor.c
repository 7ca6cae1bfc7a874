/* floor.c -- what the machine needs to interrupt threads that block, let each count itself, and
 * tell the last one's arrival: nothing of Kitsune's.  Or threads that are busy, and look at a
 * flag every 20 microseconds: then it is the scheduler that gives each its turn.
 *
 *      floor read|busy COUNT ROUNDS        printed like quiescence.sh's table
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MOST_THREADS = 4096, MOST_ROUNDS = 1000, MOST_MICROSECONDS = 10 * 1000 * 1000 };

static int pipe_ends[2], number_of_signal;
static _Atomic int is_wanted, moving, generation, all_stand, begun;
static pid_t ids[MOST_THREADS];
static bool is_busy;

static void futex_wait(_Atomic int *word, int expected, const struct timespec *limit)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, limit, NULL, 0);
}

static void futex_wake(_Atomic int *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, MOST_THREADS, NULL, NULL, 0);
}

static void on_signal(int number)
{
    (void)number;
}

static void park(void)
{
    int seen = generation;
    if (atomic_fetch_sub(&moving, 1) == 1) {
        all_stand = 1;
        futex_wake(&all_stand);
    }
    while (generation == seen)
        futex_wait(&generation, seen, NULL);
}

static void block(void)
{
    char byte;
    if (read(pipe_ends[0], &byte, 1) > 0)
        abort();
}

/* As waiting.c does. */
static void compute(void)
{
    for (volatile int i = 0; i < 20000; i++)
        ;
}

static void *run(void *argument)
{
    ids[(long)argument] = gettid();
    begun++;
    for (;;) {
        if (is_wanted)
            park();
        if (is_busy)
            compute();
        else
            block();
    }
    return NULL;
}

static double in_microseconds(struct timespec moment)
{
    return (double)moment.tv_sec * 1e6 + (double)moment.tv_nsec / 1e3;
}

static double microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return in_microseconds(now);
}

/* When this thread was to be woken: as a request does, which counts from when it was sent. */
static double rest(void)
{
    enum { REST = 20 * 1000 * 1000 };
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    moment.tv_nsec += REST;
    moment.tv_sec += moment.tv_nsec / 1000000000;
    moment.tv_nsec %= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, NULL);
    return in_microseconds(moment);
}

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static void signal_all(int count)
{
    for (int i = 0; i < count; i++)
        tgkill(getpid(), ids[i], number_of_signal);
}

static double measure(int count)
{
    struct timespec late = {1, 0}; /* who was about to block did not see the signal */
    double started = rest();
    all_stand = 0;
    moving = count;
    is_wanted = 1;
    signal_all(count);
    while (!all_stand) {
        futex_wait(&all_stand, 0, &late);
        if (!all_stand)
            signal_all(count);
    }
    double lasted = microseconds() - started;
    is_wanted = 0;
    generation++;
    futex_wake(&generation);
    return lasted;
}

int main(int argument_count, char **arguments)
{
    int count = argument_count == 4 ? atoi(arguments[2]) : 0;
    int rounds = argument_count == 4 ? atoi(arguments[3]) : 0;
    static double times[MOST_ROUNDS];
    pthread_attr_t attributes;
    if (count < 1 || count > MOST_THREADS || rounds < 1 || rounds > MOST_ROUNDS ||
        pipe(pipe_ends) != 0)
        return 2;
    is_busy = strcmp(arguments[1], "busy") == 0;
    prctl(PR_SET_TIMERSLACK, 1);
    number_of_signal = SIGRTMIN + 5;
    sigaction(number_of_signal, &(struct sigaction){.sa_handler = on_signal}, NULL);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    for (long i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, &attributes, run, (void *)i) != 0)
            return 1;
    }
    while (begun < count)
        usleep(1000);
    double started = microseconds();
    for (int i = 0; i < rounds; i++) {
        times[i] = measure(count);
        if (microseconds() - started > MOST_MICROSECONDS)
            rounds = i + 1;
    }
    qsort(times, (size_t)rounds, sizeof *times, compare);
    printf("%-12s %8d %12.0f %12.0f\n", is_busy ? "(floor busy)" : "(floor)", count, times[(rounds - 1) / 2],
           times[(int)(rounds * 0.99 - 0.5)]);
}
