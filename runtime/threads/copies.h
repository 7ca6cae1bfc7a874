/* copies.h -- the program's threads once more, in the forked child of a rehearsal.
 *
 * A fork copies the memory of all threads, their stacks with it, but of the threads only the one
 * that calls it.  All others stand at their update points, each at a place that it has noted; in
 * the child each gets a new kernel thread that goes on there:
 *
 *      parent                                       child
 *      ------                                       -----
 *      main: threads_note_places
 *        every thread notes where it stands,
 *        and what the kernel knows of it
 *      main: fork ------------------------------->  main: threads_make_copies
 *                                                     libc knows of the threads again
 *                                                       (libc_threads.c)
 *                                                     a kernel thread for each, on the stack
 *                                                       and with the thread pointer that it had
 *                                                     locks know their holders' new ids (owners.c)
 *                                                     a gatherer
 *      main: threads_forget_places                  and the update goes on as anywhere
 *
 * What a copy is to the program is what the thread was: its pthread, its thread-local variables,
 * its signal mask and stack, its name.  Another is what the kernel calls it, its tid.
 */
#ifndef KITSUNE_RUNTIME_COPIES_H
#define KITSUNE_RUNTIME_COPIES_H

#include "threads/thread.h"

/* In main, while all others stand; before the fork.  NULL, or why there can be no copies
 * (malloc). */
char *threads_note_places(void);
/* In the thread, ordered to: notes its place, and waits there for the next order.  Comes back with
 * that, in the thread, and in the copy. */
enum thread_order note_place(struct thread *self);
/* In the parent, after the fork. */
void threads_forget_places(void);
/* In the child: NULL, or why not (malloc). */
char *threads_make_copies(void);
/* What is missing where a process or thread cannot be made, with this errno. */
const char *threads_shortage(int error);

/* ---- libc_threads.c
 * --------------------------------------------------------------------------- */

/* Before the fork; of so many threads.  False: libc does not tell where it keeps what. */
bool libc_threads_remember(const pthread_t *handles, size_t count);
/* After it: in the child libc knows the threads again, all but their ids, which the kernel
 * writes to libc_thread_id. */
void libc_threads_restore(void);
void libc_threads_forget(void);
pid_t *libc_thread_id(pthread_t handle);

/* ---- owners.c
 * --------------------------------------------------------------------------------- */

/* In the child: who held a lock as the thread `known_as` holds it as `tid`. */
void owners_rename(void);

#endif
