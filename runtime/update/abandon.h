/* abandon.h -- may a thread that has crashed be given up where it is?
 *
 * Its stack can be dropped as if it stood at its last update point.  What it held cannot: the
 * lock of malloc, or of a library, would stay held, and whoever wants it next would wait for
 * ever.  So the crash must be in the program's own code, or in a function of libc that takes no
 * lock and that the program's code called (memcpy, strlen, ...; abort and what ends in it:
 * assert); not in a signal handler; and the thread must hold no mutex in the program's variables
 * or on the heap.
 */
#ifndef KITSUNE_RUNTIME_ABANDON_H
#define KITSUNE_RUNTIME_ABANDON_H

#include <stdbool.h>
#include <stddef.h>

/* Looks the functions up; not in a signal handler. */
void abandon_prepare(void);
/* In the signal handler of the thread; `machine` is its ucontext_t.  False with the reason in
 * `reason`.  Allocates nothing: malloc may be what crashed. */
bool abandon_is_harmless(const void *machine, char *reason, size_t size);

#endif
