#!/bin/bash
# Calls fail in turn (allocations, whoever makes them, and system calls) in updates of a key-value server under
# load that `kitsune update` asks for: it is given up, or does without, with the same connections and the
# same data, and nothing is left behind.  Of each kind some, spread over the update; with FAULTS=all each.
# TIME_LIMIT=3600
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/kv_server.sh"
. "$root/tests/lib/kv_faults.sh"

ulimit -c 0
spread=$([ "${FAULTS:-some}" = all ] && echo 100000 || echo 4)
kv_faults_keys=30

# Both releases let calls fail around their update point.
arm() {
    local release
    for release in 1 2; do
        [ -e patched-$release/server.c ] || cp "$root/apps/kv/v$release/server.c" patched-$release/
        sed -i -e 's|^#include "version.h"|&\n#include "armed.h"|' \
            -e 's|^        kitsune_update("loop");|        armed_begin();\n&\n        armed_end();|' \
            patched-$release/server.c
    done
}

# Somebody who looks whether there is a request, and finds none, has made a few calls as well; then
# the file is used up, and the update itself has met no failure.
was_met() {
    [ $status -ne 0 ] || [ "$count" -ge "$1" ] || [[ $1 == 1000000 && $count -gt 20 ]]
}

# let_fail KIND N first|all: in the next update; sets $status, $count.
let_fail() {
    local try
    for ((try = 0; try < 5; try++)); do
        try_to_fail "$@"
        was_met "$2" && return
        [ "$(kv_version)" != 2.0.0 ] || kv_faults_back "$*: not met"
    done
    fail "$*: the update meets it" "$count calls"
}

try_to_fail() {
    rm -f fault.count
    echo "$*" >fault.new
    mv fault.new fault
    kv_faults_update --timeout 20 --quiesce-timeout $([ "$2" = 1000000 ] && echo 20 || echo 4)
    status=$?
    # What the tool gave up the program may not have seen.
    wait_for 10 [ -e fault.count ] || fail "$*: the program has seen a request"
    count=$(cat fault.count)
}

# each NAME KIND first|all
each() {
    local name=$1 kind=$2 which=$3 total n step failed=0 tolerated=0 unnamed=0
    let_fail "$kind" 1000000 first
    check_equal "$name: without a failure the update succeeds" 0 "$status"
    total=$count
    kv_faults_back "$name"
    step=$(((total + spread - 1) / spread))
    for ((n = 1 + step / 2; n <= total; n += step)); do
        let_fail "$kind" "$n" "$which"
        if [ "$(kv_version)" = 2.0.0 ]; then
            tolerated=$((tolerated + 1))
            kv_faults_as_before "$name, $n: tolerated" 2
            kv_faults_back "$name, $n"
        else
            failed=$((failed + 1))
            [ $status -ne 0 ] && grep -Eq '^kitsune update: [a-z]+: .{20}' update.log ||
                { unnamed=$((unnamed + 1)); cat update.log; }
            kv_faults_unharmed "$name, $n"
        fi
    done
    check "$name: of $total calls $failed ended the update, $tolerated did not" \
        [ $((failed + tolerated)) -gt 2 ]
    check_equal "$name: what ended it is told each time" 0 "$unnamed"
}

check "the releases build" kv_faults_build arm || exit 1
kv_faults_with=("$build/tests/inject")
kv_faults_begin
kv_faults_there "before"
kv_faults_back "before"
# What the runtime has for itself then is there again the next time.
for ((i = 0; i < 24; i++)); do
    let_fail 0 100 all
    [ $status -ne 0 ] && is_running "$kv_pid" || fail "without memory, for the $i-th time" "status $status, $count calls" "$(tail -n 2 kv.log)"
done
kv_faults_unharmed "without memory, again and again"
kv_faults_settle || fail "what the process has is measured"
each "allocations" 0 first
each "allocations and all behind them" 0 all
each "calls for memory" 1 first
each "calls for files" 2 first
kv_faults_measured "after all that" 8192
kv_check_change
kv_faults_steady=false
each "calls for files and all behind them, while clients change" 2 all
kv_faults_there "afterwards"
kv_faults_end

end_of_test
