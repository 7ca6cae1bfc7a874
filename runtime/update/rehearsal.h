/* rehearsal.h -- an update tried out in a forked child before it is done.
 *
 *      parent, at its update point          child, the forked copy
 *      ---------------------------          ----------------------
 *      fork ------------------------------> loads, links, migrates, enters the new main,
 *      stands and waits                     evaluates the checks ...
 *         |                                    |
 *         |  <---- report over a pipe ---------+-- _exit at the commit, or where it fails
 *         v
 *      does the same itself, or goes on in the old version with the child's report
 *
 * The parent stands still meanwhile: a child of a program that runs on would be met by its wait()
 * and its SIGCHLD handler, and would try a state that is gone by then.
 *
 * The child must harm nobody.  No handler of the program's for fork, for the end of the process or
 * for signals runs because of it, its files are not removed, it leaves no core file, the kernel
 * takes its memory first, it ends with its parent, and what a fork shares is taken apart where
 * that can be done (rehearsal_descriptors.c).  What new code sends or writes before its update
 * point it does send and write.
 *
 * The program's other threads are made again in the child (threads/copies.h); those of libraries
 * are not in it.
 */
#ifndef KITSUNE_RUNTIME_REHEARSAL_H
#define KITSUNE_RUNTIME_REHEARSAL_H

#include <stdbool.h>

#include "control/report.h"

/* In the thread that leads, at its update point, signals held.  Comes back twice: in the child
 * with OUTCOME_NONE, to do it; and in the parent when it has ended, with OUTCOME_REHEARSED when all
 * went well, else OUTCOME_ABORTED or OUTCOME_CANCELLED and a reason. */
enum outcome rehearsal_run(void);

/* This process is the child; one that it forks itself is not. */
bool rehearsal_is_child(void);
/* In the child: the update could be committed now. */
void rehearsal_succeeds(void) __attribute__((noreturn));
/* Takes `reason` (malloc). */
void rehearsal_fails(char *reason) __attribute__((noreturn));

/* Between fork and its return, in either process: the program's own handlers are not called. */
bool rehearsal_is_forking(void);

/* ---- rehearsal_descriptors.c ----------------------------------------------------------------- */

/* In the child: own epoll sets, own offsets in files, nothing of the parent's left to be
 * written. */
void rehearsal_separate(void);

#endif
