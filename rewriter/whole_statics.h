/* whole_statics.h -- keeps clang from taking static variables to pieces.
 *
 * When nobody takes its address, clang's optimiser makes several variables of a static struct or
 * array, a truth value of a number, a constant of what is never written, and nothing of what is
 * never read; neither debug information nor symbols then say what became of it, and an update
 * could not carry the value over.  An annotation counts as a use of the whole variable, and costs
 * nothing more: it is not in the object file.  So every variable of a source gets one,
 *
 *      #pragma clang attribute push(__attribute__((annotate(...))), apply_to = variable(is_global))
 *      the source
 *      #pragma clang attribute pop
 *
 * the first line by what is included ahead of it, the last by a source overlay.  (gcc needs no
 * such thing but an option, see own_arguments.c.)
 */
#ifndef REWRITER_WHOLE_STATICS_H
#define REWRITER_WHOLE_STATICS_H

#include "analyse.h"

/* True when the source's text can be replaced.  What is preprocessed counts as a source, too. */
bool whole_statics_possible(const struct unit *unit, const struct command *command);
/* What goes ahead of all sources but those that are preprocessed. */
void whole_statics_begin(struct text *text);
/* The whole text to be compiled, with the insertions. */
void whole_statics_source(const struct unit *unit, struct text *text);

#endif
