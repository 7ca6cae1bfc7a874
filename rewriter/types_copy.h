/* types_copy.h -- the types file that build rules of the published tool expect. */
#ifndef REWRITER_TYPES_COPY_H
#define REWRITER_TYPES_COPY_H

#include "arguments.h"

/* After the command has been carried out.  False, with a message, when the file cannot be made. */
bool types_copy(const struct command *command, const char *path);

#endif
