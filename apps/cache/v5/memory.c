/* memory.c -- malloc that does not return without memory. */
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

static void *checked(void *memory, size_t size)
{
    if (!memory && size) {
        fprintf(stderr, "cache: out of memory asking for %zu bytes; lower -m or -c\n", size);
        abort();
    }
    return memory;
}

void *allocate(size_t size)
{
    return checked(malloc(size), size);
}

void *allocate_zeroed(size_t count, size_t size)
{
    return checked(calloc(count, size), count * size);
}

void *reallocate(void *memory, size_t size)
{
    return checked(realloc(memory, size), size);
}
