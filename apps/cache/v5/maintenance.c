/* maintenance.c -- the thread that keeps house.
 *
 * It sleeps until the table wants to grow, or a second is over; then it goes through a part of the
 * table for what has expired.  Its own lock guards its sleep; it waits with it, as one does for a
 * condition, and so holds it at its update point, but not while it works.
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
static pthread_mutex_t wake_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static bool is_stopping;
static size_t next_bucket; /* to look into for expired items */

void maintenance_wake(void)
{
    pthread_mutex_lock(&wake_lock);
    pthread_cond_signal(&wanted);
    pthread_mutex_unlock(&wake_lock);
}

static void sweep_some(void)
{
    for (unsigned i = 0; i < BUCKETS_AT_A_TIME; i++)
        if (!table_visit_bucket(next_bucket++, cache_reclaim_locked)) {
            next_bucket = 0;
            return;
        }
}

static void work(void (*some)(void))
{
    pthread_mutex_unlock(&wake_lock);
    some();
    sched_yield();
    pthread_mutex_lock(&wake_lock);
}

static void *maintain(void *E_OPAQUE nothing)
{
    struct timespec until;
    unsigned parts_left = 0;

    my_statistics = &statistics_of_maintenance;
    pthread_mutex_lock(&wake_lock);
    clock_gettime(CLOCK_REALTIME, &until);
    while (!is_stopping) {
        kitsune_update_holding("maintenance", &wake_lock);
        if (table_wants_to_grow()) {
            work(table_grow_some);
        } else if (parts_left > 0) {
            work(sweep_some);
            parts_left--;
        } else if (pthread_cond_timedwait(&wanted, &wake_lock, &until) != 0) {
            clock_gettime(CLOCK_REALTIME, &until);
            until.tv_sec++;
            parts_left = PARTS_A_SECOND;
        }
    }
    pthread_mutex_unlock(&wake_lock);
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
    pthread_mutex_lock(&wake_lock);
    is_stopping = true;
    pthread_cond_signal(&wanted);
    pthread_mutex_unlock(&wake_lock);
    pthread_join(thread, NULL);
}
