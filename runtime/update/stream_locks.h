/* stream_locks.h -- the locks of stdio's streams, when a new version is given up in the middle
 * of one.
 *
 * printf, fwrite and their like hold their stream's lock while they are at work.  A thread that
 * crashes in there (a %s that leads nowhere), or is given up while it is blocked in a write,
 * does not let go of it. The thread itself could lock the stream again in the old version, but
 * no other one.  So, when all threads are back at their points, what a stream is locked more
 * often by one of them than before the update is taken back.  What a flockfile of the old
 * version holds stays held.
 */
#ifndef KITSUNE_RUNTIME_STREAM_LOCKS_H
#define KITSUNE_RUNTIME_STREAM_LOCKS_H

/* While all stand, before the new version is loaded; and when it has been given up, before
 * anything is done to a stream. */
void stream_locks_remember(void);
void stream_locks_open(void);

#endif
