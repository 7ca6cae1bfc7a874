/* health.h -- a command that says whether a program is well, run again and again.
 *
 *      (waiting for its time) --> running --ends with 0--> (waiting for its time) ...
 *                                    +---- anything else, or too long --> failed
 *
 * It is run by /bin/sh with KITSUNE_PID in its environment, in a process group of its own.
 */
#ifndef KITSUNE_TOOL_HEALTH_H
#define KITSUNE_TOOL_HEALTH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct health {
    const char *command; /* NULL: none, all is well */
    int64_t interval;    /* nanoseconds from one beginning to the next */
    int64_t patience;    /* how long one run may take */
    pid_t child;         /* 0: not running */
    int child_descriptor, output;
    int64_t next, deadline; /* moments: of the next beginning; when this one has taken too long */
};

void health_begin(struct health *health, const char *command, double interval_seconds,
                  double patience_seconds, pid_t pid);
/* Does what there is to do now.  False when the program is not well, with the reason (malloc). */
bool health_go_on(struct health *health, char **reason);
/* When there is something to do again, unless `child_descriptor` (-1: none) becomes readable
 * first. */
int64_t health_next_moment(const struct health *health);
/* Ends a command that is running. */
void health_end(struct health *health);

#endif
