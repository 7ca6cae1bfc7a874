/* installation.h -- where kitcc's companions are: found from its own place, so that a build tree
 * and an installed copy work alike, from any folder.
 *
 *      PREFIX/bin/kitcc
 *      PREFIX/include/kitsune.h
 *      PREFIX/lib/libkitsune.so            or PREFIX/lib/x86_64-linux-gnu/, as Debian has it
 *      PREFIX/lib/kitsune/entry.o          what every application version is linked with
 *      PREFIX/lib/kitsune/kitcc-analysis   the part that needs libclang
 */
#ifndef REWRITER_INSTALLATION_H
#define REWRITER_INSTALLATION_H

#include <stdbool.h>

struct installation {
    char *program; /* kitcc itself */
    char *include_folder;
    char *library_folder;
    char *library; /* in that folder */
    char *entry_object;
    char *analysis_program;
};

/* False, with a message on standard error, when /proc is not there to tell. */
bool installation_find(struct installation *installation);
void installation_free(struct installation *installation);

#endif
