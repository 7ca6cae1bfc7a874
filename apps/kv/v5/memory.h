/* memory.h -- malloc that does not return without memory.
 *
 * A key-value server without memory has nothing sensible left to answer: it says so and ends. */
#ifndef KV_MEMORY_H
#define KV_MEMORY_H

#include <stddef.h>

void *allocate(size_t size);
void *allocate_zeroed(size_t count, size_t size);
void *reallocate(void *memory, size_t size);

#endif
