/* leftovers.h -- addresses in the old version that libc and the kernel still hold when it is about
 * to be unloaded:
 *
 *      strings in the environment (putenv)     the variable's namesake, or a copy
 *      buffers of streams (setvbuf)            a copy
 *      the alternate signal stack              the variable's namesake
 *      the name for syslog (openlog)           was copied when it was given
 */
#ifndef KITSUNE_RUNTIME_LEFTOVERS_H
#define KITSUNE_RUNTIME_LEFTOVERS_H

/* Fails the update over what cannot be carried over; changes nothing. */
void leftovers_check(void);
/* While both versions are loaded. */
void leftovers_carry_over(void);

#endif
