/* own_arguments.h -- what kitcc adds to a command of the user's. */
#ifndef REWRITER_OWN_ARGUMENTS_H
#define REWRITER_OWN_ARGUMENTS_H

#include "arguments.h"
#include "installation.h"

/* `before` goes ahead of the user's arguments (which may thus override it), `after` behind. */
void own_arguments_make(const struct command *command, const struct installation *installation,
                        bool is_clang, struct string_list *before, struct string_list *after);

#endif
