/* records.h -- the history of updates, read: see history.h for what is in a record. */
#ifndef KITSUNE_TOOL_RECORDS_H
#define KITSUNE_TOOL_RECORDS_H

#include <stddef.h>
#include <sys/types.h>

#include "common/fields.h"
#include "process.h"
#include "control/report.h"

struct record {
    struct fields fields;
    long long ended; /* CLOCK_REALTIME nanoseconds: no two of one process have the same */
};

struct records {
    struct record *list; /* newest last */
    size_t count, capacity;
};

/* All records in the directory, of process `pid` (0: of all) that ended after `after`.  Of several
 * processes that had the number one after the other, of the last. */
struct records records_read(const char *directory, pid_t pid, long long after);
void records_free(struct records *records);

/* For what never came to the program, or came to nothing there: adds a record of our own to its
 * history.  `report` has outcome, reason, step, paths and times. */
void records_add(const struct process *process, const struct report *report);

#endif
