#!/bin/bash
# kitsune check: calls whose interruption by a request a program takes for its end, or for the end of its
# input; and what threads are started with.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/found.sh"

found "a program that ends when accept fails" warning \
    "'main' ends the program when accept fails, as it does \(EINTR\)" <<'C'
#define OWN_MAIN
#include "frame.h"
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
static int listener = -1; /* ALONE */
static void die(const char *what) { perror(what); exit(1); }
int main(void)
{
    kitsune_do_automigrate();
    for (;;) {
        kitsune_update("accept");
        int connection = accept(listener, NULL, NULL); /* HERE */
#ifdef MENDED
        if (connection < 0 && errno == EINTR)
            continue;
#endif
        if (connection < 0)
            die("accept");
        close(connection);
    }
}
C

found "a function that ends the program when it is interrupted" warning \
    "'serve' ends the program when poll fails" <<'C'
#define OWN_MAIN
#include "frame.h"
#include <errno.h>
#include <poll.h>
static struct pollfd entries[2]; /* ALONE */
__attribute__((noinline)) static void serve(void)
{
    int ready = poll(entries, 2, -1); /* HERE */
#ifdef MENDED
    if (ready == -1 && errno != EINTR)
#else
    if (ready == -1)
#endif
        abort();
}
int main(void)
{
    kitsune_do_automigrate();
    for (;;) {
        kitsune_update("loop");
        serve();
    }
}
C

found "a main that returns when it is interrupted" warning \
    "'main' ends the program when recv fails" <<'C'
#define OWN_MAIN
#include "frame.h"
#include <errno.h>
#include <sys/socket.h>
static char buffer[100]; /* ALONE */
int main(void)
{
    kitsune_do_automigrate();
    for (;;) {
        kitsune_update("loop");
        ssize_t got = recv(0, buffer, sizeof buffer, 0); /* HERE */
#ifdef MENDED
        if (got < 0 && errno == EINTR)
            continue;
#endif
        if (got <= 0)
            return 1;
    }
}
C

found "a line that is read with stdio" warning \
    "'main' waits in fgets on its way to the update point: .*as at the end of the input" <<'C'
#define OWN_MAIN
#include "frame.h"
#include <errno.h>
static char line[100]; /* ALONE */
int main(void)
{
    kitsune_do_automigrate();
    for (;;) {
        kitsune_update("loop");
        if (!fgets(line, 99, stdin)) { /* HERE */
#ifdef MENDED
            if (ferror(stdin) && errno == EINTR) {
                clearerr(stdin);
                continue;
            }
#endif
            return 0;
        }
    }
}
C

found "a thread that is given something unknown" warning \
    "'begin' starts a thread in 'work' and gives it something of which nothing is said" <<'C'
#include "frame.h"
#include <pthread.h>
#ifdef MENDED
#define E_JOB E_T(struct job)
#else
#define E_JOB
#endif
struct job { int number; }; /* ALONE */
static void *work(void *E_JOB argument)
{
    struct job *job = argument;
    while (job->number++ < 100)
        kitsune_update("work");
    return job;
}
static void begin(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, calloc(1, sizeof(struct job))); /* HERE */
}
C

end_of_test
