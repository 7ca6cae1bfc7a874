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
trap end_everything EXIT
trap 'exit 1' INT TERM
