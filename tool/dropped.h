/* dropped.h -- a request that was taken from the program's socket, and whose reply socket was
 * closed without a report: it could not be sent, or the request did not come whole.
 *
 * How the update went stands in the program's status as well; if not there, the request was
 * dropped.
 */
#ifndef KITSUNE_TOOL_DROPPED_H
#define KITSUNE_TOOL_DROPPED_H

#include <stdbool.h>
#include <stdint.h>

#include "process.h"

/* The report of the update that was asked for at `sent` (CLOCK_REALTIME), if the status has it. */
bool dropped_report_find(const struct process *process, int64_t sent, struct fields *answer);
/* Why there is none, as far as can be seen from here; malloc. */
char *dropped_describe(pid_t pid);

#endif
