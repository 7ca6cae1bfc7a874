/* previous.h -- the version before the last update, kept so that the program can return to it.
 *
 *      commit of A -> B      A's sealed image stays, and with it the transformer B -> A, when one
 *                            came with the update or was found installed beside A
 *      rollback B -> A       an update like any other, from these; B is kept then, and the way
 *                            back to it is the transformer by which it was first entered
 *
 * One version is kept, not a chain: a rollback after a rollback returns to the newer one.  It costs
 * the memory of its file (and of the transformer's), of which the program maps nothing that it
 * would run; when the request or the program's settings say keep-previous = no, it is not kept.
 */
#ifndef KITSUNE_RUNTIME_PREVIOUS_H
#define KITSUNE_RUNTIME_PREVIOUS_H

#include <stdbool.h>

#include "common/fields.h"
#include "files/preparation.h"
#include "program/version.h"

/* At the commit: keeps the image of the version that was left, which is to be unloaded unless it
 * must stay.  Takes over `reverse`, the transformer that leads back to it; NULL: none is known.
 * Does not fail. */
void previous_keep(struct version *left, struct image *reverse, bool is_to_be_forgotten);
/* Unloads it, and gives back what was kept before it.  The program need not stand still for
 * that. */
void previous_give_back(void);

/* NULL: no update has happened. */
const char *previous_build_id(void);
const char *previous_path(void);
/* Nothing else is needed to return to it. */
bool previous_is_ready(void);

/* The files of a rollback to the version of this build.  Takes over the sealed copy of a
 * transformer, or uses the one that was kept when there is none (-1).  False with a message
 * (malloc). */
bool previous_prepare(struct preparation *preparation, const struct wanted_update *wanted,
                      int transformer_number, char **message);

/* previous_path, previous_build_id, and rollback: a word of way_back.h. */
void previous_write(struct text *text);

#endif
