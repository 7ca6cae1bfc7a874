/* reserve.c -- memory for the runtime's own things when malloc has none left.  See reserve.h.
 *
 *      | last words | block | block | block | ......... not used yet ......... |
 *                   ^ FIRST                 ^ end
 *
 * Blocks are taken one behind the other, and the area is empty again when all have come back:
 * what is taken here belongs to an update that is being given up.  `end` and the number of blocks
 * change together, in one word, so that neither a thread nor a signal handler needs a lock.
 *
 * There are several such areas, because something stays: the report of an update, until the next
 * one's takes its place.  So each update begins in an area that is empty, if there is one, and
 * updates that are tried again and again while there is no memory do not use it up.
 */
#include "common/reserve.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { AREAS = 3, SIZE = 4 << 20, FIRST = 256, ALIGNMENT = 16 };

/* In front of what is handed out. */
struct block {
    size_t size;
    size_t unused;
};
_Static_assert(sizeof(struct block) == ALIGNMENT, "what follows is aligned as malloc's memory is");

/* Pages of them that are never needed are never there. */
static char areas[AREAS][SIZE] __attribute__((aligned(64)));
static _Atomic uint64_t states[AREAS]; /* end << 32 | number of blocks; 0: not started */
static _Atomic unsigned current;       /* the area that is asked first */
static _Atomic bool used;
static void (*when_exhausted)(void);

static uint64_t state_of(uint64_t end, uint64_t count)
{
    return end << 32 | count;
}

void reserve_start(void (*exhausted)(void))
{
    strcpy(areas[0], "out of memory: not even the runtime's reserve has any left");
    when_exhausted = exhausted;
    for (unsigned i = 0; i < AREAS; i++)
        states[i] = state_of(FIRST, 0);
}

static void *take_from(unsigned area, size_t size)
{
    uint64_t before = states[area], end;
    if (!before || size > SIZE)
        return NULL;
    size_t whole = (sizeof(struct block) + size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    do {
        end = before >> 32;
        if (SIZE - end < whole)
            return NULL;
    } while (!atomic_compare_exchange_weak(&states[area], &before,
                                           state_of(end + whole, (uint32_t)before + 1)));
    used = true;
    struct block *block = (struct block *)(void *)(areas[area] + end);
    memset(block, 0, whole); /* it may have been used before */
    block->size = size;
    return block + 1;
}

void *reserve_take(size_t size)
{
    void *memory = NULL;
    for (unsigned i = 0, first = current; i < AREAS && !memory; i++)
        memory = take_from((first + i) % AREAS, size);
    return memory;
}

bool reserve_owns(const void *memory)
{
    return (uintptr_t)memory - (uintptr_t)areas < sizeof areas;
}

size_t reserve_size_of(const void *memory)
{
    return ((const struct block *)memory)[-1].size;
}

static void give_back(const void *memory)
{
    if (memory == areas[0])
        return;
    unsigned area = (unsigned)(((uintptr_t)memory - (uintptr_t)areas) / SIZE);
    uint64_t before = states[area], after;
    do {
        uint64_t count = (uint32_t)before - 1;
        after = state_of(count ? before >> 32 : FIRST, count);
    } while (!atomic_compare_exchange_weak(&states[area], &before, after));
}

bool reserve_was_used(void)
{
    return used;
}

static bool is_empty(unsigned area)
{
    return (uint32_t)states[area] == 0;
}

void reserve_watch(void)
{
    used = false;
    for (unsigned i = 0, first = current; i < AREAS; i++)
        if (is_empty((first + i) % AREAS)) {
            current = (first + i) % AREAS;
            return;
        }
}

void reserve_exhausted(void)
{
    static const char text[] = "kitsune: out of memory\n";
    if (when_exhausted)
        when_exhausted();
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) {
        /* Nobody is listening; there is nobody to tell. */
    }
    abort();
}

char *reserve_last_words(void)
{
    return areas[0];
}

/* ---- free, for this library ------------------------------------------------------------------ */

void __wrap_free(void *memory);
/* Weak: the tools are linked without it. */
void __real_free(void *memory) __attribute__((weak));

void __wrap_free(void *memory)
{
    if (__builtin_expect(reserve_owns(memory), 0))
        give_back(memory);
    else
        __real_free(memory);
}
