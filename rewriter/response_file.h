/* response_file.h -- "@file" on the command line: more arguments, kept in a file. */
#ifndef REWRITER_RESPONSE_FILE_H
#define REWRITER_RESPONSE_FILE_H

#include "text.h"

/* Cuts the contents of a response file into arguments as gcc does: separated by white space;
 * quotes of both kinds and backslashes protect what follows them. */
void response_file_split(const char *contents, struct string_list *arguments);
/* The contents of a response file that gives these arguments. */
void response_file_join(const struct string_list *arguments, struct text *contents);
/* `given` with every @file that can be read replaced by what it contains, also inside response
 * files.  One that cannot be read stays as it is, as with gcc. */
void response_files_expand(int count, char *const *given, struct string_list *arguments);

#endif
