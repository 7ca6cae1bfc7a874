/* help.c -- `kitsune help [COMMAND]` */
#include <stdio.h>
#include <string.h>

#include "command.h"

static void list_commands(FILE *stream)
{
    fprintf(stream, "usage: kitsune COMMAND [argument...]\n\n");
    for (size_t i = 0; i < command_count; i++)
        fprintf(stream, "  %-9s %s\n", commands[i].name, commands[i].summary);
    fprintf(stream, "\n`kitsune help COMMAND` explains one; man kitsune has the whole story.\n");
}

int help_command(int argument_count, char **arguments)
{
    if (argument_count < 2) {
        list_commands(argument_count ? stdout : stderr);
        return STATUS_DONE;
    }
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(commands[i].name, arguments[1]) != 0)
            continue;
        if (commands[i].run == help_command) {
            list_commands(stdout);
            return STATUS_DONE;
        }
        char name[32], option[] = "--help";
        snprintf(name, sizeof name, "kitsune %s", arguments[1]);
        char *help_arguments[] = {name, option, NULL};
        return commands[i].run(2, help_arguments);
    }
    fprintf(stderr, "kitsune help: there is no command '%s'\n", arguments[1]);
    return STATUS_USAGE;
}
