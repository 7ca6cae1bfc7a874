/* literals.c -- constants of old versions that are still pointed to.
 *
 * A version's string literals go with it when it is unloaded.  What is still in use is copied here,
 * once per content, for the rest of the process: so after any number of updates there is one copy
 * of each literal that was ever carried over.
 */
#include "engine.h"

#include <string.h>
#include <sys/mman.h>

enum { LITERAL_CHUNK = 64 * 1024, LITERAL_ALIGNMENT = 16, FIRST_CAPACITY = 1024 };

struct literal_chunk {
    struct literal_chunk *next;
    size_t size;
    size_t used;
};

struct literal {
    uint64_t hash;
    const void *bytes; /* NULL: free slot */
    size_t size;
};

static struct {
    struct literal_chunk *chunks; /* newest first */
    struct literal *table;        /* open addressing, capacity a power of two */
    size_t capacity;
    size_t count;
} literals;

static void *map_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        update_fail("out of memory: %zu bytes for the old version's string literals", size);
    return memory;
}

static uint64_t hash_bytes(const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ size;
    size_t i;

    for (i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

static struct literal *find_slot(struct literal *table, size_t capacity, uint64_t hash,
                                 const void *bytes, size_t size)
{
    size_t i = hash & (capacity - 1);

    while (table[i].bytes && !(table[i].hash == hash && table[i].size == size &&
                               memcmp(table[i].bytes, bytes, size) == 0))
        i = (i + 1) & (capacity - 1);
    return &table[i];
}

static void grow_table(void)
{
    size_t capacity = literals.capacity ? 2 * literals.capacity : FIRST_CAPACITY;
    struct literal *table = map_memory(capacity * sizeof *table);
    size_t i;

    for (i = 0; i < literals.capacity; i++) {
        const struct literal *literal = &literals.table[i];

        if (literal->bytes)
            *find_slot(table, capacity, literal->hash, literal->bytes, literal->size) = *literal;
    }
    if (literals.table)
        munmap(literals.table, literals.capacity * sizeof *literals.table);
    literals.table = table;
    literals.capacity = capacity;
}

/* Short strings are packed; what may be more than characters is aligned. */
static void *take(size_t size)
{
    struct literal_chunk *chunk = literals.chunks;
    size_t alignment = size < LITERAL_ALIGNMENT ? 8 : LITERAL_ALIGNMENT, start;

    if (chunk) {
        start = (chunk->used + alignment - 1) & ~(alignment - 1);
        if (start <= chunk->size && chunk->size - start >= size) {
            chunk->used = start + size;
            return (char *)chunk + start;
        }
    }
    start = (sizeof *chunk + alignment - 1) & ~(alignment - 1);
    chunk = map_memory(size + start > LITERAL_CHUNK ? (size + start + 4095) & ~(size_t)4095
                                                    : LITERAL_CHUNK);
    chunk->size = size + start > LITERAL_CHUNK ? (size + start + 4095) & ~(size_t)4095
                                               : LITERAL_CHUNK;
    chunk->used = start + size;
    chunk->next = literals.chunks;
    literals.chunks = chunk;
    return (char *)chunk + start;
}

void *literal_copy(const void *bytes, size_t size)
{
    uint64_t hash = hash_bytes(bytes, size);
    struct literal *slot;

    if (2 * literals.count >= literals.capacity)
        grow_table();
    slot = find_slot(literals.table, literals.capacity, hash, bytes, size);
    if (!slot->bytes) {
        void *copy = take(size ? size : 1);

        memcpy(copy, bytes, size);
        *slot = (struct literal){hash, copy, size};
        literals.count++;
    }
    return (void *)(uintptr_t)slot->bytes;
}

bool literal_owns(uintptr_t start, uintptr_t end)
{
    const struct literal_chunk *chunk;

    for (chunk = literals.chunks; chunk; chunk = chunk->next)
        if ((uintptr_t)chunk < end && (uintptr_t)chunk + chunk->size > start)
            return true;
    return false;
}
