/* table.h -- items by key: a hash table with chains, that grows a few buckets at a time.
 *
 *      while it grows:   old buckets  | moved | moved | ... | not moved yet | ... |
 *                        new buckets  twice as many; a key's bucket is an old one as long as that
 *                                     has not been moved
 *
 * What is about one key is called with that key's item lock, the rest says what it wants (locks.h).
 */
#ifndef CACHE_TABLE_H
#define CACHE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct item;

void table_open(void);
struct item *table_find(const char *key, size_t key_length, uint32_t hash);
void table_insert(struct item *item);
void table_remove(struct item *item);
/* Without any lock. */
size_t table_count(void);

/* It has more items than it is made for, or has begun to grow.  With any item lock, or in the
 * maintenance thread. */
bool table_wants_to_grow(void);

/* ---- Of the maintenance thread, which alone changes the table's shape, with no item lock ----- */

/* Moves some buckets. */
void table_grow_some(void);

/* Calls `visit` for the items of one bucket with their item lock; it may remove them.  Buckets are
 * counted from 0; false: there is no such bucket. */
bool table_visit_bucket(size_t bucket, void (*visit)(struct item *item));

struct table_report {
    size_t buckets, bytes;
    bool is_growing;
};
/* Takes an item lock. */
struct table_report table_report(void);

#endif
