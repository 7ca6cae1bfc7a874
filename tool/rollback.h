/* rollback.h -- asking a program to return to the version before its last update. */
#ifndef KITSUNE_TOOL_ROLLBACK_H
#define KITSUNE_TOOL_ROLLBACK_H

#include "control/configuration.h"
#include "tell.h"

struct rollback {
    /* NULL: the one that the program kept, or one that is installed. */
    const char *transformer_path;
    bool allow_written;
    const char *cause; /* NULL: a person wants it */
    const struct configuration *configuration;
};

/* Asks, waits and tells.  The value is the exit status. */
int roll_back(const struct telling *telling, const struct process *process,
              const struct rollback *rollback);

#endif
