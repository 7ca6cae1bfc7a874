/* deferred.h -- what the files that defer and resolve pointers share: deferred.c, locals.c,
 * placeholders.c. */
#ifndef KITSUNE_HEAP_DEFERRED_H
#define KITSUNE_HEAP_DEFERRED_H

#include "engine.h"

struct deferred_target {
    uint32_t record; /* index in the log */
    uint8_t kind;
    bool resolved;
    bool is_empty_array; /* some pointer to it is one to an array without elements */
    bool is_array;       /* some pointer to it is one to an array with elements */
};

struct deferred_target *deferred_target_at(size_t index);
size_t deferred_target_count(void);
/* The target is a place in something that is known. */
void resolve_inside(struct deferred_target *target, uintptr_t new);

#endif
