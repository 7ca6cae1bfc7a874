/* commands_server.c -- commands about the server, and its statistics. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "commands.h"
#include "connection.h"
#include "locks.h"
#include "lru.h"
#include "numbers.h"
#include "settings.h"
#include "slabs.h"
#include "statistics.h"
#include "table.h"
#include "version.h"

void command_flush_all(struct connection *connection, struct words words)
{
    struct word word;
    int64_t delay = 0;

    command_take_noreply(connection, &words);
    if (words_take(&words, &word) && !number_signed(word.text, word.length, &delay)) {
        reply_line(connection, "CLIENT_ERROR invalid exptime argument");
        return;
    }
    cache_flush(delay > 0 ? clock_expiry(delay) : 0);
    reply_line(connection, "OK");
}

/* In megabytes.  Pages that are there stay: less than they are only keeps more from being made. */
void command_memory_limit(struct connection *connection, struct words words)
{
    struct word word;
    uint32_t megabytes;

    command_take_noreply(connection, &words);
    if (words_count(words) != 1) {
        reply_line(connection, NO_SUCH_COMMAND);
        return;
    }
    words_take(&words, &word);
    if (!number_unsigned_32(word.text, word.length, &megabytes) || megabytes == 0) {
        reply_line(connection, BAD_FORMAT);
        return;
    }
    slabs_set_limit((size_t)megabytes << 20);
    reply_line(connection, "OK");
}

void command_verbosity(struct connection *connection, struct words words)
{
    struct word word;
    uint32_t level;

    command_take_noreply(connection, &words);
    if (words_count(words) != 1) {
        reply_line(connection, NO_SUCH_COMMAND);
        return;
    }
    words_take(&words, &word);
    if (!number_unsigned_32(word.text, word.length, &level)) {
        reply_line(connection, BAD_FORMAT);
        return;
    }
    __atomic_store_n(&settings.verbosity, (int)(level > 9 ? 9 : level), __ATOMIC_RELAXED);
    reply_line(connection, "OK");
}

void command_version(struct connection *connection, struct words words)
{
    reply_line(connection, words_count(words) == 0 ? "VERSION " CACHE_VERSION : NO_SUCH_COMMAND);
}

void command_quit(struct connection *connection, struct words words)
{
    if (words_count(words) == 0)
        connection->state = ENDS;
    else
        reply_line(connection, NO_SUCH_COMMAND);
}

/* ---- stats ----------------------------------------------------------------------------------- */

static void show(struct connection *connection, const char *name, uint64_t value)
{
    reply_format(connection, "STAT %s %" PRIu64 "\r\n", name, value);
}

static void show_time(struct connection *connection, const char *name, struct timeval time)
{
    reply_format(connection, "STAT %s %ld.%06ld\r\n", name, (long)time.tv_sec,
                 (long)time.tv_usec);
}

static void show_process(struct connection *connection)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    show(connection, "pid", (uint64_t)getpid());
    show(connection, "uptime", (uint64_t)(clock_now() - clock_started));
    show(connection, "time", (uint64_t)time(NULL));
    reply_format(connection, "STAT version %s\r\n", CACHE_VERSION);
    show(connection, "pointer_size", 8 * sizeof(void *));
    show_time(connection, "rusage_user", usage.ru_utime);
    show_time(connection, "rusage_system", usage.ru_stime);
    show(connection, "max_connections", (uint64_t)settings.connection_limit);
    show(connection, "curr_connections", (uint64_t)workers_connection_count());
}

static void show_counters(struct connection *connection)
{
    struct statistics counted = statistics_read();

    show(connection, "total_connections", counted.total_connections);
    show(connection, "rejected_connections", counted.rejected_connections);
    show(connection, "cmd_get", counted.get_commands);
    show(connection, "cmd_set", counted.set_commands);
    show(connection, "cmd_flush", counted.flush_commands);
    show(connection, "cmd_touch", counted.touch_commands);
    show(connection, "cmd_meta", counted.meta_commands);
    show(connection, "get_hits", counted.get_hits);
    show(connection, "get_misses", counted.get_misses);
    show(connection, "get_expired", counted.get_expired);
    show(connection, "get_flushed", counted.get_flushed);
    show(connection, "delete_misses", counted.delete_misses);
    show(connection, "delete_hits", counted.delete_hits);
    show(connection, "incr_misses", counted.increment_misses);
    show(connection, "incr_hits", counted.increment_hits);
    show(connection, "decr_misses", counted.decrement_misses);
    show(connection, "decr_hits", counted.decrement_hits);
    show(connection, "cas_misses", counted.cas_misses);
    show(connection, "cas_hits", counted.cas_hits);
    show(connection, "cas_badval", counted.cas_mismatches);
    show(connection, "touch_hits", counted.touch_hits);
    show(connection, "touch_misses", counted.touch_misses);
    show(connection, "bytes_read", counted.bytes_read);
    show(connection, "bytes_written", counted.bytes_written);
    show(connection, "total_items", counted.total_items);
    show(connection, "evictions", counted.evictions);
    show(connection, "reclaimed", counted.reclaimed);
    show(connection, "crawler_reclaimed", counted.crawler_reclaimed);
    show(connection, "moves_to_cold", counted.moves_to_cold);
    show(connection, "moves_to_warm", counted.moves_to_warm);
}

