/* given.h -- the arguments of commands that take --json, if anything, and a few names.
 *
 *      struct given given = {.least = 1, .most = 1, .missing = "name the pair of keys"};
 *      argp_parse(&grammar, argument_count, arguments, 0, NULL, &given);
 *
 * where the grammar's parser is given_parse and its options, if --json is one, given_options.
 */
#ifndef KITSUNE_TOOL_GIVEN_H
#define KITSUNE_TOOL_GIVEN_H

#include <argp.h>
#include <stdbool.h>
#include <sys/types.h>

enum { MOST_GIVEN = 2 };

struct given {
    /* What the command wants. */
    unsigned least, most;
    bool begins_with_process;
    const char *missing; /* said when there are fewer than the least */
    /* What it got. */
    const char *names[MOST_GIVEN];
    pid_t pid;           /* of the first; 0: not given */
    bool as_json;
};

extern const struct argp_option given_options[];
error_t given_parse(int key, char *argument, struct argp_state *state);

#endif
