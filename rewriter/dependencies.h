/* dependencies.h -- makes a dependency file (-MD) read as if the original had been compiled. */
#ifndef REWRITER_DEPENDENCIES_H
#define REWRITER_DEPENDENCIES_H

#include "arguments.h"

struct dependency_fix {
    const char *records_path;    /* not a file of the user's: left out; NULL for none */
    const char *copy_folder;     /* names in here become names in ... ; NULL for no copy */
    const char *original_folder;
};

void dependencies_fix_text(const char *contents, const struct dependency_fix *fix,
                           struct text *result);
/* Every file that the compiler may have written dependencies to, for an input of this command. */
void dependencies_candidates(const struct command *command, const char *input,
                             struct string_list *paths);
/* Fixes the file when it exists and holds anything to be fixed. */
void dependencies_fix_file(const char *path, const struct dependency_fix *fix);

#endif
