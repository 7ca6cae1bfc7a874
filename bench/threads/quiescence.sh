#!/bin/bash
# How long it takes from the request until all threads stand at their update points: for threads that
# wait in each kind of call, and busy ones.  Microseconds, of ROUNDS updates; and the processor time
# of the program for one whole update (quiescence, entry of the new version, and going on), which
# other programs on the machine do not change much.  The last lines are the floor: a program that
# does nothing but signal its threads, which park, and wait for the last one.  Each line
# takes ten seconds at most, with fewer rounds then.  Of a thousand busy threads the tool is given a turn
# because they are nice.
#
#       bench/threads/quiescence.sh [ROUNDS [COUNTS... [-- KINDS...]]]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$root/build/bin:$PATH
rounds=${1:-50}
shift || true
counts=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    counts="$counts $1"
    shift
done
[ $# -eq 0 ] || shift
kinds=${*:-read accept poll epoll_wait select nanosleep cond_wait sem_wait sigwait mq_receive msgrcv \
    flock waitpid join busy}
counts=${counts:-1 10 100 1000}
work=$(mktemp -d)
export XDG_RUNTIME_DIR=$work/run KITSUNE_LOG=error
mkdir -m 700 "$XDG_RUNTIME_DIR"
program=
trap '[ -z "$program" ] || kill $program 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
for version in 1 2; do
    kitcc -O2 "-DVERSION=$version" -c "$root/bench/threads/waiting.c" -o v$version.o
    kitcc -shared "-Wl,--defsym=version=$version" v$version.o -o v$version.so
done
xfgen v1.so v2.so --install
xfgen v2.so v1.so --install
gcc -O2 -pthread "$root/bench/threads/floor.c" -o floor

# priority_of KIND COUNT: a command to put before another.
priority_of() {
    [ "$1" != busy ] || [ "$2" -lt 1000 ] || echo nice -n 19
}

# In clock ticks.
processor_time() {
    sed 's/.*) //' /proc/$1/stat | cut -d' ' -f12,13 | tr ' ' +
}

# percentiles FIELD: median, 99th percentile.
percentiles() {
    sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" answers | sort -n |
        awk '{ v[NR] = $1 / 1000 }
             END { if (NR) printf "%.0f %.0f\n", v[int((NR + 1) / 2)], v[int(NR * 0.99 + 0.5)]
                   else print "- -" }'
}

printf '%-12s %8s %12s %12s %14s %16s %7s\n' 'waiting in' threads 'median us' 'p99 us' 'pause, median' \
    'CPU us/update' rounds
for kind in $kinds; do
    for count in $counts; do
        timeout 300 $(priority_of $kind $count) kitsune run ./v1.so $kind "$count" >log 2>&1 &
        runner=$!
        for _ in $(seq 100); do
            grep -q ready log && break
            sleep 0.1
        done
        grep -q ready log || { echo "$0: $kind with $count threads is not ready after 10 s" >&2; exit 1; }
        program=$(pgrep -P $runner)
        sleep 0.3
        before=$(processor_time $program)
        began=$SECONDS
        for round in $(seq "$rounds"); do
            timeout 60 kitsune update --json $program ./v$((2 - (round + 1) % 2)).so || break
            sleep 0.02
            [ $((SECONDS - began)) -lt 10 ] || break
        done >answers
        grep -h '"reason"' answers >&2 || true
        [ -e /proc/$program/stat ] || { cat log >&2; exit 1; }
        used=$(( ($(processor_time $program)) - ($before) ))
        kill $program
        wait $runner 2>/dev/null || true
        program=
        printf '%-12s %8d %12s %12s %14s %16d %7d\n' $kind "$count" $(percentiles quiesce_ns) \
            $(percentiles pause_ns | cut -d' ' -f1) $((used * 10000 / round)) "$round"
    done
done
for floor in read busy; do
    [ $floor = read ] || [[ " $kinds " == *" busy "* ]] || continue
    for count in $counts; do
        timeout 60 $(priority_of $floor $count) ./floor $floor "$count" "$rounds"
    done
done
