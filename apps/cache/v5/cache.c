/* cache.c -- the items: finding, storing, changing and forgetting them. */
#include "cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "hash.h"
#include "item.h"
#include "locks.h"
#include "lru.h"
#include "maintenance.h"
#include "numbers.h"
#include "settings.h"
#include "slabs.h"
#include "statistics.h"
#include "table.h"

/* Items of a class that are thrown out for one new one, at most. */
#define EVICTIONS_AT_MOST 8

/* How long to wait, and how often, for items that are in use when one has to be thrown out. */
#define BUSY_WAIT 100 /* microseconds */
#define BUSY_WAITS_AT_MOST 200

/* Atomic; the second and the third are changed under the flush lock. */
static uint64_t last_version;
static uint64_t flushed_version; /* items up to this one are gone */
static int64_t flush_at;         /* 0: never */
static pthread_mutex_t flush_lock = PTHREAD_MUTEX_INITIALIZER;
static size_t linked_bytes;                              /* atomic */
static struct eviction_report evictions[SLAB_CLASS_LIMIT]; /* each under its class's lock */

void cache_open(void)
{
    slabs_open();
    table_open();
}

static pthread_mutex_t *lock_hash(uint32_t hash)
{
    pthread_mutex_t *lock = item_lock_of(hash);

    pthread_mutex_lock(lock);
    return lock;
}

pthread_mutex_t *cache_lock(struct key key)
{
    return lock_hash(hash_bytes(key.bytes, key.length));
}

void cache_unlock(pthread_mutex_t *lock)
{
    pthread_mutex_unlock(lock);
}

/* ---- Linking --------------------------------------------------------------------------------- */

static size_t size_of(const struct item *item)
{
    return item_size(item->key_length, item->length);
}

static uint64_t new_version(void)
{
    return __atomic_add_fetch(&last_version, 1, __ATOMIC_RELAXED);
}

static void free_slot(struct item *item)
{
    unsigned slab_class = item->slab_class;

    class_lock(slab_class);
    slabs_free(item, slab_class);
    class_unlock(slab_class);
}

static void link_item(struct item *item)
{
    item_mark(item, ITEM_LINKED);
    item_set_last_used(item, clock_now());
    item->version = new_version();
    table_insert(item);
    __atomic_add_fetch(&linked_bytes, size_of(item), __ATOMIC_RELAXED);
    class_lock(item->slab_class);
    lru_add(item);
    class_unlock(item->slab_class);
    if (table_wants_to_grow())
        maintenance_wake();
}

/* Under the class's lock as well. */
static void unlink_of_class(struct item *item)
{
    table_remove(item);
    lru_remove(item);
    __atomic_sub_fetch(&linked_bytes, size_of(item), __ATOMIC_RELAXED);
    slabs_free(item, item->slab_class);
}

static void unlink_item(struct item *item)
{
    unsigned slab_class = item->slab_class;

    class_lock(slab_class);
    unlink_of_class(item);
    class_unlock(slab_class);
}

/* Under the flush lock.  Who sees no date any more sees the version, too. */
static void flush_now(void)
{
    __atomic_store_n(&flushed_version, __atomic_load_n(&last_version, __ATOMIC_RELAXED),
                     __ATOMIC_RELAXED);
    __atomic_store_n(&flush_at, 0, __ATOMIC_RELEASE);
}

static void flush_if_due(void)
{
    int64_t at = __atomic_load_n(&flush_at, __ATOMIC_ACQUIRE);

    if (at == 0 || at > clock_now())
        return;
    pthread_mutex_lock(&flush_lock);
    if (flush_at != 0 && flush_at <= clock_now())
        flush_now();
    pthread_mutex_unlock(&flush_lock);
}

static bool has_expired(const struct item *item)
{
    return item->expires_at != EXPIRES_NEVER && item->expires_at <= clock_now();
}

static bool is_flushed(const struct item *item)
{
    flush_if_due();
    return item->version <= __atomic_load_n(&flushed_version, __ATOMIC_RELAXED);
}

/* ---- New items ------------------------------------------------------------------------------- */

/* With its item lock, which is let go of, and its class lock. */
static void throw_out(struct item *item)
{
    pthread_mutex_t *lock = item_lock_of(item->hash);

    if (has_expired(item) || is_flushed(item)) {
        evictions[item->slab_class].reclaimed++;
        COUNT(reclaimed);
    } else {
        evictions[item->slab_class].evicted++;
        COUNT(evictions);
    }
    unlink_of_class(item);
    pthread_mutex_unlock(lock);
}

