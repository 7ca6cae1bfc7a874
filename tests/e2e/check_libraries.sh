#!/bin/bash
# kitsune check: addresses in the program that libraries remember.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/found.sh"

found "a callback" warning "'begin' gives 'later' to library_call_later \(liblibrary.so\), which may keep the address; it is not valid after an update" <<'C'
/* ALONE */
#include "frame.h"
static void later(void *data) { puts(data); }
static void begin(void)
{
#ifdef MENDED
    later("now");
#else
    library_call_later(later, "later"); /* HERE */
#endif
}
C

found "a callback by way of a function" warning \
    "'(begin' gives 'later' to 'keep', which hands it on to|keep' gives 'later' to) library_call_later \(liblibrary.so\)" <<'C'
/* ALONE */
#include "frame.h"
static void later(void *data) { puts(data); }
static void keep(void (*function)(void *)) { puts("keep"); library_call_later(function, NULL); } static void begin(void) { /* HERE */
#ifdef MENDED
    later("now"); (void)keep;
#else
#line 4
    keep(later);
#endif
}
C

found "a struct of callbacks on the stack" warning \
    "'begin' gives 'opened', in a struct, to library_set_callbacks \(liblibrary.so\)" <<'C'
/* ALONE */
#include "frame.h"
static void opened(void *data) { puts(data); }
static void closed(void *data) { puts(data); }
static void begin(void)
{
#ifdef MENDED
    opened("now"), closed("now");
#else
    struct callbacks callbacks = {opened, closed};
    library_set_callbacks(&callbacks); /* HERE */
#endif
}
C

found "a constant table of callbacks" warning \
    "'begin' gives 'table', which holds functions such as 'opened', to library_set_callbacks" <<'C'
/* ALONE */
#include "frame.h"
static void opened(void *data) { puts(data); }
static void closed(void *data) { puts(data); }
static const struct callbacks table = {opened, closed};
static void begin(void)
{
#ifdef MENDED
    table.opened("now");
#else
    library_set_callbacks(&table); /* HERE */
#endif
}
C

found "an option" warning "'begin' gives 'notify' to library_configure" <<'C'
/* ALONE */
#include "frame.h"
static void notify(int number) { printf("%d\n", number); }
static void begin(void)
{
#ifdef MENDED
    notify(1);
#else
    library_configure(1, notify); /* HERE */
#endif
}
C

found "a hook" warning "'begin' stores 'hook' in library_hook \(liblibrary.so\): the address is not valid after an update" <<'C'
/* ALONE */
#include "frame.h"
static void hook(int number) { printf("%d\n", number); }
static void begin(void)
{
#ifdef MENDED
    hook(1);
#else
    library_hook = hook; /* HERE */
#endif
}
C

found "a name" warning "'begin' stores a string literal in library_name" <<'C'
/* ALONE */
#include "frame.h"
static void begin(void)
{
#ifdef MENDED
    library_name = strdup("mine");
#else
    library_name = "mine"; /* HERE */
#endif
}
C

found "a timer's function" warning "'begin' gives 'tick', in a struct, to timer_create \(libc.so.6\)" <<'C'
/* ALONE */
#include "frame.h"
#include <signal.h>
#include <time.h>
static timer_t E_OPAQUE timer;
static void tick(union sigval value) { printf("%d\n", value.sival_int); }
static void begin(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
#ifdef MENDED
    tick((union sigval){0});
#else
    event.sigev_notify = SIGEV_THREAD;
    event.sigev_notify_function = tick;
#endif
    timer_create(CLOCK_MONOTONIC, &event, &timer); /* HERE */
}
C

found "a stream's buffer" warning "'begin' gives 'buffer' to setvbuf \(libc.so.6\)" <<'C'
/* ALONE */
#include "frame.h"
static char buffer[4096];
static void begin(void)
{
#ifdef MENDED
    fgets(buffer, sizeof buffer, stdin);
#else
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer); /* HERE */
#endif
}
C

found "the environment" warning "'begin' gives a string literal to putenv" <<'C'
/* ALONE */
#include "frame.h"
static void begin(void)
{
#ifdef MENDED
    setenv("TZ", "UTC", 1);
#else
    putenv("TZ=UTC"); /* HERE */
#endif
}
C

end_of_test
