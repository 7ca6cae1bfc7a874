#!/bin/bash
# Updates tried in a forked child first: --rehearse and --dry-run.
. "$(dirname "$0")/../lib/harness.sh"
ulimit -c unlimited 2>/dev/null

cat >program.c <<'END'
#include <kitsune.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
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

#ifdef CONSTRUCTOR
__attribute__((constructor)) static void construct(void)
{
    CONSTRUCTOR;
}
#endif

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
    } else {
        ON_THE_WAY;
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
END
echo 'INIT struct item.weight: { $out = 0; }' >good.xf

mkdir v1 v2 v3
for version in v1 v2 v3; do
    cp program.c $version/app.c
done

# The versions that are good, with or without a second thread.
good_versions() {
    build_version v1 -DVERSION=1 -DON_THE_WAY= "$threads" &&
        build_version v3 -DVERSION=3 -DON_THE_WAY= "$threads" && install_transformer v1 v3 good.xf
}

# versions FLAG... : v2, built with the flags, and reached by bad.xf.
versions() {
    rm -rf v2.so.d
    build_version v2 -DVERSION=2 "-DON_THE_WAY=" "$threads" "$@" && install_transformer v1 v2 bad.xf
}

goes_on() {
    : >log
    check "$1: the old version goes on" wait_line 10 log '^version 1, sum 5050, round [0-9]+$'
}

has_no_child() {
    [ -z "$(cat /proc/"$1"/task/*/children)" ]
}

# ---- What goes well ------------------------------------------------------------------------------

well() {
    local name=$1 output
    cp good.xf bad.xf
    check "$name: builds" versions
    start log kitsune run ./v1.so
    check "$name: starts" wait_line 10 log '^version 1, sum 5050, round 3$'
    output=$(kitsune update --dry-run $started ./v2.so)
    check_equal "$name: a dry run ends well" 0 $?
    check_match "$name: and says that it would work" \
        "^rehearsed the update of $started to .*v2.so at \"loop\": it would work" "$output"
    check_match "$name: and how long that took" "rehearsal +[0-9.]+ .s   in a forked child, while the program stood$" "$output"
    check_match "$name: and what it transformed" "100 objects visited, 100 transformed" "$output"
    check "$name: the log says so" wait_line 10 log 'rehearsed the update to .*v2.so in .*: it would work$'
    goes_on "$name"
    check_match "$name: status says so" 'last update: to .*v2.so rehearsed only, in .*: it would work' \
        "$(kitsune status $started)"
    check_match "$name: status shows it" 'last_outcome": "rehearsed"' \
        "$(kitsune status --json $started)"
    check_match "$name: generation 1" 'generation": 1' "$(kitsune status --json $started)"
    output=$(kitsune update --rehearse --json $started ./v2.so)
    check_match "$name: rehearsed and done" '"outcome": "committed"' "$output"
    check_match "$name: the time is in the report" '"rehearse_ns": [0-9]{4,}' "$output"
    check "$name: the new version has everything" wait_line 10 log '^version 2, sum 5050'
    check "$name: no child is left" has_no_child $started
    stop $started
}

threads=-DTHREADS=0
check "good versions build" good_versions
well "one thread"
threads=-DTHREADS=1
check "and with a second thread" good_versions
well "two threads"

# ---- What fails ----------------------------------------------------------------------------------

threads=-DTHREADS=0
check "good versions build again" good_versions

# badly NAME RULES PATTERN [FLAG...]
badly() {
    local name=$1 pattern=$3
    echo "$2" >bad.xf
    shift 3
    check "$name: builds" versions "$@"
    start log kitsune run ./v1.so
    check "$name: starts" wait_line 10 log '^version 1, sum 5050, round 3$'
    expect_error "$name: it is not done, and why" 1 \
        "aborted: the rehearsal failed, and the program itself was not touched: .*$pattern" \
        timeout 60 kitsune update --rehearse --timeout 1 $started ./v2.so
    check "$name: the log says it, too" wait_line 10 log "aborted: the rehearsal failed.*$pattern"
    check_equal "$name: no process is named but the program's" "" \
        "$(grep -o 'kitsune log [0-9]*' log | grep -vx "kitsune log $started")"
    goes_on "$name"
    check_equal "$name: no core file" "" "$(ls core* 2>/dev/null)"
    check "$name: a good version takes its place" timeout 60 kitsune update --rehearse $started ./v3.so
    check "$name: and has everything" wait_line 10 log '^version 3, sum 5050'
    stop $started
}

good=$(cat good.xf)
badly "a rule fails" 'INIT struct item.weight: { FAIL("not this one"); }' 'bad.xf:1: not this one'
badly "a check fails" "$good
CHECK { 1 == 2 }" 'does not pass the check'
badly "a rule crashes" 'INIT struct item.weight: { $out = *(volatile int *)8; }' 'SIGSEGV.*transformer'
badly "main returns" "$good" 'main returned 3' '-DON_THE_WAY=return 3'
badly "main exits" "$good" 'called exit\(4\)' '-DON_THE_WAY=exit(4)'
badly "main does not arrive" "$good" "for [0-9.]+ s and has not come to it" '-DON_THE_WAY=for (;;) poll(NULL, 0, -1)'
badly "main is killed" "$good" 'ended by SIGKILL' \
    '-DON_THE_WAY=if (fork() == 0) { kill(getppid(), SIGKILL); _exit(0); } else for (;;) poll(NULL, 0, -1)'
badly "a constructor crashes" "$good" 'SIGILL' '-DCONSTRUCTOR=__builtin_trap()'
badly "a constructor exits" "$good" 'called exit\(5\)' '-DCONSTRUCTOR=exit(5)'

# ---- The requester goes away ---------------------------------------------------------------------

echo 'INIT struct item.weight: { static int n; $out = 0; if (!n++) for (int i = 0; i < 3000; i++) poll(NULL, 0, 10); }
{
#include <poll.h>
}' >bad.xf
check "a slow rule builds" versions
start log kitsune run ./v1.so
program=$started
check "starts" wait_line 10 log '^version 1, sum 5050, round 3$'
kitsune update --dry-run $program ./v2.so >/dev/null 2>&1 &
tool=$!
has_child() { ! has_no_child "$1"; }
check "the rehearsal has begun" wait_for 10 has_child $program
kill -9 $tool
wait $tool 2>killed
check "the tool is killed: the rehearsal ends" wait_for 10 has_no_child $program
check "and the log says so" wait_line 10 log 'cancelled: the requester went away during the rehearsal'
goes_on "without a requester"
mkdir config
echo 'rehearse = yes' >config/kitsune.conf
doupd $program ./v3.so
check "the setting counts for doupd" wait_line 10 log 'version 3, sum 5050'
check_match "the status has the time of the rehearsal" 'last_rehearse_ns' "$(kitsune status --json $program)"
stop $program

end_of_test
