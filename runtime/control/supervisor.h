/* supervisor.h -- what a supervisor that watches this process is told: systemd, or whoever speaks
 * the protocol of sd_notify(3) and names a socket in NOTIFY_SOCKET.
 *
 *      the program comes to an update point for the first time    READY=1
 *      an update leaves the old version                           RELOADING=1
 *      it has ended, whichever version runs now                   READY=1
 *
 * A watchdog (WATCHDOG_USEC) cannot be fed by a program that is being updated: while it lasts the
 * supervisor is given a longer interval, and afterwards the one it asked for.  Without
 * NOTIFY_SOCKET all this is nothing.
 *
 * KITSUNE_NOTIFY=updates leaves the first READY=1 to a program that sends it by itself;
 * KITSUNE_NOTIFY=no tells nothing at all.
 */
#ifndef KITSUNE_RUNTIME_SUPERVISOR_H
#define KITSUNE_RUNTIME_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

/* Before the first version runs.  True when somebody waits to hear that it is ready. */
bool supervisor_start(void);

/* True until supervisor_ready has been called, if somebody waits. */
bool supervisor_waits(void);
/* The version at `path` serves. */
void supervisor_ready(const char *path, unsigned generation);

/* Another version is about to run, and may take up to `patience` nanoseconds to serve. */
void supervisor_reloading(const char *path, int64_t patience);
/* It is over, and the version at `path` serves; nothing without the call before. */
void supervisor_reloaded(const char *path, unsigned generation);

#endif
