/* log.h -- what the server says: messages on standard error, and a line for every connection that
 * has ended in the access log. */
#ifndef RADIO_LOG_H
#define RADIO_LOG_H

void log_open(const char *access_path);
void log_close(void);
void log_message(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_access(const char *address, const char *request, int status, unsigned long long bytes,
                long seconds);

/* Milliseconds of a clock that is never set. */
long long time_now(void);

#endif
