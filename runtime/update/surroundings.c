/* surroundings.c -- what a process has beside its memory, as it was before the update.
 * See surroundings.h; descriptors and streams are in opened.c. */
#include "update/surroundings.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/message.h"
#include "update/opened.h"
#include "update/stream_locks.h"
#include "control/report.h"

enum { ITIMERS = 3 /* ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF */ };

static struct {
    bool is_known;
    int64_t moment;
    char **environment; /* the strings themselves belong to libc or to the program */
    char *locale;
    locale_t thread_locale;
    mode_t file_mask;
    int folder; /* -1: it cannot be opened */
    struct rlimit limits[RLIM_NLIMITS];
    struct itimerval timers[ITIMERS];
    int newest_timer; /* the kernel counts them up; -1: unknown */
} before;

/* ---- The environment ------------------------------------------------------------------------- */

static char **copy_environment(void)
{
    size_t count = 0;
    while (environ && environ[count])
        count++;
    char **copy = allocate((count + 1) * sizeof *copy);
    if (count)
        memcpy(copy, environ, count * sizeof *copy);
    return copy;
}

static bool is_listed(char *const *list, const char *string)
{
    for (; list && *list; list++)
        if (*list == string)
            return true;
    return false;
}

static void unset(const char *string)
{
    char *name = copy_string(string);
    name[strcspn(name, "=")] = '\0';
    unsetenv(name);
    free(name);
}

static void restore_environment(void)
{
    for (size_t i = 0; environ && environ[i];)
        if (is_listed(before.environment, environ[i])) {
            i++;
        } else {
            unset(environ[i]);
            i = 0; /* what follows has moved up */
        }
    for (char **string = before.environment; *string; string++)
        if (!is_listed(environ, *string) && putenv(*string) != 0)
            log_error("cannot put %s back into the environment: %s", *string, strerror(errno));
}

/* ---- Timers ---------------------------------------------------------------------------------- */

static int64_t in_nanoseconds(struct timeval time)
{
    return time.tv_sec * INT64_C(1000000000) + time.tv_usec * 1000;
}

/* One that ran goes on as if nobody had touched it. */
static void restore_timer(int which)
{
    enum { UNTOUCHED = 20 * 1000 * 1000 };
    struct itimerval now, old = before.timers[which];
    int64_t passed = which == ITIMER_REAL ? monotonic_time() - before.moment : 0;
    int64_t left = in_nanoseconds(old.it_value);
    if (getitimer((__itimer_which_t)which, &now) != 0)
        return;
    if (left)
        left = left > passed ? left - passed : 1000;
    int64_t difference = in_nanoseconds(now.it_value) - left;
    bool is_armed = now.it_value.tv_sec || now.it_value.tv_usec;
    if (in_nanoseconds(now.it_interval) == in_nanoseconds(old.it_interval) &&
        is_armed == (left != 0) &&
        (which != ITIMER_REAL || (difference < UNTOUCHED && difference > -UNTOUCHED)))
        return;
    old.it_value = (struct timeval){left / 1000000000, left % 1000000000 / 1000};
    setitimer((__itimer_which_t)which, &old, NULL);
}

/* The kernel gives them numbers one after the other. */
static int newest_timer(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_NONE};
    int number = -1;
    if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &number) != 0)
        return -1;
    syscall(SYS_timer_delete, number);
    return number;
}

static void delete_new_timers(void)
{
    char line[256];
    FILE *timers = before.newest_timer < 0 ? NULL : fopen("/proc/self/timers", "re");
    int number, found[256];
    size_t count = 0;
    while (timers && count < sizeof found / sizeof *found && fgets(line, sizeof line, timers))
        if (sscanf(line, "ID: %d", &number) == 1 && number > before.newest_timer)
            found[count++] = number;
    if (timers)
        fclose(timers);
    for (size_t i = 0; i < count; i++)
        syscall(SYS_timer_delete, found[i]);
}

/* ---- The rest -------------------------------------------------------------------------------- */

static void restore_locale(void)
{
    const char *now = setlocale(LC_ALL, NULL);
    if (now && before.locale && strcmp(now, before.locale) != 0 &&
        !setlocale(LC_ALL, before.locale))
        log_error("cannot go back to the locale %s", before.locale);
    uselocale(before.thread_locale);
}

static void forget_folder(void)
{
    if (before.folder >= 0)
        close(before.folder);
    before.folder = -1;
}

static void restore_folder(void)
{
    struct stat now, old;
    bool has_changed = before.folder >= 0 && fstat(before.folder, &old) == 0 &&
                       (stat(".", &now) != 0 || now.st_dev != old.st_dev ||
                        now.st_ino != old.st_ino);
    if (has_changed && fchdir(before.folder) != 0)
        log_error("cannot go back to the working directory: %s", strerror(errno));
    /* All descriptors may be in use, and what has been opened is looked for by one. */
    forget_folder();
}

static void restore_limits(void)
{
    for (int which = 0; which < RLIM_NLIMITS; which++) {
        struct rlimit now, *old = &before.limits[which];
        if (getrlimit((__rlimit_resource_t)which, &now) == 0 &&
            (now.rlim_cur != old->rlim_cur || now.rlim_max != old->rlim_max) &&
            setrlimit((__rlimit_resource_t)which, old) != 0)
            log_error("cannot set resource limit %d back, which the new version has lowered: %s",
                      which, strerror(errno));
    }
}

void surroundings_remember(void)
{
    before.is_known = true;
    before.moment = monotonic_time();
    before.environment = copy_environment();
    const char *locale = setlocale(LC_ALL, NULL);
    before.locale = locale ? copy_string(locale) : NULL;
    before.thread_locale = uselocale((locale_t)0);
    before.file_mask = umask(0);
    umask(before.file_mask);
    before.folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (int which = 0; which < RLIM_NLIMITS; which++)
        getrlimit((__rlimit_resource_t)which, &before.limits[which]);
    for (int which = 0; which < ITIMERS; which++)
        getitimer((__itimer_which_t)which, &before.timers[which]);
    before.newest_timer = newest_timer();
    stream_locks_remember();
    opened_remember();
    opened_disregard(before.folder);
}

void surroundings_restore(bool are_ours_alone)
{
    if (!before.is_known)
        return;
    /* First what is needed to open a file. */
    restore_limits();
    restore_folder();
    stream_locks_open();
    opened_close(are_ours_alone);
    delete_new_timers();
    for (int which = 0; which < ITIMERS; which++)
        restore_timer(which);
    restore_environment();
    restore_locale();
    umask(before.file_mask);
    surroundings_forget();
}

void surroundings_forget(void)
{
    if (!before.is_known)
        return;
    forget_folder();
    free(before.environment);
    free(before.locale);
    before.is_known = false;
    opened_forget();
}
