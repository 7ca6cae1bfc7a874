#!/bin/bash
# What a lock and unlock costs in a program run by the driver, beside the same program as a plain
# executable: nothing is counted or wrapped, so the ratio should be 1.  The two take turns, and of
# each the smallest of RUNS counts: what else the machine does only ever adds.
#
#       bench/threads/locks.sh [RUNS [BURSTS]]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$root/build/bin:$PATH
runs=${1:-15}
bursts=${2:-300}
work=$(mktemp -d)
export XDG_RUNTIME_DIR=$work/run KITSUNE_LOG=error
mkdir -m 700 "$XDG_RUNTIME_DIR"
trap 'rm -rf "$work"' EXIT
cd "$work"
# Where a loop of ten instructions happens to begin matters more than what is measured.
flags="-O2 -fno-plt -falign-loops=64 -falign-functions=64"
kitcc $flags -c "$root/bench/threads/locks.c" -o locks.o
kitcc -shared -Wl,-z,now locks.o -o locks.so
gcc $flags -Wl,-z,now -fPIE -pie -pthread -DKITSUNE_OFF -I"$root/include" "$root/bench/threads/locks.c" -o plain
for _ in $(seq "$runs"); do
    timeout 60 ./plain "$bursts" | sed 's/^/plain /'
    timeout 60 kitsune run ./locks.so "$bursts" | sed 's/^/driven /'
done >times
awk '{ key = $1 " " $2; if (!(key in best) || $3 < best[key]) best[key] = $3; kinds[$2] }
     END { printf "%-14s %10s %10s %8s\n", "lock+unlock", "plain ns", "driven ns", "ratio"
           for (kind in kinds)
               printf "%-14s %10.2f %10.2f %8.3f\n", kind, best["plain " kind],
                      best["driven " kind], best["driven " kind] / best["plain " kind] }' times
