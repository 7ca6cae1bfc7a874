/* loader_locks.h -- what the dynamic loader holds while it runs constructors. */
#ifndef KITSUNE_RUNTIME_LOADER_LOCKS_H
#define KITSUNE_RUNTIME_LOADER_LOCKS_H

/* The calling thread has left a call of dlopen from within a constructor, and will not go back. */
void loader_locks_release(void);

#endif
