/* surroundings.h -- what a process has beside its memory, as it was before the update.
 *
 *      descriptors, streams         what has been opened since is closed, what is buffered dropped
 *      locks of streams             those that it took and did not let go are opened
 *      timers (setitimer, alarm)    as they were, less the time that has passed
 *      timers (timer_create)        those made since are deleted
 *      environment, locale, umask, working directory, limits
 *
 * A new version on its way to its update point does what programs do when they start.  When it is
 * given up, this takes that back.  What others may be using is left alone: with threads of
 * libraries about, descriptors may be theirs.  What cannot be put back is told in the log.
 */
#ifndef KITSUNE_RUNTIME_SURROUNDINGS_H
#define KITSUNE_RUNTIME_SURROUNDINGS_H

#include <stdbool.h>

/* Before the new version is loaded. */
void surroundings_remember(void);
/* It has been given up, and is still loaded.  `are_ours_alone`: no library has a thread of its
 * own. */
void surroundings_restore(bool are_ours_alone);
/* At the commit, and after restoring. */
void surroundings_forget(void);

#endif
