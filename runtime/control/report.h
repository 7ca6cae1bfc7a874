/* report.h -- how an update went: told to who asked for it, kept in the status and the history,
 * written to the log.
 *
 * As fields (fields.h), besides the plain ones:
 *
 *      step STEP            where it failed: see enum step
 *      where FILE:LINE      the rule or check that failed; or the innermost of the program's
 *                           functions, "conn_convert+0x12 in /srv/app/server-2.so"
 *      object TEXT          what was being converted
 *      advice TEXT          what to do about it, where the reason does not say so itself
 *      ended_processes PID (NAME), ...
 *                           the version that was given up had started them
 *      frame_N 0xADDRESS FUNCTION+0xOFFSET MODULE
 *                           the backtrace, innermost first; the address is the module's own
 *                           (link-time), FUNCTION "?" when it is not known
 *      stack_N_... TEXT     the threads that keep it from happening: see thread_stack.h
 */
#ifndef KITSUNE_RUNTIME_REPORT_H
#define KITSUNE_RUNTIME_REPORT_H

#include <stdint.h>
#include <time.h>

#include "common/fields.h"
#include "control/backtrace_text.h"
#include "control/thread_stack.h"

enum outcome {
    OUTCOME_NONE,
    OUTCOME_COMMITTED,
    OUTCOME_REFUSED,   /* before the program was disturbed */
    OUTCOME_ABORTED,   /* undone */
    OUTCOME_REHEARSED, /* in a forked child alone, and it would have been committed */
    OUTCOME_CANCELLED, /* the requester gave up before an update point was reached */
    OUTCOME_FAILED,    /* the program ended meanwhile: what the tool says then */
};

/* The steps of an update, in their order; migration calls happen within the entry. */
enum step {
    STEP_NONE,
    STEP_PREPARE,      /* files are read, checked and sealed */
    STEP_QUIESCENCE,   /* threads come to their update points */
    STEP_REHEARSAL,    /* all that follows, in a forked child */
    STEP_LOAD,         /* the loader maps version and transformer */
    STEP_LINK,         /* and finds their symbols */
    STEP_CONSTRUCTORS, /* and runs their constructors */
    STEP_MIGRATION,    /* state is converted, by generated code and rules */
    STEP_CHECKS,       /* CHECK */
    STEP_ENTRY,        /* the new main is on its way to the update point */
    STEP_ARRIVAL,      /* it is there; the other threads follow */
    STEP_COMMIT,
};
#define STEP_COUNT (STEP_COMMIT + 1)

/* One stretch of time in one step. */
struct span {
    enum step step;
    int64_t begin, end; /* moments */
};

enum { MOST_SPANS = 48 };

/* Times are nanoseconds; moments are those of CLOCK_MONOTONIC, which all processes share. */
struct report {
    enum outcome outcome;
    char *reason;           /* when not committed */
    enum step step;         /* the same */
    char *where, *object, *advice; /* the same; NULL: not known */
    struct backtrace_text trace; /* the same */
    struct thread_stacks stacks; /* the same */
    char *old_path, *new_path;
    char *old_build_id, *new_build_id;
    char *point;
    int64_t probation;      /* for so long the version before stands by */
    bool is_rollback;
    char *ended_processes;  /* "4711 (sleep)": the version that was given up had started them */
    char *cause;            /* of a rollback that nobody asked for */
    unsigned generation;    /* of the version that runs now; 1 is the first */
    int64_t wall_time;      /* when the request was taken: CLOCK_REALTIME */
    int64_t moment;         /* and the moment */
    int64_t prepare_time;   /* reading, checking and sealing, while the program ran on */
    int64_t quiesce_time;   /* from the request to the update point */
    int64_t rehearse_time;  /* in a forked child, while the program stood */
    int64_t load_time;      /* dlopen of version and transformer */
    int64_t migrate_time;   /* in migration calls: transformation */
    int64_t enter_time;     /* the rest of the new main's way to its update point */
    int64_t commit_time;
    int64_t pause_time;     /* from leaving the old version to the commit */
    unsigned threads;       /* that took part, main's included */
    unsigned library_threads; /* that did not: libraries started them for themselves */
    char *library_thread_names; /* "timer, pool-1"; NULL without any */
    uint64_t objects_visited, objects_transformed, bytes_transformed, bookkeeping_bytes;
    struct span spans[MOST_SPANS];
    unsigned span_count;
};

void report_free(struct report *report);
/* Each field's name gets the prefix ("" or "last_"). */
void report_write(const struct report *report, const char *prefix, struct text *text);

/* Adds a moment of CLOCK_REALTIME: "2026-11-21T13:20:01.123Z". */
void text_add_time(struct text *text, const char *name, int64_t wall_time);

const char *outcome_name(enum outcome outcome); /* "committed" */
const char *step_name(enum step step);          /* "migration" */

static inline int64_t clock_time(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t monotonic_time(void)
{
    return clock_time(CLOCK_MONOTONIC);
}

#endif
