#!/bin/bash
# kitsune check: each finding in a small program that has it, told with its place; and the same
# program mended, about which nothing is said.  With gcc and clang, plain and optimised.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/found.sh"

# A library that keeps what it is given; the program sees its header only.
cat >library.h <<'C'
struct callbacks { void (*opened)(void *); void (*closed)(void *); };
struct options { int level; void (*notify)(int); };
extern void (*library_hook)(int);
extern const char *library_name;
void library_call_later(void (*function)(void *), void *data);
void library_set_callbacks(const struct callbacks *callbacks);
void library_set_options(struct options options);
void library_configure(int what, ...);
void library_sort(void *base, int (*compare)(const void *, const void *));
int library_lock(void *lock);
C
cat >library.c <<'C'
#include "library.h"
void (*library_hook)(int);
const char *library_name = "library";
void *kept[8];
void library_call_later(void (*f)(void *), void *d) { kept[0] = (void *)f; kept[1] = d; }
void library_set_callbacks(const struct callbacks *c) { kept[2] = (void *)c; }
void library_set_options(struct options o) { kept[3] = (void *)o.notify; }
void library_configure(int what, ...) { kept[4] = kept + what; }
void library_sort(void *b, int (*c)(const void *, const void *)) { c(b, b); }
int library_lock(void *lock) { return lock != 0; }
C
gcc -shared -fPIC library.c -o liblibrary.so

cat >frame.h <<'C'
#define _GNU_SOURCE
#include <kitsune.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include "library.h"
#ifndef OWN_MAIN
static void begin(void);
int main(void)
{
    kitsune_do_automigrate();
    begin();
    kitsune_update("serving");
    return 0;
}
#endif
C

# ---- Update points -----------------------------------------------------------------------------------

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

# ---- What is taken over ------------------------------------------------------------------------------

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

# ---- Variables and types -----------------------------------------------------------------------------

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

# ---- What libraries remember -------------------------------------------------------------------------

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

# ---- Threads and jumps -------------------------------------------------------------------------------

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

# ---- The files ---------------------------------------------------------------------------------------

found "a constructor" warning "'start' is a constructor: it runs when this version is loaded" <<'C'
/* ALONE */
#include "frame.h"
#ifndef MENDED
__attribute__((constructor))
#endif
static void start(void) /* HERE */
{
    puts("started");
}
static void begin(void) { start(); }
C

plain='#include "frame.h"
static void begin(void) { puts("begin"); }'

found "-z nodelete" warning "v2.so: linked with -z nodelete" -Wl,-z,nodelete <<<"$plain"
exported='__attribute__((visibility("default"))) int shown;'
found "no -Bsymbolic" warning \
    "v1.so: linked without -Bsymbolic, which kitcc adds: what it exports, such as 'shown'" \
    -Wl,-Bno-symbolic <<<"$plain
$exported"
found "no debug information" error "v1.so: no debug information" -Wl,--strip-debug <<<"$plain"
found "stripped of symbols" error "v1.so: no debug information" -Wl,--strip-all <<<"$plain"
cp v1.so plain.so
strip plain.so -o v1.so
expect_error "what follows from that" 1 "v1.so: warning: stripped of its symbol table" \
    kitsune check v1.so

# pair NAME STATUS PATTERN: what is said of v1.so and v2.so, which are there already.
pair() {
    expect_error "$1" "$2" "$3" kitsune check v1.so v2.so
}

# build VERSION [FLAG...]: in one go, with the libraries in $libraries.
build() {
    local version=$1
    shift
    check "$version is built for: $*" \
        kitcc -O2 -I. "$@" -shared app.c -o "$version.so" $libraries
}

libraries='-L. -llibrary'
cat >app.c <<'C'
#define OWN_MAIN
#include "frame.h"
__thread int of_thread;
#ifdef UNIQUE
__asm__(".pushsection .data\n.globl only_one\n.type only_one, @gnu_unique_object\n"
        ".size only_one, 4\nonly_one: .long 1\n.popsection");
#endif
#ifdef EXPORTED
__attribute__((visibility("default"))) void wanted(void) { puts("wanted"); }
#endif
int counter;
int main(void)
{
    kitsune_do_automigrate();
    library_lock(&counter);
    kitsune_update("serving");
    return counter + of_thread;
}
C
build v1 -Wl,-Bno-symbolic
build v2
pair "nothing is exported, so nothing is mixed up" 0 "^ready: nothing found"
echo 'counter -> counter: { FAIL "not decided yet"; }' >stub.xf
expect_error "a rule that is not written yet" 1 \
    "^stub.xf:1: error: the code of 'counter -> counter' is not written yet" \
    kitsune check --xf stub.xf v1.so v2.so
build v1
pair "two that are the same" 0 "^ready: nothing found"
build v2 -ftls-model=initial-exec
pair "thread-local variables of the static model" 0 "^v2.so: warning: its thread-local variables"
build v2 -DUNIQUE
pair "a unique symbol" 0 "^v2.so: warning: 'only_one' is a unique symbol"
build v2 -fsanitize=address
pair "one with sanitizer, one without" 1 \
    "^v2.so: error: built with -fsanitize=address, and the old version without it"

# The library wants a symbol of the program's; a version of it may not.
echo 'void wanted(void); void use(void) { wanted(); }' >>library.c
gcc -shared -fPIC library.c -o liblibrary.so
build v1 -DEXPORTED -Wl,--allow-shlib-undefined -Wl,-rpath,"$PWD"
build v2 -DEXPORTED -Wl,--allow-shlib-undefined -Wl,-rpath,"$PWD"
pair "an exported symbol that a library uses" 0 \
    "^v1.so: warning: liblibrary.so may use 'wanted' of this version"
