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
 * All of it happens in the thread that runs main.  With several threads the others stand still
 * meanwhile, and follow it into the new version when it has arrived: see threads/thread.h.
 */
#ifndef KITSUNE_RUNTIME_UPDATE_H
#define KITSUNE_RUNTIME_UPDATE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "program/version.h"

/* Runs program.running_context, and every context that follows it. */
void update_run_contexts(void) __attribute__((noreturn));

/* True in the new version until it has reached its update point. */
bool update_is_migrating(void);

/* The calling thread loads the new version, and may be in one of its constructors. */
bool update_is_loading(void);

/* The versions of a migrating update; outside one both are the running version. */
struct version *update_old_version(void);
struct version *update_new_version(void);
/* NULL in hand-written mode, and outside an update. */
const struct kitsune_transformer *update_transformer(void);

/* Around everything that counts as migration. */
void update_migration_starts(void);
void update_migration_ends(void);
/* The calling thread will not come back to where it is: it lets go of the right to migrate. */
void update_migration_abandoned(void);
/* The one that is being entered, whoever asks; or NULL. */
struct version *update_next_version(void);
/* The calling thread is in a migration call.  Async-signal-safe. */
bool update_is_in_migration(void);
/* The same, or it evaluates the checks: the heap engine is at work, perhaps further out. */
bool update_is_converting(void);
/* In the signal handler of the thread that runs main, again and again from when the update has
 * had its time: gives it up wherever it is, in a rule or in the new main, as soon as that does no
 * harm.  `machine` is the handler's ucontext_t.  Returns when there is no such update, or not
 * yet. */
void update_give_up_overdue(const void *machine);
/* The same at a wait of the new version's code, or a rule's, that has been interrupted. */
void update_give_up_waiting(void);
/* While the new version is on its way: the address is in a stack that the old one stands on. */
bool update_is_old_stack(uintptr_t address);
/* Counts the attempts. */
unsigned update_serial(void);

/* With several threads, for the gatherer; under the gate, but for the first.  A request is
 * there, its files are in order. */
bool update_take_request(void);
bool update_is_withdrawn(void);
/* Until when all threads have to stand at their points, and to arrive in the new version. */
int64_t update_gathering_deadline(int64_t now);
int64_t update_arrival_deadline(void);
/* They did not.  Takes `reason` (malloc). */
void update_cancel(char *reason);
/* The request that has been taken is that of a crash (probation.h). */
bool update_is_for_crash(void);
/* Some version is left, or entered. */
bool update_is_under_way(void);
/* In main, at its update point: leaves for the new version.  Comes back when that was not to be. */
void update_lead(const char *point);
/* update_fail with a reason that is there already (malloc). */
void update_fail_with(char *reason) __attribute__((noreturn));
/* Not even the runtime's reserve has memory: gives the update up, if there is one. */
void update_without_memory(void);

/* When the program changes its signal mask while signals are held: the change is remembered and
 * made afterwards.  Arguments as for pthread_sigmask. */
int update_change_held_mask(int how, const sigset_t *set, sigset_t *old_set);

/* update_fail is declared in heap.h. */

#endif
