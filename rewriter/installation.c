/* installation.c -- where kitcc's companions are.  See installation.h. */
#include "installation.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

/* Debian keeps libraries of different machines apart. */
static char *find_library_folder(const char *prefix)
{
    char *plain = format_string("%slib", prefix);
    char *of_machine = format_string("%slib/" MULTIARCH, prefix);
    char *library = format_string("%s/libkitsune.so", of_machine);
    bool is_of_machine = *MULTIARCH && !access(library, R_OK);
    free(library);
    free(is_of_machine ? plain : of_machine);
    return is_of_machine ? of_machine : plain;
}

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
    installation->library_folder = find_library_folder(prefix);
    installation->library = format_string("%s/libkitsune.so", installation->library_folder);
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
    free(installation->library);
    free(installation->entry_object);
    free(installation->analysis_program);
    *installation = (struct installation){0};
}
