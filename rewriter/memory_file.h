/* memory_file.h -- files that only the compiler sees: no name, nothing left over. */
#ifndef REWRITER_MEMORY_FILE_H
#define REWRITER_MEMORY_FILE_H

#include "text.h"

/* A file in memory with these contents, open at its start; it may be named to the compiler as
 * /proc/self/fd/NUMBER.  -1, after a message, when there is no room. */
int memory_file(const char *name, const struct text *contents);

#endif
