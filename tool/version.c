/* version.c -- `kitsune version` */
#include <argp.h>
#include <stdio.h>

#include "command.h"

static const struct argp grammar = {
    .doc = "Shows the version of Kitsune.",
};

int version_command(int argument_count, char **arguments)
{
    argp_parse(&grammar, argument_count, arguments, 0, NULL, NULL);
    printf("kitsune %s\n", KITSUNE_VERSION);
    return STATUS_DONE;
}
