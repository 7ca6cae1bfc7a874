/* cache.c -- the items: finding, storing, changing and forgetting them, under one lock. */
#include "cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hash.h"
#include "item.h"
#include "lru.h"
#include "maintenance.h"
#include "numbers.h"
#include "settings.h"
#include "slabs.h"
#include "statistics.h"
#include "table.h"

/* Items of a class that are thrown out for one new one, at most. */
#define EVICTIONS_AT_MOST 8

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t last_version;
static uint64_t flushed_version; /* items up to this one are gone */
static int64_t flush_at;         /* 0: never */
static size_t linked_bytes;
static struct eviction_report evictions[SLAB_CLASS_LIMIT];

void cache_open(void)
{
    slabs_open();
    table_open();
}

void cache_lock(void)
{
    pthread_mutex_lock(&lock);
}

void cache_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

pthread_mutex_t *cache_lock_itself(void)
{
    return &lock;
}

/* ---- Linking --------------------------------------------------------------------------------- */

static size_t size_of(const struct item *item)
{
    return item_size(item->key_length, item->length);
}

static void link_item(struct item *item)
{
    item->state |= ITEM_LINKED;
    item->last_used = (uint32_t)clock_now();
    item->version = ++last_version;
    table_insert(item);
    lru_add(item);
    linked_bytes += size_of(item);
    if (table_wants_to_grow())
        maintenance_wake();
}

static void unlink_item(struct item *item)
{
    table_remove(item);
    lru_remove(item);
    linked_bytes -= size_of(item);
    slabs_free(item, item->slab_class);
}

static void flush_if_due(void)
{
    if (flush_at != 0 && flush_at <= clock_now()) {
        flushed_version = last_version;
        flush_at = 0;
    }
}

static bool has_expired(const struct item *item)
{
    return item->expires_at != EXPIRES_NEVER && item->expires_at <= clock_now();
}

static bool is_flushed(const struct item *item)
{
    flush_if_due();
    return item->version <= flushed_version;
}

/* ---- New items ------------------------------------------------------------------------------- */

static void throw_out(struct item *item)
{
    if (has_expired(item) || is_flushed(item)) {
        evictions[item->slab_class].reclaimed++;
        COUNT(reclaimed);
    } else {
        evictions[item->slab_class].evicted++;
        COUNT(evictions);
    }
    unlink_item(item);
}

static void *take_slot(unsigned slab_class)
{
    void *slot = slabs_allocate(slab_class);

    for (unsigned i = 0; !slot && i < EVICTIONS_AT_MOST; i++) {
        struct item *last = lru_last(slab_class);
        if (!last)
            break;
        throw_out(last);
        slot = slabs_allocate(slab_class);
    }
    if (!slot) {
        evictions[slab_class].out_of_memory++;
        COUNT(out_of_memory);
    }
    return slot;
}

static enum item_new_result item_new_locked(struct key key, uint32_t client_flags,
                                            int64_t expires_at, size_t length,
                                            struct item **made)
{
    size_t size = item_size(key.length, length);
    unsigned slab_class = size > settings.item_size_limit ? 0 : slabs_class_of(size);

    if (slab_class == 0)
        return ITEM_TOO_LARGE;
    struct item *item = take_slot(slab_class);
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
    cache_lock();
    enum item_new_result result = item_new_locked(key, client_flags, expires_at, length, made);
    cache_unlock();
    return result;
}

void cache_item_drop(struct item *item)
{
    cache_lock();
    slabs_free(item, item->slab_class);
    cache_unlock();
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

    COUNT(get_commands);
    if (!item) {
        COUNT(get_misses);
        return NULL;
    }
    if (is_flushed(item) || has_expired(item)) {
        if (is_flushed(item))
            COUNT(get_flushed);
        else
            COUNT(get_expired);
        COUNT(get_misses);
        unlink_item(item);
        return NULL;
    }
    COUNT(get_hits);
    return item;
}

void cache_delete_locked(struct item *item)
{
    unlink_item(item);
}

void cache_renew_locked(struct item *item)
{
    item->version = ++last_version;
}

void cache_reclaim_locked(struct item *item)
{
    if (!has_expired(item) && !is_flushed(item))
        return;
    evictions[item->slab_class].reclaimed++;
    COUNT(crawler_reclaimed);
    unlink_item(item);
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

    /* What is thrown out to make room must not be the old one. */
    lru_remove(old);
    enum item_new_result result =
        item_new_locked(key, old->client_flags, old->expires_at, length, &whole);
    lru_add(old);
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
        item->state |= ITEM_STALE;
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
    cache_lock();
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
            slabs_free(item, item->slab_class);
            item = joined;
        }
    }
    if (result == STORE_DONE) {
        replace(old, item);
        COUNT(total_items);
        if (version)
            *version = item->version;
    } else {
        slabs_free(item, item->slab_class);
    }
    cache_unlock();
    return result;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

/* In the place of the old digits when they are as many, or (as memcached does) blanks fill up. */
static void overwrite(struct item *item, const char *digits, size_t length)
{
    memcpy(item_value(item), digits, length);
    memset(item_value(item) + length, ' ', item->length - length);
    item->version = ++last_version;
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
    lru_remove(item);
    enum item_new_result result =
        item_new_locked((struct key){item_key(item), item->key_length}, item->client_flags,
                        item->expires_at, length, &longer);
    lru_add(item);
    if (result != ITEM_NEW)
        return CHANGE_NO_MEMORY;
    memcpy(item_value(longer), digits, length);
    replace(item, longer);
    return CHANGE_DONE;
}

/* ---- All of them ----------------------------------------------------------------------------- */

void cache_flush(int64_t at)
{
    cache_lock();
    if (at <= clock_now()) {
        flushed_version = last_version;
        flush_at = 0;
    } else {
        flush_at = at;
    }
    cache_unlock();
    COUNT(flush_commands);
}

struct cache_report cache_report(void)
{
    cache_lock();
    struct cache_report report = {table_count(), linked_bytes};
    cache_unlock();
    return report;
}

struct eviction_report cache_eviction_report_locked(unsigned slab_class)
{
    return evictions[slab_class];
}
