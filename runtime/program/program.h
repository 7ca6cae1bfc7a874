/* program.h -- the program that this process runs, as the runtime sees it.
 *
 * There is one program per process, run by the driver.  In an ordinary executable that is merely
 * linked with libkitsune, `program.is_driven` stays false and every call is inert.
 */
#ifndef KITSUNE_RUNTIME_PROGRAM_H
#define KITSUNE_RUNTIME_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

#include "program/context.h"
#include "program/version.h"

/* Marks the definitions that applications and the driver bind to. */
#define KITSUNE_PUBLIC __attribute__((visibility("default")))

struct program {
    bool is_driven;
    pid_t main_tid;          /* of the thread that runs main; 0: gone (fork in another thread) */
    pid_t pid;               /* differs from getpid() in a forked child that has not noticed yet */
    int argument_count;
    char **arguments;        /* main's argv; [0] is the program's path as typed */
    unsigned generation;     /* 1: the version it was started with */
    struct version *running;
    int64_t since;           /* CLOCK_REALTIME nanoseconds: it has been running from then on */
    struct context *running_context; /* where its main runs, or stands during an update */
    struct context driver;   /* the process's own stack */
};

extern struct program program;

#endif
