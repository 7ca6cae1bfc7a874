#!/bin/bash
# The runtime under ThreadSanitizer, with a random pause at each step of synchronisation: no data
# race, whatever the order of events.
. "$(dirname "$0")/../lib/harness.sh"

# The runtime and the driver, instrumented; the compiler and xfgen are the usual ones.
tsan=$work/tsan
check "the instrumented runtime builds" \
    make -s -C "$root" BUILD="$tsan" CFLAGS='-O1 -g -fsanitize=thread -DKITSUNE_STRESS' \
    "$tsan/lib/libkitsune.so" "$tsan/bin/driver"

cat >app.c <<'END'
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kitsune.h>

enum { WORKERS = 3, UPDATES = 6 };

struct job {
#if VERSION == 2
    long weight;
#endif
    int number, done;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static pthread_t workers[WORKERS], poller, starter, joiner, giver, taker, joined;
static bool is_joining; /* the joiner's own */
static sem_t tokens;
static long given, taken; /* under the mutex */
static struct job *jobs[WORKERS];
static int waiting_jobs, updates;
static bool ends; /* under the mutex */
static _Thread_local int rounds;

static bool has_ended(void)
{
    pthread_mutex_lock(&mutex);
    bool result = ends;
    pthread_mutex_unlock(&mutex);
    return result;
}

void *run_worker(void *E_T(struct job) argument)
{
    struct job *job = argument;
    pthread_mutex_lock(&mutex);
    while (!ends) {
        kitsune_update_holding("worker", &mutex);
        if (waiting_jobs > 0) {
            waiting_jobs--;
            job->done++;
            rounds++;
            if (rounds != job->done)
                abort();
        } else if (!ends) {
            pthread_cond_wait(&work, &mutex);
        }
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

void *run_poller(void *argument)
{
    while (!has_ended()) {
        kitsune_update("poller");
        poll(NULL, 0, 50);
    }
    return argument;
}

static void *run_briefly(void *argument)
{
    return argument;
}

/* Starts threads all the time.  (One that waited for one of them would lose sight of it in an
 * update: it does not note its locals.) */
void *run_starter(void *argument)
{
    while (!has_ended()) {
        kitsune_update("starter");
        pthread_t thread;
        if (pthread_create(&thread, NULL, run_briefly, NULL) == 0)
            pthread_detach(thread);
        usleep(1000);
    }
    return argument;
}

/* On main's way to its update point: they are held until the commit, and enter themselves meanwhile. */
static void start_held(void)
{
    pthread_t thread;
    for (int i = 0; i < 20; i++)
        if (pthread_create(&thread, NULL, run_briefly, NULL) == 0)
            pthread_detach(thread);
}

/* Joins the threads that it starts: a join is an update point, too. */
void *run_joiner(void *argument)
{
    for (;;) {
        if (is_joining && pthread_join(joined, NULL) == 0)
            is_joining = false;
        if (has_ended())
            return argument;
        kitsune_update("joiner");
        is_joining = pthread_create(&joined, NULL, run_briefly, NULL) == 0;
    }
}

void *run_giver(void *argument)
{
    while (!has_ended()) {
        kitsune_update("giver");
        pthread_mutex_lock(&mutex);
        given++;
        pthread_mutex_unlock(&mutex);
        sem_post(&tokens);
        usleep(500);
    }
    sem_post(&tokens); /* for a taker that waits */
    return argument;
}

/* Waits as if nothing could interrupt it: the giver has to go on for it. */
void *run_taker(void *argument)
{
    while (!has_ended()) {
        kitsune_update("taker");
        while (sem_wait(&tokens) != 0)
            ;
        pthread_mutex_lock(&mutex);
        taken++;
        if (taken > given + 1)
            abort();
        pthread_mutex_unlock(&mutex);
    }
    return argument;
}

static void start(void)
{
    sem_init(&tokens, 0, 0);
    pthread_create(&joiner, NULL, run_joiner, NULL);
    pthread_create(&giver, NULL, run_giver, NULL);
    pthread_create(&taker, NULL, run_taker, NULL);
    for (int i = 0; i < WORKERS; i++) {
        jobs[i] = calloc(1, sizeof *jobs[i]);
        jobs[i]->number = i;
        pthread_create(&workers[i], NULL, run_worker, jobs[i]);
    }
    pthread_create(&poller, NULL, run_poller, NULL);
    pthread_create(&starter, NULL, run_starter, NULL);
}

static void finish(void)
{
    pthread_mutex_lock(&mutex);
    ends = true;
    pthread_cond_broadcast(&work);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i], NULL);
        if (jobs[i]->number != i)
            abort();
        free(jobs[i]);
    }
    pthread_join(poller, NULL);
    pthread_join(starter, NULL);
    pthread_join(joiner, NULL);
    pthread_join(giver, NULL);
    pthread_join(taker, NULL);
    printf("%d updates\n", updates);
    exit(0);
}

int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        start();
    else
        start_held();
    for (;;) {
        bool arrives = kitsune_is_updating();
        kitsune_update("main");
        if (arrives)
            updates++;
        if (updates == UPDATES)
            finish();
        pthread_mutex_lock(&mutex);
        waiting_jobs += 10;
        pthread_cond_broadcast(&work);
        pthread_mutex_unlock(&mutex);
        if (arrives || updates == 0) {
            kitsune_set_next_version(VERSION == 1 ? "./v2.so" : "./v1.so");
            kitsune_signal_update();
        }
        usleep(1000);
    }
}
END
mkdir v1 v2
for version in 1 2; do
    (echo "#define VERSION $version"; cat app.c) >v$version/app.c
done
echo 'INIT struct job.weight: { $out = 7; }' >up.xf
check "two versions build" eval 'build_version v1 -fsanitize=thread && build_version v2 -fsanitize=thread'
check "and what leads from each to the other" \
    eval 'install_transformer v1 v2 up.xf && install_transformer v2 v1'

# History is what TSan keeps per thread; signals are handled where it lets them.
run_it() {
    TSAN_OPTIONS='history_size=4 report_signal_unsafe=0 exitcode=66' timeout 300 \
        "$tsan/bin/driver" ./v1.so
}
expect_output "no race is found while it is updated back and forth" '^6 updates$' run_it

# ---- Updates that are given up -------------------------------------------------------------------
# Threads are asked where they are, while they stand, wait, or are on their way in the new version.
# (One that waits for a mutex gets no signal under TSan, so in the new version it would not come back.)

for version in 1 2; do
    cp "$root/tests/lib/lock_holders.c" v$version/app.c
done
check "two versions of a program whose threads keep each other build" eval \
    'build_version v1 -fsanitize=thread -DVERSION=1 && build_version v2 -fsanitize=thread -DVERSION=2'
check "and what leads from one to the other" install_transformer v1 v2
for kind in mutex reader late new_late; do
    TSAN_OPTIONS='history_size=4 report_signal_unsafe=0 exitcode=66' \
        start log "$tsan/bin/driver" ./v1.so $kind 3
    wait_line 30 log '^ready$'
    expect_error "$kind: given up" 1 '^  thread [0-9]+ ' \
        timeout 60 kitsune update --timeout 2 --quiesce-timeout 1 "$started" ./v2.so
    check_equal "$kind: no race is found" "" "$(grep -A20 'WARNING: ThreadSanitizer' log)"
    check "$kind: it goes on" kitsune status "$started"
    stop "$started"
done

end_of_test
