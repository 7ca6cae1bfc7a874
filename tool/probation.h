/* probation.h -- the time after an update in which the version before stands by, as the tool
 * sees it.
 *
 * The program itself goes back after a crash, and tells; the health command is the tool's
 * business: it asks for a rollback when that fails.
 */
#ifndef KITSUNE_TOOL_PROBATION_H
#define KITSUNE_TOOL_PROBATION_H

#include "control/configuration.h"
#include "tell.h"

struct probation_watch {
    const char *health_command; /* NULL: none */
    double health_interval;     /* seconds */
    double health_timeout;
    const struct configuration *configuration;
};

/* After the commit: waits for the end of the probation and tells how it went.  `answer` is the
 * update's report, `reply` where the program tells more.  The value is the exit status. */
int probation_wait(const struct telling *telling, const struct process *process,
                   const struct fields *answer, int reply);

#endif
