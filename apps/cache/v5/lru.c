/* lru.c -- lists of items by their use: hot, warm and cold. */
#include "lru.h"

#include "clock.h"
#include "item.h"
#include "locks.h"
#include "slabs.h"
#include "statistics.h"

/* Of a class's items, in percent. */
#define MOST_HOT 20
#define MOST_WARM 40
#define MOVES_AT_A_TIME 200
/* Active items at the end of the cold list that are spared when room is wanted. */
#define SPARED_AT_MOST 5
/* Items at the ends of the lists that come into question to be thrown out. */
#define LOOKED_AT_AT_MOST 100

static struct lru_list {
    struct item *first, *last;
    size_t count;
} lists[LRU_COUNT][SLAB_CLASS_LIMIT];

static enum lru lru_of(const struct item *item)
{
    return item_is(item, ITEM_HOT) ? LRU_HOT : item_is(item, ITEM_WARM) ? LRU_WARM : LRU_COLD;
}

static void add_to(struct item *item, enum lru lru)
{
    struct lru_list *list = &lists[lru][item->slab_class];

    item_unmark(item, ITEM_HOT);
    item_unmark(item, ITEM_WARM);
    if (lru != LRU_COLD)
        item_mark(item, lru == LRU_HOT ? ITEM_HOT : ITEM_WARM);
    item->previous = NULL;
    item->next = list->first;
    if (list->first)
        list->first->previous = item;
    else
        list->last = item;
    list->first = item;
    list->count++;
}

void lru_add(struct item *item)
{
    add_to(item, LRU_HOT);
}

void lru_remove(struct item *item)
{
    struct lru_list *list = &lists[lru_of(item)][item->slab_class];

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
    if (item_is(item, ITEM_FETCHED))
        item_mark(item, ITEM_ACTIVE);
    item_set_last_used(item, clock_now());
}

/* ---- Moving ---------------------------------------------------------------------------------- */

static void move_to(struct item *item, enum lru lru)
{
    lru_remove(item);
    add_to(item, lru);
    item_unmark(item, ITEM_ACTIVE);
    if (lru == LRU_COLD)
        COUNT(moves_to_cold);
    else
        COUNT(moves_to_warm);
}

/* The last of a list that is too long. */
static bool shorten(enum lru lru, unsigned slab_class, size_t most)
{
    struct lru_list *list = &lists[lru][slab_class];

    if (list->count <= most)
        return false;
    move_to(list->last, item_is(list->last, ITEM_ACTIVE) ? LRU_WARM : LRU_COLD);
    return true;
}

static bool rescue(unsigned slab_class)
{
    struct item *last = lists[LRU_COLD][slab_class].last;

    if (!last || !item_is(last, ITEM_ACTIVE))
        return false;
    move_to(last, LRU_WARM);
    return true;
}

bool lru_balance(unsigned slab_class)
{
    size_t count = 0;
    unsigned moves = 0;

    for (unsigned lru = 0; lru < LRU_COUNT; lru++)
        count += lists[lru][slab_class].count;
    while (moves < MOVES_AT_A_TIME && (shorten(LRU_HOT, slab_class, count * MOST_HOT / 100) ||
                                       shorten(LRU_WARM, slab_class, count * MOST_WARM / 100) ||
                                       rescue(slab_class)))
        moves++;
    return moves > 0;
}

struct item *lru_lock_last(unsigned slab_class, const pthread_mutex_t *held, bool *is_busy)
{
    unsigned looked_at = 0;

    *is_busy = false;
    for (unsigned i = 0; i < SPARED_AT_MOST && rescue(slab_class); i++)
        ;
    for (unsigned lru = 0; lru < LRU_COUNT; lru++)
        for (struct item *item = lists[lru][slab_class].last;
             item && looked_at < LOOKED_AT_AT_MOST; item = item->previous) {
            pthread_mutex_t *lock = item_lock_of(item->hash);
            looked_at++;
            if (lock == held)
                continue;
            if (pthread_mutex_trylock(lock) == 0)
                return item;
            *is_busy = true;
        }
    return NULL;
}

struct lru_report lru_report(unsigned slab_class)
{
    struct lru_report report = {.age = 0};

    for (unsigned lru = LRU_COUNT; lru-- > 0;) {
        const struct lru_list *list = &lists[lru][slab_class];
        report.counts[lru] = list->count;
        if (list->last)
            report.age = (uint32_t)clock_now() - item_last_used(list->last);
    }
    return report;
}
