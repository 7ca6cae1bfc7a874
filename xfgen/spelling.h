/* spelling.h -- "did you mean ...?"  Knows nothing of xfgen; kitcc and the runtime use it too. */
#ifndef KITSUNE_XFGEN_SPELLING_H
#define KITSUNE_XFGEN_SPELLING_H

#include <stddef.h>

/* The candidate nearest in spelling to `name`, or NULL when none is near (optimal string
 * alignment distance, at most a third of the length). */
const char *did_you_mean(const char *name, const char *const *candidates, size_t count);

#endif
