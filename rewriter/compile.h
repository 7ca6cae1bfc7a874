/* compile.h -- carries out a compiler command, with annotations and inserted code. */
#ifndef REWRITER_COMPILE_H
#define REWRITER_COMPILE_H

#include "analyse.h"

struct compilation {
    const struct command *command;
    const struct installation *installation;
    const struct string_list *compiler; /* the words of the real compiler */
    struct unit *units;
    size_t unit_count;
    bool keeps_statics; /* clang is kept from taking static variables to pieces */
    bool is_not_last; /* kitcc has more to do when the compiler is done */
};

/* True when any unit has something for the object file or is to be changed. */
bool compilation_changes_sources(const struct compilation *compilation);

/* Nothing to add but options: becomes the real compiler, unless there is more to do. */
int compile_plainly(const struct compilation *compilation);
/* Runs the real compiler; returns its exit status. */
int compile_changed(const struct compilation *compilation);

#endif
