/* backtrace.h -- the addresses of a backtrace as text: modules, functions and link-time
 * addresses, which stay true when the version is gone. */
#ifndef KITSUNE_RUNTIME_BACKTRACE_H
#define KITSUNE_RUNTIME_BACKTRACE_H

#include "control/backtrace_text.h"

/* `addresses`, of which the first is where it happened, or where the thread is, and the others are
 * return addresses.  *where (may be NULL) becomes the innermost function of the version that is
 * being entered, or of its transformer, "conn_convert+0x12 in /srv/app/server-2.so" (malloc), or
 * NULL. */
void backtrace_describe(void *const *addresses, int count, struct backtrace_text *text,
                        char **where);

#endif
