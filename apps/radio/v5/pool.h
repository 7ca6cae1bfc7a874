/* pool.h -- the listeners of a mount: an array, in no order. */
#ifndef RADIO_POOL_H
#define RADIO_POOL_H

#include <kitsune.h>

struct listener;

struct pool {
    struct listener **listeners E_PTRARRAY(self.capacity); /* NULL behind `count` */
    int count, capacity;
    int peak; /* the greatest count there was */
};

void pool_add(struct pool *pool, struct listener *listener);
void pool_remove(struct pool *pool, const struct listener *listener);
void pool_release(struct pool *pool);

#endif
