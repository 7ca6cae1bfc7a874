/* clock.h -- time in whole seconds since 1970.
 *
 * A timer of the listener sets it once a second, so asking costs nothing.  An item that expires at
 * 0 never does, and one that expires at 1 has. */
#ifndef CACHE_CLOCK_H
#define CACHE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define EXPIRES_NEVER 0
#define EXPIRED_LONG_AGO 1

extern time_t clock_started;

void clock_start(void);
void clock_tick(void);
int64_t clock_now(void);

/* When something with this time to live expires: 0 never, negative at once, more than thirty days
 * is a date. */
int64_t clock_expiry(int64_t time_to_live);

#endif
