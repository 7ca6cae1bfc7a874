#!/bin/bash
# How long a client does without its items, against their number, while others keep the server
# busy: for an update that changes only code (release 3 to 4), for one that rebuilds every item
# (1 to 2), and for stopping release 1 and starting release 2, after which the client has to connect
# and store its items again, for a cache has nothing to load them from.
. "$(dirname "$0")/lib.sh"

counts=${COUNTS:-"1000 10000 100000 1000000"}
runs=${RUNS:-3}

load_start() {
    rm -f load.stop
    (
        until [ -e load.stop ]; do
            timeout 20 memcslap --servers=127.0.0.1:$cache_port --concurrency=2 \
                --execute-number=500 >/dev/null 2>&1 || sleep 0.05
        done
    ) {probe_input}>&- & # or the probe would wait for the load to end
    load_pid=$!
    started_programs+=("$load_pid")
}

probe_start() {
    rm -f probe.in
    mkfifo probe.in
    "$build/apps/cache_probe" "$cache_port" "$1" <probe.in >probe.out &
    probe_pid=$!
    started_programs+=("$probe_pid")
    exec {probe_input}>probe.in
    wait_until 120 "the probe to have stored its items" "$probe_pid" grep -qs ready probe.out
    load_start
    sleep 0.3
}

# Milliseconds go to $longest.
probe_stop() {
    sleep 0.3
    touch load.stop
    wait "$load_pid"
    exec {probe_input}>&-
    wait "$probe_pid"
    longest=$(sed -n 's/^longest //p' probe.out)
    [ "$(sed -n 's/^losses //p' probe.out)" -eq "$1" ] ||
        { echo "connections were lost" >&2; exit 1; }
}

update() {
    cache_start_updatable "$2" -m 1000 || exit 1
    probe_start "$1"
    cache_update "$cache_pid" "$2" "$3" || { cat update.log >&2; exit 1; }
    probe_stop 0
    cache_stop
}

unchanged() {
    update "$1" 3 4
}

rebuilt() {
    update "$1" 1 2
}

answers() {
    [ "$(cache_version 2>/dev/null)" = 1.2.0 ]
}

holds_items() {
    [ "$(cache_stat curr_items)" -ge "$1" ]
}

# Not at a port that the system gives to clients: the probe, trying to connect while nobody listens,
# would one day be given it and find itself.
restarted() {
    local tries
    for ((tries = 0; tries < 10; tries++)); do
        cache_wanted_port=$((20000 + RANDOM % 10000))
        cache_start_plain 1 -m 1000 2>/dev/null && break
    done
    probe_start "$1"
    cache_stop
    "$build/apps/cache-2-plain" -p "$cache_port" -m 1000 >>cache.log 2>&1 {probe_input}>&- &
    cache_pid=$!
    started_programs+=("$cache_pid")
    cache_wanted_port=0
    wait_until 60 "release 2 to answer" "$cache_pid" answers
    wait_until 120 "the probe to have stored its items again" "$probe_pid" holds_items "$1"
    probe_stop 1
    cache_stop
}

measure() {
    local results=() run
    for ((run = 0; run < runs; run++)); do
        "$@"
        results+=("$longest")
    done
    result=$(median "${results[@]}")
}

printf '\nLongest time without items in milliseconds, under load, median of %d runs\n\n' "$runs"
printf '  %10s %18s %18s %18s\n' items "update, only code" "update, all items" "restart, and"
printf '  %10s %18s %18s %18s\n' "" "(3-4)" "rebuilt (1-2)" "storing again"
for items in $counts; do
    printf '  %10d' "$items"
    for way in unchanged rebuilt restarted; do
        measure $way "$items"
        printf ' %18s' "$result"
    done
    echo
done
