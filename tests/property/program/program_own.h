/* program_own.h -- what the parts of the library use of each other, and programs do not. */
#ifndef PROPERTY_PROGRAM_OWN_H
#define PROPERTY_PROGRAM_OWN_H

#include "program.h"

void property_seed(uint64_t seed);

/* ---- program_text.c -------------------------------------------------------------------------- */

/* The text of a whole state. */
struct property_description {
    char *text;
    size_t length;
};
void property_describe(struct property_description *description, void (*describe_root)(void));
/* Frees every block that the last description passed. */
void property_release_owned(void);
size_t property_owned_count(void);

/* ---- program_memory.c ------------------------------------------------------------------------ */

/* A table that can grow to `size` bytes and costs what is used of it. */
void *property_reserve(size_t size);
/* From now on. */
void property_watch_memory(void);
/* Blocks that the runtime or the programs have allocated and not freed. */
long property_live_blocks(void);
/* calloc and free of what counts. */
void *property_take(size_t size);
void property_give(void *block);
/* The runtime's n-th allocation from now on fails; 0: none does. */
void property_fail_allocation(long n);

#endif
