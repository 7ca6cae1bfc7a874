/* installation.c -- where kitcc's companions are.  See installation.h. */
#include "installation.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

bool installation_find(struct installation *installation)
{
    char *program = realpath("/proc/self/exe", NULL);
    if (!program) {
        fprintf(stderr, "kitcc: cannot find out where it is installed: /proc/self/exe: %s; "
                        "is /proc mounted?\n", strerror(errno));
        return false;
    }
    char *bin_folder = folder_of(program);
    bin_folder[strlen(bin_folder) - 1] = '\0';
    char *prefix = folder_of(bin_folder);

    installation->program = program;
    installation->include_folder = format_string("%sinclude", prefix);
    installation->library_folder = format_string("%slib", prefix);
    installation->entry_object = format_string("%slib/kitsune/entry.o", prefix);
    installation->analysis_program = format_string("%slib/kitsune/kitcc-analysis", prefix);
    free(bin_folder);
    free(prefix);
    return true;
}

void installation_free(struct installation *installation)
{
    free(installation->program);
    free(installation->include_folder);
    free(installation->library_folder);
    free(installation->entry_object);
    free(installation->analysis_program);
    *installation = (struct installation){0};
}
