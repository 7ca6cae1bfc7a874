/* turn.c -- one request at a time for each program. */
#include "turn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "control/directory.h"
#include "common/message.h"
#include "control/report.h"

#define LOOK_AGAIN (10 * 1000000) /* nanoseconds */

/* False at the deadline. */
static bool lock(const struct turn *turn, const struct process *process, const char *command,
                 int64_t deadline)
{
    for (bool is_told = false; flock(turn->file, LOCK_EX | LOCK_NB) != 0; is_told = true) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return true; /* a file system without locks: the program still takes one at a time */
        if (!is_told)
            fprintf(stderr, "%s: another request to process %d is under way; this one waits for "
                            "its end\n", command, (int)process->pid);
        if (monotonic_time() > deadline)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = LOOK_AGAIN}, NULL);
    }
    return true;
}

static bool is_same_version(const struct process *before, const struct process *now)
{
    const char *old_id = fields_get(&before->status, "build_id");
    const char *new_id = fields_get(&now->status, "build_id");
    return !old_id || !new_id || strcmp(old_id, new_id) == 0;
}

/* What the program has become while this request waited. */
static enum turn_result look(const struct process *before, const char *command, char **message)
{
    struct process now;
    if (!process_find(before->pid, &now, message))
        return TURN_GONE;
    enum turn_result result = TURN_TAKEN;
    const char *state = fields_get(&now.status, "state");
    if (!is_same_version(before, &now)) {
        *message = message_format(
            "process %d has become %s (build %.12s) meanwhile, by an update that another request "
            "asked for: look at `kitsune status %d`, and ask again if this one is still wanted",
            (int)before->pid, fields_get(&now.status, "path"), fields_get(&now.status, "build_id"),
            (int)before->pid);
        result = TURN_OVERTAKEN;
    } else if (state && strcmp(state, "updating") == 0) {
        fprintf(stderr, "%s: process %d is in the middle of an update; this request waits for its "
                        "end\n", command, (int)before->pid);
    }
    process_free(&now);
    return result;
}

enum turn_result turn_take(struct turn *turn, const struct process *process, const char *command,
                           int64_t deadline, char **message)
{
    char *path = directory_file(process->directory, process->pid, "status");
    int64_t began = monotonic_time();
    turn->file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    free(path);
    *message = NULL;
    if (turn->file >= 0 && !lock(turn, process, command, deadline)) {
        turn_end(turn);
        *message = message_format("another request to process %d has been under way for %.1f s, "
                                  "and nothing was asked for: `kitsune status %d` shows what it "
                                  "does",
                                  (int)process->pid, (double)(monotonic_time() - began) / 1e9,
                                  (int)process->pid);
        return TURN_LATE;
    }
    enum turn_result result = look(process, command, message);
    if (result != TURN_TAKEN)
        turn_end(turn);
    return result;
}

void turn_end(struct turn *turn)
{
    if (turn->file >= 0)
        close(turn->file);
    turn->file = -1;
}
