/* maintenance.c -- the thread that keeps house.
 *
 * It sleeps until the table wants to grow, or a second is over; then it goes through a part of the
 * table for what has expired.  It lets go of the cache's lock after every few buckets, and waits
 * with it, as one does for a condition; so it holds it at its update point.
 */
#include "maintenance.h"

#include <kitsune.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cache.h"
#include "statistics.h"
#include "table.h"

#define BUCKETS_AT_A_TIME 256
/* In a second: a table of a million buckets has been seen in about a minute. */
#define PARTS_A_SECOND 64

static pthread_t thread;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static bool is_stopping;
static size_t next_bucket; /* to look into for expired items */

void maintenance_wake(void)
{
    pthread_cond_signal(&wanted);
}

static void sweep_some(void)
{
    for (unsigned i = 0; i < BUCKETS_AT_A_TIME; i++)
        if (!table_visit_bucket(next_bucket++, cache_reclaim_locked)) {
            next_bucket = 0;
            return;
        }
}

static void let_others_in(void)
{
    cache_unlock();
    sched_yield();
    cache_lock();
}

static void *maintain(void *E_OPAQUE nothing)
{
    struct timespec until;
    unsigned parts_left = 0;

    my_statistics = &statistics_of_maintenance;
    cache_lock();
    clock_gettime(CLOCK_REALTIME, &until);
    while (!is_stopping) {
        kitsune_update_holding("maintenance", cache_lock_itself());
        if (table_wants_to_grow()) {
            table_grow_some();
            let_others_in();
        } else if (parts_left > 0) {
            sweep_some();
            parts_left--;
            let_others_in();
        } else if (pthread_cond_timedwait(&wanted, cache_lock_itself(), &until) != 0) {
            clock_gettime(CLOCK_REALTIME, &until);
            until.tv_sec++;
            parts_left = PARTS_A_SECOND;
        }
    }
    cache_unlock();
    return nothing;
}

void maintenance_start(void)
{
    int error = pthread_create(&thread, NULL, maintain, NULL);
    if (error) {
        fprintf(stderr, "cache: cannot start the maintenance thread: %s\n", strerror(error));
        exit(1);
    }
}

void maintenance_stop(void)
{
    cache_lock();
    is_stopping = true;
    maintenance_wake();
    cache_unlock();
    pthread_join(thread, NULL);
}
