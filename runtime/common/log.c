/* log.c -- the runtime's lines on standard error. */
#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/quiet_write.h"

static enum log_level threshold = LOG_INFO;
static bool started_on_socket;
/* A service's standard error is a stream to the journal, which takes a level at the beginning of a
 * line: see sd-daemon(3).  Inode 0: no journal. */
static struct {
    unsigned long long device, inode;
} journal;

static bool standard_error_is_socket(void)
{
    struct stat status;
    return fstat(STDERR_FILENO, &status) == 0 && S_ISSOCK(status.st_mode);
}

void log_start(void)
{
    static const char *const names[] = {"quiet", "error", "info", "debug"};
    const char *wanted = secure_getenv("KITSUNE_LOG");
    for (size_t i = 0; wanted && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(wanted, names[i]) == 0)
            threshold = (enum log_level)i;
    const char *stream = getenv("JOURNAL_STREAM");
    if (!stream || sscanf(stream, "%llu:%llu", &journal.device, &journal.inode) != 2)
        journal.inode = 0;
    started_on_socket = standard_error_is_socket();
}

static bool goes_to_journal(void)
{
    struct stat status;
    return journal.inode && fstat(STDERR_FILENO, &status) == 0 &&
           status.st_dev == journal.device && status.st_ino == journal.inode;
}

static const char *journal_level(enum log_level level)
{
    return level == LOG_ERROR ? "<3>" : level == LOG_INFO ? "<6>" : "<7>";
}

void log_silence(void)
{
    threshold = LOG_QUIET;
}

void log_line(enum log_level level, const char *format, ...)
{
    if (level > threshold)
        return;
    /* A program that closed its standard error may meanwhile have a client's connection under
     * that number, and must not send it our words. */
    if (!started_on_socket && standard_error_is_socket())
        return;
    int saved_errno = errno;
    char line[1200];
    size_t used = (size_t)snprintf(line, sizeof line, "%skitsune: ",
                                   goes_to_journal() ? journal_level(level) : "");
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line + used, sizeof line - used - 1, format, arguments);
    va_end(arguments);
    if (length < 0)
        length = 0;
    used += (size_t)length < sizeof line - used - 1 ? (size_t)length : sizeof line - used - 2;
    /* One record, one line. */
    for (size_t i = 0; i < used; i++)
        if (line[i] == '\n')
            line[i] = ' ';
    line[used++] = '\n';
    /* One write, so that lines of several processes do not mix. */
    struct quiet_write quiet = quiet_write_begin();
    if (write(STDERR_FILENO, line, used) < 0) {
        /* Nobody is listening; there is nobody to tell. */
    }
    quiet_write_end(&quiet);
    errno = saved_errno;
}
