/* lru_thread.c -- the thread that moves items between the hot, warm and cold lists.
 *
 * It goes through the slab classes, with the class's lock for a few moves at a time, and sleeps:
 * the longer, the less there was to do.
 */
#include "lru_thread.h"

#include <kitsune.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "locks.h"
#include "lru.h"
#include "slabs.h"
#include "statistics.h"

#define SHORTEST_SLEEP 1000 /* microseconds */
#define LONGEST_SLEEP 500000

static pthread_t thread;
static bool is_started;
static bool is_stopping;

static bool balance_all(void)
{
    bool has_moved = false;

    for (unsigned i = 1; i <= slabs_class_count(); i++) {
        class_lock(i);
        has_moved |= lru_balance(i);
        class_unlock(i);
    }
    return has_moved;
}

static void *keep_balance(void *E_OPAQUE nothing)
{
    unsigned sleep = SHORTEST_SLEEP;

    my_statistics = &statistics_of_lru_thread;
    while (!__atomic_load_n(&is_stopping, __ATOMIC_RELAXED)) {
        kitsune_update("lru");
        if (balance_all())
            sleep = SHORTEST_SLEEP;
        else
            sleep = 2 * sleep < LONGEST_SLEEP ? 2 * sleep : LONGEST_SLEEP;
        usleep(sleep);
    }
    return nothing;
}

void lru_thread_start(void)
{
    if (is_started)
        return;
    int error = pthread_create(&thread, NULL, keep_balance, NULL);
    if (error) {
        fprintf(stderr, "cache: cannot start the LRU thread: %s\n", strerror(error));
        exit(1);
    }
    is_started = true;
}

void lru_thread_stop(void)
{
    __atomic_store_n(&is_stopping, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
}
