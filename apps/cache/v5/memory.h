/* memory.h -- malloc for what the server cannot do without: it does not return without memory.
 * Items have an allocator of their own (slabs.h), which may say no. */
#ifndef CACHE_MEMORY_H
#define CACHE_MEMORY_H

#include <stddef.h>

void *allocate(size_t size);
void *allocate_zeroed(size_t count, size_t size);
void *reallocate(void *memory, size_t size);

#endif
