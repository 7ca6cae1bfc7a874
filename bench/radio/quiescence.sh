#!/bin/bash
# How long it takes from the request until all threads of a streaming server stand at their update
# points: a source, LISTENERS listeners, and a statistics thread that sleeps for an hour.  Then what a
# listener notices: the longest time in which nothing comes, without an update, with one, and when the
# server is restarted (source and listeners connect again at once).
#
#       bench/radio/quiescence.sh [ROUNDS [LISTENERS...]]
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build
rounds=${1:-50}
shift || true
counts=${*:-1 10 100}
export KITSUNE_LOG=error
. "$root/bench/lib.sh"
. "$root/tests/lib/radio_server.sh"

# A source that comes back whenever its connection ends, as those for listeners do.
source_again_and_again() {
    local generator round
    trap 'kill $(jobs -p) 2>/dev/null; exit' TERM
    for ((round = 0; round < 1000; round++)); do
        [ ! -e load.stop ] || return
        "$radio_check" generate 100000000000 64000 2>/dev/null |
            curl -sS -u source:hackme -H 'Content-Type: audio/mpeg' -H 'Expect:' -T - \
                "$radio_url/live" >source.out 2>&1 &
        wait $!
        sleep 0.01
    done
}

# Between the same release and itself, there and back.
to=again
update() {
    local from=5
    [ $to = again ] || from=again
    "$build/bin/kitsune" update --json "$radio_pid" "$build/apps/radio-$to.so" \
        --xf "$build/apps/radio-$from-$to.xf.so" >>answers || { cat answers >&2; exit 1; }
    [ $to = again ] && to=5 || to=again
}

# The same port, as listeners expect it; not one that the system gives to clients.
restart() {
    kill "$radio_pid"
    wait "$radio_pid"
    radio_start_plain 5 || exit 1
}

# microseconds FIELD: the median and the 99th percentile.
microseconds() {
    sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" answers | sort -n |
        awk '{ v[NR] = $1 / 1000 }
             END { printf "%.0f %.0f\n", v[int((NR + 1) / 2)], v[int(NR * 0.99 + 0.5)] }'
}

median() {
    printf '%s\n' "$@" | sort -g | awk '{ n[NR] = $1 } END { print n[int((NR + 1) / 2)] }'
}

# worst COMMAND...: the median, over some windows of half a second, of the longest wait; in $result.
worst() {
    local waits=() window
    for ((window = 0; window < 5; window++)); do
        radio_window all eval "sleep 0.2; $*; sleep 0.3" || exit 1
        waits+=("$longest")
    done
    result=$(median "${waits[@]}")
}

begin() {
    radio_wanted_port=$((20000 + RANDOM % 10000))
    "$1" 5 || exit 1
    rm -f load.stop
    source_again_and_again &
    source_pid=$!
    started_programs+=("$source_pid")
    radio_wait_stream /live || exit 1
    radio_listen all /live --listeners "$2" --return
    sleep 1
}

end() {
    touch load.stop
    kill "$source_pid"
    radio_listened all stop || { cat all.err >&2; exit 1; }
    kill "$radio_pid"
    wait "$radio_pid"
}

printf '%10s %30s %16s   %s\n' '' 'all parked after, us' 'pause, us' \
    'longest time without data, ms'
printf '%10s %14s %15s %16s   %10s %10s %10s\n' listeners median p99 median 'no update' update \
    restart
radio_configure '[limits]' 'burst-size = 2000' 'listeners = 5000' 'source-timeout = 30' \
    '[log]' 'statistics-interval = 3600'
for count in $counts; do
    begin radio_start_updatable "$count"
    to=again
    : >answers
    for ((round = 0; round < rounds; round++)); do
        update
        sleep 0.02
    done
    parked=$(microseconds quiesce_ns)
    pause=$(microseconds pause_ns)
    worst true
    without=$result
    worst update
    with=$result
    end
    begin radio_start_plain "$count"
    worst restart
    end
    printf '%10d %14s %15s %16s   %10s %10s %10s\n' "$count" $parked "${pause% *}" "$without" \
        "$with" "$result"
done
