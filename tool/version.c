/* version.c -- `kitsune version` */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "command.h"
#include "show.h"

enum { OPTION_JSON = 256 };

static const struct argp_option option_list[] = {
    {"json", OPTION_JSON, NULL, 0, "print JSON", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    bool *as_json = state->input;
    switch (key) {
    case OPTION_JSON:
        *as_json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "too many arguments: '%s'", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp grammar = {
    .options = option_list,
    .parser = parse,
    .doc = "Shows the version of Kitsune.\v"
           "Example: does this machine have the version that we need?\n\n"
           "  kitsune version --json | jq -r .version\n\n"
           "Exit status: 0 done; 2 usage.",
};

int version_command(int argument_count, char **arguments)
{
    bool as_json = false;
    argp_parse(&grammar, argument_count, arguments, 0, NULL, &as_json);
    if (as_json)
        print_json(json_pack("{s:s}", "version", KITSUNE_VERSION));
    else
        printf("kitsune %s\n", KITSUNE_VERSION);
    return STATUS_DONE;
}
