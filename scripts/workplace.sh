# workplace.sh -- where a demonstration or a benchmark works, and the programs it starts.  Sourced.

started_programs=()

# work_in NAME: an empty directory, with a place for the control sockets of its own.
work_in() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/$1.XXXXXX")
    export XDG_RUNTIME_DIR=$work/run
    mkdir -m 700 "$XDG_RUNTIME_DIR"
    cd "$work" || exit 1
}

# The file load.stop tells the clients to go; every program in $started_programs is ended by its
# process id.
end_programs() {
    local pid
    touch load.stop
    for pid in "${started_programs[@]}"; do
        if kill "$pid" 2>/dev/null; then
            wait "$pid" 2>/dev/null
        fi
    done
}
