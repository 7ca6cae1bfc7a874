/* lock_holders.c -- a program whose update is given up because of its threads: holders stand at
 * their update point with a lock, and a wanter waits for it, or just does not come.
 *
 *      lock_holders KIND HOLDERS
 *
 *      mutex writer reader semaphore   the wanter waits in the old version, for this
 *      late                            it waits for nothing that holders have
 *      arrived      in the new version the holder takes the mutex, and the wanter wants it
 *      main_holds   main stands with the mutex, and the wanter wants it in the new version
 *      main_waits   a holder stands with it, and main wants it in the new version
 *      main_own     main stands with it, and wants it again in the new version
 *      new_late     the wanter does not come in the new version
 *
 * Compiled with -DVERSION=1 and 2.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <kitsune.h>

#define APART __attribute__((noinline, noclone))
#define STAY __asm__ volatile("") /* no call at the end becomes a jump: the frame is there */

pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
sem_t gate;
char kind[32];
int holder_count;
atomic_int holding, wanting; /* how many have come so far */
static atomic_bool E_MANUAL_MIGRATE is_held_anew;

static bool is(const char *name) { return strcmp(kind, name) == 0; }

APART static void hold(void)
{
    if (is("writer"))
        pthread_rwlock_wrlock(&table_lock);
    else if (is("reader"))
        pthread_rwlock_rdlock(&table_lock);
    else
        pthread_mutex_lock(&list_lock);
    STAY;
}

APART static void take(void)
{
    if (is("writer"))
        pthread_rwlock_rdlock(&table_lock);
    else if (is("reader"))
        pthread_rwlock_wrlock(&table_lock);
    else if (is("semaphore"))
        while (sem_wait(&gate) != 0 && errno == EINTR)
            ;
    else
        pthread_mutex_lock(&list_lock);
    STAY;
}

APART static void never_come(void)
{
    for (;;)
        poll(NULL, 0, -1);
}

/* Its update point is functions away from where it took the lock. */
APART static void come_to_point(void) { kitsune_update("holder"); STAY; }
APART static void inner(void) { come_to_point(); STAY; }
APART static void outer(void) { inner(); STAY; }

void *run_holder(void *argument)
{
    prctl(PR_SET_NAME, "holder");
    if (VERSION == 1 && (is("mutex") || is("writer") || is("reader") || is("main_waits")))
        hold();
    if (VERSION == 2 && is("arrived")) {
        hold();
        is_held_anew = true;
    }
    holding++;
    for (;;) {
        outer();
        poll(NULL, 0, 5);
    }
    return argument;
}

APART static void want_in_new_version(void)
{
    if (is("arrived"))
        while (!is_held_anew)
            usleep(1000);
    if (is("arrived") || is("main_holds"))
        take();
    if (is("new_late"))
        never_come();
    STAY;
}

void *run_wanter(void *argument)
{
    prctl(PR_SET_NAME, "wanter");
    while (holding < holder_count)
        usleep(1000);
    if (VERSION == 2)
        want_in_new_version();
    for (;;) {
        kitsune_update("wanter");
        wanting++;
        if (is("mutex") || is("writer") || is("reader") || is("semaphore"))
            take();
        else if (is("late"))
            never_come();
        else
            poll(NULL, 0, 5);
    }
    return argument;
}

static void begin(char **arguments)
{
    pthread_t thread;
    strcpy(kind, arguments[1]);
    holder_count = atoi(arguments[2]);
    sem_init(&gate, 0, 0);
    if (is("main_holds") || is("main_own"))
        hold();
    for (int i = 0; i < holder_count; i++)
        pthread_create(&thread, NULL, run_holder, NULL);
    pthread_create(&thread, NULL, run_wanter, NULL);
    while (!wanting)
        usleep(1000);
    usleep(10000);
    printf("ready\n");
}

int main(int count, char **arguments)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    kitsune_do_automigrate();
    if (count > 2 && !kitsune_is_updating())
        begin(arguments);
    else if (is("main_waits") || is("main_own"))
        take();
    for (;;) {
        kitsune_update("main");
        poll(NULL, 0, 100);
    }
}
