/* log.c -- the runtime's lines on standard error. */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum log_level threshold = LOG_INFO;
static bool started_on_socket;

static bool standard_error_is_socket(void)
{
    struct stat status;
    return fstat(STDERR_FILENO, &status) == 0 && S_ISSOCK(status.st_mode);
}

void log_start(void)
{
    static const char *const names[] = {"quiet", "error", "info", "debug"};
    const char *wanted = getenv("KITSUNE_LOG");
    for (size_t i = 0; wanted && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(wanted, names[i]) == 0)
            threshold = (enum log_level)i;
    started_on_socket = standard_error_is_socket();
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
    char line[1200] = "kitsune: ";
    size_t used = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line + used, sizeof line - used - 1, format, arguments);
    va_end(arguments);
    if (length < 0)
        length = 0;
    used += (size_t)length < sizeof line - used - 1 ? (size_t)length : sizeof line - used - 2;
    line[used++] = '\n';
    /* One write, so that lines of several processes do not mix. */
    if (write(STDERR_FILENO, line, used) < 0) {
        /* Nobody is listening; there is nobody to tell. */
    }
    errno = saved_errno;
}
