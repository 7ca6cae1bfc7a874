/* children.c -- processes that a new version starts before it is given up.  See children.h. */
#include "update/children.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/message.h"
#include "control/directory.h"
#include "control/report.h"
#include "threads/thread.h"
#include "update/update.h"

struct processes {
    pid_t *list;
    size_t count;
};

static struct {
    bool is_known;
    struct processes children;
    unsigned long long moment; /* in clock ticks since the machine started, as /proc has it */
} before;

static void add(struct processes *processes, pid_t process)
{
    processes->list = reallocate(processes->list,
                                 (processes->count + 1) * sizeof *processes->list);
    processes->list[processes->count++] = process;
}

static bool has(const struct processes *processes, pid_t process)
{
    for (size_t i = 0; i < processes->count; i++)
        if (processes->list[i] == process)
            return true;
    return false;
}

/* ---- What /proc says ------------------------------------------------------------------------- */

/* Of one thread: the children that it has started, or inherited. */
static void read_children(const char *task, struct processes *children)
{
    char *path = message_format("%s/children", task);
    FILE *file = fopen(path, "re");
    int process;
    while (file && fscanf(file, "%d", &process) == 1)
        add(children, process);
    if (file)
        fclose(file);
    free(path);
}

/* Of all its threads; of those alone that take part in updates. */
static struct processes children_of(pid_t process, bool of_program_alone)
{
    struct processes children = {0};
    char *folder = message_format("/proc/%d/task", (int)process);
    DIR *tasks = opendir(folder);
    for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
        pid_t tid = (pid_t)atoi(entry->d_name);
        if (tid <= 0 || (of_program_alone && !thread_takes_part(tid)))
            continue;
        char *task = message_format("%s/%d", folder, (int)tid);
        read_children(task, &children);
        free(task);
    }
    if (tasks)
        closedir(tasks);
    free(folder);
    return children;
}

/* The kernel is asked, which is quicker; and without its list of children nothing is ended. */
static bool has_no_children(void)
{
    siginfo_t information;
    return waitid(P_ALL, 0, &information,
                  WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT | __WALL) != 0 &&
           errno == ECHILD;
}

static unsigned long long ticks_now(void)
{
    return (unsigned long long)clock_time(CLOCK_BOOTTIME) /
           (1000000000ull / (unsigned long long)sysconf(_SC_CLK_TCK));
}

static char *name_of(pid_t process)
{
    char *path = message_format("/proc/%d/comm", (int)process), name[32] = "?";
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, name, sizeof name - 1) : 0;
    if (file >= 0)
        close(file);
    if (length > 0)
        name[length - (name[length - 1] == '\n')] = '\0';
    free(path);
    return copy_string(name);
}

/* ---- Ending ---------------------------------------------------------------------------------- */

/* With all that it has started in turn: what stands still starts nothing any more. */
static void stop(pid_t process, struct processes *stopped)
{
    enum { MOST = 4096 };
    if (has(stopped, process) || stopped->count == MOST)
        return;
    kill(process, SIGSTOP);
    add(stopped, process);
    struct processes children = children_of(process, false);
    for (size_t i = 0; i < children.count; i++)
        stop(children.list[i], stopped);
    free(children.list);
}

/* False: it has not ended for a second, so the kernel does not let it. */
static bool collect(pid_t child)
{
    int64_t end = monotonic_time() + 1000000000;
    while (waitpid(child, NULL, WNOHANG | __WALL) == 0) {
        if (monotonic_time() > end)
            return false;
        usleep(100);
    }
    return true; /* also when the program has asked the kernel to keep nobody */
}

/* Adds what was ended to `names`. */
static void end_tree(pid_t child, char **names)
{
    struct processes stopped = {0};
    stop(child, &stopped);
    for (size_t i = 0; i < stopped.count; i++) {
        char *name = name_of(stopped.list[i]), *longer;
        if (kill(stopped.list[i], SIGKILL) != 0 && errno != ESRCH)
            log_error("process %d (%s), which the new version has started, goes on: it cannot be "
                      "ended: %s", (int)stopped.list[i], name, strerror(errno));
        longer = message_format("%s%s%d (%s)", *names ? *names : "", *names ? ", " : "",
                                (int)stopped.list[i], name);
        free(*names);
        free(name);
        *names = longer;
    }
    free(stopped.list);
}

void children_end_of(pid_t process)
{
    char *names = NULL;
    struct processes children = children_of(process, false);
    for (size_t i = 0; i < children.count; i++)
        end_tree(children.list[i], &names);
    free(children.list);
    free(names);
}

/* Started since, and not when somebody else's that came to us when its parent ended.  One that has
 * ended by itself is only collected. */
static bool is_new(pid_t child)
{
    return !has(&before.children, child) && process_start_time(child) >= before.moment;
}

/* What is there; true: there was something, and what has become of that may be seen now. */
static bool end_new(struct processes *ended, char **names)
{
    struct processes children = children_of(getpid(), true);
    size_t found = 0;
    for (size_t i = 0; i < children.count; i++) {
        pid_t child = children.list[i];
        if (has(&before.children, child) || has(ended, child))
            continue;
        bool has_ended = process_start_time(child) == 0;
        if (!has_ended && !is_new(child))
            continue;
        if (!has_ended)
            end_tree(child, names);
        if (!collect(child))
            log_error("process %d, which the new version has started, has been killed and does not "
                      "end", (int)child);
        add(ended, child);
        found++;
    }
    free(children.list);
    return found > 0;
}

void children_take_signal(const pid_t *collected, size_t count)
{
    sigset_t its;
    siginfo_t information, other = {0};
    sigemptyset(&its);
    sigaddset(&its, SIGCHLD);
    if (sigtimedwait(&its, &information, &(struct timespec){0}) != SIGCHLD)
        return;
    bool is_alone = waitid(P_ALL, 0, &other, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) != 0 ||
                    other.si_pid == 0;
    const struct processes ours = {(pid_t *)collected, count};
    if (!has(&ours, information.si_pid) || !is_alone)
        kill(getpid(), SIGCHLD);
}

/* ---- From beginning to end ------------------------------------------------------------------- */

void children_remember(void)
{
    children_forget();
    before.is_known = true;
    before.moment = ticks_now();
    if (!has_no_children())
        before.children = children_of(getpid(), false);
}

char *children_end(void)
{
    enum { ROUNDS = 8 }; /* a rehearsal inherits what its children leave */
    struct processes ended = {0};
    char *names = NULL;
    sigset_t its, mask;
    if (!before.is_known)
        return NULL;
    sigemptyset(&its);
    sigaddset(&its, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &its, &mask);
    for (int round = 0; round < ROUNDS && !has_no_children() && end_new(&ended, &names); round++)
        ;
    if (ended.count)
        children_take_signal(ended.list, ended.count);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    free(ended.list);
    children_forget();
    return names;
}

void children_forget(void)
{
    free(before.children.list);
    before.children = (struct processes){0};
    before.is_known = false;
}
