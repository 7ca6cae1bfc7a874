/* endings.h -- what would end the process, or put another program in its place, in the middle of an
 * update.
 *
 * Until the commit the old version is in this process too, and goes on when the new one fails.  So
 * nothing that the new version does on its way may end the process: exit and its like, exec, a
 * signal to itself; nor may it jump into the frames of the old one.  The driver stands in front
 * of libc for those calls (driver/endings.c), whoever makes them, the version or a library; here
 * it is decided whether they may be made.
 *
 * A forked child is not that process, be its memory its own (fork) or shared (vfork), and may do
 * all of it.
 */
#ifndef KITSUNE_RUNTIME_ENDINGS_H
#define KITSUNE_RUNTIME_ENDINGS_H

#include <stdbool.h>

/* The calling thread is on its way to the update point of a new version, in the process itself. */
bool ending_would_be_early(void);
/* The runtime itself ends the process, in this thread, or passes a signal on. */
void ending_is_of_runtime(bool is);
/* `format` is the call, "_exit(3)".  Gives the update up if it was made on the way to the update
 * point; comes back when it may be made.  `caller`: the return address of the call; NULL: libc
 * itself makes it.  Async-signal-safe, vfork-safe, unless it gives up. */
void ending_comes(const void *caller, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What may be wrong with a new version that ends on its way to its update point. */
void ending_advise(void);

#endif
