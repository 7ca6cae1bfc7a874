/* crash.h -- crashes in the middle of an update: SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT;
 * and SIGPIPE, SIGXFSZ and SIGSYS, where the program lets them end it.
 *
 * While a new version is on its way to its update point, these signals are the runtime's: one that
 * its code, or a rule's, has raised gives the update up, and the old version goes on.  They are
 * handled on a stack of their own, since the crash may be a stack that has run over.  So it is on
 * probation (probation.h), where they lead to an update back.  Outside of these times the program's
 * own handlers are in place, and are what the next version inherits.
 */
#ifndef KITSUNE_RUNTIME_CRASH_H
#define KITSUNE_RUNTIME_CRASH_H

#include <signal.h>
#include <stdbool.h>

/* For the process: from leaving the old version on. */
void crash_watch(void);
/* False: this process wants its crashes to take their course (KITSUNE_CRASH=core). */
bool crash_is_watched(void);
/* The program's own handlers again, save where the new version has installed others meanwhile. */
void crash_watch_ends(void);

/* Where a signal's handler, whose ucontext_t this is, interrupted the new version or a rule:
 * " in conn_convert+0x12", "" when that is not known; malloc. */
char *crash_place(const void *machine);
/* "SIGSEGV (Segmentation fault), accessing 0x0, in conn_convert+0x12"; malloc. */
char *crash_describe(int number, const siginfo_t *information, const void *machine);
/* Notes the way there for the report. */
void crash_note_backtrace(const void *machine);

/* Takes them out of a mask: blocked, they would end the process. */
void crash_unblock(sigset_t *mask);

/* For each thread that runs the new version's code: a stack for the handler.  Given back, it is
 * kept for the next time, until the thread ends. */
void crash_stack_take(void);
void crash_stack_give_back(void);
/* The same in the old version, whatever the new one has chosen. */
void crash_stack_undo(void);
void crash_stack_free(void);
/* In the handler of a crash that another version is going to be entered from: that must not be
 * handled on the same stack.  It takes its own when it has been entered. */
void crash_stack_occupy(void);

#endif
