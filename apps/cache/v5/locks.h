/* locks.h -- the locks of the cache, and the order in which they are taken.
 *
 *      item lock      one of many, by the lowest bits of the key's hash: the buckets of the table
 *                     with those bits, their chains, and what the items in them hold (value,
 *                     version, expiry).  A table always has more buckets than there are item locks,
 *                     so all items of a bucket have the same one.
 *      class lock     one for each slab class: its lists of items by use (next, previous and the
 *                     marks of the list in the state), its free slots and pages, its evictions
 *      page lock      (slabs.c) the sum of all pages, against the limit
 *      flush lock     (cache.c) up to where everything was flushed
 *      wake lock      (maintenance.c) the maintenance thread's sleep
 *
 * The order: an item lock, then a class lock, then at most one of the last three.  A thread holds
 * one item lock and one class lock at a time, but for these:
 *
 *  - Who looks for an item to throw out comes from the list, so has the class lock first: the item
 *    lock is only tried, and if it is not free the item is spared.  That lock may be its second:
 *    when it throws out for the sake of an item that is there (append, incr).
 *  - The shape of the table (its buckets' addresses and their number) is read with any item lock,
 *    and changed with all of them, which are taken in ascending order with no other lock held.
 *
 * The state of an item is under both locks, and the time of its last use is read under the other
 * one, too; so both are changed atomically (item.h).  At update points nobody holds any of these,
 * but for the maintenance thread and its wake lock.
 */
#ifndef CACHE_LOCKS_H
#define CACHE_LOCKS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ITEM_LOCK_COUNT ((size_t)64) /* a power of two */

/* The lock of items with this hash. */
pthread_mutex_t *item_lock_of(uint32_t hash);
void item_locks_take_all(void);
void item_locks_release_all(void);

void class_lock(unsigned slab_class);
void class_unlock(unsigned slab_class);

#endif
