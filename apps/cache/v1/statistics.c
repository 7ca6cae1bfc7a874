/* statistics.c -- counters that all threads share. */
#include "statistics.h"

#include <pthread.h>
#include <string.h>

struct statistics statistics;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void statistics_lock(void)
{
    pthread_mutex_lock(&lock);
}

void statistics_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

struct statistics statistics_read(void)
{
    statistics_lock();
    struct statistics copy = statistics;
    statistics_unlock();
    return copy;
}

void statistics_reset(void)
{
    statistics_lock();
    memset(&statistics, 0, sizeof statistics);
    statistics_unlock();
}
