/* match.h -- the plan of an update: what becomes of every variable, type and function.
 *
 *      program (old) --+
 *                      +--> plan: pairs, variable plans, local plans, function plans --> emit
 *      program (new) --+
 *      spec -----------+
 *
 *      view.h       a type as one declaration shows it
 *      plan.h       what the plan consists of, and how it is had
 *      rules.h      what the rules say of a thing
 *      building.h   how conversions are built
 */
#ifndef XFGEN_MATCH_H
#define XFGEN_MATCH_H

#include <stdio.h>

#include "building.h"

/* Writes the transformer's C; `name` is the file it will be in.  With `linked_in` it is to be
 * linked into the new version, whose build ID and addresses that changes.  False when the stream
 * failed or a block named something unknown. */
bool emit_transformer(struct plan *plan, FILE *stream, const char *name, bool linked_in);

#endif
