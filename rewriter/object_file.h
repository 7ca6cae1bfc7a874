/* object_file.h -- what objects and archives on a link command define, read without libraries.
 *
 * Only as much of ELF as kitcc has to know: the names and the visibility of defined global
 * symbols.  An archive is the objects in it.  What is not well-formed is left to the linker.
 */
#ifndef REWRITER_OBJECT_FILE_H
#define REWRITER_OBJECT_FILE_H

#include "text.h"

enum object_kind {
    OBJECT_PLAIN,        /* an ELF object, or an archive of such: its symbols can be seen */
    OBJECT_INTERMEDIATE, /* compiler bitcode or a thin archive: they cannot */
    OBJECT_FOREIGN,      /* a shared object, a linker script, anything else */
};

enum object_kind object_kind(const struct text *contents);

/* True when a global symbol of this name is defined.  For gcc's link-time optimisation the
 * compiler's own list is searched, where the end of a longer name counts as well. */
bool object_defines(const struct text *contents, const char *name);

/* Makes hidden global symbols visible, in place.  True when there was one. */
bool object_show_hidden(struct text *contents);

#endif
