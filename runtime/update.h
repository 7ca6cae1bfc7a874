/* update.h -- the life of an update, and who moves it.
 *
 *   IDLE                        the running version runs; a request sets kitsune_pending
 *     | update point reached, request taken, files checked     (old context, update_begin)
 *     |   refused -> IDLE
 *     v
 *   LEFT                        the old context stands at its update point
 *     | version and transformer loaded                         (driver's context)
 *     |   fails -> UNDO
 *     v
 *   MIGRATING                   the new main runs, asks for its state, looks for the update point
 *     | reaches the point of the same name                     (new context)
 *     |   update_fail, main returns, exit -> UNDO
 *     v
 *   ARRIVED                     everything resolved, checks hold, handlers carried over
 *     |   update_fail -> UNDO
 *     v
 *   commit: old objects freed, old version unloaded, its stack given back -> IDLE
 *
 *   UNDO                        driver's context: memory put back, new version unloaded, signal
 *                               handlers restored, old context resumed -> IDLE
 *
 * Signals that the program handles are held back from LEFT to the end, so that no handler of the
 * old version runs while its state is being taken over.  Those that it leaves to their default
 * action are not: Ctrl-C works throughout.
 *
 * All of it happens in the thread that runs main.
 */
#ifndef KITSUNE_RUNTIME_UPDATE_H
#define KITSUNE_RUNTIME_UPDATE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "version.h"

/* Runs program.running_context, and every context that follows it. */
void update_run_contexts(void) __attribute__((noreturn));

/* True in the new version until it has reached its update point. */
bool update_is_migrating(void);

/* The versions of a migrating update; outside one both are the running version. */
struct version *update_old_version(void);
struct version *update_new_version(void);
/* NULL in hand-written mode, and outside an update. */
const struct kitsune_transformer *update_transformer(void);

/* Around everything that counts as migration. */
void update_migration_starts(void);
void update_migration_ends(void);

/* When the program changes its signal mask while signals are held: the change is remembered and
 * made afterwards.  Arguments as for pthread_sigmask. */
int update_change_held_mask(int how, const sigset_t *set, sigset_t *old_set);

/* update_fail is declared in heap.h. */

#endif
