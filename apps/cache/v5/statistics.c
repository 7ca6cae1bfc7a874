/* statistics.c -- adding up what the threads have counted. */
#include "statistics.h"

#include <pthread.h>
#include <stddef.h>

#include "worker.h"

#define NUMBER_COUNT (sizeof(struct statistics) / sizeof(uint64_t))

struct statistics statistics_of_listener, statistics_of_maintenance;
struct statistics statistics_of_lru_thread, statistics_before;
_Thread_local struct statistics *my_statistics;

/* `stats reset` sets nothing back, for the numbers are others': it remembers what they were. */
static struct statistics at_reset;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void statistics_add(struct statistics *sum, const struct statistics *counted)
{
    uint64_t *to = (uint64_t *)sum;
    const uint64_t *from = (const uint64_t *)counted;

    for (size_t i = 0; i < NUMBER_COUNT; i++)
        to[i] += __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

static struct statistics add_up(void)
{
    struct statistics sum = {0};

    statistics_add(&sum, &statistics_before);
    statistics_add(&sum, &statistics_of_listener);
    statistics_add(&sum, &statistics_of_maintenance);
    statistics_add(&sum, &statistics_of_lru_thread);
    workers_add_statistics(&sum);
    return sum;
}

struct statistics statistics_read(void)
{
    pthread_mutex_lock(&lock);
    struct statistics sum = add_up();
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        ((uint64_t *)&sum)[i] -= ((const uint64_t *)&at_reset)[i];
    pthread_mutex_unlock(&lock);
    return sum;
}

void statistics_reset(void)
{
    pthread_mutex_lock(&lock);
    at_reset = add_up();
    pthread_mutex_unlock(&lock);
}
