/* tell.h -- what comes of a request, told to the person or the program that made it. */
#ifndef KITSUNE_TOOL_TELL_H
#define KITSUNE_TOOL_TELL_H

#include <stdbool.h>

#include "exchange.h"

struct probation_watch;

struct telling {
    const char *command; /* "kitsune update" */
    pid_t pid;
    const char *new_path;
    bool as_json;
    bool is_silent; /* somebody else tells */
    const struct probation_watch *watch; /* NULL: nobody waits for the end of a probation */
};

/* What did not come from the program itself.  The value is `status`. */
int tell_failure(const struct telling *telling, const char *outcome, const char *reason,
                 int status);
/* What was refused before the program was asked: told, and kept in the program's history.  `began`
 * is a moment. */
int tell_refusal(const struct telling *telling, const struct process *process, int64_t began,
                 const char *reason);
/* The program's report.  The value is the exit status. */
int tell_answer(const struct telling *telling, const struct fields *answer);
/* Sends the request, waits for what comes of it and tells it.  The value is the exit status. */
int ask_and_tell(const struct telling *telling, const struct process *process,
                 struct request *request);

#endif
