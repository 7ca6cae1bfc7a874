#!/bin/bash
# How long clients wait, against the number of keys: for an update in which no type changed (the
# same sources with another version string), for one in which every entry and object changed
# (release 2 to 3), and for stopping release 2 with a save and starting release 3 with a load.
# Always measured by the same client: the longest time between two answers to PING.
. "$(dirname "$0")/lib.sh"

counts=${COUNTS:-"1000 10000 100000 1000000"}
runs=${RUNS:-3}

probe_start() {
    rm -f probe.in
    mkfifo probe.in
    "$build/apps/probe" "$kv_port" <probe.in >probe.out &
    probe_pid=$!
    started_programs+=("$probe_pid")
    exec {probe_input}>probe.in
    wait_until 60 "the probe's first answer" "$probe_pid" grep -qs ready probe.out
    sleep 0.2
}

# Milliseconds.
probe_stop() {
    sleep 0.3
    exec {probe_input}>&-
    wait "$probe_pid"
    sed -n 's/^longest //p' probe.out >probe.longest
}

update_to() {
    "$build/bin/kitsune" update "$kv_pid" "$1" --xf "$2" >update.log 2>&1 ||
        { cat update.log >&2; exit 1; }
}

unchanged() {
    kv_start_updatable 2 || exit 1
    kv_fill "$1"
    probe_start
    update_to "$build/apps/kv-2-again.so" "$build/apps/kv-2-2-again.xf.so"
    probe_stop
    [ "$(kv_version)" = 2.0.1 ] && [ "$(kv dbsize)" -eq "$1" ] || exit 1
    kv_stop
}

changed() {
    kv_start_updatable 2 || exit 1
    kv_fill "$1"
    probe_start
    update_to "$build/apps/kv-3.so" "$build/apps/kv-2-3.xf.so"
    probe_stop
    [ "$(kv_version)" = 3.0.0 ] && [ "$(kv dbsize)" -eq "$1" ] || exit 1
    kv_stop
}

answers() {
    [ "$(timeout 10 redis-cli -p "$kv_port" ping 2>/dev/null)" = PONG ]
}

# The port is not one that the system gives to clients, or the probe, trying to connect while nobody
# listens, would one day be given it and find itself.
restarted() {
    local tries
    rm -f kv.snapshot
    for ((tries = 0; tries < 10; tries++)); do
        kv_wanted_port=$((20000 + RANDOM % 10000))
        kv_start_plain 2 --save "$PWD/kv.snapshot" 2>/dev/null && break
    done
    kv_wanted_port=0
    kv_fill "$1"
    probe_start
    kv_stop
    "$build/apps/kv-3-plain" --port "$kv_port" --load "$PWD/kv.snapshot" >>kv.log 2>&1 \
        {probe_input}>&- & # or the probe would wait for the server to end
    kv_pid=$!
    started_programs+=("$kv_pid")
    wait_until 120 "release 3 to answer" "$kv_pid" answers
    probe_stop
    [ "$(kv_version)" = 3.0.0 ] && [ "$(kv dbsize)" -eq "$1" ] || exit 1
    kv_stop
}

# The median of several runs of one of the above, in $result.
measure() {
    local results=() run
    for ((run = 0; run < runs; run++)); do
        "$@"
        results+=("$(cat probe.longest)")
    done
    result=$(median "${results[@]}")
}

printf '\nLongest wait of a client in milliseconds, median of %d runs\n\n' "$runs"
printf '  %10s %18s %18s %18s\n' keys "update, no type" "update, all" "stop, save,"
printf '  %10s %18s %18s %18s\n' "" "changed (2-2.0.1)" "changed (2-3)" "restart, load"
for keys in $counts; do
    printf '  %10d' "$keys"
    for way in unchanged changed restarted; do
        measure $way "$keys"
        printf ' %18s' "$result"
    done
    echo
done
