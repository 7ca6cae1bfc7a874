/* written.h -- hand-written transformers: functions of the new version named
 * _kitsune_transform_..., usually hidden, so found in its symbol table. */
#ifndef KITSUNE_RUNTIME_WRITTEN_H
#define KITSUNE_RUNTIME_WRITTEN_H

#include <kitsune.h>

#include "program/version.h"

void written_collect(struct version *version);
void written_forget(void);
/* The one for the variable or local of this key; NULL: there is none. */
xform_fn_t written_find(const char *key);
/* Another function of the version that has a name the runtime knows. */
void *written_find_function(const char *name);

#endif