static void show_general(struct connection *connection)
{
    struct cache_report report = cache_report();

    show_process(connection);
    show_counters(connection);
    struct table_report table = table_report();
    show(connection, "hash_power_level", (uint64_t)__builtin_ctzl(table.buckets));
    show(connection, "hash_bytes", table.bytes);
    show(connection, "hash_is_expanding", table.is_growing);
    show(connection, "limit_maxbytes", slabs_limit());
    show(connection, "threads", (uint64_t)settings.worker_count);
    show(connection, "bytes", report.item_bytes);
    show(connection, "curr_items", report.items);
}

static void show_settings(struct connection *connection)
{
    show(connection, "maxbytes", slabs_limit());
    show(connection, "maxconns", (uint64_t)settings.connection_limit);
    show(connection, "tcpport", (uint64_t)settings.port);
    reply_format(connection, "STAT inter 127.0.0.1\r\n");
    show(connection, "verbosity", (uint64_t)__atomic_load_n(&settings.verbosity, __ATOMIC_RELAXED));
    show(connection, "num_threads", (uint64_t)settings.worker_count);
    show(connection, "item_size_max", settings.item_size_limit);
    reply_format(connection, "STAT evictions on\r\nSTAT cas_enabled yes\r\n"
                 "STAT growth_factor 1.25\r\nSTAT flush_enabled yes\r\n");
}

static void show_class(struct connection *connection, unsigned slab_class, const char *table,
                       const char *name, uint64_t value)
{
    reply_format(connection, "STAT %s%u:%s %" PRIu64 "\r\n", table, slab_class, name, value);
}

static void show_items(struct connection *connection)
{
    for (unsigned i = 1; i <= slabs_class_count(); i++) {
        class_lock(i);
        struct lru_report list = lru_report(i);
        struct eviction_report evictions = cache_eviction_report(i);
        class_unlock(i);
        size_t count = list.counts[LRU_HOT] + list.counts[LRU_WARM] + list.counts[LRU_COLD];
        if (count == 0)
            continue;
        show_class(connection, i, "items:", "number", count);
        show_class(connection, i, "items:", "number_hot", list.counts[LRU_HOT]);
        show_class(connection, i, "items:", "number_warm", list.counts[LRU_WARM]);
        show_class(connection, i, "items:", "number_cold", list.counts[LRU_COLD]);
        show_class(connection, i, "items:", "age", list.age);
        show_class(connection, i, "items:", "evicted", evictions.evicted);
        show_class(connection, i, "items:", "reclaimed", evictions.reclaimed);
        show_class(connection, i, "items:", "outofmemory", evictions.out_of_memory);
    }
}

static void show_slabs(struct connection *connection)
{
    unsigned active = 0;

    for (unsigned i = 1; i <= slabs_class_count(); i++) {
        class_lock(i);
        struct slab_report slab = slabs_report(i);
        class_unlock(i);
        if (slab.pages == 0)
            continue;
        active++;
        show_class(connection, i, "", "chunk_size", slab.slot_size);
        show_class(connection, i, "", "chunks_per_page", slab.slots_in_page);
        show_class(connection, i, "", "total_pages", slab.pages);
        show_class(connection, i, "", "total_chunks", slab.pages * slab.slots_in_page);
        show_class(connection, i, "", "used_chunks", slab.slots_used);
        show_class(connection, i, "", "free_chunks", slab.slots_free);
    }
    show(connection, "active_slabs", active);
    show(connection, "total_malloced", slabs_bytes());
}

void command_stats(struct connection *connection, struct words words)
{
    struct word what;

    if (!words_take(&words, &what)) {
        show_general(connection);
    } else if (word_is(what, "items")) {
        show_items(connection);
    } else if (word_is(what, "slabs")) {
        show_slabs(connection);
    } else if (word_is(what, "settings")) {
        show_settings(connection);
    } else if (word_is(what, "reset")) {
        statistics_reset();
        reply_line(connection, "RESET");
        return;
    } else {
        reply_line(connection, NO_SUCH_COMMAND);
        return;
    }
    reply_line(connection, "END");
}
