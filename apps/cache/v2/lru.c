/* lru.c -- lists of items by the time of their last use. */
#include "lru.h"

#include "clock.h"
#include "item.h"
#include "slabs.h"

/* An item that was moved to the front less than so many seconds ago stays where it is. */
#define SECONDS_BETWEEN_MOVES 60

static struct lru_list {
    struct item *first, *last;
    size_t count;
} lists[SLAB_CLASS_LIMIT];

void lru_add(struct item *item)
{
    struct lru_list *list = &lists[item->slab_class];

    item->previous = NULL;
    item->next = list->first;
    if (list->first)
        list->first->previous = item;
    else
        list->last = item;
    list->first = item;
    list->count++;
}

void lru_remove(struct item *item)
{
    struct lru_list *list = &lists[item->slab_class];

    if (item->previous)
        item->previous->next = item->next;
    else
        list->first = item->next;
    if (item->next)
        item->next->previous = item->previous;
    else
        list->last = item->previous;
    item->next = item->previous = NULL;
    list->count--;
}

void lru_touch(struct item *item)
{
    uint32_t now = (uint32_t)clock_now();

    if (now - item->last_used >= SECONDS_BETWEEN_MOVES) {
        lru_remove(item);
        lru_add(item);
    }
    item->last_used = now;
}

struct item *lru_last(unsigned slab_class)
{
    return lists[slab_class].last;
}

struct lru_report lru_report(unsigned slab_class)
{
    const struct lru_list *list = &lists[slab_class];

    return (struct lru_report){
        list->count, list->last ? (uint32_t)clock_now() - list->last->last_used : 0};
}
