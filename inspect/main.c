/* kitsune-inspect -- finds the subcommand and runs it.  See command.h. */
#include "command.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command commands[] = {
    {"check", check_command},
    {"diff", diff_command},
    {"types", types_command},
    {"where", where_command},
    {NULL, NULL},
};

int main(int argument_count, char **arguments)
{
    const struct command *command;
    char name[64];

    argp_err_exit_status = STATUS_USAGE;
    if (argument_count < 2) {
        fprintf(stderr, "kitsune-inspect: say which command; this program is run by `kitsune`\n");
        return STATUS_USAGE;
    }
    for (command = commands; command->name; command++) {
        if (strcmp(command->name, arguments[1]) != 0)
            continue;
        /* argp prints the whole name in its usage lines. */
        snprintf(name, sizeof name, "kitsune %s", command->name);
        arguments[1] = name;
        return command->run(argument_count - 1, arguments + 1);
    }
    fprintf(stderr, "kitsune-inspect: there is no command '%s'\n", arguments[1]);
    return STATUS_USAGE;
}
