/* exit_handlers.h -- atexit and its like, across updates; and exit in the middle of one.
 *
 * The runtime keeps the program's handlers itself and runs them when the process ends, because
 * libc would run a shared object's handlers when an update unloads it.  At each update a handler
 * of the old version becomes its namesake in the new one; one without a namesake is dropped (the
 * new version has other things to clean up), and one that the new version has registered again
 * is not kept twice.
 */
#ifndef KITSUNE_RUNTIME_EXIT_HANDLERS_H
#define KITSUNE_RUNTIME_EXIT_HANDLERS_H

void exit_handlers_start(void);
/* Marks what is registered from here on as the new version's. */
void exit_handlers_leave(void);
/* Finds the namesakes; changes nothing yet. */
void exit_handlers_carry_over(void);
void exit_handlers_commit(void);
/* Forgets what the new version registered. */
void exit_handlers_restore(void);

#endif
