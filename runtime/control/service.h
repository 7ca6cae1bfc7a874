/* service.h -- how requests reach the program: the control socket, SIGUSR2, and the program's own
 * wish.
 *
 * There is no thread of ours behind it.  glibc takes slower paths in every malloc and system call
 * wrapper as soon as a process has a second thread (about 40 instructions per system call), and
 * a program that is not being updated shall not pay anything.  Instead the kernel signals the
 * main thread when a datagram arrives (O_ASYNC on the socket, with a real-time signal that nobody
 * else uses):
 *
 *      request arrives --signal--> kitsune_pending = 1, and a timer repeats the signal
 *      ... blocking calls return EINTR, the program comes to its update point ...
 *      kitsune_update --slow path--> service_take
 *
 * The repetition closes the race between "no update is pending" and "block in read": if the
 * signal came just before the call blocked, the next one, 10 ms later, wakes it.
 *
 * The socket disappears from programs that close all descriptors they do not know, and a forked
 * child shares nothing of this: both are noticed at the next update point that our signal (the
 * tool sends it when it finds no socket) or, in the child, the fork itself leads into the slow
 * path, and the service is made anew.
 */
#ifndef KITSUNE_RUNTIME_SERVICE_H
#define KITSUNE_RUNTIME_SERVICE_H

#include <signal.h>
#include <stdbool.h>

#include <kitsune.h>

#include "control/report.h"
#include "control/request.h"

/* Bits of kitsune_pending: why update points take the slow path. */
enum {
    PENDING_UPDATE = 1,    /* there is a request, or there may be one */
    PENDING_PROBATION = 2, /* see probation.h */
};
/* Waits end early, and threads stand still at their update points. */
static inline bool update_is_wanted(void)
{
    return __atomic_load_n(&kitsune_pending, __ATOMIC_RELAXED) & PENDING_UPDATE;
}

void service_start(void);
/* At the end of the process: removes our files. */
void service_stop(void);

/* At an update point.  Takes one request, if there is one; restarts the service if need be. */
bool service_take(struct request *request);
/* The threads of an update that has ended are about to go on: unless another one is asked for, they
 * shall pass their update points at once. */
void service_rest(void);

/* Tells the requester, the log and the status. */
void service_report(const struct request *request, struct report *report);
/* "running", or "updating" while an update is under way. */
void service_write_status(const char *state);

/* The program's own wish (kitsune_signal_update and its like). */
void service_wish(void);

/* Signals the thread that runs main, which has entered a new version, when that has had its time,
 * and again until it has arrived or been given up. */
void service_watch_arrival(int64_t nanoseconds);
/* The same, from now on: it is known that it will not arrive. */
void service_end_arrival(void);

/* In the child of a rehearsal: leaves the parent's socket and files alone, and has a timer. */
void service_become_rehearsal(void);

/* The real-time signal; 0 before the start. */
int service_signal(void);

#endif
