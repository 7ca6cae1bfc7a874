/* address_map.c -- the shadow of the heap.  See address_map.h. */
#include "address_map.h"

#include <string.h>

#include "heap/heap.h"

/* ---- Regions --------------------------------------------------------------------------------- */

void map_begin(struct address_map *map, const struct object_log *log,
               bool (*is_plain)(uintptr_t start, uintptr_t end))
{
    size_t i;

    memset(map, 0, sizeof *map);
    map->log = log;
    map->is_plain = is_plain;
    for (i = 0; i < MAP_HINTS; i++)
        map->hints[i].number = UINTPTR_MAX; /* of no address */
}

static size_t scatter(uint64_t value, size_t capacity)
{
    return (size_t)(value * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (capacity - 1);
}

/* The slot that holds the region of this number, or the free one where it belongs. */
static struct map_region **region_slot(struct map_region **table, size_t capacity,
                                       uintptr_t number)
{
    size_t i = scatter(number, capacity);

    while (table[i] && table[i]->number != number)
        i = (i + 1) & (capacity - 1);
    return &table[i];
}

static void grow_region_table(struct address_map *map)
{
    size_t capacity = map->table_capacity ? 2 * map->table_capacity : 64;
    struct map_region **table = bookkeeping_allocate(capacity * sizeof(struct map_region *));
    size_t i;

    for (i = 0; i < map->table_capacity; i++)
        if (map->table[i])
            *region_slot(table, capacity, map->table[i]->number) = map->table[i];
    map->table = table;
    map->table_capacity = capacity;
}

static struct map_region *find_region(struct address_map *map, uintptr_t number)
{
    return map->table_capacity ? *region_slot(map->table, map->table_capacity, number) : NULL;
}

static struct map_region *make_region(struct address_map *map, uintptr_t number)
{
    enum { FEW = 256, DENSE = 16 }; /* regions; objects in a region */
    size_t entries_size = REGION_GRANULES * sizeof(uint32_t);
    struct map_region *region;

    if (2 * map->region_count >= map->table_capacity)
        grow_region_table(map);
    region = bookkeeping_allocate(sizeof *region);
    /* Objects here and there touch a page or two of each region's entries, many objects all.  Which
     * it will be cannot be seen from the first: they may come from anywhere. */
    if (map->region_count >= FEW && log_count(map->log) < DENSE * map->region_count)
        region->entries = bookkeeping_allocate_sparse(entries_size);
    else
        region->entries = bookkeeping_allocate(entries_size);
    region->number = number;
    region->plain = map->is_plain(number << REGION_SHIFT, (number + 1) << REGION_SHIFT);
    *region_slot(map->table, map->table_capacity, number) = region;
    map->region_count++;
    return region;
}

struct map_region *map_region_of(struct address_map *map, uintptr_t address)
{
    uintptr_t number = address >> REGION_SHIFT;
    struct map_region *region = find_region(map, number);

    if (!region)
        region = make_region(map, number);
    if (region->plain)
        map->hints[number % MAP_HINTS] = (struct map_hint){number, region->entries};
    return region;
}

/* ---- Overflow: several records in one granule ------------------------------------------------ */

static uintptr_t granule_of(const struct address_map *map, uint32_t entry)
{
    return record_old(log_at(map->log, entry - 1)) >> GRANULE_SHIFT;
}

static void overflow_put(const struct address_map *map, uint32_t *table, size_t capacity,
                         uint32_t entry)
{
    size_t i = scatter(granule_of(map, entry), capacity);

    while (table[i])
        i = (i + 1) & (capacity - 1);
    table[i] = entry;
}

static void overflow_insert(struct address_map *map, uint32_t entry)
{
    if (2 * map->overflow_count >= map->overflow_capacity) {
        size_t capacity = map->overflow_capacity ? 2 * map->overflow_capacity : 256;
        uint32_t *table = bookkeeping_allocate(capacity * sizeof *table);
        size_t i;

        for (i = 0; i < map->overflow_capacity; i++)
            if (map->overflow[i])
                overflow_put(map, table, capacity, map->overflow[i]);
        map->overflow = table;
        map->overflow_capacity = capacity;
    }
    overflow_put(map, map->overflow, map->overflow_capacity, entry);
    map->overflow_count++;
}

/* Walks all records of one granule: first the one in the entry, then the overflow's. */
struct granule_walk {
    const struct address_map *map;
    uintptr_t granule;
    size_t slot;
    uint32_t entry; /* 0: no more */
};

static struct granule_walk walk_granule(const struct address_map *map,
                                        const struct map_region *region, uintptr_t granule)
{
    return (struct granule_walk){map, granule, SIZE_MAX,
                                 region->entries[granule % REGION_GRANULES]};
}

static void walk_on(struct granule_walk *walk)
{
    const struct address_map *map = walk->map;

    if (walk->slot == SIZE_MAX) {
        if (!(record_flags(log_at(map->log, walk->entry - 1)) & RECORD_SHARED)) {
            walk->entry = 0;
            return;
        }
        walk->slot = scatter(walk->granule, map->overflow_capacity);
    } else {
        walk->slot = (walk->slot + 1) & (map->overflow_capacity - 1);
    }
    while (map->overflow[walk->slot] &&
           granule_of(map, map->overflow[walk->slot]) != walk->granule)
        walk->slot = (walk->slot + 1) & (map->overflow_capacity - 1);
    walk->entry = map->overflow[walk->slot];
}

/* ---- Finding and entering -------------------------------------------------------------------- */

uint32_t map_find(struct address_map *map, uint64_t key)
{
    uintptr_t address = (uintptr_t)(key & ADDRESS_MASK);
    struct map_region *region = find_region(map, address >> REGION_SHIFT);
    struct granule_walk walk;

    if (!region)
        return MAP_NOTHING;
    for (walk = walk_granule(map, region, address >> GRANULE_SHIFT); walk.entry; walk_on(&walk))
        if (log_at(map->log, walk.entry - 1)->old_and_pair == key)
            return walk.entry - 1;
    return MAP_NOTHING;
}

uint32_t map_find_real(struct address_map *map, uintptr_t address)
{
    struct map_region *region = find_region(map, address >> REGION_SHIFT);
    struct granule_walk walk;

    if (!region)
        return MAP_NOTHING;
    for (walk = walk_granule(map, region, address >> GRANULE_SHIFT); walk.entry; walk_on(&walk)) {
        const struct object_record *record = log_at(map->log, walk.entry - 1);

        if (record_old(record) == address && !(record_flags(record) & RECORD_NOT_REAL))
            return walk.entry - 1;
    }
    return MAP_NOTHING;
}

void map_insert(struct address_map *map, uint32_t index)
{
    uintptr_t address = record_old(log_at(map->log, index));
    uint32_t *entry = map_entry(map_region_of(map, address), address);

    if (!*entry) {
        *entry = index + 1;
        return;
    }
    overflow_insert(map, index + 1);
    record_set_flags(log_at(map->log, *entry - 1), RECORD_SHARED);
}

/* ---- Starts ---------------------------------------------------------------------------------- */

void map_track_starts(struct address_map *map)
{
    map->tracks_starts = true;
}

/* The first position in `sorted` whose region has a number >= this. */
static size_t sorted_position(const struct address_map *map, uintptr_t number)
{
    size_t low = 0, high = map->sorted_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (map->sorted[middle]->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_sorted(struct address_map *map, struct map_region *region)
{
    size_t position;

    if (map->sorted_count == map->sorted_capacity) {
        size_t capacity = map->sorted_capacity ? 2 * map->sorted_capacity : 64;

        map->sorted = bookkeeping_grow(map->sorted,
                                       map->sorted_count * sizeof(struct map_region *),
                                       capacity * sizeof(struct map_region *));
        map->sorted_capacity = capacity;
    }
    position = sorted_position(map, region->number);
    memmove(&map->sorted[position + 1], &map->sorted[position],
            (map->sorted_count - position) * sizeof map->sorted[0]);
    map->sorted[position] = region;
    map->sorted_count++;
}

void map_mark_start(struct address_map *map, uintptr_t address)
{
    struct map_region *region = map_region_of(map, address);
    size_t granule = (address >> GRANULE_SHIFT) % REGION_GRANULES;

    if (!region->starts) {
        struct map_starts *starts = bookkeeping_allocate(sizeof *starts);

        add_sorted(map, region);
        region->starts = starts;
    }
    region->starts->bits[granule / 64] |= UINT64_C(1) << granule % 64;
    region->starts->summary[granule / 64 / 64] |= UINT64_C(1) << granule / 64 % 64;
}

/* The greatest set bit below or at `index`; -1: none. */
static int highest_bit(uint64_t word, unsigned index)
{
    word &= UINT64_MAX >> (63 - index);
    return word ? 63 - __builtin_clzll(word) : -1;
}

/* The greatest granule <= `granule` of this region in which an object starts; -1: none. */
static long start_at_or_below(const struct map_starts *starts, size_t granule)
{
    size_t word = granule / 64;
    int bit = highest_bit(starts->bits[word], granule % 64);
    long group;

    if (bit >= 0)
        return (long)(word * 64) + bit;
    for (group = (long)(word / 64); group >= 0; group--) {
        unsigned last = 63;

        if (group == (long)(word / 64)) {
            if (word % 64 == 0)
                continue;
            last = word % 64 - 1;
        }
        bit = highest_bit(starts->summary[group], last);
        if (bit >= 0) {
            size_t found = (size_t)group * 64 + (size_t)bit;

            return (long)(found * 64) + highest_bit(starts->bits[found], 63);
        }
    }
    return -1;
}

/* Of the real objects that start in this granule, the last at or below the address. */
static uint32_t last_in_granule(const struct address_map *map, const struct map_region *region,
                                size_t granule, uintptr_t address)
{
    uintptr_t number = region->number << (REGION_SHIFT - GRANULE_SHIFT) | granule;
    uint32_t found = MAP_NOTHING;
    uintptr_t found_start = 0;
    struct granule_walk walk;

    for (walk = walk_granule(map, region, number); walk.entry; walk_on(&walk)) {
        const struct object_record *record = log_at(map->log, walk.entry - 1);
        uintptr_t start = record_old(record);

        if (start <= address && !(record_flags(record) & RECORD_NOT_REAL) &&
            (found == MAP_NOTHING || start > found_start)) {
            found = walk.entry - 1;
            found_start = start;
        }
    }
    return found;
}

uint32_t map_find_at_or_below(struct address_map *map, uintptr_t address)
{
    uintptr_t number = address >> REGION_SHIFT;
    size_t position = sorted_position(map, number);
    long granule = (long)((address >> GRANULE_SHIFT) % REGION_GRANULES);

    if (position == map->sorted_count || map->sorted[position]->number != number) {
        if (position == 0)
            return MAP_NOTHING;
        position--;
        granule = REGION_GRANULES - 1;
    }
    for (;;) {
        const struct map_region *region = map->sorted[position];

        while (granule >= 0 &&
               (granule = start_at_or_below(region->starts, (size_t)granule)) >= 0) {
            uint32_t found = last_in_granule(map, region, (size_t)granule, address);

            if (found != MAP_NOTHING)
                return found;
            granule--;
        }
        if (position == 0)
            return MAP_NOTHING;
        position--;
        granule = REGION_GRANULES - 1;
    }
}
