/* signal_handlers.h -- the program's signal handlers across an update.
 *
 * A handler is an address that the kernel keeps.  At the end of an update those that still point
 * into the old version are replaced by their namesakes; when the update is undone, what the new
 * version installed is put back.
 */
#ifndef KITSUNE_RUNTIME_SIGNAL_HANDLERS_H
#define KITSUNE_RUNTIME_SIGNAL_HANDLERS_H

#include <signal.h>

/* Remembers all handlers, and blocks the signals that have one (but not those that report a fault
 * of the program itself).  *mask gets the signal mask as it was. */
void signal_handlers_hold(sigset_t *mask);
/* Fails the update when a handler has no namesake. */
void signal_handlers_carry_over(void);
void signal_handlers_restore(void);

#endif
