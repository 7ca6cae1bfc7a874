/* health.c -- a command that says whether a program is well, run again and again. */
#include "health.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fields.h"
#include "common/message.h"
#include "control/report.h"

enum { LONGEST_OUTPUT = 400 };

extern char **environ;

void health_begin(struct health *health, const char *command, double interval_seconds,
                  double patience_seconds, pid_t pid)
{
    char number[24];
    *health = (struct health){.command = command, .interval = (int64_t)(interval_seconds * 1e9),
                              .patience = (int64_t)(patience_seconds * 1e9),
                              .child_descriptor = -1, .output = -1, .next = monotonic_time()};
    snprintf(number, sizeof number, "%d", (int)pid);
    setenv("KITSUNE_PID", number, 1);
}

static void forget_child(struct health *health)
{
    if (health->child_descriptor >= 0)
        close(health->child_descriptor);
    if (health->output >= 0)
        close(health->output);
    health->child = 0;
    health->child_descriptor = health->output = -1;
}

/* The last line that it wrote, ": " before it; "" when there is none.  malloc. */
static char *last_words(const struct health *health)
{
    char text[LONGEST_OUTPUT + 1];
    off_t length = lseek(health->output, 0, SEEK_END);
    off_t start = length > LONGEST_OUTPUT ? length - LONGEST_OUTPUT : 0;
    ssize_t got = length > 0 ? pread(health->output, text, LONGEST_OUTPUT, start) : 0;
    while (got > 0 && (text[got - 1] == '\n' || text[got - 1] == ' '))
        got--;
    text[got > 0 ? got : 0] = '\0';
    const char *line = strrchr(text, '\n');
    line = line ? line + 1 : text;
    return *line ? message_format(": %s", line) : copy_string("");
}

static bool start(struct health *health, char **reason)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    char *arguments[] = {(char *)"sh", (char *)"-c", (char *)health->command, NULL};
    health->output = memfd_create("health", MFD_CLOEXEC);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", 0, 0);
    posix_spawn_file_actions_adddup2(&files, health->output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, health->output, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    int error = posix_spawn(&health->child, "/bin/sh", &files, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (error) {
        health->child = 0;
        forget_child(health);
        *reason = message_format("the health command cannot be run: %s", strerror(error));
        return false;
    }
    health->child_descriptor = (int)syscall(SYS_pidfd_open, health->child, 0);
    health->deadline = monotonic_time() + health->patience;
    health->next = monotonic_time() + health->interval;
    return true;
}

static bool judge(struct health *health, int status, char **reason)
{
    bool is_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    char *words = is_well ? NULL : last_words(health);
    if (!is_well && WIFEXITED(status))
        *reason = message_format("the health command ended with status %d%s", WEXITSTATUS(status),
                                 words);
    else if (!is_well)
        *reason = message_format("the health command was ended by SIG%s%s",
                                 sigabbrev_np(WTERMSIG(status)), words);
    free(words);
    forget_child(health);
    return is_well;
}

bool health_go_on(struct health *health, char **reason)
{
    int status;
    if (!health->command)
        return true;
    if (health->child && waitpid(health->child, &status, WNOHANG) == health->child)
        return judge(health, status, reason);
    if (health->child && monotonic_time() > health->deadline) {
        health_end(health);
        *reason = message_format("the health command has not come to an end in %g s",
                                 (double)health->patience / 1e9);
        return false;
    }
    return health->child || monotonic_time() < health->next || start(health, reason);
}

int64_t health_next_moment(const struct health *health)
{
    return !health->command ? INT64_MAX : health->child ? health->deadline : health->next;
}

void health_end(struct health *health)
{
    if (!health->child)
        return;
    kill(-health->child, SIGKILL);
    waitpid(health->child, NULL, 0);
    forget_child(health);
}
