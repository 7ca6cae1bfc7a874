#!/bin/bash
# What the program may write is limited, or nobody reads it: ulimit -f, a log whose reader is gone, a
# log on a full disk.  Our writes fail then, and the program, whose writes they are not, notices nothing.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/faults/turns.sh"

turns_build

# ---- ulimit -f -----------------------------------------------------------------------------------

expect_error "a version that is larger than files may be" 126 \
    'v1.so: File too large: .*raise the limit \(ulimit -f' \
    prlimit --fsize=4096 kitsune run ./v1.so

for handler in "" handler; do
    name="no file may be written${handler:+, with a handler of SIGXFSZ}"
    turns_begin log $handler
    prlimit --pid "$program" --fsize=0:unlimited
    check "$name: an update" kitsune update "$program" ./v2.so
    turns_go_on "$name: updated" v2
    check_fails "$name: one that is refused" kitsune update "$program" ./nothing.so
    check "$name: one that doupd asks for" doupd "$program" "$work/v1.so"
    turns_go_on "$name: refused" v2
    prlimit --pid "$program" --fsize=unlimited:unlimited
    check "$name: there again afterwards" kitsune update "$program" ./v1.so
    turns_go_on "$name: there again afterwards" v1
    stop "$program"
done

# ---- The log -------------------------------------------------------------------------------------

# log_to NAME FILE
log_to() {
    local name=$1
    turns_begin "$2" handler
    check "$name: an update" kitsune update "$program" ./v2.so
    turns_go_on "$name: updated" v2
    check_fails "$name: one that is refused" kitsune update "$program" ./nothing.so
    turns_go_on "$name: refused" v2
    stop "$program"
}

log_to "a log on a full disk" /dev/full
mkfifo pipe
exec {reader}<>pipe
turns_begin pipe
exec {reader}>&-
name="a log that nobody reads"
check "$name: an update" kitsune update "$program" ./v2.so
turns_go_on "$name: updated" v2
check_fails "$name: one that is refused" kitsune update "$program" ./nothing.so
turns_go_on "$name: refused" v2
stop "$program"

end_of_test
