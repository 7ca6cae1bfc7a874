/* interrupts.h -- which blocking system calls the runtime's signal ends.
 *
 * By default all: whatever blocks returns EINTR, as POSIX has it after a signal.  A program that
 * takes EINTR in the middle of a transfer for an error can be run with KITSUNE_INTERRUPT=waits:
 * then reading, writing, connecting and the like are begun again by the kernel, as if nothing had
 * happened, and only what waits for something to happen ends early (poll and its like, accept,
 * sleeps, semaphores, waitpid, file locks).
 */
#ifndef KITSUNE_RUNTIME_INTERRUPTS_H
#define KITSUNE_RUNTIME_INTERRUPTS_H

/* For sigaction: SA_RESTART or 0. */
int interrupts_flags(void);
/* In the handler of a signal installed with these flags: ends the call that was interrupted if it
 * is one that shall end.  `machine` is the handler's ucontext_t.  Async-signal-safe. */
void interrupts_end_wait(void *machine);

#endif
