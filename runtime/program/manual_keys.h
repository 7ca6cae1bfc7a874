/* manual_keys.h -- variables marked E_MANUAL_MIGRATE, for automigration without a generated
 * transformer: read from the version's .kitsune section (docs/annotations-section.md). */
#ifndef KITSUNE_RUNTIME_MANUAL_KEYS_H
#define KITSUNE_RUNTIME_MANUAL_KEYS_H

#include <stdbool.h>

#include "program/version.h"

/* `key` may be a static of a function with a number instead of the function's name: then every
 * marked static of that name counts. */
bool manual_keys_contain(struct version *version, const char *key);
void manual_keys_forget(void);

#endif
