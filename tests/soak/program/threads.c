/* threads.c -- starts all threads; those that block in read and in sleep; a timer with a signal
 * handler, and a thread of a library that calls back. */
#include "soak.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "library.h"

static int pipe_ends[2];
static pthread_t reader, sleeper;
static atomic_long bytes_read, sleeps;
static volatile sig_atomic_t ticks;
static _Thread_local long rounds_of_mine;

void *run_reader(void *argument)
{
    char buffer[64];
    for (;;) {
        kitsune_update("reader");
        if (getenv("KITSUNE_INTERRUPT") && /* then read itself is not interrupted */
            poll(&(struct pollfd){.fd = pipe_ends[0], .events = POLLIN}, 1, -1) <= 0)
            continue;
        ssize_t length = read(pipe_ends[0], buffer, sizeof buffer);
        if (length > 0)
            bytes_read += length;
    }
    return argument;
}

void *run_sleeper(void *argument)
{
    for (;;) {
        kitsune_update("sleeper");
        usleep(20000);
        if (++rounds_of_mine != ++sleeps)
            abort();
    }
    return argument;
}

static void on_tick(int number)
{
    (void)number;
    ticks = ticks + 1;
}

void threads_start(void)
{
    struct itimerval interval = {{0, 50000}, {0, 50000}};
    struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    if (pipe(pipe_ends) != 0)
        abort();
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, NULL); /* of the threads: it is for main */
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &interval, NULL);
    pthread_create(&reader, NULL, run_reader, NULL);
    pthread_create(&sleeper, NULL, run_sleeper, NULL);
    library_start();
    jobs_start();
    pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
}

void threads_write(size_t count)
{
    static const char bytes[64];
    if (write(pipe_ends[1], bytes, count) != (ssize_t)count)
        abort();
}

long threads_bytes_read(void)
{
    return bytes_read;
}

long threads_sleeps(void)
{
    return sleeps;
}

long threads_ticks(void)
{
    return ticks;
}
