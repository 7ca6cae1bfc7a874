/* malloc_locks.h -- malloc after a crash inside of it.
 *
 * A thread that crashes in malloc or free (libc finds a block freed twice, say, and aborts)
 * holds the lock of the arena it was at.  With several threads nobody could allocate from that
 * again, the runtime's own report included, and the older version would stand still for ever.
 * So, before the update is given up, every arena is visited.  Where the visitor has to wait for
 * so long that nobody can be at work there, the lock is one that the crash left, and is opened.
 *
 *      crash in malloc --> visit of all arenas --> give the update up
 *                             |  blocked on a lock, again and again --> opened, the visit goes on
 *                             |  crashes, or does not come to an end --> the heap is destroyed,
 *                             v      and with it both versions: the process ends
 *
 * The visit is libc's own mallinfo2(), which takes each arena's lock in turn and goes through
 * its free blocks; the lock's address is what the kernel was asked to wait for.
 */
#ifndef KITSUNE_RUNTIME_MALLOC_LOCKS_H
#define KITSUNE_RUNTIME_MALLOC_LOCKS_H

#include <stdbool.h>

/* Early, while looking up symbols is safe. */
void malloc_locks_prepare(void);
/* A signal's handler, whose ucontext_t this is, interrupted malloc, free or one of their like. */
bool malloc_locks_were_taken(const void *machine);
/* After such a crash, in its handler.  Ends the process when the heap is of no use any more. */
void malloc_locks_open(void);
/* The calling thread is in the visit, which has crashed itself: ends the process. */
void malloc_locks_require_sound_heap(void);
/* In the handler of the runtime's signal: true when that was for the visit. */
bool malloc_locks_visit_interrupted(const void *machine);

#endif
