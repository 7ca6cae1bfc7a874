#!/bin/bash
# What a program stands on is missing: room on the disk of its runtime directory, the right to write to it,
# /proc, processes, stack.  It runs all the same; an update happens, or is refused with a reason.
# Mounts are made in a mount namespace of the test's own.
own_mounts=${own_mounts:-}
if [ -z "$own_mounts" ] && unshare -m mount -t tmpfs tmpfs /mnt 2>/dev/null; then
    own_mounts=yes exec unshare -m -- "$0"
fi
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/faults/turns.sh"

if [ -z "$own_mounts" ]; then
    echo "skipped: to mount something needs root and unshare -m"
    end_of_test
fi

turns_build

# update_there NAME [OPTION...], and back
update_there() {
    local name=$1
    shift
    check "$name: an update" kitsune update "$program" ./v2.so "$@"
    turns_go_on "$name: updated" v2
}

update_back() {
    check "$1: the update back" kitsune update "$program" ./v1.so
    turns_go_on "$1: updated back" v1
}

refuse_there() {
    expect_error "$1: an update is refused" "$2" "$3" kitsune update "$program" ./v2.so
    turns_go_on "$1: refused" v1
}

# ---- A full disk ---------------------------------------------------------------------------------

mkdir small
mount -t tmpfs -o size=16k,mode=700 tmpfs small
export KITSUNE_RUNTIME_DIR=$work/small TMPDIR=$work/small
# All that programs have left there goes first, because the next one removes it.
fill() {
    ! dd if=/dev/zero of=small/filler bs=4096 2>/dev/null
}

turns_begin log
check "the disk fills" fill
name="the disk is full, later"
update_there "$name"
check_match "$name: the log tells what is not written" \
    'cannot write .*\.history: No space left on device' "$(cat log)"
update_back "$name"
check_fails "$name: a version that is not there" kitsune update "$program" ./nothing.so
check_match "$name: the status is right" 'v1\.so' "$(kitsune status "$program")"
stop "$program"

name="the disk is full from the start"
rm -f small/*
check "$name" fill
turns_begin log
check_match "$name: the log says so" 'cannot write .*status: No space left on device' "$(cat log)"
refuse_there "$name" 3 'a full disk'
rm small/filler
kill -USR2 "$program"
check "$name: there is room again, and a signal says so" \
    wait_for 10 eval 'kitsune status "$program" >/dev/null 2>&1'
update_there "$name, and then is not"
stop "$program"

# ---- A directory that cannot be written ----------------------------------------------------------

rm -f small/*
mount -o remount,ro small
turns_begin log
check_match "a read-only runtime directory: the log says so" 'Read-only file system' "$(cat log)"
check_fails "a read-only runtime directory: no update" kitsune update "$program" ./v2.so
turns_go_on "a read-only runtime directory" v1
stop "$program"
umount small
unset KITSUNE_RUNTIME_DIR TMPDIR

# ---- No /proc ------------------------------------------------------------------------------------

expect_error "without /proc: no start" 1 'mount /proc' \
    unshare -m sh -c 'mount -t tmpfs tmpfs /proc && exec kitsune run ./v1.so'
turns_with=(unshare -m --)
turns_begin log
turns_with=()
nsenter --mount="/proc/$program/ns/mnt" mount -t tmpfs tmpfs /proc
refuse_there "/proc goes away" 1 'mount /proc'
nsenter --mount="/proc/$program/ns/mnt" umount /proc
update_there "/proc comes back"
stop "$program"

# ---- Limits of processes and stack ---------------------------------------------------------------

# Root has no limit of processes.
chmod 711 .
mkdir -m 700 own
chown 54321 own
export KITSUNE_RUNTIME_DIR=$work/own
turns_with=(prlimit --nproc=1:1 setpriv --reuid=54321 --regid=54321 --clear-groups)
turns_begin log
name="no process can be made"
expect_error "$name: no rehearsal" 1 'rehears.*Resource temporarily unavailable' \
    kitsune update "$program" ./v2.so --rehearse
turns_go_on "$name" v1
update_there "$name, nor is one needed"
stop "$program"
unset KITSUNE_RUNTIME_DIR

for stack in 65536:65536 unlimited:unlimited; do
    turns_with=(prlimit --stack=$stack)
    turns_begin log
    update_there "a stack of ${stack%:*}"
    update_back "a stack of ${stack%:*}"
    stop "$program"
done

end_of_test
