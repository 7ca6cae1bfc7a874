# demo-lib.sh -- what the demonstrations share.  Sourced, with $root set.
#
# An empty directory to work in, a place for the control sockets of its own, and an end: the file load.stop
# tells the clients to go, every program in $started_programs is ended by its process id, and the
# directory goes when nothing was wrong.

work=$(mktemp -d "${TMPDIR:-/tmp}/kitsune-demo.XXXXXX")
export XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
cd "$work" || exit 1

started_programs=()

end_everything() {
    local pid
    trap - EXIT
    touch load.stop
    for pid in "${started_programs[@]}"; do
        if kill "$pid" 2>/dev/null; then
            wait "$pid" 2>/dev/null
        fi
    done
    cd /
    if [ $trouble -eq 0 ]; then
        rm -rf "$work"
    else
        echo "The logs are in $work."
    fi
    exit $trouble
}

trouble=0
trap end_everything EXIT
trap 'trouble=1; exit 1' INT TERM

# wrong WHAT: something is not as it should be; the demonstration goes on.
wrong() {
    echo "WRONG: $*" >&2
    trouble=1
}

give_up() {
    wrong "$@"
    exit 1
}
