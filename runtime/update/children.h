/* children.h -- processes that a new version starts before it is given up.
 *
 * They are its own: a helper behind popen, a worker that it forked.  When the update is undone they
 * have nobody to work for, and the old version's wait() would meet strangers.  So they are ended,
 * with what they have started in turn, and collected; SIGCHLD for them does not come.
 *
 * Told from the old version's by /proc: not there when the update began, and started since, by
 * a thread of the program.  What a library's own thread starts is left alone.  One that has made
 * itself independent (daemon) is nobody's child, and not found; but for a rehearsal's, to which
 * it comes back.
 *
 * Costs nothing where nothing is forked, and one system call an update in a program without
 * children.
 */
#ifndef KITSUNE_RUNTIME_CHILDREN_H
#define KITSUNE_RUNTIME_CHILDREN_H

#include <sys/types.h>

/* Before the new version is loaded. */
void children_remember(void);
/* The new version has been given up: ends what it has started.  "4711 (sleep), 4712 (sh)", malloc;
 * NULL: there was none. */
char *children_end(void);
/* At the commit, and after ending them: they are the new version's. */
void children_forget(void);

/* Ends what this process has started, and what those have; not itself. */
void children_end_of(pid_t process);

/* A pending SIGCHLD that came of these children, which have been collected, is taken away unless it
 * stands for another one, too.  SIGCHLD is blocked. */
void children_take_signal(const pid_t *collected, size_t count);

#endif
