/* clang_arguments.h -- a gcc command line as libclang understands it, for the analysis only. */
#ifndef REWRITER_CLANG_ARGUMENTS_H
#define REWRITER_CLANG_ARGUMENTS_H

#include "arguments.h"

/* Adds to `result` what decides how a C file is read: macros, folders, language, target.  What
 * only decides how code is generated is left out, for clang may not know it. */
void clang_arguments_make(const struct command *command, const char *kitsune_folder,
                          struct string_list *result);

#endif
