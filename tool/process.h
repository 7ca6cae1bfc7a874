/* process.h -- a running program, as its status file shows it. */
#ifndef KITSUNE_TOOL_PROCESS_H
#define KITSUNE_TOOL_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/fields.h"
#include "control/progress.h"

struct process {
    pid_t pid;
    char *directory;
    struct fields status;
};

/* A process number as typed; 0 when it is none. */
pid_t parse_process_number(const char *text);
/* The same for a command's argument; one that is none is a usage error. */
struct argp_state;
pid_t process_argument(const char *argument, struct argp_state *state);

/* False with a message (malloc) when there is no such process, or it is not run by Kitsune. */
bool process_find(pid_t pid, struct process *process, char **message);
/* Who, with root, may have written what it loads; see trust.h. */
uid_t process_trusted_user(const struct process *process, bool allow_others_files);
/* A path as it was typed may lead over symbolic links, which the real path, that all else is about,
 * does not show.  False with a message (malloc) when others could have laid them; NULL is fine. */
bool process_trusts_way(const char *path, uid_t user, char **message);
void process_free(struct process *process);

/* How far its update has come; false: none is under way. */
bool process_progress(const struct process *process, struct progress *progress);

/* Why it does nothing at all at this moment, and what to do about it; NULL: nothing stops it.
 * malloc. */
char *process_standstill(pid_t pid);

/* Its main thread runs, rather than waits for something. */
bool process_is_busy(pid_t pid);

/* Why it can never be updated (malloc); NULL: it may. */
char *process_cannot_be_updated(const struct process *process);

/* True when the process has a handler for this signal. */
bool process_catches(pid_t pid, int number);

#endif
