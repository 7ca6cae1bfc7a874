/* table.c -- items by key. */
#include "table.h"

#include <kitsune.h>
#include <stdlib.h>

#include "item.h"
#include "locks.h"
#include "memory.h"

#define FIRST_SIZE ((size_t)1 << 12)
#define BUCKETS_AT_A_TIME 64

_Static_assert(FIRST_SIZE >= ITEM_LOCK_COUNT, "all items of a bucket have the same lock");

/* Sizes are powers of two.  Addresses and sizes are changed with all item locks; how many buckets
 * have been moved, with that of the bucket: who has a bucket's lock knows on which side it is. */
static struct item **buckets E_PTRARRAY(bucket_count);
static size_t bucket_count;
static struct item **old_buckets E_PTRARRAY(old_bucket_count); /* NULL unless growing */
static size_t old_bucket_count;
static size_t moved_count; /* old buckets that are empty for good */
static size_t item_count;

void table_open(void)
{
    bucket_count = FIRST_SIZE;
    buckets = allocate_zeroed(bucket_count, sizeof *buckets);
}

static struct item **bucket_of(uint32_t hash)
{
    if (old_buckets && (hash & (old_bucket_count - 1)) >=
                           __atomic_load_n(&moved_count, __ATOMIC_RELAXED))
        return &old_buckets[hash & (old_bucket_count - 1)];
    return &buckets[hash & (bucket_count - 1)];
}

struct item *table_find(const char *key, size_t key_length, uint32_t hash)
{
    struct item *item = *bucket_of(hash);

    while (item && (item->hash != hash || !item_has_key(item, key, key_length)))
        item = item->chain;
    return item;
}

void table_insert(struct item *item)
{
    struct item **bucket = bucket_of(item->hash);

    item->chain = *bucket;
    *bucket = item;
    __atomic_add_fetch(&item_count, 1, __ATOMIC_RELAXED);
}

void table_remove(struct item *item)
{
    struct item **link = bucket_of(item->hash);

    while (*link != item)
        link = &(*link)->chain;
    *link = item->chain;
    item->chain = NULL;
    __atomic_sub_fetch(&item_count, 1, __ATOMIC_RELAXED);
}

size_t table_count(void)
{
    return __atomic_load_n(&item_count, __ATOMIC_RELAXED);
}

bool table_wants_to_grow(void)
{
    return old_buckets || table_count() > bucket_count + bucket_count / 2;
}

static void begin_to_grow(void)
{
    struct item **wider = allocate_zeroed(2 * bucket_count, sizeof *buckets);

    item_locks_take_all();
    old_buckets = buckets;
    old_bucket_count = bucket_count;
    __atomic_store_n(&moved_count, 0, __ATOMIC_RELAXED);
    bucket_count *= 2;
    buckets = wider;
    item_locks_release_all();
}

static void end_to_grow(void)
{
    struct item **narrower = old_buckets;

    item_locks_take_all();
    old_buckets = NULL;
    old_bucket_count = 0;
    __atomic_store_n(&moved_count, 0, __ATOMIC_RELAXED);
    item_locks_release_all();
    free(narrower);
}

/* Both buckets that its items go to have its lock. */
static void move_bucket(size_t number)
{
    pthread_mutex_t *lock = item_lock_of((uint32_t)number);

    pthread_mutex_lock(lock);
    struct item *item = old_buckets[number];
    while (item) {
        struct item *next = item->chain;
        struct item **bucket = &buckets[item->hash & (bucket_count - 1)];
        item->chain = *bucket;
        *bucket = item;
        item = next;
    }
    old_buckets[number] = NULL;
    __atomic_store_n(&moved_count, number + 1, __ATOMIC_RELAXED);
    pthread_mutex_unlock(lock);
}

void table_grow_some(void)
{
    if (!old_buckets)
        begin_to_grow();
    for (unsigned i = 0; i < BUCKETS_AT_A_TIME && moved_count < old_bucket_count; i++)
        move_bucket(moved_count);
    if (moved_count == old_bucket_count)
        end_to_grow();
}

bool table_visit_bucket(size_t bucket, void (*visit)(struct item *item))
{
    if (bucket >= old_bucket_count + bucket_count)
        return false;
    /* There are so many old ones that this is the lock of a new one's items, too. */
    pthread_mutex_t *lock = item_lock_of((uint32_t)bucket);
    pthread_mutex_lock(lock);
    struct item *item = bucket < old_bucket_count ? old_buckets[bucket]
                                                  : buckets[bucket - old_bucket_count];
    while (item) {
        struct item *next = item->chain;
        visit(item);
        item = next;
    }
    pthread_mutex_unlock(lock);
    return true;
}

struct table_report table_report(void)
{
    pthread_mutex_t *lock = item_lock_of(0);

    pthread_mutex_lock(lock);
    struct table_report report = {bucket_count, (bucket_count + old_bucket_count) * sizeof *buckets,
                                  old_buckets != NULL};
    pthread_mutex_unlock(lock);
    return report;
}
