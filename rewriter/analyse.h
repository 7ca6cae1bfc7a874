/* analyse.h -- what kitcc knows about one C source file of its command. */
#ifndef REWRITER_ANALYSE_H
#define REWRITER_ANALYSE_H

#include "arguments.h"
#include "findings.h"
#include "installation.h"

struct unit {
    size_t index;         /* of the source in the command's arguments */
    const char *path;     /* as given; "-" for standard input */
    struct text contents; /* empty when it was not read */
    struct string_list misspelt; /* notes, for when the compiler fails */
    bool was_read;
    bool was_analysed;
    struct findings findings;
};

/* Reads the source and, when it may have annotations, has it analysed.  Shows warnings. */
void unit_analyse(struct unit *unit, const struct command *command,
                  const struct installation *installation);
/* How messages and debug information call it. */
const char *unit_name(const struct unit *unit);
bool unit_is_standard_input(const struct unit *unit);
void unit_free(struct unit *unit);

/* A file in memory with these contents, open at its start; it may be named to the compiler as
 * /proc/self/fd/NUMBER.  -1, after a message, when there is no room. */
int memory_file(const char *name, const struct text *contents);

#endif
