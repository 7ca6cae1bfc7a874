/* types_dot.h -- `kitsune types --dot`. */
#ifndef KITSUNE_INSPECT_TYPES_DOT_H
#define KITSUNE_INSPECT_TYPES_DOT_H

#include <stdbool.h>
#include <stdio.h>

struct plan;

/* The graph of types on the heap, for Graphviz.  With `is_update` what an update does about each is
 * shown; else the plan is that of a version with itself. */
void types_write_dot(struct plan *plan, bool is_update, FILE *stream);

#endif
