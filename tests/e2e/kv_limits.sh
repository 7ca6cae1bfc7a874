#!/bin/bash
# A key-value server under load has no descriptors, no address space, no processes, a small stack, or may write
# no files, while it is updated.  The update fails with that reason, or does without; the same connections go
# on, with the same data, nothing is left behind, and when the limit is gone the update succeeds.
# FAULTS=all tries more limits of address space, and each limit more often.
# TIME_LIMIT=600
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/kv_server.sh"
. "$root/tests/lib/kv_faults.sh"

faults=${FAULTS:-some}
repeats=$([ "$faults" = all ] && echo 50 || echo 4)
check "the releases build" kv_faults_build || exit 1

# limited RESOURCE SOFT [OPTION...]: an update under that limit, with its status.  The clients that are in the
# middle of something are there already; nobody connects meanwhile.
limited() {
    local resource=$1 limit=$2 before status
    shift 2
    before=$(prlimit --pid "$kv_pid" "--$resource" --noheadings -o SOFT,HARD | awk '{ print $1 ":" $2 }')
    kv_faults_window_begin
    prlimit --pid "$kv_pid" "--$resource=$limit:${before#*:}"
    timeout 60 kitsune update "$kv_pid" ./second.so --xf ./there.xf.so --reverse ./back.xf.so \
        --quiesce-timeout 30 "$@" \
        >update.log 2>&1
    status=$?
    prlimit --pid "$kv_pid" "--$resource=$before"
    kv_faults_window_end
    return $status
}

# fails NAME STATUS CAUSE
fails() {
    check_equal "$1: the update fails" 1 "$2"
    check_match "$1: the cause is told" "^kitsune update: [a-z]+: .*$3" "$(cat update.log)"
    kv_faults_unharmed "$1"
}

# ---- Limits that an update does not come through with --------------------------------------------

test_descriptors() {
    local limit open
    open=$(ls "/proc/$kv_pid/fd" | wc -l)
    for limit in 4 $((open / 2)) $open; do
        limited nofile $limit --timeout 5
        fails "$limit descriptors" $? '(no descriptors free|Too many open files|ulimit -n)'
    done
}

address_space() {
    echo $(($(sed -n 's/^VmSize:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$kv_pid/status") * 1024))
}

# With so many kB more than it has, until one is enough; each cause is told.
test_address_space() {
    local more status failed=0
    # What the server needs for itself it has before: malloc keeps what is freed.
    head -c 8000000 /dev/zero | tr '\0' x | redis-cli -p "$kv_port" -n $kv_fixed -x set large >/dev/null
    kv -n $kv_fixed del large >/dev/null
    for more in ${address_space_limits:-0 200 600 1000 2000 4000 16000 64000 256000}; do
        limited as $(($(address_space) + more * 1024)) --timeout 10
        status=$?
        [ $status -ne 0 ] || break
        fails "$more kB more of address space" $status '(memory|address space|ulimit -v)'
        failed=$((failed + 1))
    done
    check "with little address space updates fail" [ $failed -gt 2 ]
    check_equal "with $more kB more an update succeeds" 0 "$status"
    kv_faults_as_before "with $more kB more: updated" 2
    kv_faults_back "with $more kB more"
}

# ---- Limits that it does without -----------------------------------------------------------------

# does_without NAME RESOURCE LIMIT
does_without() {
    limited "$2" "$3" --timeout 10
    check_equal "$1: the update succeeds" 0 $? || cat update.log
    kv_faults_as_before "$1: updated" 2
    kv_faults_back "$1"
}

test_files() {
    local name="no file may be written" told
    told=$(kitsune log "$kv_pid" | grep -c 'mischief in the rule')
    echo 'rule fail' >mischief
    limited fsize 0 --timeout 10
    fails "$name" $? 'mischief in the rule'
    rm -f mischief
    check_match "$name: the status is right" 'first\.so' "$(kitsune status "$kv_pid")"
    check_equal "$name: the history misses it" "$told" \
        "$(kitsune log "$kv_pid" | grep -c 'mischief in the rule')"
    does_without "$name" fsize 0
}

# ---- All of it -----------------------------------------------------------------------------------

kv_faults_begin
test_descriptors
test_address_space
test_files
does_without "a small stack" stack 65536
does_without "a stack without limit" stack unlimited

# Again and again nothing is left behind.
limited nofile 4 --timeout 5
kv_faults_settle || fail "what the process has is measured"
for ((i = 0; i < repeats; i++)); do
    limited as $(($(address_space) + 100 * 1024)) --timeout 5
    limited as $(($(address_space) + 600 * 1024)) --timeout 5
    limited nofile 4 --timeout 5
done
kv_faults_unharmed "again and again"
kv_faults_measured "again and again" 8192
kv_faults_there "when there is no limit"
kv_faults_end

# ---- Processes: root has no limit of them --------------------------------------------------------

if [ "$(id -u)" -eq 0 ]; then
    chown 54321 .
    mkdir -m 700 own
    chown 54321 own
    export KITSUNE_RUNTIME_DIR=$work/own
    kv_faults_with=(prlimit --nproc=1:1 setpriv --reuid=54321 --regid=54321 --clear-groups)
    kv_faults_begin
    name="no process can be made"
    kv_faults_update --rehearse
    fails "$name: no rehearsal" $? 'rehears.*Resource temporarily unavailable'
    kv_faults_there "$name: without one"
    kv_faults_end
else
    echo "skipped: a limit of processes, which needs another user"
fi

end_of_test
