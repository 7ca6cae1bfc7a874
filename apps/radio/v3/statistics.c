/* statistics.c -- what is counted, and the rates. */
#include "statistics.h"

#include <kitsune.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "settings.h"

/* Under the lock. */
static pthread_mutex_t statistics_lock = PTHREAD_MUTEX_INITIALIZER;
static struct statistics statistics;

/* Of the thread alone. */
static struct {
    long long next_at, last_at; /* milliseconds */
    unsigned long long bytes_sent; /* at the last one */
} round_state;

/* ---- Counting -------------------------------------------------------------------------------- */

void statistics_count_connection(void)
{
    pthread_mutex_lock(&statistics_lock);
    statistics.connections++;
    pthread_mutex_unlock(&statistics_lock);
}

void statistics_count_source(void)
{
    pthread_mutex_lock(&statistics_lock);
    statistics.sources++;
    pthread_mutex_unlock(&statistics_lock);
}

bool statistics_admit_listener(int limit)
{
    pthread_mutex_lock(&statistics_lock);
    bool is_admitted = statistics.listeners < limit;
    if (is_admitted) {
        statistics.listeners_ever++;
        if (++statistics.listeners > statistics.listener_peak)
            statistics.listener_peak = statistics.listeners;
    }
    pthread_mutex_unlock(&statistics_lock);
    return is_admitted;
}

void statistics_forget_listener(void)
{
    pthread_mutex_lock(&statistics_lock);
    statistics.listeners--;
    pthread_mutex_unlock(&statistics_lock);
}

void statistics_count_slow(void)
{
    pthread_mutex_lock(&statistics_lock);
    statistics.slow_listeners++;
    pthread_mutex_unlock(&statistics_lock);
}

void statistics_count_move(void)
{
    pthread_mutex_lock(&statistics_lock);
    statistics.moves++;
    pthread_mutex_unlock(&statistics_lock);
}

void statistics_count_received(size_t bytes)
{
    pthread_mutex_lock(&statistics_lock);
    statistics.bytes_received += bytes;
    pthread_mutex_unlock(&statistics_lock);
}

void statistics_count_sent(size_t bytes)
{
    pthread_mutex_lock(&statistics_lock);
    statistics.bytes_sent += bytes;
    pthread_mutex_unlock(&statistics_lock);
}

struct statistics statistics_now(void)
{
    pthread_mutex_lock(&statistics_lock);
    struct statistics result = statistics;
    pthread_mutex_unlock(&statistics_lock);
    return result;
}

/* ---- The thread ------------------------------------------------------------------------------ */

static void work_out_rates(long long now)
{
    pthread_mutex_lock(&statistics_lock);
    unsigned long long bytes = statistics.bytes_sent - round_state.bytes_sent;
    long long milliseconds = now - round_state.last_at;
    round_state.bytes_sent = statistics.bytes_sent;
    statistics.outgoing_kilobits =
        milliseconds > 0 ? (int)((long long)bytes * 8 / milliseconds) : 0;
    statistics.rounds++;
    pthread_mutex_unlock(&statistics_lock);
    round_state.last_at = now;
    round_state.next_at = now + settings.statistics_interval * 1000LL;
}

/* An update ends the sleep early; the round is due when it would have been. */
static void *keep_statistics(void *argument)
{
    for (;;) {
        kitsune_update("statistics");
        long long now = time_now();
        if (now >= round_state.next_at)
            work_out_rates(now);
        else
            sleep((unsigned)((round_state.next_at - now + 999) / 1000));
    }
    return argument;
}

void statistics_start(void)
{
    pthread_t thread;

    statistics.started_at = time(NULL);
    round_state.last_at = time_now();
    round_state.next_at = round_state.last_at + settings.statistics_interval * 1000LL;
    int error = pthread_create(&thread, NULL, keep_statistics, NULL);
    if (error) {
        log_message("no thread for the statistics: %s", strerror(error));
        exit(1);
    }
    pthread_detach(thread);
}
