#!/bin/bash
# Rules and checks that never come to an end: the update is given up, and the old version goes on.
. "$(dirname "$0")/../lib/harness.sh"

cat >program.c <<'END_OF_PROGRAM'
#include <kitsune.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct item {
#if VERSION > 1
    long weight;
#endif
    int value;
    struct item *next;
};

int rounds;
struct item *items;


static void *other(void *nothing)
{
    for (;;) {
        kitsune_update("other");
        poll(NULL, 0, 100);
    }
    return nothing;
}

int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        for (int i = 1; i <= 100; i++) {
            struct item *item = calloc(1, sizeof *item);
            item->value = i;
            item->next = items;
            items = item;
        }
        if (THREADS) {
            pthread_t thread;
            pthread_create(&thread, NULL, other, NULL);
        }
    }
    for (;;) {
        kitsune_update("loop");
        int sum = 0;
        for (struct item *item = items; item; item = item->next)
            sum += item->value;
        printf("version %d, sum %d, round %d\n", VERSION, sum, ++rounds);
        fflush(stdout);
        poll(NULL, 0, 20);
    }
}
END_OF_PROGRAM
echo '{
#include <unistd.h>
volatile int turns;
}
INIT struct item.weight: { $out = 0; }' >good.xf

# overdue NAME RULES [FLAG...]: rules that do not end.
overdue() {
    local name=$1 rules=$2 flags=${3:--DTHREADS=0}
    rm -rf v1 v2 v3 ./*.so.d log
    mkdir v1 v2 v3
    cp program.c v1/app.c
    cp program.c v2/app.c
    cp program.c v3/app.c
    { cat good.xf; echo "$rules"; } >bad.xf
    case $rules in INIT*) sed -i '/out = 0/d' bad.xf ;; esac
    check "$name: builds" eval "build_version v1 -DVERSION=1 $flags &&
        build_version v2 -DVERSION=2 $flags && build_version v3 -DVERSION=3 -DOTHER $flags &&
        install_transformer v1 v2 bad.xf && install_transformer v1 v3 good.xf"
    start log kitsune run ./v1.so
    check "$name: starts" wait_line 10 log '^version 1, sum 5050, round 3$'
    expect_error "$name: it is given up" 1 \
        "under way for [0-9.]+ s, longer than it may take; a rule or a check is still at work" \
        timeout 60 kitsune update --timeout 0.5 "$started" ./v2.so
    : >log
    check "$name: the old version goes on" wait_line 10 log '^version 1, sum 5050, round [0-9]+$'
    check "$name: a good version takes its place" timeout 60 kitsune update "$started" ./v3.so
    check "$name: and has everything" wait_line 10 log '^version 3, sum 5050'
    stop "$started"
}

overdue "a rule that runs in circles" 'INIT struct item.weight: { $out = 1; if (++turns == 50) for (;;) turns++; }'
overdue "a rule that sleeps, again and again" 'INIT struct item.weight: { $out = 1; while (!turns) sleep(60); }'
overdue "a rule that waits in read" 'INIT struct item.weight: { $out = 1; int ends[2]; char byte;
    if (pipe(ends) == 0) while (read(ends[0], &byte, 1) < 0); }'
overdue "a check that runs in circles" 'CHECK { for (;;) turns++; return 1; }'
overdue "with a second thread" 'INIT struct item.weight: { $out = 1; for (;;) turns++; }' -DTHREADS=1

end_of_test
