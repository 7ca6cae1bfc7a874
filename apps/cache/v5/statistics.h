/* statistics.h -- what has been counted since the start, or since `stats reset`.
 *
 * Each thread counts for itself, in numbers that nobody else writes: a worker in its struct worker.
 * Who wants to know the whole adds them up. */
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
    uint64_t moves_to_cold, moves_to_warm;
};

/* Of threads that are no workers, and what was counted before threads had numbers of their own. */
extern struct statistics statistics_of_listener, statistics_of_maintenance;
extern struct statistics statistics_of_lru_thread, statistics_before;

extern _Thread_local struct statistics *my_statistics;

/* Adds one, or so many, to a member. */
#define COUNT(member) COUNT_MORE(member, 1)
#define COUNT_MORE(member, amount)                                                                \
    do {                                                                                          \
        uint64_t *counter_ = &my_statistics->member;                                              \
        __atomic_store_n(counter_, *counter_ + (uint64_t)(amount), __ATOMIC_RELAXED);             \
    } while (0)

struct statistics statistics_read(void);
/* Adds what has been counted in `counted`, by whichever thread. */
void statistics_add(struct statistics *sum, const struct statistics *counted);
void statistics_reset(void);

#endif
