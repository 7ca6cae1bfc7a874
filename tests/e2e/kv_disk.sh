#!/bin/bash
# The disk of a key-value server is full while it is updated under load: its runtime directory (status,
# history, sockets), its log and its temporary files.  Updates come through or fail as they would otherwise,
# the same connections go on with the same data, and what is written is right again when there is room.
# Mounts are made in a mount namespace of the test's own.
own_mounts=${own_mounts:-}
if [ -z "$own_mounts" ] && unshare -m mount -t tmpfs tmpfs /mnt 2>/dev/null; then
    own_mounts=yes exec unshare -m -- "$0"
fi
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/kv_server.sh"
. "$root/tests/lib/kv_faults.sh"

if [ -z "$own_mounts" ]; then
    echo "skipped: to mount something needs root and unshare -m"
    end_of_test
fi

check "the releases build" kv_faults_build || exit 1

# What is left is room at the ends of files that are there.
fill() {
    ! dd if=/dev/zero of=small/filler bs=4096 2>/dev/null
}

history_has() {
    kitsune log "$kv_pid" 2>/dev/null | grep -c "$1"
}

# fails NAME CAUSE: as with room for everything.
fails() {
    local name=$1
    echo 'rule fail' >mischief
    kv_faults_update --timeout 10
    check_equal "$name: a failing update fails" 1 $?
    rm -f mischief
    check_match "$name: the cause is told" '^kitsune update: aborted: .*mischief in the rule' \
        "$(cat update.log)"
    check_match "$name: and the step" '^  step +migration' "$(cat update.log)"
    kv_faults_unharmed "$name"
    check_match "$name: the status is right" 'first\.so' "$(kitsune status "$kv_pid")"
}

mkdir small
mount -t tmpfs -o size=64k,mode=700 tmpfs small
export KITSUNE_RUNTIME_DIR=$work/small
ln -s small/log kv.log # what the server says goes there, too

# ---- Full, later ---------------------------------------------------------------------------------

name="the disk is full, later"
kv_faults_with=(env TMPDIR="$work/small")
kv_faults_begin
check "the disk fills" fill
logged=$(stat -c %s small/log)
fails "$name"
kv_faults_settle || fail "what the process has is measured"
for ((i = 0; i < 5; i++)); do
    fails "$name, again"
    kv_faults_update_to ./nowhere.so
    check_equal "$name, again: a version that is not there" 1 $?
    kv_faults_unharmed "$name, again: a version that is not there"
done
kv_faults_measured "$name" 4096
check "$name: the log has no room for more than its last page" \
    [ "$(stat -c %s small/log)" -le $(((logged / 4096 + 1) * 4096)) ]
kv_faults_there "$name"
kv_faults_back "$name"
before=$(history_has 'mischief in the rule')
check "$name: the history does not have them all" [ "$before" -lt 6 ]

rm small/filler
name="there is room again"
fails "$name"
check_equal "$name: the history goes on" $((before + 1)) "$(history_has 'mischief in the rule')"
kitsune log "$kv_pid" >history
check_fails "$name: and can be read" grep -Eqi 'damaged|cannot|broken' history
kv_faults_there "$name"
kv_faults_end

# ---- Full from the start -------------------------------------------------------------------------

name="the disk is full from the start"
rm -f small/* kv.log
check "$name" fill
kv_faults_begin
expect_error "$name: the tools do not find the server, and say why" 3 'a full disk' \
    kitsune update "$kv_pid" ./second.so --xf ./there.xf.so
kv_faults_window_begin
check_fails "$name: doupd has no room for a path" doupd "$kv_pid" ./second.so
kv_faults_window_end
kv_faults_unharmed "$name"
rm small/filler
kill -USR2 "$kv_pid"
check "$name: there is room again, and a signal says so" \
    wait_for 10 eval 'kitsune status "$kv_pid" >/dev/null 2>&1'
fails "$name: and then is not"
kv_faults_there "$name: and then is not"
kv_faults_end
umount small

end_of_test
