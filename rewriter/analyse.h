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
    bool is_preprocessed; /* never analysed */
    bool was_read;
    bool was_analysed;
    struct findings findings;
};

/* Reads the source.  What cannot be read twice is left to the compiler, and messages too. */
void unit_read(struct unit *unit);
/* Has a source that was read analysed, when it may have annotations.  Shows warnings. */
void unit_analyse(struct unit *unit, const struct command *command,
                  const struct installation *installation);
/* How messages and debug information call it. */
const char *unit_name(const struct unit *unit);
bool unit_is_standard_input(const struct unit *unit);
void unit_free(struct unit *unit);

#endif
