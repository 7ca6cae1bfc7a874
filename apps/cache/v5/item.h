/* item.h -- what is cached: a header, the key and the value in one slot of a slab page.
 *
 *      | header | key | value | \r \n |      the line's end is stored with the value: it is sent
 *                                            with it
 *
 * An item belongs to whoever made it until it is linked (cache.h); then to the cache, and is only
 * looked at under its item lock, its place in a list under its class lock (locks.h).
 */
#ifndef CACHE_ITEM_H
#define CACHE_ITEM_H

#include <kitsune.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "slabs.h"

#define KEY_LENGTH_LIMIT 250

enum item_state {
    ITEM_LINKED = 1,  /* in the table and a list */
    ITEM_FETCHED = 2, /* asked for since it was stored */
    ITEM_STALE = 4,   /* invalidated by `md ... I`: shown, but as stale */
    ITEM_WON = 8,     /* some client has been told to store it anew */
    ITEM_ACTIVE = 16, /* asked for again since it came into its list */
    ITEM_WARM = 32,   /* in the warm list, */
    ITEM_HOT = 64,    /* in the hot one; neither: in the cold one */
};

struct item {
    struct item *next; /* in a list of its slab class, towards the least recently used */
    struct item *previous;
    struct item *chain; /* the next in its bucket of the table */
    uint64_t version;   /* the "cas unique" of the protocol */
    int64_t expires_at; /* clock.h */
    uint32_t last_used; /* will do until 2106 */
    uint32_t hash;      /* of the key */
    uint32_t client_flags;
    uint32_t length; /* of the value, without the line's end */
    uint8_t slab_class;
    uint8_t state; /* enum item_state */
    uint8_t key_length;
    char data[] E_ARRAY(self.key_length + self.length + 2);
} E_CUSTOM(slabs_allocate_moved, slabs_release_moved);

static inline size_t item_size(size_t key_length, size_t length)
{
    return offsetof(struct item, data) + key_length + length + 2;
}

static inline char *item_key(struct item *item)
{
    return item->data;
}

static inline char *item_value(struct item *item)
{
    return item->data + item->key_length;
}

/* Two locks guard the state (locks.h), so its bits are read and changed atomically. */
static inline bool item_is(const struct item *item, enum item_state state)
{
    return __atomic_load_n(&item->state, __ATOMIC_RELAXED) & state;
}

static inline void item_mark(struct item *item, enum item_state state)
{
    __atomic_fetch_or(&item->state, (uint8_t)state, __ATOMIC_RELAXED);
}

static inline void item_unmark(struct item *item, enum item_state state)
{
    __atomic_fetch_and(&item->state, (uint8_t)~state, __ATOMIC_RELAXED);
}

static inline uint32_t item_last_used(const struct item *item)
{
    return __atomic_load_n(&item->last_used, __ATOMIC_RELAXED);
}

static inline void item_set_last_used(struct item *item, int64_t now)
{
    __atomic_store_n(&item->last_used, (uint32_t)now, __ATOMIC_RELAXED);
}

static inline bool item_has_key(const struct item *item, const char *key, size_t key_length)
{
    return item->key_length == key_length && memcmp(item->data, key, key_length) == 0;
}

#endif
