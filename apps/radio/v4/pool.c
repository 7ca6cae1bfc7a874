/* pool.c -- the listeners of a mount. */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

void pool_add(struct pool *pool, struct listener *listener)
{
    if (pool->count == pool->capacity) {
        int capacity = pool->capacity ? 2 * pool->capacity : 16;
        pool->listeners = reallocate(pool->listeners, (size_t)capacity * sizeof *pool->listeners);
        memset(pool->listeners + pool->capacity, 0,
               (size_t)(capacity - pool->capacity) * sizeof *pool->listeners);
        pool->capacity = capacity;
    }
    pool->listeners[pool->count++] = listener;
    if (pool->count > pool->peak)
        pool->peak = pool->count;
}

/* The last one takes its place. */
void pool_remove(struct pool *pool, const struct listener *listener)
{
    int i = 0;

    while (pool->listeners[i] != listener)
        i++;
    pool->listeners[i] = pool->listeners[--pool->count];
    pool->listeners[pool->count] = NULL;
}

void pool_release(struct pool *pool)
{
    free(pool->listeners);
    *pool = (struct pool){0};
}
