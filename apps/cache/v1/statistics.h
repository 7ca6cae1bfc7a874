/* statistics.h -- what has been counted since the start, or since `stats reset`. */
#ifndef CACHE_STATISTICS_H
#define CACHE_STATISTICS_H

#include <stdint.h>

struct statistics {
    uint64_t total_connections, rejected_connections;
    uint64_t get_commands, get_hits, get_misses, get_expired, get_flushed;
    uint64_t set_commands, flush_commands, meta_commands;
    uint64_t touch_commands, touch_hits, touch_misses;
    uint64_t delete_hits, delete_misses;
    uint64_t increment_hits, increment_misses, decrement_hits, decrement_misses;
    uint64_t cas_hits, cas_misses, cas_mismatches;
    uint64_t bytes_read, bytes_written;
    uint64_t total_items, evictions, reclaimed, crawler_reclaimed, out_of_memory;
};

extern struct statistics statistics;

/* Adds one, or so many, to a member; from any thread. */
#define COUNT(member) COUNT_MORE(member, 1)
#define COUNT_MORE(member, amount)                                                                \
    do {                                                                                          \
        statistics_lock();                                                                        \
        statistics.member += (uint64_t)(amount);                                                  \
        statistics_unlock();                                                                      \
    } while (0)

void statistics_lock(void);
void statistics_unlock(void);

struct statistics statistics_read(void);
void statistics_reset(void);

#endif
