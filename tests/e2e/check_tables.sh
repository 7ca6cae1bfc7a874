#!/bin/bash
# kitsune check: tables and texts that belong to the program, and would stay as they were.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/found.sh"

found "a table of commands" warning "'app.c/commands' is initialised with \"who\" in the new version, but an update keeps what the old version has in it\$" <<'C'
#include "frame.h"
static void join(void) { puts("join"); }
static void quit(void) { puts("quit"); }
static struct command {
    const char *name;
    void (*run)(void);
    int calls;
} commands[] /* HERE */
#ifdef MENDED
E_MANUAL_MIGRATE
#endif
= {
#if VERSION == 2
    {"who", join, 0},
#endif
    {"join", join, 0}, {"quit", quit, 0}};
static void begin(void) { commands[rand() & 1].calls++; commands[0].run(); }
C

found "a text of the program" warning "'banner' is initialised with \"Server 2\" in the new version" <<'C'
#include "frame.h"
#if VERSION == 2 && !defined MENDED
const char *banner = "Server 2"; /* HERE */
#else
const char *banner = "Server 1";
#endif
static void begin(void) { puts(banner); banner = getenv("BANNER"); }
C

found "an entry is gone" warning "'app.c/handlers' is initialised without quit in the new version" <<'C'
#include "frame.h"
void join(void) { puts("join"); }
void quit(void) { puts("quit"); }
static void (*handlers[2])(void) = { /* HERE */
    join,
#if VERSION == 1 || defined MENDED
    quit,
#endif
};
static void begin(void) { handlers[rand() & 1] = join; handlers[0](); }
C

# What only the data of the program leads to is state, a constant table the new version's own, and a
# rule about a variable has decided.
cat >app.c <<'C'
#include "frame.h"
static struct item { struct item *next; int value; } items = {&items, 1};
static struct item *first = VERSION == 1 ? &items : NULL;
static int limit = VERSION;
static const char *const names[] = {"one", VERSION == 1 ? "two" : "three"};
static const char *banner = VERSION == 1 ? "Server 1" : "Server 2";
static void begin(void)
{
    puts(names[limit++ & 1]), puts(banner);
    first = items.next;
    banner = first ? names[0] : "none";
}
C
mended='' optimisation=-O2
compile v1 && compile v2
echo 'app.c/banner -> app.c/banner' >kept.xf
check_equal "state, constants, and what a rule is about" "ready: nothing found that stands against it" \
    "$(kitsune check v1.so v2.so --xf kept.xf 2>&1)"
echo 'app.c/banner -> app.c/banner: {}' >own.xf
check_equal "the new version's own, by a rule" "ready: nothing found that stands against it" \
    "$(kitsune check v1.so v2.so --xf own.xf 2>&1)"
check_match "the rules are shown" 'or write: app.c/banner -> app.c/banner: \{\}' \
    "$(kitsune check v1.so v2.so 2>&1)"

# ---- Pointers to pointers ------------------------------------------------------------------------

found "a pointer that leads to one pointer or to many" warning \
    "'app.c/buckets' leads to one pointer or to many: when 'struct entry' changes in some release" <<'C'
/* ALONE */
#include "frame.h"
struct entry { int key; struct entry *next; };
#ifdef MENDED
static struct entry **E_PTRARRAY(8) buckets;
#else
static struct entry **buckets; /* HERE */
#endif
static struct entry **E_PTR chosen;
static char **words;
static FILE *E_OPAQUE *E_PTRARRAY(2) files;
static void begin(void)
{
    buckets = calloc(8, sizeof *buckets);
    chosen = &buckets[1];
    if (words && files)
        printf("%d\n", (*chosen)->key);
}
C

end_of_test
