#!/bin/bash
# Threads that libraries start for themselves: they are left alone and listed; while one is in the
# program's code (a callback), the update waits for it, and is given up when that lasts.
. "$(dirname "$0")/../lib/harness.sh"

# A library, built by the plain compiler, with a thread of its own: pool_start(callback) calls that
# once from its thread; before and after it sleeps.
cat >pool.c <<'END'
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
struct work { void (*callback)(void *); void *argument; int blocks_signals; };
static void *run(void *argument)
{
    struct work *work = argument;
    pthread_setname_np(pthread_self(), "pool");
    if (work->blocks_signals) {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, NULL);
    }
    if (work->callback)
        work->callback(work->argument);
    for (;;)
        pause();
    return NULL;
}
void pool_start(void (*callback)(void *), void *argument, int blocks_signals)
{
    static struct work work;
    pthread_t thread;
    work = (struct work){callback, argument, blocks_signals};
    pthread_create(&thread, NULL, run, &work);
    pthread_detach(thread);
}
END
check "a library builds" gcc -shared -fPIC -O2 pool.c -o libpool.so
export LD_LIBRARY_PATH=$work

cat >app.c <<'END'
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <kitsune.h>

void pool_start(void (*callback)(void *), void *argument, int blocks_signals);

atomic_bool is_inside;
atomic_int finished;
char how[32];

static bool is(const char *word)
{
    return strstr(how, word) != NULL;
}

/* Called by threads of libraries. */
__attribute__((noinline)) void call_back(void *argument)
{
    is_inside = true;
    while (is("lasting") || access("leave", F_OK) != 0)
        if (is("busy"))
            for (volatile int i = 0; i < 10000; i++)
                ;
        else
            poll(NULL, 0, 1);
    finished++;
    if (argument != how)
        abort();
}

static void on_timer(union sigval value)
{
    call_back(value.sival_ptr);
}

static void arm_timer(void)
{
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_timer,
                             .sigev_value.sival_ptr = how};
    struct itimerspec soon = {.it_value.tv_nsec = 1000000};
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 ||
        timer_settime(timer, 0, &soon, NULL) != 0)
        abort();
}

/* A thread of the program's own, which takes part. */
void *run(void *argument)
{
    for (;;) {
        kitsune_update("run");
        poll(NULL, 0, 10);
    }
    return argument;
}

int main(int count, char **arguments)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    kitsune_do_automigrate();
    bool has_arrived = kitsune_is_updating();
    if (!has_arrived && count == 2) {
        pthread_t thread;
        strcpy(how, arguments[1]);
        if (!is("single"))
            pthread_create(&thread, NULL, run, NULL);
        if (is("timer"))
            arm_timer();
        else
            pool_start(is("idle") ? NULL : call_back, how, is("blocking"));
        while (!is("idle") && !is_inside)
            usleep(1000);
        usleep(10000);
        printf("ready\n");
    }
    for (;;) {
        kitsune_update("main");
        if (has_arrived) {
            printf("version %d, finished %d\n", version(), (int)finished);
            has_arrived = false;
        }
        poll(NULL, 0, 10);
    }
}
END
mkdir v1 v2
for version in 1 2; do
    (echo "static int version(void) { return $version; }"; cat app.c) >v$version/app.c
done
build_both() {
    local version
    for version in v1 v2; do
        kitcc -O2 -c $version/app.c -o $version/app.o &&
            kitcc -shared $version/app.o -L. -lpool -o $version.so || return 1
    done
}
check "two versions build" build_both
check "and what leads from one to the other" install_transformer v1 v2

start log kitsune run ./v1.so idle
wait_line 10 log '^ready$'
expect_output "a library's thread is left alone, and listed by name" '1 of libraries left alone \(pool\)' \
    kitsune update --timeout 20 "$started" ./v2.so
check "and the program goes on" wait_line 10 log '^version 2, finished 0$'
stop "$started"

# The callback ends while the program stands still and waits for it.
for how in pool pool-busy pool-blocking timer single-pool; do
    rm -f leave
    start log kitsune run ./v1.so $how
    wait_line 10 log '^ready$'
    (sleep 0.2; touch leave) &
    expect_output "$how: a callback is waited for" '^updated' \
        kitsune update --timeout 20 "$started" ./v2.so
    check "$how: it has come to its end in the old version" \
        wait_line 10 log '^version 2, finished 1$'
    stop "$started"
done

for how in pool pool-busy pool-blocking timer; do
    start log kitsune run ./v1.so $how-lasting
    wait_line 10 log '^ready$'
    expect_error "$how: a callback that does not end makes the update be given up" 1 \
        "thread [0-9]+ \(.*\), which a library started, is in the program's (call_back|on_timer).*does not come out" \
        kitsune update --timeout 20 "$started" ./v2.so
    check "$how: the old version goes on" kill -0 "$started"
    stop "$started"
done

start log kitsune run ./v1.so single-pool-lasting
wait_line 10 log '^ready$'
expect_error "in a program without threads of its own, too" 1 \
    "which a library started, is in the program's call_back" \
    kitsune update --timeout 20 "$started" ./v2.so
check "and its old version goes on" kill -0 "$started"
stop "$started"

end_of_test
