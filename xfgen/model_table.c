/* model_table.c -- the loader's containers: a map from addresses, growing arrays, hashes. */
#include "dwarf_reader.h"

#include <stdlib.h>
#include <string.h>

static void *reallocate_or_exit(void *memory, size_t count, size_t element_size)
{
    memory = reallocarray(memory, count, element_size);
    if (!memory) {
        fprintf(stderr, "xfgen: error: out of memory (%zu elements of %zu bytes asked for)\n",
                count, element_size);
        exit(EXIT_FAILURE);
    }
    return memory;
}

static size_t slot_of(const struct pointer_map *map, const void *key)
{
    size_t i = (size_t)((uintptr_t)key * UINT64_C(0x9e3779b97f4a7c15) >> 20) &
               (map->capacity - 1);

    while (map->slots[i].key && map->slots[i].key != key)
        i = (i + 1) & (map->capacity - 1);
    return i;
}

void *pointer_map_get(const struct pointer_map *map, const void *key)
{
    return map->capacity ? map->slots[slot_of(map, key)].value : NULL;
}

static void pointer_map_enlarge(struct pointer_map *map)
{
    struct pointer_map larger = {.capacity = map->capacity ? 2 * map->capacity : 256};
    size_t i;

    larger.slots = reallocate_or_exit(NULL, larger.capacity, sizeof *larger.slots);
    memset(larger.slots, 0, larger.capacity * sizeof *larger.slots);
    larger.count = map->count;
    for (i = 0; i < map->capacity; i++)
        if (map->slots[i].key)
            larger.slots[slot_of(&larger, map->slots[i].key)] = map->slots[i];
    free(map->slots);
    *map = larger;
}

void pointer_map_put(struct pointer_map *map, const void *key, void *value)
{
    size_t i;

    if (2 * (map->count + 1) > map->capacity)
        pointer_map_enlarge(map);
    i = slot_of(map, key);
    map->count += map->slots[i].key == NULL;
    map->slots[i] = (struct pointer_slot){key, value};
}

void pointer_map_free(struct pointer_map *map)
{
    free(map->slots);
    memset(map, 0, sizeof *map);
}

void pointer_map_clear(struct pointer_map *map)
{
    if (map->capacity > 1024 && 8 * map->count < map->capacity) {
        pointer_map_free(map); /* one large use must not make all small ones slow */
        return;
    }
    if (map->count)
        memset(map->slots, 0, map->capacity * sizeof *map->slots);
    map->count = 0;
}

void *grow(void *array_pointer, size_t *count, size_t *capacity, size_t element_size)
{
    char *array;

    memcpy(&array, array_pointer, sizeof array);
    if (*count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 16;
        array = reallocate_or_exit(array, *capacity, element_size);
        memcpy(array_pointer, &array, sizeof array);
    }
    return memset(array + (*count)++ * element_size, 0, element_size);
}

void *grow_in_arena(struct arena *arena, void *array_pointer, size_t *count, size_t *capacity,
                    size_t element_size)
{
    char *array;

    memcpy(&array, array_pointer, sizeof array);
    if (*count == *capacity) {
        char *larger;

        *capacity = *capacity ? 2 * *capacity : 4;
        larger = arena_allocate(arena, *capacity * element_size);
        if (*count)
            memcpy(larger, array, *count * element_size);
        array = larger;
        memcpy(array_pointer, &array, sizeof array);
    }
    return array + (*count)++ * element_size;
}

uint64_t hash_mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

uint64_t hash_text(const char *text)
{
    uint64_t hash = 14695981039346656037u;

    for (; text && *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}
