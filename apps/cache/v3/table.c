/* table.c -- items by key. */
#include "table.h"

#include <kitsune.h>
#include <stdlib.h>

#include "item.h"
#include "memory.h"

#define FIRST_SIZE ((size_t)1 << 12)
#define BUCKETS_AT_A_TIME 64

/* Sizes are powers of two. */
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
    if (old_buckets && (hash & (old_bucket_count - 1)) >= moved_count)
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
    item_count++;
}

void table_remove(struct item *item)
{
    struct item **link = bucket_of(item->hash);

    while (*link != item)
        link = &(*link)->chain;
    *link = item->chain;
    item->chain = NULL;
    item_count--;
}

size_t table_count(void)
{
    return item_count;
}

bool table_wants_to_grow(void)
{
    return old_buckets || item_count > bucket_count + bucket_count / 2;
}

static void begin_to_grow(void)
{
    old_buckets = buckets;
    old_bucket_count = bucket_count;
    moved_count = 0;
    bucket_count *= 2;
    buckets = allocate_zeroed(bucket_count, sizeof *buckets);
}

static void move_bucket(struct item *item)
{
    while (item) {
        struct item *next = item->chain;
        struct item **bucket = &buckets[item->hash & (bucket_count - 1)];
        item->chain = *bucket;
        *bucket = item;
        item = next;
    }
}

void table_grow_some(void)
{
    if (!old_buckets)
        begin_to_grow();
    for (unsigned i = 0; i < BUCKETS_AT_A_TIME && moved_count < old_bucket_count; i++) {
        struct item *first = old_buckets[moved_count];
        old_buckets[moved_count++] = NULL;
        move_bucket(first);
    }
    if (moved_count == old_bucket_count) {
        free(old_buckets);
        old_buckets = NULL;
        old_bucket_count = moved_count = 0;
    }
}

bool table_visit_bucket(size_t bucket, void (*visit)(struct item *item))
{
    if (bucket >= old_bucket_count + bucket_count)
        return false;
    struct item *item = bucket < old_bucket_count ? old_buckets[bucket]
                                                  : buckets[bucket - old_bucket_count];
    while (item) {
        struct item *next = item->chain;
        visit(item);
        item = next;
    }
    return true;
}

struct table_report table_report(void)
{
    return (struct table_report){bucket_count, (bucket_count + old_bucket_count) * sizeof *buckets,
                                 old_buckets != NULL};
}
