/* failure.h -- what is known about a failing update besides its reason: noted where it fails,
 * moved into the report when the update ends.
 *
 * Several threads may fail in one update.  The first that notes anything is the one whose
 * failure is reported; what others note is dropped.  Texts are taken over (malloc).
 */
#ifndef KITSUNE_RUNTIME_FAILURE_H
#define KITSUNE_RUNTIME_FAILURE_H

#include <stdbool.h>

#include "control/report.h"

/* The step, when it is another than the one the update is in; the first one said counts, as for
 * all of these. */
void failure_in(enum step step);
/* The rule or check that failed. */
void failure_at(const char *file, int line);
/* What was being converted; NULL: not known. */
void failure_on(char *object);
/* What to do about it, where the reason does not say so itself. */
void failure_advise(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The backtrace: `addresses` of which the first is where it happened, the others return addresses.
 * The innermost function of the new version or the transformer becomes `where`. */
void failure_backtrace(void *const *addresses, int count);

/* A thread that keeps the update from happening: takes over its texts, and adds the backtrace.
 * In an order that says who is most to the point: there is no room for all. */
void failure_thread(struct thread_stack *stack, void *const *addresses, int count);
/* Whether it is worth asking where it is: it has not been added, and there is room.  One without
 * room is counted. */
bool failure_wants_thread(pid_t tid);
/* The backtrace of one that was added without, by whatever thread. */
void failure_complete_thread(pid_t tid, void *const *addresses, int count);

/* All of it, as a rehearsal has reported it. */
void failure_adopt(const struct fields *fields);

/* At the end of an update: into the report, whatever has been noted. */
void failure_take(struct report *report);
/* At the beginning. */
void failure_forget(void);

#endif
