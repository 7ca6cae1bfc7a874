/* driver.h -- what the driver program calls, and nobody else. */
#ifndef KITSUNE_RUNTIME_DRIVER_H
#define KITSUNE_RUNTIME_DRIVER_H

#include <sys/types.h>

/* Runs the version arguments[0] with these arguments as its argv, and every later version of it.
 * Returns an exit status when it cannot be started; the program itself ends the process. */
int kitsune_drive(int argument_count, char **arguments);

/* Before a call of libc is made that may end the process or replace its program: see
 * endings.h.  `caller` is the return address of the call, `name` what was called.  They come back
 * when the call may be made. */
void kitsune_before_end(const void *caller, const char *name, int status);
/* The same, and the process ends at once, without its exit handlers. */
void kitsune_before_end_at_once(const void *caller, const char *name, int status);
void kitsune_before_exec(const void *caller, const char *name, const char *path);
void kitsune_before_daemon(const void *caller);
void kitsune_before_signal(const void *caller, const char *name, pid_t target, int number);
void kitsune_before_system_call(const void *caller, long number, const long *arguments);
/* Before a longjmp to where `buffer` (a jmp_buf) was filled in. */
void kitsune_before_jump(const void *caller, const char *name, const void *buffer);

#endif
