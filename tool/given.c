/* given.c -- see given.h. */
#include "given.h"

#include "process.h"

enum { OPTION_JSON = 256 };

const struct argp_option given_options[] = {
    {"json", OPTION_JSON, NULL, 0, "print JSON", 0},
    {0},
};

error_t given_parse(int key, char *argument, struct argp_state *state)
{
    struct given *given = state->input;
    switch (key) {
    case OPTION_JSON:
        given->as_json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num >= given->most)
            argp_error(state, "too many arguments: '%s'", argument);
        if (state->arg_num == 0 && given->begins_with_process)
            given->pid = process_argument(argument, state);
        given->names[state->arg_num] = argument;
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < given->least)
            argp_error(state, "%s", given->missing);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}
