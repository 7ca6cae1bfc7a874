/* steps.h -- which step the update is in, and when it was in which: for the report and the history.
 *
 *      steps_begin  step_begins ... step_begins  steps_end
 *
 * Known to the thread that leads the update; a step ends where the next one begins.
 */
#ifndef KITSUNE_RUNTIME_STEPS_H
#define KITSUNE_RUNTIME_STEPS_H

#include "control/report.h"

/* The request has been taken: wall-clock time and moment. */
void steps_begin(struct report *report);
void step_begins(enum step step);
/* A step that is over. */
void step_was(enum step step, int64_t begin, int64_t end);
enum step step_now(void);
/* The last step has ended. */
void steps_end(void);

#endif
