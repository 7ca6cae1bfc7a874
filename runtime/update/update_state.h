/* update_state.h -- the one update that is under way, shared by the files that move it:
 *
 *      update.c          the versions and threads it is about; failing; loading and undoing
 *      update_leave.c    from a request to leaving the running version
 *      update_arrive.c   from the new version's update point to the commit
 *      update_points.c   update points, and what else programs ask and say
 */
#ifndef KITSUNE_RUNTIME_UPDATE_STATE_H
#define KITSUNE_RUNTIME_UPDATE_STATE_H

#include <pthread.h>

#include "program/context.h"
#include "heap/heap.h"
#include "files/preparation.h"
#include "control/report.h"
#include "control/request.h"
#include "update/update.h"

/* Drawn in update.h. */
enum update_state { UPDATE_IDLE, UPDATE_LEFT, UPDATE_MIGRATING, UPDATE_ARRIVED, UPDATE_UNDO };

struct update {
    enum update_state state;
    struct request request;
    struct report report;
    char *point;
    struct preparation preparation;
    struct version *next;
    struct context *old_context, *new_context;
    struct heap_stack *stacks; /* the old version's */
    size_t stack_count;
    bool heap_began;
    int64_t taken, left, entered, arrived; /* moments */
    int64_t migration_started, migrated;
    unsigned serial; /* counts the attempts */
    unsigned overdue_tries;
};

extern struct update update;

/* ---- update.c -------------------------------------------------------------------------------- */

/* Why the update must not go on, if the runtime's own memory came from its reserve (malloc, or
 * thence too); NULL: it did not. */
char *update_memory_shortage(const char *doing);

/* ---- update_leave.c -------------------------------------------------------------------------- */

/* Tells how it went, and forgets it.  Under the gate, unless it is refused. */
void update_end(enum outcome outcome);
/* The same in the thread that leads, which does not hold the gate. */
void update_end_of_leader(enum outcome outcome);

/* ---- update_arrive.c ------------------------------------------------------------------------- */

/* How long the new version may take, in nanoseconds. */
int64_t update_patience(void);
/* Main has come to the update point in the new version.  Returns in the committed version. */
void update_arrive(void);
/* It is at another update point, `point`, on its way to `wanted`. */
void update_pass_by(const char *wanted, const char *point);

#endif
