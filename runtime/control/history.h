/* history.h -- every update's report, kept for each process: what `kitsune log` shows.
 *
 *      DIRECTORY/PID-STARTED.history      STARTED: process_start_time
 *
 * Blocks of fields (fields.h), the newest last, appended by the program through a descriptor that
 * it keeps, and by the tool for what never came to the program (refused beforehand; withdrawn).
 * A block has the fields of the answer to a request, and
 *
 *      ended_ns N           when it was written: CLOCK_REALTIME
 *      time_ns N, moment_ns N   when the request was taken: CLOCK_REALTIME, and CLOCK_MONOTONIC
 *      span_N STEP BEGIN END    a step of the update, in nanoseconds since then (the files are
 *                           prepared by the tool before, at negative times)
 *      thread_N TID PARKED ENTERED ARRIVED NAME
 *                           the same for each thread but main: when it stood at its update point,
 *                           entered the new version, and came to its point there; "-": it did not.
 *                           One that was at its point already stands there at once, before the
 *                           request has been taken: a negative number
 *
 * A file keeps the newest HISTORY_LARGEST bytes.  It outlives its process for HISTORY_DAYS.
 */
#ifndef KITSUNE_RUNTIME_HISTORY_H
#define KITSUNE_RUNTIME_HISTORY_H

#include <stdbool.h>
#include <sys/types.h>

#include "control/report.h"

enum { HISTORY_LARGEST = 256 * 1024, HISTORY_DAYS = 14, HISTORY_MOST_DEAD = 100 };

/* malloc. */
char *history_path(const char *directory, pid_t pid, unsigned long long started);
/* The process of a file of this name; 0: it is no history. */
pid_t history_file_process(const char *name, unsigned long long *started);

/* What a block has besides the answer. */
void history_add_times(struct text *text, const struct report *report);

/* -1 and errno. */
int history_open(const char *path, bool create);
/* Appends a block, ended by an empty line.  False and errno. */
bool history_append(int descriptor, const struct text *block);

/* Removes those of processes that are gone: when nothing is in them, after HISTORY_DAYS, and the
 * oldest when there are more than HISTORY_MOST_DEAD. */
void history_remove_stale(const char *directory);

#endif
