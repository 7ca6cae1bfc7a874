#!/bin/bash
# kitsune check: what is not said of programs that do no harm, and the command itself.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/found.sh"

# ---- What is not said ----------------------------------------------------------------------------

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

# ---- The command ---------------------------------------------------------------------------------


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

end_of_test
