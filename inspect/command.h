/* command.h -- the subcommands of kitsune that look into programs on disk, one file (or several,
 * with the command's name in front) each.
 *
 * They live in a program of their own, lib/kitsune/kitsune-inspect, so that `kitsune update` on a
 * production machine needs neither libdw nor the time to load it.  `kitsune diff ...` becomes
 * `kitsune-inspect diff ...`.
 */
#ifndef KITSUNE_INSPECT_COMMAND_H
#define KITSUNE_INSPECT_COMMAND_H

enum {
    STATUS_DONE = 0,
    STATUS_FOUND = 1, /* something stands against the update, or a file cannot be read */
    STATUS_USAGE = 2,
};

struct command {
    const char *name;
    /* arguments[0] is "kitsune NAME", for messages. */
    int (*run)(int argument_count, char **arguments);
};

int check_command(int argument_count, char **arguments);
int diff_command(int argument_count, char **arguments);
int types_command(int argument_count, char **arguments);
int where_command(int argument_count, char **arguments); /* for the tool, not for people */

#endif
