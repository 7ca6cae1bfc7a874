/* clock.h -- time in whole seconds since shortly before the server started.
 *
 * A timer of the listener sets it once a second, so asking costs nothing.  It begins at 2: an item
 * that expires at 0 never does, and one that expires at 1 has. */
#ifndef CACHE_CLOCK_H
#define CACHE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define EXPIRES_NEVER 0u
#define EXPIRED_LONG_AGO 1u

extern time_t clock_origin; /* second 0 */

void clock_start(void);
void clock_tick(void);
uint32_t clock_now(void);

/* When something with this time to live expires: 0 never, negative at once, more than thirty days
 * is a date. */
uint32_t clock_expiry(int64_t time_to_live);

#endif
