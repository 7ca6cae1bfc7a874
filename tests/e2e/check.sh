#!/bin/bash
# kitsune check: update points that are lost, of unknown name, never reached by a thread or jumped
# over; and the list of those that a version has, however they are written.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/found.sh"

# ---- What is found -------------------------------------------------------------------------------

found "a lost update point" error \
    'the new version has no update point "serving": .* in .main., can never be committed' <<'C'
#define OWN_MAIN
#include "frame.h"
int main(void)
{
    kitsune_do_automigrate();
#if VERSION == 1 || defined MENDED
    kitsune_update("serving"); /* HERE */
#else
    kitsune_update("waiting");
#endif
    return 0;
}
C

found "no update point" error 'v2.so: no update point: an update to this version' <<'C'
#define OWN_MAIN
#include "frame.h"
int main(void)
{
    kitsune_do_automigrate();
#if VERSION == 1 || defined MENDED
    kitsune_update("serving");
#endif
    return 0;
}
C

found "an unknown name" warning "the update point in 'wait_for_it' has a name that is not a string literal" <<'C'
#define OWN_MAIN
#include "frame.h"
static void wait_for_it(const char *name)
{
    kitsune_do_automigrate();
#ifdef MENDED
    (void)name;
    kitsune_update("serving");
#else
    kitsune_update(name); /* HERE */
#endif
}
int main(int argc, char **argv) { wait_for_it(argv[argc - 1]); return 0; }
C

found "a thread without update point" warning \
    "'begin' starts a thread in 'work', which comes to no update point" <<'C'
/* ALONE */
#include "frame.h"
#include <pthread.h>
static void more(void)
{
#ifdef MENDED
    kitsune_update("working");
#endif
    puts("working");
}
static void *work(void *data) { more(); return data; }
static void begin(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL); /* HERE */
}
C

found "a thread without update point, of those that hold a lock" warning \
    "'begin' starts a thread in 'work', which comes to no update point" <<'C'
/* ALONE */
#include "frame.h"
#include <pthread.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *work(void *data)
{
    pthread_mutex_lock(&lock);
#ifdef MENDED
    kitsune_update_holding("working", &lock);
#endif
    pthread_mutex_unlock(&lock);
    return data;
}
static void begin(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL); /* HERE */
}
C

found "a jump over the update point" warning "'main' calls setjmp and leads to an update point" <<'C'
#define OWN_MAIN
#include "frame.h"
#include <setjmp.h>
static jmp_buf place;
static void serve(void) { puts("serve"); kitsune_update("serving"); if (getchar() == 'x') longjmp(place, 1); }
int main(void)
{
    kitsune_do_automigrate();
#if VERSION == 1 && !defined MENDED
    if (setjmp(place)) /* HERE */
        return 1;
#endif
    serve();
    return 0;
}
C

# ---- Update points, however they are written -----------------------------------------------------

cat >points.h <<'C'
#define NAME "a " "macro"
#define POINT() kitsune_update(NAME)
static inline void idle(void) { kitsune_update("idle"); }
C
cat >app.c <<'C'
#define OWN_MAIN
#include "frame.h"
#include "points.h"
#define kitsune_update_soon(name) (void)name
static void never_called(void) { kitsune_update("dead"); }
int main(int argc, char **argv)
{
    kitsune_do_automigrate();
    POINT();
    idle();
    kitsune_update("two  blanks\t"); kitsune_update_soon("no point");
    kitsune_update(argv[argc - 1]);
    (void)never_called;
    return 0;
}
C
for KITSUNE_CC in gcc clang; do
    export KITSUNE_CC
    for optimisation in -O0 -O2; do
        mended=
        compile v1
        check_equal "the points of a version ($KITSUNE_CC $optimisation)" 'app.c:12: a name that is not a string literal, in main
app.c:9: "a macro" in main
app.c:5: "dead" in never_called
points.h:3: "idle" in idle
app.c:11: "two  blanks	" in main' "$(kitsune check --list-points v1.so)"
    done
done
unset KITSUNE_CC

end_of_test
