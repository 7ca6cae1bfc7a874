/* process.c -- a running program, as its status file shows it. */
#include "process.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/directory.h"
#include "common/message.h"
#include "control/status_file.h"
#include "files/trust.h"
#include "program/update_points.h"

pid_t parse_process_number(const char *text)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    return errno || *end || number <= 0 || number > INT_MAX ? 0 : (pid_t)number;
}

pid_t process_argument(const char *argument, struct argp_state *state)
{
    pid_t pid = parse_process_number(argument);
    if (!pid)
        argp_error(state, "'%s' is no process number", argument);
    return pid;
}

static char *name_of(pid_t pid)
{
    char *path = message_format("/proc/%d/comm", (int)pid);
    FILE *file = fopen(path, "re");
    char name[64] = "unknown";
    if (file) {
        if (fscanf(file, "%63[^\n]", name) != 1)
            name[0] = '\0';
        fclose(file);
    }
    free(path);
    return copy_string(name);
}

/* A line of /proc/PID/status, without its title; false: it is not there. */
static bool read_status_line(pid_t pid, const char *title, char *line, size_t size)
{
    char *path = message_format("/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    size_t length = strlen(title);
    bool found = false;
    while (file && !found && fgets(line, (int)size, file))
        found = strncmp(line, title, length) == 0;
    if (file)
        fclose(file);
    free(path);
    if (found)
        memmove(line, line + length, strlen(line + length) + 1);
    return found;
}

/* The name of the user that it is of, when that is another one (malloc). */
static char *other_user(pid_t pid)
{
    char line[256];
    unsigned user;
    if (!geteuid() || !read_status_line(pid, "Uid:", line, sizeof line) ||
        sscanf(line, "%*u %u", &user) != 1 || user == geteuid())
        return NULL;
    struct passwd *entry = getpwuid(user);
    return entry ? copy_string(entry->pw_name) : message_format("%u", user);
}

static char *not_ours(pid_t pid)
{
    char *name = name_of(pid), *user = other_user(pid);
    char *message =
        user ? message_format("process %d (%s) belongs to another user (%s): ask as that user or "
                              "as root; `kitsune status` lists yours", (int)pid, name, user)
             : message_format("process %d (%s) is not run by Kitsune, or was another user's when "
                              "it began: start the program with `kitsune run`; `kitsune status` "
                              "lists those that run", (int)pid, name);
    free(name);
    free(user);
    return message;
}

static char state_of(pid_t pid)
{
    char line[256], state = '?';
    if (read_status_line(pid, "State:", line, sizeof line))
        sscanf(line, " %c", &state);
    return state;
}

bool process_is_busy(pid_t pid)
{
    enum { LOOKS = 10, BETWEEN_THEM = 2000 /* microseconds */ };
    int busy = 0;
    for (int i = 0; i < LOOKS; i++) {
        busy += state_of(pid) == 'R';
        usleep(BETWEEN_THEM);
    }
    return busy > LOOKS / 2;
}

char *process_standstill(pid_t pid)
{
    char line[256], state = state_of(pid);
    int tracer = 0;
    if (read_status_line(pid, "TracerPid:", line, sizeof line))
        sscanf(line, "%d", &tracer);
    if (state == 'T')
        return message_format("stopped by a signal: `kill -CONT %d` lets it go on", (int)pid);
    if (state == 't')
        return message_format("stopped by a debugger (process %d)", tracer);
    return NULL;
}

/* It becomes part of a file name. */
static bool has_build_id(const struct fields *status)
{
    const char *build_id = fields_get(status, "build_id");
    return build_id && build_id[strspn(build_id, "0123456789abcdef")] == '\0';
}

bool process_find(pid_t pid, struct process *process, char **message)
{
    *process = (struct process){.pid = pid};
    *message = NULL;
    unsigned long long started = process_start_time(pid);
    if (!started) {
        *message = message_format("there is no process %d: `kitsune status` lists the programs "
                                  "that run", (int)pid);
        return false;
    }
    process->directory = directory_of(pid);
    if (!process->directory) {
        *message = not_ours(pid);
        return false;
    }
    char *path = directory_file(process->directory, pid, "status");
    bool is_read = status_read(path, &process->status, message);
    free(path);
    if (is_read && fields_number(&process->status, "started", 0) != (long long)started) {
        /* A file that a dead process of that number has left. */
        *message = not_ours(pid);
        is_read = false;
    }
    if (is_read && !has_build_id(&process->status)) {
        *message = message_format("what process %d says of itself makes no sense: it runs another "
                                  "Kitsune, or is not honest", (int)pid);
        is_read = false;
    }
    if (!is_read)
        process_free(process);
    return is_read;
}

uid_t process_trusted_user(const struct process *process, bool allow_others_files)
{
    uid_t user = 0;
    if (allow_others_files)
        return TRUST_EVERYBODY;
    trust_user_of(process->pid, &user);
    return user;
}

bool process_trusts_way(const char *path, uid_t user, char **message)
{
    *message = NULL;
    if (!path || user == TRUST_EVERYBODY)
        return true;
    int file = trust_open(path, user, message);
    if (file >= 0)
        close(file);
    return !*message;
}

void process_free(struct process *process)
{
    fields_free(&process->status);
    free(process->directory);
    process->directory = NULL;
}

bool process_progress(const struct process *process, struct progress *progress)
{
    char *path = directory_file(process->directory, process->pid, "progress");
    bool is_read = progress_read(path, progress);
    free(path);
    return is_read && progress->step != STEP_NONE;
}

char *process_cannot_be_updated(const struct process *process)
{
    const char *points = fields_get(&process->status, FIELD_UPDATE_POINTS);
    if (!points || strcmp(points, UPDATE_POINTS_NONE) != 0)
        return NULL;
    return message_format("%s has no update point, so it can never be updated (and to ask it would "
                          "only interrupt it): call kitsune_update(\"name\") where it holds "
                          "nothing half done, and start that",
                          fields_get(&process->status, "path"));
}

bool process_catches(pid_t pid, int number)
{
    char line[256];
    unsigned long long caught = 0;
    if (read_status_line(pid, "SigCgt:", line, sizeof line))
        sscanf(line, "%llx", &caught);
    return caught >> (number - 1) & 1;
}