sed -i '$d' library.c

# Libraries that come and go and change.
mkdir new
gcc -shared -fPIC -Wl,--build-id library.c -Wl,-soname,liblibrary.so -o liblibrary.so
gcc -shared -fPIC -Wl,--build-id library.c -DOTHER=1 -g -Wl,-soname,liblibrary.so \
    -o new/liblibrary.so
build v1 -Wl,-rpath,"$PWD"
libraries='-Lnew -llibrary' build v2 -Wl,-rpath,"$PWD/new"
pair "another build of a library" 1 \
    "^v2.so: error: it comes with another build of liblibrary.so \(.*/new/liblibrary.so\) than"
gcc -shared -fPIC library.c -Wl,-soname,liblibrary.so.2 -o new/liblibrary.so
cp new/liblibrary.so new/liblibrary.so.2
libraries='-Lnew -llibrary' build v2 -Wl,-rpath,"$PWD/new"
pair "another major version" 0 \
    "^v2.so: warning: it needs liblibrary.so.2, the old version liblibrary.so: both will be"
libraries='-L. -llibrary -Wl,--no-as-needed -lm' build v2 -Wl,-rpath,"$PWD"
pair "one more library" 0 "^v2.so: note: it brings in libm.so.6"
cp v2.so v1.so
build v2 -Wl,-rpath,"$PWD"
pair "one less" 0 "^v2.so: note: it no longer needs libm.so.6"

# Compiled by the compiler itself.
gcc -O2 -g -fPIC -I. -I"$build/include" -c app.c -o app.o
check "objects of others are linked" kitcc -shared app.o -o v2.so $libraries -Wl,-rpath,"$PWD"
pair "compiled by others" 0 "^v2.so: warning: app.c was compiled by something else than kitcc"
pair "points that nobody recorded" 0 "^v2.so: warning: its update points are not known"
gcc -g -fPIC -I. -I"$build/include" -shared app.c -o v2.so $libraries -L"$build/lib" -lkitsune \
    -Wl,-rpath,"$PWD"
pair "linked by others" 1 "^v2.so: error: not linked by kitcc"

# ---- What is not said ----------------------------------------------------------------------------------

cat >app.c <<'C'
#include "frame.h"
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
static struct { pthread_mutex_t lock; void (*function)(int); } server;
static int numbers[4] = {4, 3, 2, 1};
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static void on_hangup(int number) { (void)number; }
static void last_words(void) { puts("done"); }
static void once(void) { puts("once"); }
static pthread_once_t is_done = PTHREAD_ONCE_INIT;
static jmp_buf place;
static void try(void) { if (!setjmp(place)) puts("trying"); else longjmp(place, 1); }
static void begin(void)
{
    server.function = on_hangup;
    pthread_mutex_lock(&server.lock);
    library_lock(&server);
    qsort(numbers, 4, sizeof numbers[0], compare);
    bsearch(numbers, numbers, 4, sizeof numbers[0], compare);
    struct sigaction action = {.sa_handler = on_hangup};
    sigaction(SIGHUP, &action, NULL);
    signal(SIGINT, SIG_IGN);
    atexit(last_words);
    pthread_once(&is_done, once);
    printf("%p\n", (void *)compare);
    setvbuf(stdout, NULL, _IOLBF, 0);
    try();
}
C
for KITSUNE_CC in gcc clang; do
    export KITSUNE_CC
    for optimisation in -O0 -O1 -O2 -Os; do
        mended='' strict=--strict
        expect_output "what does no harm ($KITSUNE_CC $optimisation)" "^ready: nothing found" \
            compile_and_check
    done
done
unset KITSUNE_CC

cat >app.c <<'C'
/* ALONE */
#include "frame.h"
static int compare(const void *a, const void *b) { return a < b; }
static int numbers[2];
static void begin(void) { library_sort(numbers, compare); }
C
optimisation=-O2 mended='' strict=--strict
expect_error "an unknown function counts with --strict" 1 "^not ready to be updated: 1 warning, which" \
    compile_and_check
expect_output "the user knows better" "^ready: nothing found" \
    kitsune check --strict --harmless=library_sort v1.so

# ---- The command -----------------------------------------------------------------------------------------

expect_output "points are listed" '^app\.c:[0-9]+: "serving" in main$|^frame\.h:[0-9]+: "serving" in main$' \
    kitsune check --list-points v1.so
expect_output "points as JSON" '"name": "serving"' kitsune check --list-points --json v1.so
expect_error "no file" 2 "say which version" kitsune check
expect_error "three files" 2 "too many arguments" kitsune check v1.so v1.so v1.so
expect_error "not there" 1 "kitsune check: nowhere.so: No such file" kitsune check nowhere.so
head -c 5000 v1.so >cut.so
expect_error "a file that is cut off" 1 "^cut.so: error: truncated" kitsune check cut.so
expect_error "not a program" 1 "not an ELF file" kitsune check app.c
expect_error "a broken spec" 1 "error: expected" \
    kitsune check --xf <(echo 'struct a =>') v1.so v1.so
for part in '"ready": true' '"warnings": 1' '"severity": "warning"' '"subject": "kept"' \
    '"file": "app.c"' '"line": 5' '"help": \['; do
    expect_output "JSON has $part" "$part" kitsune check --json v1.so
done
kitsune types v1.so -o v1.ktt
expect_output "a companion file alone" "v1.ktt: note: a companion file alone" \
    kitsune check v1.ktt v1.so

# ---- Update points, however they are written ---------------------------------------------------------------

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
