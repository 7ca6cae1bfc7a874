#!/bin/bash
# Locks of every kind between threads that come to their update points: a thread that stands there
# holding what another one wants goes on once more; where that does not help, the update is given up and
# the message says who waits for what.
. "$(dirname "$0")/../lib/harness.sh"

mkdir v1 v2
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
#include <threads.h>
#include <unistd.h>

#include <kitsune.h>

pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
mtx_t c11_lock;
pthread_spinlock_t counter_lock;
pthread_barrier_t barrier;
sem_t gate;
atomic_int turns, wanted;

static void write_lock(void) { pthread_rwlock_wrlock(&table_lock); }
static void read_lock(void) { pthread_rwlock_rdlock(&table_lock); }
static void table_unlock(void) { pthread_rwlock_unlock(&table_lock); }
static void list_take(void) { pthread_mutex_lock(&list_lock); }
static void list_release(void) { pthread_mutex_unlock(&list_lock); }
static void c11_take(void) { mtx_lock(&c11_lock); }
static void c11_release(void) { mtx_unlock(&c11_lock); }
static void counter_take(void) { pthread_spin_lock(&counter_lock); }
static void counter_release(void) { pthread_spin_unlock(&counter_lock); }
static void gate_take(void)
{
    while (sem_wait(&gate) != 0 && errno == EINTR)
        ; /* as if no update could be asked for */
}
static void gate_release(void) { sem_post(&gate); }
static void meet(void) { pthread_barrier_wait(&barrier); }
static void nothing(void) { }

static const struct kind {
    const char *name;
    void (*hold)(void), (*release)(void); /* around the holder's update point */
    void (*take)(void), (*give_back)(void);
} kinds[] = {
    {"mutex", list_take, list_release, list_take, list_release},
    {"mtx", c11_take, c11_release, c11_take, c11_release},
    {"write_read", write_lock, table_unlock, read_lock, table_unlock},
    {"write_write", write_lock, table_unlock, write_lock, table_unlock},
    {"read_write", read_lock, table_unlock, write_lock, table_unlock},
    {"spin", counter_take, counter_release, counter_take, counter_release},
    {"semaphore", gate_take, gate_release, gate_take, gate_release},
    {"barrier", nothing, meet, meet, nothing},
};

char kind_name[32];
static const struct kind *find_kind(void)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, kind_name) == 0)
            return &kinds[i];
    fprintf(stderr, "no such kind: %s\n", kind_name);
    exit(2);
}
bool keeps; /* the holder never lets go */

/* Stands at its update point with the lock; the wanter is at it then. */
void *run_holder(void *argument)
{
    const struct kind *kind = find_kind();
    if (!kitsune_is_updating())
        kind->hold();
    for (;;) {
        kitsune_update("holder");
        if (!keeps) {
            kind->release();
            turns++;
            usleep(2000); /* so that the other one gets it */
            kind->hold();
        } else {
            poll(NULL, 0, 5);
        }
    }
    return argument;
}

void *run_wanter(void *argument)
{
    const struct kind *kind = find_kind();
    for (;;) {
        kitsune_update("wanter");
        wanted++;
        kind->take();
        kind->give_back();
        turns++;
    }
    return argument;
}

static void start(char **arguments)
{
    pthread_t thread;
    strcpy(kind_name, arguments[1]);
    keeps = arguments[2] != NULL;
    mtx_init(&c11_lock, mtx_plain);
    pthread_spin_init(&counter_lock, PTHREAD_PROCESS_PRIVATE);
    pthread_barrier_init(&barrier, NULL, 2);
    sem_init(&gate, 0, 1);
    pthread_create(&thread, NULL, run_holder, NULL);
    usleep(10000);
    pthread_create(&thread, NULL, run_wanter, NULL);
    while (!wanted || (!keeps && turns < 10))
        usleep(1000);
    printf("ready\n");
}

int main(int count, char **arguments)
{
    (void)count;
    setvbuf(stdout, NULL, _IOLBF, 0);
    kitsune_do_automigrate();
    bool has_arrived = kitsune_is_updating();
    if (!has_arrived)
        start(arguments);
    for (;;) {
        kitsune_update("main");
        if (has_arrived) {
            int before = turns;
            while (turns < before + 10)
                usleep(1000);
            printf("both go on in version %d\n", version());
            has_arrived = false;
        }
        poll(NULL, 0, 1000);
    }
}
END
for version in 1 2; do
    (echo "static int version(void) { return $version; }"; cat app.c) >v$version/app.c
done
check "two versions build" eval 'build_version v1 && build_version v2'
check "and what leads from one to the other" install_transformer v1 v2

# Repeated, because which of the two stands first is a matter of chance.
for kind in mutex mtx write_read write_write read_write spin semaphore barrier; do
    for round in 1 2 3; do
        start log kitsune run ./v1.so $kind
        wait_line 10 log '^ready$'
        expect_output "$kind: the update happens ($round)" '^updated' \
            kitsune update --timeout 20 "$started" ./v2.so
        check "$kind: nothing is lost ($round)" wait_line 10 log '^both go on in version 2$'
        stop "$started"
    done
done

# kept KIND MESSAGE: the holder does not let go.
kept() {
    start log kitsune run ./v1.so "$1" keeps
    wait_line 10 log '^ready$'
    expect_error "$1 that is never let go: the update is given up" 1 "$2" \
        kitsune update --timeout 2 "$started" ./v2.so
    kill -0 "$started" && pass "$1: the old version goes on"
    stop "$started"
}
kept mutex 'thread [0-9]+ .*in .*run_wanter.*waits for the lock list_lock, which thread [0-9]+ holds at the update point .holder.'
kept write_read 'waits for the lock table_lock, which thread [0-9]+ holds'
kept read_write 'waits for table_lock \(a spin lock.*at their update points: .*thread [0-9]+ at .holder.'
kept spin 'waits for counter_lock \(a spin lock.*thread [0-9]+ at .holder.'
kept semaphore 'waits for gate \(a spin lock, a semaphore.*thread [0-9]+ at .holder.'

end_of_test
