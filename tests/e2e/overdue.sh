#!/bin/bash
# New versions that never come to their update point: given up wherever they are, and the old version
# goes on.
. "$(dirname "$0")/../lib/harness.sh"

cat >program.c <<'END'
#include <kitsune.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

int rounds;
volatile int turns;

static void *other(void *nothing)
{
    for (;;) {
        kitsune_update("other");
        poll(NULL, 0, 100);
    }
    return nothing;
}

__attribute__((noinline)) void get_lost(void)
{
    LOST;
}

int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating() && THREADS) {
        pthread_t thread;
        pthread_create(&thread, NULL, other, NULL);
    }
    if (kitsune_is_updating())
        get_lost();
    for (;;) {
        kitsune_update("loop");
        printf("version %d, round %d\n", VERSION, ++rounds);
        fflush(stdout);
        poll(NULL, 0, 20);
    }
}
END

# overdue NAME CODE [FLAG...]: version 2 runs CODE on its way.
overdue() {
    local name=$1 lost=$2 flags=${3:--DTHREADS=0} before
    rm -rf v1 v2 v3 ./*.so.d log
    mkdir v1 v2 v3
    cp program.c v1/app.c
    cp program.c v2/app.c
    cp program.c v3/app.c
    check "$name: builds" eval "build_version v1 -DVERSION=1 -DLOST= $flags &&
        build_version v2 -DVERSION=2 '-DLOST=$lost' $flags &&
        build_version v3 -DVERSION=3 -DLOST= $flags &&
        install_transformer v1 v2 && install_transformer v1 v3"
    start log kitsune run ./v1.so
    check "$name: starts" wait_line 10 log '^version 1, round 3$'
    expect_error "$name: it is given up" 1 \
        "the update point 'loop' for [0-9.]+ s and has not come to it; it is in (get_lost|main)" \
        timeout 60 kitsune update --timeout 1 "$started" ./v2.so
    before=$(wc -l <log)
    check "$name: the old version goes on" \
        wait_for 10 eval "[ \"\$(wc -l <log)\" -gt $((before + 3)) ]"
    check_equal "$name: and is the old one" "version 1" "$(tail -n 1 log | cut -d, -f1)"
    check "$name: a good version takes its place" timeout 60 kitsune update "$started" ./v3.so
    check "$name: and goes on" wait_line 10 log '^version 3'
    stop "$started"
}

overdue "waiting in poll" 'poll(NULL, 0, -1)'
overdue "waiting for a signal" 'pause()'
overdue "sleeping, again and again" 'while (!turns) sleep(3600)'
overdue "running in circles" 'for (;;) turns++'
overdue "waiting in read" 'char byte; int ends[2]; if (pipe(ends) == 0) while (read(ends[0], &byte, 1) < 0)'
overdue "with a second thread" 'poll(NULL, 0, -1)' -DTHREADS=1

end_of_test
