/* memory.c -- malloc that does not return without memory. */
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory, size_t size)
{
    if (!memory && size) {
        fprintf(stderr, "radio: out of memory asking for %zu bytes; allow fewer listeners\n", size);
        abort();
    }
    return memory;
}

void *allocate(size_t size)
{
    return checked(malloc(size), size);
}

void *allocate_zeroed(size_t size)
{
    return checked(calloc(1, size), size);
}

void *reallocate(void *memory, size_t size)
{
    return checked(realloc(memory, size), size);
}

char *duplicate(const char *text)
{
    return checked(strdup(text), strlen(text) + 1);
}