/* Under the class's lock; `held` and `is_busy`: as in lru_lock_last. */
static void *take_slot(unsigned slab_class, const pthread_mutex_t *held, bool *is_busy)
{
    void *slot = slabs_allocate(slab_class);

    *is_busy = false;
    for (unsigned i = 0; !slot && i < EVICTIONS_AT_MOST; i++) {
        struct item *last = lru_lock_last(slab_class, held, is_busy);
        if (!last)
            break;
        throw_out(last);
        slot = slabs_allocate(slab_class);
    }
    return slot;
}

/* Who is about to do something with an item will be done with it soon; unless that is to wait here
 * for an item of ours: so the wait is bounded, and ends without memory. */
static void *await_slot(unsigned slab_class, const pthread_mutex_t *held)
{
    bool is_busy;

    class_lock(slab_class);
    void *slot = take_slot(slab_class, held, &is_busy);
    for (unsigned i = 0; !slot && is_busy && i < BUSY_WAITS_AT_MOST; i++) {
        class_unlock(slab_class);
        usleep(BUSY_WAIT);
        class_lock(slab_class);
        slot = take_slot(slab_class, held, &is_busy);
    }
    if (!slot) {
        evictions[slab_class].out_of_memory++;
        COUNT(out_of_memory);
    }
    class_unlock(slab_class);
    return slot;
}

/* `held`: the key's item lock if the caller has it, or NULL. */
static enum item_new_result item_new(struct key key, uint32_t client_flags, int64_t expires_at,
                                     size_t length, const pthread_mutex_t *held,
                                     struct item **made)
{
    size_t size = item_size(key.length, length);
    unsigned slab_class = size > settings.item_size_limit ? 0 : slabs_class_of(size);

    if (slab_class == 0)
        return ITEM_TOO_LARGE;
    struct item *item = await_slot(slab_class, held);
    if (!item)
        return ITEM_NO_MEMORY;
    *item = (struct item){
        .expires_at = expires_at,
        .client_flags = client_flags,
        .length = (uint32_t)length,
        .hash = hash_bytes(key.bytes, key.length),
        .slab_class = (uint8_t)slab_class,
        .key_length = (uint8_t)key.length,
    };
    memcpy(item_key(item), key.bytes, key.length);
    memcpy(item_value(item) + length, "\r\n", 2);
    *made = item;
    return ITEM_NEW;
}

enum item_new_result cache_item_new(struct key key, uint32_t client_flags, int64_t expires_at,
                                    size_t length, struct item **made)
{
    return item_new(key, client_flags, expires_at, length, NULL, made);
}

void cache_item_drop(struct item *item)
{
    free_slot(item);
}

/* ---- Linked items ---------------------------------------------------------------------------- */

struct item *cache_find_locked(struct key key)
{
    struct item *item = table_find(key.bytes, key.length, hash_bytes(key.bytes, key.length));

    if (item && (has_expired(item) || is_flushed(item))) {
        unlink_item(item);
        item = NULL;
    }
    return item;
}

struct item *cache_get_locked(struct key key)
{
    struct item *item = table_find(key.bytes, key.length, hash_bytes(key.bytes, key.length));
    bool was_flushed = item && is_flushed(item);

    COUNT(get_commands);
    if (item && !was_flushed && !has_expired(item)) {
        COUNT(get_hits);
        return item;
    }
    COUNT(get_misses);
    if (!item)
        return NULL;
    if (was_flushed)
        COUNT(get_flushed);
    else
        COUNT(get_expired);
    unlink_item(item);
    return NULL;
}

void cache_delete_locked(struct item *item)
{
    unlink_item(item);
}

void cache_renew_locked(struct item *item)
{
    item->version = new_version();
}

void cache_reclaim_locked(struct item *item)
{
    if (!has_expired(item) && !is_flushed(item))
        return;
    unsigned slab_class = item->slab_class;
    class_lock(slab_class);
    evictions[slab_class].reclaimed++;
    unlink_of_class(item);
    class_unlock(slab_class);
    COUNT(crawler_reclaimed);
}

/* ---- Storing --------------------------------------------------------------------------------- */

static void replace(struct item *old, struct item *item)
{
    if (old)
        unlink_item(old);
    link_item(item);
}

