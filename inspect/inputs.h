/* inputs.h -- two versions and the rules between them, read and planned: what a diff is made of,
 * and a graph of types. */
#ifndef KITSUNE_INSPECT_INPUTS_H
#define KITSUNE_INSPECT_INPUTS_H

#include "match.h"

struct inputs {
    struct program *old_program, *new_program;
    struct messages planning;      /* about the versions, and what becomes of them */
    struct messages spec_messages; /* about what is wrong with the rules themselves */
    struct spec *spec;
    struct set_aside set_aside;    /* the rules with mistakes in them; empty without mistakes */
    bool is_set_aside;
    struct plan *plan;
};

/* `inputs` must be zeroed; `spec_path` may be NULL.  False when a file cannot be read; what there
 * is to say has been said then.  To be freed in any case. */
bool inputs_load(struct inputs *inputs, const char *old_path, const char *new_path,
                 const char *spec_path);
void inputs_free(struct inputs *inputs);

#endif
