/* command.h -- the subcommands of `kitsune`, one small file each. */
#ifndef KITSUNE_TOOL_COMMAND_H
#define KITSUNE_TOOL_COMMAND_H

#include <stddef.h>

/* Exit statuses, as the manual page promises them. */
enum {
    STATUS_DONE = 0,
    STATUS_REFUSED = 1,    /* refused or aborted: the old version runs on */
    STATUS_USAGE = 2,
    STATUS_NO_PROGRAM = 3, /* no such process, or none that Kitsune runs */
};

struct command {
    const char *name;
    const char *summary;
    /* arguments[0] is "kitsune NAME", for messages. */
    int (*run)(int argument_count, char **arguments);
};

extern const struct command commands[];
extern const size_t command_count;

const struct command *find_command(const char *name);
/* And which one may be meant. */
void say_unknown_command(const char *who, const char *name);

/* lib/kitsune/kitsune-inspect; malloc, NULL without /proc. */
char *inspector_path(void);

int run_command(int argument_count, char **arguments);
int update_command(int argument_count, char **arguments);
int rollback_command(int argument_count, char **arguments);
int status_command(int argument_count, char **arguments);
int log_command(int argument_count, char **arguments);
int inspect_command(int argument_count, char **arguments); /* diff, check, types */
int symbols_command(int argument_count, char **arguments);
int keygen_command(int argument_count, char **arguments);
int sign_command(int argument_count, char **arguments);
int verify_command(int argument_count, char **arguments);
int version_command(int argument_count, char **arguments);
int help_command(int argument_count, char **arguments);

#endif
