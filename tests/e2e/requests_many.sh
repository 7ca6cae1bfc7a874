#!/bin/bash
# Requests that come while another one waits, or is carried out: each requester gets one right answer, and
# hears at once that it waits.  And requesters that go away.
. "$(dirname "$0")/../lib/harness.sh"

# It does its rounds, except while there is a file "busy"; a rule waits while there is a file "hold".
cat >program.c <<'END'
#include <kitsune.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

struct state {
#if VERSION > 1
    long more;
#endif
    int rounds;
} state;

int main(void)
{
    kitsune_do_automigrate();
    for (;;) {
        kitsune_update("loop");
        printf("version %d, round %d\n", VERSION, ++state.rounds);
        fflush(stdout);
        do
            poll(NULL, 0, 10);
        while (access("busy", F_OK) == 0);
    }
}
END
cat >held.xf <<'END'
{
#include <poll.h>
#include <stdio.h>
#include <unistd.h>
}
INIT struct state.more: {
    fprintf(stderr, "in the rule\n");
    for (int i = 0; i < 2000 && access("hold", F_OK) == 0; i++)
        poll(NULL, 0, 10);
    if (access("fail", F_OK) == 0)
        FAIL("not now");
    $out = 1;
}
END
echo 'INIT struct state.more: { $out = 2; }' >good.xf
for version in 1 2 3; do
    mkdir v$version
    cp program.c v$version/app.c
    check "v$version builds" build_version v$version -DVERSION=$version
done
check "the transformers build" eval "install_transformer v1 v2 held.xf &&
    install_transformer v1 v3 good.xf && install_transformer v2 v3"

begin() {
    rm -f busy hold fail log ./*.status ./*.out
    start log kitsune run ./v1.so
    program=$started
    check "$1: the program runs" wait_line 10 log '^version 1, round [0-9]+$'
}

# ask NAME ARGUMENT...: kitsune update in the background; NAME.out, NAME.status.
ask() {
    local name=$1
    shift
    kitsune update $program "$@" >$name.out 2>&1 &
    eval "pid_of_$name=$!"
}

# answered NAME STATUS PATTERN
answered() {
    local pid=pid_of_$1 status
    wait ${!pid}
    status=$?
    check_equal "$1 gets the right status" "$2" "$status"
    check_match "$1 gets the right answer" "$3" "$(cat $1.out)"
}

waits='another request to process [0-9]+ is under way; this one waits for its end'

# ---- During an update ----------------------------------------------------------------------------

begin "during an update"
touch hold
ask first ./v2.so
check "the first one is at work" wait_line 10 log 'in the rule'
ask second ./v3.so
check "the second one hears at once that it waits" wait_line 10 second.out "$waits"
check "and waits" is_running $pid_of_second
check "as the first one does" is_running $pid_of_first
rm hold
answered first 0 "updated $program to .*v2.so \(generation 2\)"
answered second 1 "refused: process $program has become .*v2.so \(build [0-9a-f]+\) meanwhile"
check "the first one's version runs" wait_line 10 log '^version 2'
check "the history says what runs by now, and what the request was made for" python3 - <<END
import json, subprocess
record = json.loads(subprocess.check_output(["kitsune", "log", "--json", "-n", "1", "$program"]))[0]
assert record["outcome"] == "refused", record
assert record["running_path"].endswith("/v2.so") and record["generation"] == 2, record
assert record["old_path"].endswith("/v1.so") and record["new_path"].endswith("/v3.so"), record
END
stop $program

begin "after one that fails"
touch hold fail
ask first ./v2.so
check "the first one is at work" wait_line 10 log 'in the rule'
ask second ./v3.so
check "the second one waits" wait_line 10 second.out "$waits"
rm hold
answered first 1 'aborted: .*not now'
answered second 0 "updated $program to .*v3.so \(generation 2\)"
stop $program

# ---- While another one waits for an update point -------------------------------------------------

begin "while one waits"
touch busy
is_asked() { ! flock -n "$XDG_RUNTIME_DIR/kitsune/$program.status" true; }
ask first --quiesce-timeout 20 ./v2.so
check "the first one asks" wait_for 10 is_asked
ask second --quiesce-timeout 0.3 ./v3.so
answered second 1 "$waits"
ask third --quiesce-timeout 0.3 ./v3.so
answered third 1 "cancelled: another request to process $program has been under way for 0\.[0-9] s"
kill -9 $pid_of_first
wait $pid_of_first 2>killed
ask fourth --quiesce-timeout 20 ./v3.so
sleep 0.3
rm busy
answered fourth 0 "updated $program to .*v3.so"
check_fails "what was withdrawn is not done" grep -q 'in the rule' log
stop $program

# ---- Many at once --------------------------------------------------------------------------------

begin "twenty at once"
pids=()
for i in $(seq 20); do
    kitsune update $program ./v3.so >many.$i.out 2>&1 &
    pids+=($!)
done
done_ones=0
refused_ones=0
for pid in "${pids[@]}"; do
    if wait $pid; then
        done_ones=$((done_ones + 1))
    else
        refused_ones=$((refused_ones + 1))
    fi
done
check_equal "one of them updates" 1 $done_ones
check_equal "the others do not" 19 $refused_ones
check_equal "one says so" 1 "$(grep -l "^updated $program to" many.*.out | wc -l)"
check_equal "each other says why not, once" 19 \
    "$(grep -lE 'refused: (process [0-9]+ has become|the program runs this build)' many.*.out | wc -l)"
check_match "the program was updated once" 'generation 2 ' "$(kitsune status $program)"
stop $program

# ---- Requests that do not take turns -------------------------------------------------------------

begin "signals"
touch hold
doupd $program ./v2.so
check "doupd's update is at work" wait_line 10 log 'in the rule'
ask second ./v3.so
check "a tool hears at once that the program is in an update" \
    wait_line 10 second.out "process $program is in the middle of an update; this request waits"
rm hold
answered second 1 "refused: process $program runs .*v2.so \(build [0-9a-f]+\) by now, and this was asked for while it ran build"
check "doupd's version runs" wait_line 10 log '^version 2'
stop $program

begin "doupd during an update"
touch hold
ask first ./v2.so
check "an update is at work" wait_line 10 log 'in the rule'
doupd $program ./v3.so
rm hold
answered first 0 "updated $program to .*v2.so"
check "doupd's request is not lost" wait_line 10 log '^version 3'
stop $program

# ---- Requesters that go away ---------------------------------------------------------------------

begin "a requester that is killed during the update"
touch hold
ask first ./v2.so
check "an update is at work" wait_line 10 log 'in the rule'
kill -9 $pid_of_first
wait $pid_of_first 2>killed
ask second ./v3.so
check "the next one hears that the program is in an update" \
    wait_line 10 second.out 'in the middle of an update'
rm hold
answered second 1 'by now, and this was asked for while it ran'
check "the update was carried out" wait_line 10 log '^version 2'
stop $program

begin "requesters that are killed at any time"
for i in $(seq 40); do
    kitsune update $program --quiesce-timeout 5 ./v2.so >killed.out 2>&1 &
    pid=$!
    sleep 0.0$((i % 10))$((i % 7))
    kill -$([ $((i % 2)) = 0 ] && echo KILL || echo TERM) $pid 2>killed
    wait $pid 2>killed
done
check "the program runs" is_running $program
version=$(kitsune status --json $program | sed -n 's/.*"path": ".*\(v[12]\)\.so".*/\1/p')
check_match "one version or the other" '^v[12]$' "$version"
expect_output "and takes the next request" "updated $program to .*v3.so" \
    kitsune update $program ./v3.so
stop $program

end_of_test
