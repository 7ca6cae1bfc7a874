/* real_compiler.h -- running the real compiler, and kitcc's other children.
 *
 * While a child runs, signals that would end kitcc are passed on to the child and remembered, so
 * that temporary files are removed before kitcc ends by the same signal.
 */
#ifndef REWRITER_REAL_COMPILER_H
#define REWRITER_REAL_COMPILER_H

#include "text.h"

/* The words of the compiler's command: --kitsune-cc=..., else KITSUNE_CC, else gcc.  Several
 * words ("ccache gcc") are separated by blanks.  False, with a message, when it is kitcc itself. */
bool real_compiler_find(const char *chosen, const char *own_program,
                        struct string_list *command);

/* True when the compiler is clang, by its name. */
bool real_compiler_is_clang(const struct string_list *command);

/* Becomes the command.  Returns only when it cannot be started: 127, after a message. */
int real_compiler_become(const struct string_list *command);

/* Runs the command, standard input taken from `input` (or as it is, when -1).  Returns its exit
 * status, 128 + signal when it died of one. */
int run_command(const struct string_list *command, int input);

/* Runs the command and collects its standard output. */
int run_and_read(const struct string_list *command, struct text *output);

/* After everything is cleaned up: ends kitcc by the signal that arrived meanwhile, if any. */
void end_by_pending_signal(void);

#endif
