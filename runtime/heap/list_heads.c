/* list_heads.c -- the heads of intrusive lists that lie in heap objects: where each went.  See
 * links.c.
 *
 * A hash of places, because a place in the middle of an object has no entry in the address map.
 */
#include "engine.h"

#include <string.h>

struct head_entry {
    uintptr_t old; /* 0: free */
    uintptr_t new;
};

static struct {
    struct head_entry *entries; /* open addressing; the capacity is a power of two */
    size_t count, capacity;
} heads;

void list_heads_begin(void)
{
    memset(&heads, 0, sizeof heads);
}

static struct head_entry *slot_of(struct head_entry *entries, size_t capacity, uintptr_t old)
{
    size_t i = (size_t)((old >> 3) * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (capacity - 1);

    while (entries[i].old && entries[i].old != old)
        i = (i + 1) & (capacity - 1);
    return &entries[i];
}

static void grow(void)
{
    size_t capacity = heads.capacity ? 2 * heads.capacity : 256, i;
    struct head_entry *entries = bookkeeping_allocate(capacity * sizeof *entries);

    for (i = 0; i < heads.capacity; i++)
        if (heads.entries[i].old)
            *slot_of(entries, capacity, heads.entries[i].old) = heads.entries[i];
    heads.entries = entries;
    heads.capacity = capacity;
}

uintptr_t list_heads_find(uintptr_t old)
{
    return heads.count ? slot_of(heads.entries, heads.capacity, old)->new : 0;
}

bool list_heads_enter(uintptr_t old, uintptr_t new)
{
    struct head_entry *entry;

    if (2 * heads.count >= heads.capacity)
        grow();
    entry = slot_of(heads.entries, heads.capacity, old);
    if (entry->old)
        return false;
    *entry = (struct head_entry){old, new};
    heads.count++;
    return true;
}

size_t list_heads_count(void)
{
    return heads.count;
}
