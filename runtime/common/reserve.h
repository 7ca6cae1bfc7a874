/* reserve.h -- memory for the runtime's own things when malloc has none left.
 *
 * A program that runs out of memory knows what to do about that, or does not; an update in it must
 * not be what ends it.  So what the runtime needs for itself (a sentence, a list, a symbol table)
 * comes from a reserve that was part of the process from the start, where malloc fails.  It is
 * enough to give an update up in good order, not to carry one through: whoever moves the update
 * asks reserve_was_used() at each step, and gives it up then.  It is there again for the next
 * one.
 *
 *      allocate, message_format, ... --> malloc --> the reserve --> reserve_exhausted()
 *
 * What came from here goes back by free() like everything else: libkitsune is linked so that its
 * calls of free come to __wrap_free (see part.mk).  In the tools, which never start the reserve,
 * memory that is not there ends the process.
 */
#ifndef KITSUNE_RUNTIME_RESERVE_H
#define KITSUNE_RUNTIME_RESERVE_H

#include <stdbool.h>
#include <stddef.h>

/* From now on.  `exhausted` is called when the reserve has nothing either: it may leave by a jump;
 * when it returns, the process ends. */
void reserve_start(void (*exhausted)(void));
/* Zeroed; NULL: the reserve has not been started, or has not got as much. */
void *reserve_take(size_t size);
bool reserve_owns(const void *memory);
/* How much was asked for. */
size_t reserve_size_of(const void *memory);
/* Something has been taken since the last reserve_watch(). */
bool reserve_was_used(void);
void reserve_watch(void);
/* Nothing has memory for this any more.  Does not return. */
void reserve_exhausted(void) __attribute__((noreturn));
/* A sentence about that, which may be given to free. */
char *reserve_last_words(void);

#endif
