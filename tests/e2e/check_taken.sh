#!/bin/bash
# kitsune check: variables and locals that an update does not take over, or cannot.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/found.sh"

found "nothing is migrated" error 'v2.so: this version takes over no variables' <<'C'
#define OWN_MAIN
#include "frame.h"
int counter;
int main(void)
{
#if VERSION == 1 || defined MENDED
    kitsune_do_automigrate();
#endif
    kitsune_update("serving");
    return ++counter;
}
C

found "a variable is left out" warning "not taken over by an update: 'app.c/left', 'left_too'\$" <<'C'
#define OWN_MAIN
#include "frame.h"
int taken;
static volatile int left; /* HERE */
int left_too;
int E_MANUAL_MIGRATE not_wanted;
static const int constant[] = {1, 2};
int main(int argc, char **argv)
{
    (void)argv;
    MIGRATE_GLOBAL(taken);
#ifdef MENDED
    MIGRATE_STATIC(left);
    MIGRATE_GLOBAL(left_too);
#endif
    kitsune_update("serving");
    return ++taken + ++left + ++left_too + ++not_wanted + constant[argc & 1];
}
C

found "a local is lost" warning "the local 'main#listener' is taken over by the old version, but not by the new one: its value is lost" <<'C'
#define OWN_MAIN
#include "frame.h"
int main(void) E_NOTELOCALS;
int main(void)
{
    kitsune_do_automigrate();
#if VERSION == 1 || defined MENDED
    int listener = -1;
    MIGRATE_LOCAL(listener); /* HERE */
#endif
    kitsune_update("serving");
    return 0;
}
C

found "a local is wanted" warning "MIGRATE_LOCAL finds no 'main#listener' in the old version: its function does not note its locals" <<'C'
#define OWN_MAIN
#include "frame.h"
#if VERSION == 2 || defined MENDED
int main(void) E_NOTELOCALS;
#endif
int main(void)
{
    int listener = -1;
    kitsune_do_automigrate();
#if VERSION == 2 || defined MENDED
    MIGRATE_LOCAL(listener); /* HERE */
#endif
    printf("%d\n", listener);
    kitsune_update("serving");
    return 0;
}
C

found "what the matcher finds" error "'state' is a void \*: what it leads to is not known" <<'C'
/* ALONE */
#include "frame.h"
#ifdef MENDED
void E_OPAQUE *
#else
void *
#endif
state; /* HERE */
static void begin(void) { state = stdin; }
C

end_of_test
