/* statistics.h -- what is counted, and the thread that sleeps, wakes up every few seconds, and
 * works out the rates. */
#ifndef RADIO_STATISTICS_H
#define RADIO_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct statistics {
    time_t started_at;
    unsigned long long bytes_received, bytes_sent;
    long long connections, sources, listeners_ever;
    int listeners, listener_peak, slow_listeners, moves;
    int outgoing_kilobits; /* per second, in the last round */
    int rounds;
};

void statistics_start(void);
struct statistics statistics_now(void);

void statistics_count_connection(void);
void statistics_count_source(void);
/* False, and nothing is counted, when there are as many as may be. */
bool statistics_admit_listener(int limit);
void statistics_forget_listener(void);
void statistics_count_slow(void);
void statistics_count_move(void);
void statistics_count_received(size_t bytes);
void statistics_count_sent(size_t bytes);

#endif
