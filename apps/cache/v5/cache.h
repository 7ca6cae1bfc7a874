/* cache.h -- the items: finding, storing, changing and forgetting them.
 *
 *      cache_item_new --> (filled by the client's bytes) --> cache_store --> linked
 *                   \---> cache_item_drop
 *
 * Locks are many (locks.h).  What is called *_locked wants to be called between cache_lock for the
 * item's key and cache_unlock; the rest takes locks itself.
 */
#ifndef CACHE_CACHE_H
#define CACHE_CACHE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct item;

struct key {
    const char *bytes;
    size_t length;
};

void cache_open(void);
/* What has this key stays as it is until cache_unlock. */
pthread_mutex_t *cache_lock(struct key key);
void cache_unlock(pthread_mutex_t *lock);

/* ---- New items ------------------------------------------------------------------------------- */

enum item_new_result { ITEM_NEW, ITEM_TOO_LARGE, ITEM_NO_MEMORY };

/* Room for an item, if need be in place of one that was used least recently.  Its value is not set
 * but for the line's end. */
enum item_new_result cache_item_new(struct key key, uint32_t client_flags, int64_t expires_at,
                                    size_t length, struct item **made);
void cache_item_drop(struct item *item);

enum store_mode {
    STORE_SET,
    STORE_ADD,
    STORE_REPLACE,
    STORE_APPEND,
    STORE_PREPEND,
    STORE_CAS,
};

enum store_result {
    STORE_DONE,
    STORE_NOT,       /* the condition of add, replace, append or prepend does not hold */
    STORE_CHANGED,   /* another version than the client wanted is there */
    STORE_NOT_FOUND, /* for STORE_CAS, or when a version is compared */
    STORE_TOO_LARGE, /* what append or prepend would make */
    STORE_NO_MEMORY,
};

struct store_order {
    enum store_mode mode;
    bool compares; /* the version there must be this one (STORE_CAS always compares) */
    bool invalidates; /* with an older version than is there: store it all the same, as stale */
    uint64_t version;
};

/* The item is linked, or dropped.  `version`: the one it got; may be NULL. */
enum store_result cache_store(struct item *item, const struct store_order *order,
                              uint64_t *version);

/* ---- Linked items ---------------------------------------------------------------------------- */

/* NULL when there is none, or it has expired. */
struct item *cache_find_locked(struct key key);
/* The same, counted and noted as a request of a client for its value. */
struct item *cache_get_locked(struct key key);
void cache_delete_locked(struct item *item);
/* Another version than any before. */
void cache_renew_locked(struct item *item);
enum change_result {
    CHANGE_DONE,
    CHANGE_NOT_FOUND,
    CHANGE_NO_NUMBER,
    CHANGE_MISMATCH, /* of the version */
    CHANGE_NO_MEMORY,
};

struct change_order {
    bool decrements;
    bool compares;
    uint64_t delta, version;
};

/* Increments or decrements a number; CHANGE_DONE: it is `*number` now. */
enum change_result cache_change_locked(struct item *item, const struct change_order *order,
                                       uint64_t *number);

/* ---- All of them ----------------------------------------------------------------------------- */

/* Everything that is there then is gone: at once, or at a time. */
void cache_flush(int64_t at);
/* Deletes it if it has expired, or was flushed. */
void cache_reclaim_locked(struct item *item);

struct cache_report {
    size_t items, item_bytes;
};
struct cache_report cache_report(void);
/* Per slab class, since the start. */
struct eviction_report {
    uint64_t evicted, reclaimed, out_of_memory;
};
/* Under the class's lock. */
struct eviction_report cache_eviction_report(unsigned slab_class);

#endif
