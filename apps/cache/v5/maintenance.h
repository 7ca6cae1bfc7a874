/* maintenance.h -- the thread that keeps house: it lets the table grow, and deletes what has
 * expired. */
#ifndef CACHE_MAINTENANCE_H
#define CACHE_MAINTENANCE_H

void maintenance_start(void);
/* Ends it, and waits for that. */
void maintenance_stop(void);
/* There is something to do.  */
void maintenance_wake(void);

#endif
