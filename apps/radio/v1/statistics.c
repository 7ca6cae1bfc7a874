/* statistics.c -- what is counted, and the rates. */
#include "statistics.h"

#include <kitsune.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "settings.h"

/* All of these under the lock. */
static pthread_mutex_t statistics_lock = PTHREAD_MUTEX_INITIALIZER;
static time_t started_at;
static int connections_total, sources_total, listeners_total, slow_listeners;
static int listeners_now;
static unsigned bytes_received, bytes_sent;
static int outgoing_kilobits;
static int rounds;

/* Of the thread alone: when its next round is, and when and at how much the last one was. */
static long long next_round_at, last_round_at;
static unsigned last_bytes_sent;

/* ---- Counting -------------------------------------------------------------------------------- */

static void add(int *count, int by)
{
    pthread_mutex_lock(&statistics_lock);
    *count += by;
    pthread_mutex_unlock(&statistics_lock);
}

void statistics_count_connection(void)
{
    add(&connections_total, 1);
}

void statistics_count_source(void)
{
    add(&sources_total, 1);
}

bool statistics_admit_listener(int limit)
{
    pthread_mutex_lock(&statistics_lock);
    bool is_admitted = listeners_now < limit;
    if (is_admitted) {
        listeners_now++;
        listeners_total++;
    }
    pthread_mutex_unlock(&statistics_lock);
    return is_admitted;
}

void statistics_forget_listener(void)
{
    add(&listeners_now, -1);
}

void statistics_count_slow(void)
{
    add(&slow_listeners, 1);
}

void statistics_count_received(size_t bytes)
{
    pthread_mutex_lock(&statistics_lock);
    bytes_received += (unsigned)bytes;
    pthread_mutex_unlock(&statistics_lock);
}

void statistics_count_sent(size_t bytes)
{
    pthread_mutex_lock(&statistics_lock);
    bytes_sent += (unsigned)bytes;
    pthread_mutex_unlock(&statistics_lock);
}

struct statistics_report statistics_report(void)
{
    pthread_mutex_lock(&statistics_lock);
    struct statistics_report report = {started_at,     connections_total, sources_total,
                                       listeners_now,  listeners_total,   slow_listeners,
                                       bytes_received, bytes_sent,        outgoing_kilobits,
                                       rounds};
    pthread_mutex_unlock(&statistics_lock);
    return report;
}

/* ---- The thread ------------------------------------------------------------------------------ */

static void work_out_rates(long long now)
{
    pthread_mutex_lock(&statistics_lock);
    unsigned bytes = bytes_sent - last_bytes_sent;
    long long milliseconds = now - last_round_at;
    last_bytes_sent = bytes_sent;
    outgoing_kilobits = milliseconds > 0 ? (int)(bytes * 8LL / milliseconds) : 0;
    rounds++;
    pthread_mutex_unlock(&statistics_lock);
    last_round_at = now;
    next_round_at = now + settings.statistics_interval * 1000LL;
}

/* An update ends the sleep early; the round is due when it would have been. */
static void *keep_statistics(void *argument)
{
    for (;;) {
        kitsune_update("statistics");
        long long now = time_now();
        if (now >= next_round_at)
            work_out_rates(now);
        else
            sleep((unsigned)((next_round_at - now + 999) / 1000));
    }
    return argument;
}

void statistics_start(void)
{
    pthread_t thread;

    started_at = time(NULL);
    last_round_at = time_now();
    next_round_at = last_round_at + settings.statistics_interval * 1000LL;
    int error = pthread_create(&thread, NULL, keep_statistics, NULL);
    if (error) {
        log_message("no thread for the statistics: %s", strerror(error));
        exit(1);
    }
    pthread_detach(thread);
}
