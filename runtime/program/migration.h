/* migration.h -- the new version takes over the old one's variables.
 *
 * Each variable is migrated at most once in an update, whether by kitsune_do_automigrate() or by a
 * MIGRATE_ macro, whichever comes first.  In order of preference by
 *
 *      a hand-written transformer in the new version (GLOBAL_XFORM and its like)
 *      the generated transformer's code for it
 *      copying its bits, when there is no generated transformer and the sizes agree
 *
 * The value that a hand-written transformer returns is ignored: published programs define many of
 * them as void.
 */
#ifndef KITSUNE_RUNTIME_MIGRATION_H
#define KITSUNE_RUNTIME_MIGRATION_H

#include <stdbool.h>

/* In the new version's context, before its main. */
void migration_begin(void);
/* The new version takes its state over by itself, from the old version's addresses. */
void migration_by_hand(void);
/* At the update point: what has to be done after all migration. */
void migration_finish(void);
/* In a thread that has entered the new version: its own instances of thread-local variables, when
 * main migrates automatically and there are any.  All threads ask at once, and migrate one after
 * the other. */
bool migration_has_thread_locals(void);
void migration_thread_locals(void);
/* After commit, or when the update is undone. */
void migration_end(void);

#endif
