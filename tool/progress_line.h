/* progress_line.h -- a line on the terminal that says how far an update has come: when standard
 * error is a terminal, and the update takes long enough for somebody to wonder. */
#ifndef KITSUNE_TOOL_PROGRESS_LINE_H
#define KITSUNE_TOOL_PROGRESS_LINE_H

#include "process.h"

struct progress_line;

/* NULL: there is no terminal; all functions take that. */
struct progress_line *progress_line_begin(const struct process *process);
/* In how many milliseconds there is something to show; -1: never. */
int progress_line_pause(const struct progress_line *line);
void progress_line_show(struct progress_line *line);
/* Before something else is written. */
void progress_line_clear(struct progress_line *line);
void progress_line_end(struct progress_line *line);

#endif
