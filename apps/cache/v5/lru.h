/* lru.h -- lists of the items of each slab class by their use.
 *
 *      stored --> HOT --asked for twice--> WARM <--asked for again-- COLD --> thrown out
 *                   \--not, and others came--> COLD <--not asked for-- WARM
 *
 * Being asked for only marks an item (ITEM_ACTIVE); a thread (lru_thread.c) moves those at the ends
 * of the lists.  All under the class's lock, but for lru_touch, which wants the item's.
 */
#ifndef CACHE_LRU_H
#define CACHE_LRU_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lru { LRU_COLD, LRU_WARM, LRU_HOT, LRU_COUNT };

struct item;

/* To the front of the hot list. */
void lru_add(struct item *item);
void lru_remove(struct item *item);
/* The item was asked for. */
void lru_touch(struct item *item);
/* The one to throw out first, of those whose item lock is free: that is held then.  `held` is the
 * item lock that the caller has already, or NULL; its items are spared.  NULL: there is none, or
 * (`is_busy`) other threads are about to do something with each that comes into question. */
struct item *lru_lock_last(unsigned slab_class, const pthread_mutex_t *held, bool *is_busy);
/* Moves some items of a class to where they belong; false: there was nothing to move. */
bool lru_balance(unsigned slab_class);

struct lru_report {
    size_t counts[LRU_COUNT];
    uint32_t age; /* seconds since the last one was used */
};
struct lru_report lru_report(unsigned slab_class);

#endif
