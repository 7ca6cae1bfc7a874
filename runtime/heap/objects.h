/* objects.h -- making old addresses objects of their own, and meeting them again: objects.c. */
#ifndef KITSUNE_HEAP_OBJECTS_H
#define KITSUNE_HEAP_OBJECTS_H

#include <stdlib.h>

#include "engine.h"

void *allocate_aligned(size_t alignment, size_t size);

/* Inline: there is one for each object that moves. */
static inline uintptr_t allocate(const struct pair_state *state, size_t size)
{
    const struct kitsune_type_pair *pair = state->pair;
    void *memory = pair->allocate        ? pair->allocate(size ? size : 1)
                   : pair->new_alignment ? allocate_aligned(pair->new_alignment, size ? size : 1)
                                         : malloc(size ? size : 1);

    if (!memory)
        update_fail("out of memory: %zu bytes for a new %s", size, state->pair->name);
    return (uintptr_t)memory;
}

/* The address is that of a record for the same pair. */
uintptr_t reach_known(const struct pair_state *state, size_t index, size_t count, bool is_array);
/* The address is known as an object of another type, and neither type occurs inside the other (or
 * it would have been deferred): a cast, or a struct that repeats another's first members. */
uintptr_t reach_as_other_type(const struct pair_state *state, uintptr_t address, size_t count,
                              size_t index);

#endif
