/* fork_handlers.h -- pthread_atfork across updates.
 *
 * As with exit handlers (exit_handlers.h) the runtime keeps them itself: libc would go on calling
 * the functions of a version that is no longer there.  At each update they become their namesakes.
 */
#ifndef KITSUNE_RUNTIME_FORK_HANDLERS_H
#define KITSUNE_RUNTIME_FORK_HANDLERS_H

/* Marks what is registered from here on as the new version's. */
void fork_handlers_leave(void);
/* Finds the namesakes; changes nothing yet. */
void fork_handlers_carry_over(void);
void fork_handlers_commit(void);
/* Forgets what the new version registered. */
void fork_handlers_restore(void);

#endif
