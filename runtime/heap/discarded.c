/* discarded.c -- old objects that a rule built something else out of.
 *
 * A rule must not free them itself, for the update may still be aborted; it says
 * kitsune_xf_discard, and they are freed with the other old objects at commit.
 */
#include "engine.h"

#include <stdlib.h>

void kitsune_xf_discard(void *old)
{
    if (old)
        *(void **)block_vector_append(&heap.discarded, sizeof old) = old;
}

void discarded_free(void)
{
    size_t i;

    for (i = 0; i < heap.discarded.count; i++)
        free(*(void **)block_vector_at(&heap.discarded, i, sizeof(void *)));
}