/* `item` holds what is to be added at the end or the beginning of `old`. */
static enum store_result join(struct item *old, struct item *item, bool at_end,
                              struct item **joined)
{
    struct key key = {item_key(item), item->key_length};
    struct item *first = at_end ? old : item, *second = at_end ? item : old;
    struct item *whole;
    size_t length = (size_t)old->length + item->length;

    /* What is thrown out to make room is not the old one: its lock is held. */
    enum item_new_result result = item_new(key, old->client_flags, old->expires_at, length,
                                           item_lock_of(old->hash), &whole);
    if (result != ITEM_NEW)
        return result == ITEM_TOO_LARGE ? STORE_TOO_LARGE : STORE_NO_MEMORY;
    memcpy(item_value(whole), item_value(first), first->length);
    memcpy(item_value(whole) + first->length, item_value(second), second->length);
    *joined = whole;
    return STORE_DONE;
}

static enum store_result may_store(const struct item *old, struct item *item,
                                   const struct store_order *order)
{
    bool compares = order->compares || order->mode == STORE_CAS;

    if (compares && !old)
        return STORE_NOT_FOUND;
    if (compares && old->version != order->version) {
        if (!order->invalidates || order->version > old->version)
            return STORE_CHANGED;
        item_mark(item, ITEM_STALE);
    }
    if (order->mode == STORE_ADD && old)
        return STORE_NOT;
    if (order->mode != STORE_SET && order->mode != STORE_ADD && !old)
        return STORE_NOT;
    return STORE_DONE;
}

static void count_cas(const struct store_order *order, enum store_result result)
{
    if (order->mode != STORE_CAS)
        return;
    if (result == STORE_NOT_FOUND)
        COUNT(cas_misses);
    else if (result == STORE_CHANGED)
        COUNT(cas_mismatches);
    else
        COUNT(cas_hits);
}

enum store_result cache_store(struct item *item, const struct store_order *order,
                              uint64_t *version)
{
    pthread_mutex_t *lock = lock_hash(item->hash);
    struct item *old = cache_find_locked((struct key){item_key(item), item->key_length});
    enum store_result result = may_store(old, item, order);

    count_cas(order, result);
    if (result == STORE_NOT && old)
        lru_touch(old); /* it was found by `add` */
    if (result == STORE_DONE &&
        (order->mode == STORE_APPEND || order->mode == STORE_PREPEND)) {
        struct item *joined;
        result = join(old, item, order->mode == STORE_APPEND, &joined);
        if (result == STORE_DONE) {
            free_slot(item);
            item = joined;
        }
    }
    if (result == STORE_DONE) {
        replace(old, item);
        COUNT(total_items);
        if (version)
            *version = item->version;
    } else {
        free_slot(item);
    }
    cache_unlock(lock);
    return result;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

/* In the place of the old digits when they are as many, or (as memcached does) blanks fill up. */
static void overwrite(struct item *item, const char *digits, size_t length)
{
    memcpy(item_value(item), digits, length);
    memset(item_value(item) + length, ' ', item->length - length);
    item->version = new_version();
}

enum change_result cache_change_locked(struct item *item, const struct change_order *order,
                                       uint64_t *number)
{
    char digits[24];
    struct item *longer;

    if (order->compares && item->version != order->version)
        return CHANGE_MISMATCH;
    if (!number_in_value(item_value(item), item->length, number))
        return CHANGE_NO_NUMBER;
    if (!order->decrements)
        *number += order->delta;
    else
        *number = *number > order->delta ? *number - order->delta : 0;

    size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, *number);
    if (length <= item->length) {
        overwrite(item, digits, length);
        lru_touch(item);
        return CHANGE_DONE;
    }
    enum item_new_result result =
        item_new((struct key){item_key(item), item->key_length}, item->client_flags,
                 item->expires_at, length, item_lock_of(item->hash), &longer);
    if (result != ITEM_NEW)
        return CHANGE_NO_MEMORY;
    memcpy(item_value(longer), digits, length);
    replace(item, longer);
    return CHANGE_DONE;
}

/* ---- All of them ----------------------------------------------------------------------------- */

void cache_flush(int64_t at)
{
    pthread_mutex_lock(&flush_lock);
    if (at <= clock_now())
        flush_now();
    else
        __atomic_store_n(&flush_at, at, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&flush_lock);
    COUNT(flush_commands);
}

struct cache_report cache_report(void)
{
    return (struct cache_report){table_count(), __atomic_load_n(&linked_bytes, __ATOMIC_RELAXED)};
}

struct eviction_report cache_eviction_report(unsigned slab_class)
{
    return evictions[slab_class];
}
