/* locks.c -- the locks of the cache.
 *
 * All are ready from the start, so a release that takes over has them before its first thread gets
 * to its update point. */
#include "locks.h"

#include "slabs.h"

static pthread_mutex_t item_locks[ITEM_LOCK_COUNT] = {
    [0 ... ITEM_LOCK_COUNT - 1] = PTHREAD_MUTEX_INITIALIZER,
};
static pthread_mutex_t class_locks[SLAB_CLASS_LIMIT] = {
    [0 ... SLAB_CLASS_LIMIT - 1] = PTHREAD_MUTEX_INITIALIZER,
};

pthread_mutex_t *item_lock_of(uint32_t hash)
{
    return &item_locks[hash & (ITEM_LOCK_COUNT - 1)];
}

void item_locks_take_all(void)
{
    for (size_t i = 0; i < ITEM_LOCK_COUNT; i++)
        pthread_mutex_lock(&item_locks[i]);
}

void item_locks_release_all(void)
{
    for (size_t i = ITEM_LOCK_COUNT; i-- > 0;)
        pthread_mutex_unlock(&item_locks[i]);
}

void class_lock(unsigned slab_class)
{
    pthread_mutex_lock(&class_locks[slab_class]);
}

void class_unlock(unsigned slab_class)
{
    pthread_mutex_unlock(&class_locks[slab_class]);
}
