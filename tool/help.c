/* help.c -- `kitsune help [COMMAND]`, `kitsune help config` */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "control/configuration.h"

static void list_commands(FILE *stream)
{
    fprintf(stream, "usage: kitsune COMMAND [argument...]\n\n");
    for (size_t i = 0; i < command_count; i++)
        fprintf(stream, "  %-9s %s\n", commands[i].name, commands[i].summary);
    fprintf(stream, "\nA server that is updated while it runs:\n\n"
                    "  kitcc -O2 -shared server.c -o server-1.so       compile it, instead of cc\n"
                    "  kitsune run ./server-1.so                       run it: process 4711, say\n"
                    "  kitsune diff server-1.so server-2.so            what the next one changes\n"
                    "  xfgen server-1.so server-2.so server.xf --install\n"
                    "                                                  what converts its state\n"
                    "  kitsune update 4711 ./server-2.so               and update it\n"
                    "  kitsune log 4711                                how it went\n"
                    "\n`kitsune help COMMAND` explains one, with an example; `kitsune help config` "
                    "the settings.\nMost commands print JSON with --json.  man kitsune has the "
                    "whole story.\n");
}

/* ---- Settings -------------------------------------------------------------------------------- */

static void show_path(const char *whose, char *path)
{
    printf("  %-10s %s\n", whose, path ? path : "(none)");
    free(path);
}

static void show_values(const struct configuration *configuration)
{
    for (int key = 0; key < KEY_COUNT; key++) {
        char *value = configuration_key_value(configuration, key);
        const char *origin = configuration->origins[key];
        printf("  %s = %s\n      %s [%s]\n", configuration_key_name(key), value,
               configuration_key_summary(key), origin ? origin : "default");
        free(value);
    }
}

/* What the settings of this user are now, without the sections for single programs. */
static int explain_configuration(void)
{
    printf("Settings are `key = value` lines, read from\n\n");
    show_path("system", configuration_system_path());
    show_path("user", configuration_user_path());
    printf("\nwhere lines after [program PATTERN] are for programs of such a file name.  The\n"
           "environment overrides the files (KITSUNE_QUIESCE_TIMEOUT for quiesce-timeout), and\n"
           "options override the environment.  man 5 kitsune.conf explains each.  As set now:\n\n");
    struct configuration configuration;
    char *message;
    if (configuration_read(&configuration, NULL, &message) != CONFIGURATION_READ) {
        fflush(stdout);
        fprintf(stderr, "%s\n", message);
        free(message);
        return STATUS_USAGE;
    }
    show_values(&configuration);
    configuration_free(&configuration);
    return STATUS_DONE;
}

int help_command(int argument_count, char **arguments)
{
    if (argument_count < 2 || strcmp(arguments[1], "--help") == 0 ||
        strcmp(arguments[1], "-?") == 0) {
        list_commands(argument_count ? stdout : stderr);
        return STATUS_DONE;
    }
    if (strcmp(arguments[1], "config") == 0)
        return explain_configuration();
    const struct command *command = find_command(arguments[1]);
    if (!command) {
        say_unknown_command("kitsune help", arguments[1]);
        return STATUS_USAGE;
    }
    if (command->run == help_command) {
        list_commands(stdout);
        return STATUS_DONE;
    }
    char name[32], option[] = "--help";
    snprintf(name, sizeof name, "kitsune %s", arguments[1]);
    char *help_arguments[] = {name, option, NULL};
    return command->run(2, help_arguments);
}
