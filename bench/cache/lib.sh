# lib.sh -- what the benchmarks of the memcached server share.  Sourced.
set -u

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build
. "$root/bench/lib.sh"
. "$root/tests/lib/cache_server.sh"

cache_stop() {
    kill "$cache_pid"
    wait "$cache_pid"
}

# The middle one of the numbers given.
median() {
    printf '%s\n' "$@" | sort -g | awk '{ n[NR] = $1 } END { print n[int((NR + 1) / 2)] }'
}
