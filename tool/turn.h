/* turn.h -- one request at a time for each program: the others wait, know that they do, and find
 * out what the program has become meanwhile.
 *
 * A tool holds a lock on the program's status file, PID.status, from before it asks until it has
 * its answer.  The kernel lets go of it when the tool dies, however it dies.  Nobody can open
 * the file but the program's user and root, so nobody else can stand in the way.
 */
#ifndef KITSUNE_TOOL_TURN_H
#define KITSUNE_TOOL_TURN_H

#include <stdint.h>

#include "process.h"

struct turn {
    int file; /* -1: none */
};

enum turn_result {
    TURN_TAKEN,
    TURN_OVERTAKEN, /* the program runs another version by now */
    TURN_LATE,      /* others are still at it at the deadline */
    TURN_GONE,      /* the program has ended */
};

/* Says to standard error, as `command`, that it waits when it does.  Unless the turn is taken,
 * *message (malloc) says why. */
enum turn_result turn_take(struct turn *turn, const struct process *process, const char *command,
                           int64_t deadline, char **message);
void turn_end(struct turn *turn);

#endif
