/* lru.c -- lists of items by their use: hot, warm and cold. */
#include "lru.h"

#include "clock.h"
#include "item.h"
#include "slabs.h"
#include "statistics.h"

/* Of a class's items, in percent. */
#define MOST_HOT 20
#define MOST_WARM 40
#define MOVES_AT_A_TIME 200
/* Active items at the end of the cold list that are spared when room is wanted. */
#define SPARED_AT_MOST 5

static struct lru_list {
    struct item *first, *last;
    size_t count;
} lists[LRU_COUNT][SLAB_CLASS_LIMIT];

static enum lru lru_of(const struct item *item)
{
    return item->state & ITEM_HOT ? LRU_HOT : item->state & ITEM_WARM ? LRU_WARM : LRU_COLD;
}

static void add_to(struct item *item, enum lru lru)
{
    static const uint8_t marks[] = {[LRU_COLD] = 0, [LRU_WARM] = ITEM_WARM, [LRU_HOT] = ITEM_HOT};
    struct lru_list *list = &lists[lru][item->slab_class];

    item->state = (uint8_t)((item->state & ~(ITEM_HOT | ITEM_WARM)) | marks[lru]);
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
    if (item->state & ITEM_FETCHED)
        item->state |= ITEM_ACTIVE;
    item->last_used = (uint32_t)clock_now();
}

/* ---- Moving ---------------------------------------------------------------------------------- */

static void move_to(struct item *item, enum lru lru)
{
    lru_remove(item);
    add_to(item, lru);
    item->state &= (uint8_t)~ITEM_ACTIVE;
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
    move_to(list->last, list->last->state & ITEM_ACTIVE ? LRU_WARM : LRU_COLD);
    return true;
}

static bool rescue(unsigned slab_class)
{
    struct item *last = lists[LRU_COLD][slab_class].last;

    if (!last || !(last->state & ITEM_ACTIVE))
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

struct item *lru_last(unsigned slab_class)
{
    for (unsigned i = 0; i < SPARED_AT_MOST && rescue(slab_class); i++)
        ;
    for (unsigned lru = 0; lru < LRU_COUNT; lru++)
        if (lists[lru][slab_class].last)
            return lists[lru][slab_class].last;
    return NULL;
}

struct lru_report lru_report(unsigned slab_class)
{
    struct lru_report report = {.age = 0};

    for (unsigned lru = LRU_COUNT; lru-- > 0;) {
        const struct lru_list *list = &lists[lru][slab_class];
        report.counts[lru] = list->count;
        if (list->last)
            report.age = (uint32_t)clock_now() - list->last->last_used;
    }
    return report;
}
