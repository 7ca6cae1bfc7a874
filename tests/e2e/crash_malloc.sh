#!/bin/bash
# A new version that crashes inside malloc or free, on its way to its update point, holds a lock of
# malloc's: the update is given up all the same, and in the old version every thread goes on allocating.
# Where the heap itself is destroyed, the program ends and says so.
. "$(dirname "$0")/../lib/harness.sh"

cat >program.c <<'END'
#include <kitsune.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORKERS = 3, LARGE = 5000 }; /* too large for what a thread keeps without a lock */

/* The compiler knows what malloc does, and leaves out what makes no sense. */
static void *(*volatile get)(size_t) = malloc;
static void (*volatile put)(void *) = free;

void *E_OPAQUE of_worker; /* from another arena than main's */
int has_threads;
static atomic_long turns;
int version = VERSION;

__attribute__((noinline)) void free_twice(void *block)
{
    put(block);
    put(block);
}

/* Its links, when it is free, lead to where nothing is, or back to itself. */
__attribute__((noinline)) void destroy(bool in_circle)
{
    void **block = get(LARGE), *guard = get(LARGE);
    put(block);
    block[1] = in_circle ? (void *)(block - 2) : (void *)16;
    put(get(2 * LARGE));
    put(guard);
}

__attribute__((noinline)) void crash(void)
{
    void *block = get(LARGE), *guard = get(LARGE);
    DAMAGE;
    put(guard);
    put(block);
}

void *run_worker(void *argument)
{
    void *block = get(LARGE), *guard = get(LARGE);
    if (!of_worker)
        of_worker = block;
#if VERSION == 2 && defined IN_WORKER
    crash();
#endif
    for (;;) {
        kitsune_update("worker");
        put(get(LARGE));
        turns++;
        poll(NULL, 0, 2);
    }
    put(guard);
    return argument;
}

static void begin(void)
{
    pthread_t thread;
    for (int i = 0; i < WORKERS * has_threads; i++)
        pthread_create(&thread, NULL, run_worker, NULL);
    while (has_threads && !of_worker)
        usleep(1000);
}

/* Says so when all threads have allocated since the last time. */
static void go_on(void)
{
    static long E_MANUAL_MIGRATE before;
    if (has_threads && turns < before + 50)
        return;
    put(get(LARGE));
    printf("version %d goes on\n", VERSION);
    before = turns;
}

int main(int count, char **arguments)
{
    (void)arguments;
    setvbuf(stdout, NULL, _IOLBF, 0);
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        has_threads = count > 1;
        begin();
    }
#if VERSION == 2 && !defined IN_WORKER
    if (kitsune_is_updating())
        crash();
#endif
    for (;;) {
        go_on();
        kitsune_update("main");
        poll(NULL, 0, 5);
    }
}
END

mkdir v1 v2 v3
for version in 1 3; do
    cp program.c v$version/app.c
    check "version $version builds" build_version v$version -DVERSION=$version -DDAMAGE='(void)0'
done
check "from the first to the third" install_transformer v1 v3
cp program.c v2/app.c

# damaged NAME CODE [FLAG...]: a second version that does this on its way.
damaged() {
    local name=$1 code=$2
    shift 2
    check "$name: builds" build_version v2 -DVERSION=2 -DDAMAGE="$code" "$@"
    check "$name: the transformer" install_transformer v1 v2
}

# given_up NAME [ARGUMENT]: the program, started with the argument, goes on; twice.
given_up() {
    local name=$1 round
    start log kitsune run ./v1.so "${@:2}"
    wait_line 10 log 'goes on'
    for round in 1 2; do
        expect_error "$name: given up ($round)" 1 'aborted: the new version, or a rule, crashed.*SIGABRT' \
            timeout 60 kitsune update "$started" ./v2.so
        : >log
        check "$name: everybody allocates ($round)" wait_line 10 log '^version 1 goes on'
    done
    check_match "$name: says that it was inside malloc" '^  to do +it was inside malloc' \
        "$(kitsune status "$started")"
    expect_error "$name: a rehearsal finds it, too" 1 'the rehearsal failed.*SIGABRT' \
        timeout 60 kitsune update --rehearse "$started" ./v2.so
    expect_output "$name: and the next update is possible" '^updated' \
        timeout 60 kitsune update "$started" ./v3.so
    check "$name: in which everybody allocates" wait_line 10 log '^version 3 goes on'
    stop "$started"
}

damaged "main's arena" 'free_twice(get(LARGE))'
given_up "main's arena, one thread"
given_up "main's arena, threads" threads
damaged "a thread's arena" 'free_twice(of_worker)'
given_up "a thread's arena" threads
damaged "a thread crashes" 'free_twice(get(LARGE))' -DIN_WORKER
start log kitsune run ./v1.so threads
wait_line 10 log 'goes on'
expect_error "a thread crashes: given up" 1 'aborted: the new version, or a rule, crashed.*SIGABRT' \
    timeout 60 kitsune update "$started" ./v2.so
: >log
check "a thread crashes: everybody allocates" wait_line 10 log '^version 1 goes on'
stop "$started"

# ended NAME WHY [ARGUMENT]
ended() {
    start log kitsune run ./v1.so "${@:3}"
    wait_line 10 log 'goes on'
    expect_error "$1: the requester is told that it ended" 3 'the program ended during the update' \
        timeout 60 kitsune update "$started" ./v2.so
    check_match "$1: and the log says why" "crashed inside malloc, and $2: neither version can go on" \
        "$(cat log)"
    wait_for 5 has_ended "$started"
}
damaged "a heap that is destroyed" 'destroy(false)'
ended "a heap that is destroyed" 'the heap, which both versions share, is destroyed'
ended "a heap that is destroyed, threads" 'the heap, which both versions share, is destroyed' threads
damaged "a list in a circle" 'destroy(true)'
ended "a list in a circle" 'its lists of free blocks lead in a circle' threads

end_of_test
