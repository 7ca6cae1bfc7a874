# lib.sh -- what the benchmarks of the servers share.  Sourced, with $root set.
#
# A directory to work in, and an end: the programs that were started end, and the directory goes.

. "$root/scripts/workplace.sh"
work_in kitsune-bench

end_everything() {
    local status=$?
    trap - EXIT
    end_programs
    cd /
    rm -rf "$work"
    exit $status
}
trap end_everything EXIT
trap 'exit 1' INT TERM

# wait_until SECONDS WHAT PID COMMAND...: until the command succeeds.  The benchmark ends, and says
# what it waited for, when that takes too long or the process has ended, which could have brought it
# about.
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
