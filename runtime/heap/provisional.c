/* provisional.c -- memory that an update made by other ways than the engine's.
 *
 * What a rule, or the allocator of a type (E_CUSTOM), takes from malloc belongs to a new version
 * that may never be.  They say kitsune_provisional, and an abort frees it; after a commit it is
 * the program's like any other.  Threads that enter the new version may say so, too.
 */
#include "engine.h"
#include "program/program.h"

#include <kitsune.h>
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

KITSUNE_PUBLIC void kitsune_provisional(void *memory)
{
    pthread_mutex_lock(&lock);
    if (heap.active && memory)
        *(void **)block_vector_append(&heap.provisional, sizeof memory) = memory;
    pthread_mutex_unlock(&lock);
}

void provisional_free(void)
{
    size_t i;

    for (i = 0; i < heap.provisional.count; i++)
        free(*(void **)block_vector_at(&heap.provisional, i, sizeof(void *)));
}
