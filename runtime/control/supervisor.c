/* supervisor.c -- what a supervisor that watches this process is told. */
#include "control/supervisor.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/message.h"
#include "program/program.h"

static struct {
    char *socket_path; /* NULL: nobody */
    pid_t pid;         /* who is watched; our children are not */
    bool is_waiting;
    bool is_reloading;
    uint64_t watchdog; /* microseconds; 0: none */
} supervisor;

static void tell(const char *text)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(supervisor.socket_path);
    memcpy(address.sun_path, supervisor.socket_path, length);
    if (address.sun_path[0] == '@')
        address.sun_path[0] = '\0'; /* an abstract one */
    int number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (number < 0 || sendto(number, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
                             (struct sockaddr *)&address, size) < 0)
        log_error("cannot tell the supervisor at $NOTIFY_SOCKET (%s): %s", supervisor.socket_path,
                  strerror(errno));
    if (number >= 0)
        close(number);
}

static bool is_usable(const char *path)
{
    if (path[0] != '/' && path[0] != '@') {
        log_error("NOTIFY_SOCKET is '%s', which is no path of a Unix socket: the supervisor is "
                  "told nothing", path);
        return false;
    }
    if (strlen(path) >= sizeof ((struct sockaddr_un *)0)->sun_path) {
        log_error("NOTIFY_SOCKET is too long for a Unix socket: the supervisor is told nothing");
        return false;
    }
    return true;
}

/* The watchdog may be meant for another process of this service. */
static uint64_t watchdog_interval(void)
{
    const char *interval = secure_getenv("WATCHDOG_USEC"), *pid = secure_getenv("WATCHDOG_PID");
    if (!interval || (pid && strtol(pid, NULL, 10) != getpid()))
        return 0;
    return strtoull(interval, NULL, 10);
}

bool supervisor_start(void)
{
    const char *path = secure_getenv("NOTIFY_SOCKET"), *choice = secure_getenv("KITSUNE_NOTIFY");
    bool only_updates = choice && strcmp(choice, "updates") == 0;
    if (choice && *choice && !only_updates && strcmp(choice, "no") != 0)
        log_error("KITSUNE_NOTIFY is '%s': known are 'updates' and 'no'", choice);
    if (!path || !*path || (choice && strcmp(choice, "no") == 0) || !is_usable(path))
        return false;
    supervisor.socket_path = copy_string(path);
    supervisor.pid = getpid();
    supervisor.watchdog = watchdog_interval();
    supervisor.is_waiting = !only_updates;
    return supervisor.is_waiting;
}

static bool is_watched(void)
{
    return supervisor.socket_path && supervisor.pid == getpid();
}

bool supervisor_waits(void)
{
    return __atomic_load_n(&supervisor.is_waiting, __ATOMIC_RELAXED) && is_watched();
}

void supervisor_ready(const char *path, unsigned generation)
{
    if (!is_watched())
        return;
    __atomic_store_n(&supervisor.is_waiting, false, __ATOMIC_RELAXED);
    char *watchdog = supervisor.watchdog
                         ? message_format("WATCHDOG_USEC=%llu\nWATCHDOG=1\n",
                                          (unsigned long long)supervisor.watchdog)
                         : copy_string("");
    char *text = message_format("READY=1\n%sSTATUS=running %s (generation %u)\n", watchdog, path,
                                generation);
    tell(text);
    free(text);
    free(watchdog);
}

void supervisor_reloading(const char *path, int64_t patience)
{
    if (!is_watched())
        return;
    supervisor.is_reloading = true;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    char *watchdog = supervisor.watchdog
                         ? message_format("WATCHDOG_USEC=%llu\nWATCHDOG=1\n",
                                          (unsigned long long)supervisor.watchdog +
                                              (unsigned long long)(patience / 1000))
                         : copy_string("");
    char *text = message_format("RELOADING=1\nMONOTONIC_USEC=%llu\n%sSTATUS=updating to %s\n",
                                (unsigned long long)now.tv_sec * 1000000 +
                                    (unsigned long long)now.tv_nsec / 1000, watchdog, path);
    tell(text);
    free(text);
    free(watchdog);
}

void supervisor_reloaded(const char *path, unsigned generation)
{
    if (!supervisor.is_reloading)
        return;
    supervisor.is_reloading = false;
    supervisor_ready(path, generation);
}
