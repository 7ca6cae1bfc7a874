/* types_json.h -- the type model as JSON. */
#ifndef KITSUNE_INSPECT_TYPES_JSON_H
#define KITSUNE_INSPECT_TYPES_JSON_H

#include "model.h"

/* False when it cannot be written. */
bool types_print_json(const struct program *program, FILE *stream);

#endif
