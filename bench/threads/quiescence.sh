#!/bin/bash
# How long it takes from the request until all threads stand at their update points: for threads that
# wait in each kind of call, and busy ones.  Microseconds, median and 99th percentile of ROUNDS updates.
#
#       bench/threads/quiescence.sh [ROUNDS [COUNTS...]]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$root/build/bin:$PATH
rounds=${1:-100}
shift || true
counts=${*:-1 10 100 1000}
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

printf '%-12s %8s %12s %12s %14s\n' 'waiting in' threads 'median us' 'p99 us' 'pause, median'
for kind in read poll epoll_wait accept nanosleep sem_wait cond_wait busy; do
    for count in $counts; do
        [ $kind != busy ] || [ "$count" -le 10 ] || continue
        kitsune run ./v1.so $kind "$count" >log 2>&1 &
        program=$!
        for _ in $(seq 100); do
            grep -q ready log && break
            sleep 0.1
        done
        sleep 0.2
        for round in $(seq "$rounds"); do
            kitsune update --json $program ./v$((2 - (round + 1) % 2)).so
            sleep 0.02
        done >answers
        kill $program
        wait $program 2>/dev/null || true
        program=
        for field in quiesce pause; do
            sed -n "s/.*\"${field}_ns\": \([0-9]*\).*/\1/p" answers | sort -n |
                awk '{ v[NR] = $1 / 1000 }
                     END { printf "%.0f %.0f\n", v[int((NR + 1) / 2)], v[int(NR * 0.99 + 0.5)] }' >$field
        done
        printf '%-12s %8d %12s %12s %14s\n' $kind "$count" $(cat quiesce) $(cut -d' ' -f1 pause)
    done
done
