# demo-lib.sh -- what the demonstrations share.  Sourced, with $root set.
#
# A directory to work in, and an end: the programs that were started end, and the directory goes
# when nothing was wrong.

. "$root/scripts/workplace.sh"
work_in kitsune-demo

end_everything() {
    trap - EXIT
    end_programs
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
