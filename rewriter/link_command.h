/* link_command.h -- what a link command makes, and how the command for a version follows from it.
 *
 *      cc a.o b.o -o server            an executable
 *      cc -shared a.o b.o -o x.so      a version, when main or a transformer is in it;
 *                                      else a shared library of the program's own
 *      cc -kitsune-app ... -o server   the executable, and then the version server.so
 */
#ifndef REWRITER_LINK_COMMAND_H
#define REWRITER_LINK_COMMAND_H

#include "arguments.h"

/* True when the command links an executable of which there can be a version. */
bool links_executable(const struct command *command);

/* For -shared: does what is linked make a version (or a transformer)?  In doubt, yes. */
bool links_version(const struct command *command);

/* The command that links the version for one that links an executable: shared, named `output`,
 * with its symbols kept. */
void version_command_make(const struct command *executable, const char *output,
                          struct string_list *arguments);

/* What kitcc compiles is hidden; an executable that shows its symbols to plug-ins (-rdynamic)
 * must have them all the same.  Replaces objects and archives by copies in memory. */
void show_symbols(struct command *command);

#endif
