/* memory.h -- malloc that does not return without memory. */
#ifndef RADIO_MEMORY_H
#define RADIO_MEMORY_H

#include <stddef.h>

void *allocate(size_t size);
void *allocate_zeroed(size_t size);
void *reallocate(void *memory, size_t size);
char *duplicate(const char *text);

#endif
