# lib.sh -- what the benchmarks of the memcached server share.  Sourced.
set -u

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build
work=$(mktemp -d "${TMPDIR:-/tmp}/kitsune-bench.XXXXXX")
export XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
cd "$work" || exit 1

started_programs=()
. "$root/tests/lib/cache_server.sh"

end_everything() {
    local status=$? pid
    trap - EXIT
    touch load.stop
    for pid in "${started_programs[@]}"; do
        if kill "$pid" 2>/dev/null; then
            wait "$pid" 2>/dev/null
        fi
    done
    cd /
    rm -rf "$work"
    exit $status
}
trap end_everything EXIT
trap 'exit 1' INT TERM

cache_stop() {
    kill "$cache_pid"
    wait "$cache_pid"
}

# The middle one of the numbers given.
median() {
    printf '%s\n' "$@" | sort -g | awk '{ n[NR] = $1 } END { print n[int((NR + 1) / 2)] }'
}
