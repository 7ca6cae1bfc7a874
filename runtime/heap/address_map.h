/* address_map.h -- has this address been reached, and which record of the object log is it?
 *
 * A shadow of the memory it describes rather than a hash of objects, so that its locality is that
 * of the program's heap:
 *
 *      address   | number of 1 MB region (28 bits) | granule in it (15 bits) | byte (5 bits) |
 *                             |                             |
 *                      hints, table            region->entries[granule] --> 1 + index in the log
 *
 * A region's 32768 entries come as zeroed pages and are touched only where there are objects.
 * A granule (32 bytes, the smallest distance of two allocations in glibc) has one entry; when
 * several records begin in one granule (elements of int arrays, other allocators, one address
 * reached as two types), the first has the entry and RECORD_SHARED, the others are in the overflow
 * table, hashed by granule.
 *
 * Regions that hold nothing special (images, stacks) are called plain.  Only they have hints, so
 * a hit in the hints also says that the address needs no other classification.
 *
 * Where a question is "what object contains this address", the map can be told to keep start bits
 * (map_track_starts): a bitmap of the granules in which real objects begin, with a summary level,
 * to find the nearest start at or below an address.
 */
#ifndef KITSUNE_HEAP_ADDRESS_MAP_H
#define KITSUNE_HEAP_ADDRESS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "object_log.h"

enum {
    GRANULE_SHIFT = 5,
    REGION_SHIFT = 20,
    REGION_GRANULES = 1 << (REGION_SHIFT - GRANULE_SHIFT),
    MAP_HINTS = 512,
};

struct map_starts {
    uint64_t summary[REGION_GRANULES / 64 / 64]; /* bit i: bits[i] is not zero */
    uint64_t bits[REGION_GRANULES / 64];
};

struct map_region {
    uintptr_t number; /* address >> REGION_SHIFT */
    uint32_t *entries;
    struct map_starts *starts; /* NULL: no object starts here, or starts are not tracked */
    struct string_marks *strings; /* NULL: no pointer to characters leads here; see strings.c */
    bool plain;
    uint16_t mapped_from, mapped_to; /* pages of it known to be memory; see allocation.c */
};

struct map_hint {
    uintptr_t number;
    uint32_t *entries;
};

struct address_map {
    struct map_hint hints[MAP_HINTS];
    const struct object_log *log;
    bool (*is_plain)(uintptr_t start, uintptr_t end);

    struct map_region **table; /* open addressing by number; capacity is a power of two */
    size_t table_capacity;
    size_t region_count;

    uint32_t *overflow; /* open addressing by granule: 1 + index in the log */
    size_t overflow_capacity;
    size_t overflow_count;

    bool tracks_starts;
    struct map_region **sorted; /* regions with starts, by number */
    size_t sorted_capacity;
    size_t sorted_count;
};

void map_begin(struct address_map *map, const struct object_log *log,
               bool (*is_plain)(uintptr_t start, uintptr_t end));

/* The entry of the address's granule when its region has a hint, else NULL. */
static inline uint32_t *map_hinted_entry(struct address_map *map, uintptr_t address)
{
    struct map_hint *hint = &map->hints[(address >> REGION_SHIFT) % MAP_HINTS];

    if (__builtin_expect(hint->number != address >> REGION_SHIFT, 0))
        return NULL;
    return &hint->entries[(address >> GRANULE_SHIFT) % REGION_GRANULES];
}

/* The region of an address, made if need be; refreshes the hint of a plain one.  The address has
 * at most ADDRESS_BITS bits. */
struct map_region *map_region_of(struct address_map *map, uintptr_t address);

static inline uint32_t *map_entry(struct map_region *region, uintptr_t address)
{
    return &region->entries[(address >> GRANULE_SHIFT) % REGION_GRANULES];
}

enum { MAP_NOTHING = UINT32_MAX };

/* The index of the record with this key (address and pair), or MAP_NOTHING. */
uint32_t map_find(struct address_map *map, uint64_t key);
/* The index of a real object's record that starts at this address, of whatever pair, or
 * MAP_NOTHING. */
uint32_t map_find_real(struct address_map *map, uintptr_t address);
/* Enters the record at `index` of the log under its address. */
void map_insert(struct address_map *map, uint32_t index);

/* Keeps start bits from now on; the caller marks what it has inserted before. */
void map_track_starts(struct address_map *map);
void map_mark_start(struct address_map *map, uintptr_t address);
/* The index of the real object with the greatest start <= address, or MAP_NOTHING.  Several may
 * start in one granule: the last of them that starts at or below the address. */
uint32_t map_find_at_or_below(struct address_map *map, uintptr_t address);

#endif
