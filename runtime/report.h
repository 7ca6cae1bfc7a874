/* report.h -- how an update went: told to who asked for it, kept in the status, written to the log.
 */
#ifndef KITSUNE_RUNTIME_REPORT_H
#define KITSUNE_RUNTIME_REPORT_H

#include <stdint.h>
#include <time.h>

#include "fields.h"

enum outcome {
    OUTCOME_NONE,
    OUTCOME_COMMITTED,
    OUTCOME_REFUSED,   /* before the program was disturbed */
    OUTCOME_ABORTED,   /* undone */
    OUTCOME_CANCELLED, /* the requester gave up before an update point was reached */
};

/* Times are nanoseconds; moments are those of CLOCK_MONOTONIC, which all processes share. */
struct report {
    enum outcome outcome;
    char *reason;           /* when not committed */
    char *old_path, *new_path;
    char *old_build_id, *new_build_id;
    char *point;
    unsigned generation;    /* of the version that runs now; 1 is the first */
    int64_t prepare_time;   /* reading, checking and sealing, while the program ran on */
    int64_t quiesce_time;   /* from the request to the update point */
    int64_t load_time;      /* dlopen of version and transformer */
    int64_t migrate_time;   /* in migration calls: transformation */
    int64_t enter_time;     /* the rest of the new main's way to its update point */
    int64_t commit_time;
    int64_t pause_time;     /* from leaving the old version to the commit */
    unsigned threads;       /* that took part, main's included */
    unsigned library_threads; /* that did not: libraries started them for themselves */
    uint64_t objects_visited, objects_transformed, bytes_transformed, bookkeeping_bytes;
};

void report_free(struct report *report);
/* Each field's name gets the prefix ("" or "last_"). */
void report_write(const struct report *report, const char *prefix, struct text *text);

const char *outcome_name(enum outcome outcome); /* "committed" */

static inline int64_t monotonic_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
