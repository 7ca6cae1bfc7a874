/* probation.h -- the time after an update in which a crash leads back to the version before.
 *
 *      commit, with a way back --> on probation --time is over--------------------> over
 *                                    |   |
 *                                    |   +--another update or a rollback commits--> over
 *                                    |
 *                                    +--crash: the thread is given up where it is, as if it stood
 *                                       at the update point it has passed last; the others are
 *                                       gathered, and the update back begins.  When that cannot be,
 *                                       the crash takes its course.
 *
 * Meanwhile the signals of crashes are the runtime's (crash.h), each thread has a stack for
 * them, and every update point takes the slow path, to be remembered.
 */
#ifndef KITSUNE_RUNTIME_PROBATION_H
#define KITSUNE_RUNTIME_PROBATION_H

#include <signal.h>
#include <stdbool.h>

#include "common/fields.h"
#include "files/preparation.h"
#include "control/request.h"

/* Before the update: why a crash could not lead back; NULL: it could.  malloc. */
char *probation_refusal(const struct request *request, const struct preparation *preparation);

/* At the commit, in the new version; the requester is told how it ends. */
void probation_begin(const struct request *request);
/* Another version takes over. */
void probation_end(void);
/* After an update that was given up: as it was before. */
void probation_resume(void);

/* In a forked child: it has none. */
void probation_forget(void);

bool probation_is_on(void);
/* The calling thread is at an update point. */
void probation_pass(const char *point);
/* In the signal handler, when it is on.  Comes back when the crash has to take its course. */
void probation_crashed(int number, const siginfo_t *information, const void *machine);
/* A crash has asked for the way back, and nobody has taken the request yet. */
bool probation_is_waiting(void);
/* Takes that request. */
bool probation_take(struct request *request);

/* probation_until (CLOCK_MONOTONIC nanoseconds), while it is on. */
void probation_write(struct text *text);

#endif
