/* log.c -- messages, the access log, and the clock. */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static FILE *access_log;

void log_open(const char *access_path)
{
    if (!access_path)
        return;
    access_log = fopen(access_path, "ae");
    if (!access_log) {
        fprintf(stderr, "radio: cannot write %s: %s; see [log] access in the configuration\n",
                access_path, strerror(errno));
        exit(1);
    }
    setlinebuf(access_log);
}

void log_close(void)
{
    if (access_log)
        fclose(access_log);
    access_log = NULL;
}

static void format_time(char *out, size_t size, const char *format)
{
    time_t now = time(NULL);
    struct tm parts;

    localtime_r(&now, &parts);
    strftime(out, size, format, &parts);
}

void log_message(const char *format, ...)
{
    char when[32], text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    format_time(when, sizeof when, "%F %T");
    fprintf(stderr, "%s radio: %s\n", when, text);
}

void log_access(const char *address, const char *request, int status, unsigned long long bytes,
                long seconds)
{
    char when[64];

    if (!access_log)
        return;
    format_time(when, sizeof when, "%d/%b/%Y:%T %z");
    fprintf(access_log, "%s - - [%s] \"%s\" %d %llu %ld\n", address, when, request, status, bytes,
            seconds);
}

long long time_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}
