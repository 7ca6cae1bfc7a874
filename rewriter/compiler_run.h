/* compiler_run.h -- one run of the real compiler, while it is put together.
 *
 *      compiler  before...  the user's arguments, some replaced or left out  after...
 *
 * The records go in by -include of a file in memory, so the source itself is compiled untouched:
 * names, lines and columns are the user's.  With clang, that file and an overlay also keep static
 * variables whole (whole_statics.h); code that is to be put in goes the same way.  With gcc,
 * sources with code put in (E_NOTELOCALS) are compiled from a copy (source_copy.h).
 */
#ifndef REWRITER_COMPILER_RUN_H
#define REWRITER_COMPILER_RUN_H

#include "compile.h"
#include "source_copy.h"
#include "source_overlay.h"

struct compiler_run {
    const struct compilation *compilation;
    struct string_list before; /* ahead of the user's arguments */
    struct string_list after;
    const char **replacements; /* for each of the user's arguments: NULL as it is, "" left out */
    bool *is_object;           /* the replacement is an object, whatever -x says */
    struct source_copy *copies; /* one for each unit, mostly empty */
    struct source_overlay overlay;
    char *records_path;
    int records_descriptor;
    int input;                 /* what standard input is to be, or -1 */
};

/* With kitcc's own arguments for a command, which is the compilation's or one derived from it. */
void run_begin(struct compiler_run *run, const struct compilation *compilation,
               const struct command *command);
void run_end(struct compiler_run *run);

/* Leaves out every input but this one; an index among the arguments. */
void run_keep_only_input(struct compiler_run *run, size_t index);
/* False, with a message, when there is no room.  So are the next two. */
bool run_add_records(struct compiler_run *run, const struct string_list *records);
/* The source itself, or what is to be compiled in its place. */
bool run_use_unit(struct compiler_run *run, size_t unit_number);
/* When every unit that is to be compiled was added. */
bool run_is_complete(struct compiler_run *run);

/* Runs the compiler as a child, and makes its dependency files right; returns its status. */
int run_now(struct compiler_run *run);
/* Becomes the compiler.  Returns only when it cannot be started. */
int run_become(struct compiler_run *run);

#endif
