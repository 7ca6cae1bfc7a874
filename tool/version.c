/* version.c -- `kitsune version` */
#include <stdio.h>

#include "command.h"
#include "given.h"
#include "show.h"

static const struct argp grammar = {
    .options = given_options,
    .parser = given_parse,
    .doc = "Shows the version of Kitsune.\v"
           "Example: does this machine have the version that we need?\n\n"
           "  kitsune version --json | jq -r .version\n\n"
           "Exit status: 0 done; 2 usage.",
};

int version_command(int argument_count, char **arguments)
{
    struct given given = {0};
    argp_parse(&grammar, argument_count, arguments, 0, NULL, &given);
    if (given.as_json)
        print_json(json_pack("{s:s}", "version", KITSUNE_VERSION));
    else
        printf("kitsune %s\n", KITSUNE_VERSION);
    return STATUS_DONE;
}
