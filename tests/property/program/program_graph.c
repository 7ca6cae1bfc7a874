/* program_graph.c -- making a random state: the generated fill functions say what there can be,
 * this file how much of it, and what leads where. */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program_own.h"

enum { MOST_LATER = 1 << 21, MOST_LINKS = 1 << 22, MOST_OFFERS = 1 << 20, POOLS = 128 };

struct pending {
    void *object;
    void (*fill)(void *object);
};

struct link {
    void **slot;
    int pool;
};

struct pool {
    void **things;
    int count;
};

bool property_owning, property_offering;

static uint64_t random_state;
static long budget, serial;
static int growth; /* percent of the owning pointers that get an object */
static bool depth_first;

static struct pending *later;
static size_t later_first, later_count;
static struct link *links;
static size_t link_count;
static struct pool pools[POOLS];

/* ---- Chance ---------------------------------------------------------------------------------- */

void property_seed(uint64_t seed)
{
    random_state = seed * 0x9e3779b97f4a7c15u + 1;
}

uint64_t property_random(void)
{
    uint64_t x = random_state += 0x9e3779b97f4a7c15u;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

int property_below(int limit)
{
    return limit > 0 ? (int)(property_random() % (uint64_t)limit) : 0;
}

bool property_percent(int chance)
{
    return property_below(100) < chance;
}

uint64_t property_integer(void)
{
    static const uint64_t edges[] = {0, 1, (uint64_t)-1, 127, 128, 255, 256, 32767, 32768, 65535,
                                     65536, INT32_MAX, (uint64_t)INT32_MIN, UINT32_MAX, INT64_MAX,
                                     (uint64_t)INT64_MIN};

    switch (property_below(3)) {
    case 0:
        return edges[property_below(sizeof edges / sizeof edges[0])];
    case 1:
        return (uint64_t)property_below(100);
    default:
        return property_random();
    }
}

uint64_t property_bits(int width)
{
    return property_random() >> (64 - width);
}

/* Exact in a float, and within an int. */
double property_floating(void)
{
    return property_percent(20) ? 0 : (property_below(60000) - 30000) / 8.0;
}

/* Sometimes what looks like an address. */
void *property_some_bits(void)
{
    return property_percent(50) ? (void *)&random_state : (void *)(uintptr_t)property_random();
}

/* ---- Objects --------------------------------------------------------------------------------- */

bool property_may_own(void)
{
    if (budget <= 0 || !property_percent(growth))
        return false;
    budget--;
    return true;
}

int property_length(void)
{
    return property_percent(95) ? property_below(5) : property_below(60);
}

long property_serial(void)
{
    return ++serial;
}

void *property_allocate(size_t size)
{
    return property_take(size);
}

void *property_custom_allocate(size_t size)
{
    size_t *block = property_take(size + 2 * sizeof(size_t));

    block[0] = 0x600d;
    return block + 2;
}

void property_custom_free(void *object)
{
    size_t *block = object;

    if (!object)
        return;
    if (block[-2] != 0x600d) {
        printf("property_custom_free: %p is not a block of this allocator\n", object);
        abort();
    }
    block[-2] = 0xdead;
    property_give(block - 2);
}

char *property_heap_text(void)
{
    char *text = property_take(80);

    snprintf(text, 80, "heap text %d%.*s", property_below(1000), property_below(40),
             "........................................");
    return text;
}

void property_write_text(char *text, int size)
{
    memset(text, 0, (size_t)size);
    snprintf(text, (size_t)size, "m%d", property_below(10000));
}

void property_later(void *object, void (*fill)(void *object))
{
    if (later_count == MOST_LATER)
        abort();
    later[later_count++] = (struct pending){object, fill};
}

/* ---- Links ----------------------------------------------------------------------------------- */

static int pool_of(int thing)
{
    return thing == THING_STRING ? POOLS - 1 : thing >= THING_NUMBER ? 64 + thing - THING_NUMBER
                                                                     : thing;
}

void property_offer(int thing, void *address)
{
    struct pool *pool = &pools[pool_of(thing)];

    if (!property_offering || pool->count == MOST_OFFERS)
        return;
    if (!pool->things)
        pool->things = property_reserve(MOST_OFFERS * sizeof *pool->things);
    pool->things[pool->count++] = address;
}

void property_link(void *slot, int thing)
{
    *(void **)slot = NULL;
    if (link_count < MOST_LINKS)
        links[link_count++] = (struct link){slot, pool_of(thing)};
}

static void set_links(void)
{
    for (size_t i = 0; i < link_count; i++) {
        struct pool *pool = &pools[links[i].pool];

        if (pool->count && property_percent(80))
            *links[i].slot = pool->things[property_random() % (uint64_t)pool->count];
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void choose_size(void)
{
    static const int sizes[] = {0, 1, 3, 8, 30, 30, 100, 200, 200, 400};
    const char *limit = getenv("PROPERTY_OBJECTS");

    budget = property_percent(1) ? 20000 : property_percent(4) ? 3000 : sizes[property_below(10)];
    if (limit && atol(limit) < budget)
        budget = atol(limit);
    growth = (int[]){40, 70, 97}[property_below(3)];
    depth_first = property_percent(50);
}

void property_build(void (*fill_root)(void))
{
    if (!later) {
        later = property_reserve(MOST_LATER * sizeof *later);
        links = property_reserve(MOST_LINKS * sizeof *links);
    }
    for (int i = 0; i < POOLS; i++)
        pools[i].count = 0;
    later_first = later_count = link_count = 0;
    choose_size();
    property_owning = property_offering = true;
    fill_root();
    while (later_count > later_first) {
        struct pending next = depth_first ? later[--later_count] : later[later_first++];

        next.fill(next.object);
    }
    set_links();
}
