#!/bin/bash
# kitsune check: functions that something still leads to and that the new version does not have.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/found.sh"

found "a function that data leads to is gone" warning \
    "'app.c/on_read' is gone from the new version, but its address is stored in data \(app.c:14\)" <<'C'
#include "frame.h"
struct client { void (*handler)(void); } *client;
#if VERSION == 1 || defined MENDED
static void on_read(void) /* HERE */
#else
static void on_input(void)
#endif
{
    puts("read");
}
static void begin(void)
{
#if VERSION == 1 || defined MENDED
    client = malloc(sizeof *client), client->handler = on_read;
#else
    client->handler = on_input;
#endif
}
C

found "a key's destructor is gone" warning \
    "'destroy' is registered with pthread_key_create here and is not in the new version" <<'C'
#include "frame.h"
#include <pthread.h>
static pthread_key_t key;
#if VERSION == 1 || defined MENDED
static void destroy(void *data) { puts("gone"); free(data); }
#else
#define destroy NULL
#endif
static void begin(void)
{
    pthread_key_create(&key, destroy); /* HERE */
}
C

found "a signal's handler is gone" error "'on_term' handles SIGTERM here and is not in the new version: the update is refused" <<'C'
#include "frame.h"
#include <signal.h>
#if VERSION == 1 || defined MENDED
static void on_term(int number) { (void)number; }
#endif
static void begin(void)
{
#if VERSION == 1 || defined MENDED
    signal(SIGTERM, on_term); /* HERE */
#endif
}
C

found "a signal's handler is replaced" warning "'on_term' handles SIGTERM here and is not in the new version" <<'C'
#include "frame.h"
#include <signal.h>
#if VERSION == 1 || defined MENDED
#define HANDLER on_term
#else
#define HANDLER on_end
#endif
static void HANDLER(int number) { (void)number; }
static void begin(void)
{
    struct sigaction action = {.sa_handler = HANDLER};
    sigaction(SIGTERM, &action, NULL); /* HERE */
}
C

found "a handler of the end is gone" warning "'say_goodbye' is registered with atexit here and is not in the new version" <<'C'
#include "frame.h"
#if VERSION == 1 || defined MENDED
static void say_goodbye(void) { puts("goodbye"); }
#endif
static void begin(void)
{
#if VERSION == 1 || defined MENDED
    atexit(say_goodbye); /* HERE */
#endif
}
C

found "a thread's function is gone" warning \
    "'begin' starts a thread in 'work', which the new version does not have" <<'C'
#include "frame.h"
#include <pthread.h>
#if VERSION == 1 || defined MENDED
#define WORK work
#else
#define WORK labour
#endif
static void *WORK(void *data) { kitsune_update("working"); return data; }
static void begin(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, WORK, NULL); /* HERE */
}
C

end_of_test
