/* show.h -- status and outcome for people and for programs. */
#ifndef KITSUNE_TOOL_SHOW_H
#define KITSUNE_TOOL_SHOW_H

#include <stdio.h>

#include <jansson.h>

#include "common/fields.h"

/* Fields as a JSON object; what looks like a whole number is one, except build IDs.  frame_N,
 * span_N, thread_N and stack_N_* become arrays of objects: frames, spans, thread_times,
 * thread_stacks. */
json_t *fields_to_json(const struct fields *fields);
void print_json(json_t *value); /* and a newline; releases it */

/* For people, on `stream`: step, rule or backtrace, advice, and what runs on, of an update that was
 * not committed.  The fields' names begin with `prefix`. */
void print_failure(FILE *stream, const struct fields *fields, const char *prefix);
/* What runs, and since when: from the answer to a request, or a status. */
void print_running(FILE *stream, const char *path, const char *generation, const char *since);

/* "2026-11-21 13:20:01" of the time zone here, from what text_add_time made. */
#define TIME_SIZE 32
char *format_time(char *buffer, const char *time);

/* "1.203 ms", "12.0 us"; the buffer is returned. */
#define DURATION_SIZE 32
char *format_duration(char *buffer, long long nanoseconds);

#endif
