/* show.h -- status and outcome for people and for programs. */
#ifndef KITSUNE_TOOL_SHOW_H
#define KITSUNE_TOOL_SHOW_H

#include <jansson.h>

#include "fields.h"

/* Fields as a JSON object; what looks like a whole number is one, except build IDs. */
json_t *fields_to_json(const struct fields *fields);
void print_json(json_t *value); /* and a newline; releases it */

/* "1.203 ms", "12.0 us"; the buffer is returned. */
#define DURATION_SIZE 32
char *format_duration(char *buffer, long long nanoseconds);

#endif
