/* run.c -- `kitsune run PROGRAM.so [argument...]`: becomes the driver, so that the process is the
 * program's from the beginning to the end. */
#include <argp.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "common/message.h"

static error_t parse(int key, char *argument, struct argp_state *state)
{
    int *program = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        (void)argument;
        *program = state->next - 1;
        state->next = state->argc; /* the rest is the program's */
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name the program: the .so that kitcc -shared made");
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp grammar = {
    .parser = parse,
    .args_doc = "PROGRAM.so [ARGUMENT...]",
    .doc = "Runs a program that kitcc has built, in the foreground: this process becomes the "
           "program, and keeps its number through all updates.  Its main gets the arguments as if "
           "it were an executable.\v"
           "Example: a server, to be updated by `kitsune update`\n\n"
           "  kitsune run ./server-1.so --port 6379\n\n"
           "Exit status: the program's own; 126 it cannot be run; 127 it is not there.",
};

/* The driver lies beside this executable. */
static char *driver_path(void)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return NULL;
    self[length] = '\0';
    return message_format("%s/driver", dirname(self));
}

int run_command(int argument_count, char **arguments)
{
    int program = 0;
    argp_parse(&grammar, argument_count, arguments, ARGP_IN_ORDER, NULL, &program);
    char *driver = driver_path();
    if (!driver) {
        fprintf(stderr, "kitsune run: cannot read /proc/self/exe: %s: mount /proc\n",
                strerror(errno));
        return STATUS_REFUSED;
    }
    /* The place before the program's path is free for the driver's own argv[0]. */
    arguments[program - 1] = driver;
    execv(driver, arguments + program - 1);
    fprintf(stderr, "kitsune run: cannot run %s: %s: reinstall Kitsune\n", driver,
            strerror(errno));
    free(driver);
    return STATUS_REFUSED;
}
