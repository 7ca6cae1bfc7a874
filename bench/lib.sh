# lib.sh -- what the benchmarks of the servers share.  Sourced, with $root set.
#
# An empty directory to work in, a place for the control sockets of its own, and an end: the file
# load.stop tells the clients to go, and every program in $started_programs is ended by its
# process id.

work=$(mktemp -d "${TMPDIR:-/tmp}/kitsune-bench.XXXXXX")
export XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
cd "$work" || exit 1

started_programs=()

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
# wait_until SECONDS WHAT PID COMMAND...: until the command succeeds.  The benchmark ends, and says what it
# waited for, when that takes too long or the process has ended, which could have brought it about.
wait_until() {
    local seconds=$1 what=$2 pid=$3 end=$((SECONDS + $1 + 1))
    shift 3
    until "$@"; do
        if ! kill -0 "$pid" 2>/dev/null; then
            "$@" && return # on its last breath
            echo "$0: waiting for $what: process $pid has ended" >&2
        elif [ $SECONDS -ge $end ]; then
            echo "$0: waited $seconds s for $what; process $pid still runs" >&2
        else
            sleep 0.02
            continue
        fi
        tail -n 20 ./*.log ./*.out 2>/dev/null >&2
        exit 1
    done
}
trap end_everything EXIT
trap 'exit 1' INT TERM
