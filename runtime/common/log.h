/* log.h -- what the runtime says on standard error, a line each: "kitsune: ...".
 *
 * To a journal each line begins with its level, "<3>" for errors, "<6>" and "<7>".
 *
 * KITSUNE_LOG chooses how much: quiet, error, info (the default) or debug.
 */
#ifndef KITSUNE_RUNTIME_LOG_H
#define KITSUNE_RUNTIME_LOG_H

enum log_level { LOG_QUIET, LOG_ERROR, LOG_INFO, LOG_DEBUG };

/* Reads KITSUNE_LOG, and looks at what standard error is. */
void log_start(void);
/* No more lines from this process. */
void log_silence(void);
void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
