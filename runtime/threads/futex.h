/* futex.h -- sleeping until a word changes, without a lock.
 *
 * Unlike a condition, a futex needs no mutex that a hundred sleepers would have to queue for, and
 * a signal ends the sleep.
 */
#ifndef KITSUNE_RUNTIME_FUTEX_H
#define KITSUNE_RUNTIME_FUTEX_H

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Returns when the word is not `expected` (any more), after a wake, after a signal, or for no
 * reason: the caller looks again.  Changes errno. */
static inline void futex_wait(_Atomic int *word, int expected)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

/* Async-signal-safe but for errno. */
static inline void futex_wake(_Atomic int *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

/* The same with a choice of sleepers: those that have a bit in common with who wakes. */
static inline void futex_wait_as(_Atomic int *word, int expected, unsigned bits)
{
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, NULL, NULL, bits);
}

static inline void futex_wake_as(_Atomic int *word, unsigned bits)
{
    syscall(SYS_futex, word, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL, NULL, bits);
}

#endif
