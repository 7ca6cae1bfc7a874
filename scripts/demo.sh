#!/bin/bash
# demo.sh -- a key-value server takes four releases while clients keep it busy.
#
# Starts release 1 of apps/kv under `kitsune run`, fills it with 100,000 keys of all types, and keeps
# two kinds of clients at it: redis-benchmark, and one that knows every answer (tests/lib/kv_check.c).
# Then updates it to release 2, 3, 4 and 5.  Prints what that cost and what it broke, and exits with
# 1 when anything is wrong.  Every program started here is ended by its process id.
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}
keys=${DEMO_KEYS:-100000}
releases=(1 2 3 4 5)

. "$root/scripts/demo-lib.sh"
. "$root/tests/lib/kv_server.sh"

# ---- redis-benchmark, over and over --------------------------------------------------------------

benchmark_again_and_again() {
    local round
    for ((round = 0; round < 1000; round++)); do
        [ -e load.stop ] && return 0
        redis-benchmark -h 127.0.0.1 -p "$kv_port" -c 8 -n 5000 -r 5000 -d 16 -q \
            -t set,get,incr,lpush,rpush,lpop,sadd,hset,zadd,mset >>benchmark.log 2>&1 ||
            { echo failed >>benchmark.failed; return 1; }
    done
}

# ---- One update ----------------------------------------------------------------------------------

# What the tool reported of the last update.
reported_pause() {
    awk '$1 == "pause" { print $2, $3 }' update.log
}

reported_objects() {
    sed -n 's/.* objects visited, \([0-9]*\) transformed .*/\1/p' update.log
}

with_commas() {
    sed -E ':again; s/^([0-9]+)([0-9]{3})/\1,\2/; t again' <<<"$1"
}

row() {
    printf '  %-12s %14s %14s %14s %10s\n' "$@"
}

watch_without_update() {
    kv_check_mark none || give_up "the checking client ended"
    sleep 2
    kv_check_end none || give_up "the checking client ended"
    row "no update" "$(kv_check_longest none) ms" "" "" \
        "$(with_commas "$(kv_check_replies none)")"
}

update() {
    local old=$1 new=$2 name=v$1-v$2 version
    kv_check_mark "$name" || give_up "the checking client ended"
    sleep 0.5
    if ! kv_update "$kv_pid" "$old" "$new"; then
        cat update.log >&2
        give_up "the update from release $old to release $new was refused"
    fi
    cat update.log >>updates.log
    sleep 0.5
    kv_check_end "$name" || give_up "the checking client ended"
    version=$(kv_version)
    [ "$version" = "$new.0.0" ] || wrong "release $new is expected, \"$version\" answers"
    row "v$old -> v$new" "$(kv_check_longest "$name") ms" \
        "$(reported_pause)" "$(with_commas "$(reported_objects)")" \
        "$(with_commas "$(kv_check_replies "$name")")"
}

# ---- The whole -----------------------------------------------------------------------------------

kv_start_updatable "${releases[0]}" || give_up "release 1 does not start"
kv_check_start --keys "$keys" || give_up "the checking client ended"
sed -n 's/^loaded keys=\(.*\) connections=\(.*\)/\1 keys are loaded, \2 connections stay open./p' \
    check.out
benchmark_again_and_again &
benchmark_pid=$!
started_programs+=("$benchmark_pid")

echo
row "" "longest wait" "pause" "objects" "replies"
row "" "of a client" "reported" "transformed" "meanwhile"
watch_without_update
for ((i = 1; i < ${#releases[@]}; i++)); do
    update "${releases[i - 1]}" "${releases[i]}"
done
echo

touch load.stop
wait "$benchmark_pid" || wrong "redis-benchmark lost its server: $(tail -n 1 benchmark.log)"
kv_check_stop || wrong "the checking client is not satisfied: $(tail -n 3 check.err)"
connections=$(kv_check_summary connections)
alive=$(kv_check_summary alive)
[ "$alive" = "$connections" ] || wrong "$((connections - alive)) connections were lost"
[ "$(kv_check_summary wrong)" = 0 ] || wrong "some replies were wrong"
kill -0 "$kv_pid" || wrong "the server is gone"

echo "Connections kept: $alive of $connections"
echo "Replies checked:  $(with_commas "$(kv_check_summary checked)")"
echo "Wrong replies:    $(kv_check_summary wrong)"
echo "Process id:       $kv_pid before and after: $(kv info server |
    tr -d '\r' | sed -n 's/^process_id://p')"
