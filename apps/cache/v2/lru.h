/* lru.h -- a list for each slab class, from the most to the least recently used item.
 * All under the cache's lock. */
#ifndef CACHE_LRU_H
#define CACHE_LRU_H

#include <stddef.h>
#include <stdint.h>

struct item;

void lru_add(struct item *item);
void lru_remove(struct item *item);
/* The item was asked for. */
void lru_touch(struct item *item);
/* The one to throw out first; NULL when there is none. */
struct item *lru_last(unsigned slab_class);

struct lru_report {
    size_t count;
    uint32_t age; /* seconds since the last one was used */
};
struct lru_report lru_report(unsigned slab_class);

#endif
