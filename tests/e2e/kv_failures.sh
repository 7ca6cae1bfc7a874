#!/bin/bash
# A key-value server under load whose next release fails, in every way at every step: the same connections
# go on, with the same data, the requester is told the step and the cause, and nothing is left behind.
# FAULTS=all tries all of it in rehearsals, too, and with more data.
# TIME_LIMIT=600
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/kv_server.sh"
. "$root/tests/lib/kv_faults.sh"

ulimit -c 0
faults=${FAULTS:-some}
[ "$faults" = some ] || kv_faults_keys=400
check "the releases build" kv_faults_build || exit 1

# fails NAME STEP CAUSE COMMAND...: an update does, and is told so.  STEP empty: it is not begun.
fails() {
    local name=$1 step=$2 cause=$3 status said
    shift 3
    "$@"
    status=$?
    said=$(cat update.log)
    check_equal "$name: the update fails" 1 $status
    check_match "$name: the cause is told" "^kitsune update: [a-z]+: .*$cause" "$said"
    [ -z "$step" ] || check_match "$name: the step is told" "^  step +$step\$" "$said"
    [ -z "$step" ] || check_match "$name: and what runs on" '^  running +.*first\.so \(generation ' "$said"
    kv_faults_unharmed "$name"
}

# mischief PLACE ACT STEP CAUSE [OPTION...]
mischief() {
    local place=$1 act=$2 step=$3 cause=$4
    shift 4
    echo "$place $act" >mischief
    fails "$place, $act" "$step" "$cause" kv_faults_update "$@"
    [ "$faults" = some ] ||
        fails "$place, $act, rehearsed" "$step" "$cause" kv_faults_update --rehearse "$@"
    rm -f mischief
}

# ---- Steps and what fails there ------------------------------------------------------------------

# The files of the new version and of the transformer.
build_broken() {
    head -c 30000 second.so >short.so
    head -c 30000 there.xf.so >short.xf.so
    echo 'int gone(void) { return 1; }' >gone.c
    gcc -shared -fPIC gone.c -o libgone.so || return 1
    mkdir lost
    cp patched-2/*.c lost/
    printf '%s\n' 'int gone(void);' '__attribute__((used)) static int (*gone_too)(void) = gone;' \
        >>lost/server.c
    kv_faults_release 2 library lost "$PWD/libgone.so" && kv_faults_release 2 symbol lost &&
        kv_faults_transformer library library && kv_faults_transformer symbol symbol && rm libgone.so
}

# files NAME STEP CAUSE VERSION TRANSFORMER
files() {
    fails "$1" "$2" "$3" kv_faults_update_to "$4" --xf "$5"
}

test_files() {
    check "releases that are broken build" build_broken
    files "no such version" '' 'cannot open .*nowhere\.so' ./nowhere.so ./there.xf.so
    files "half a version" '' 'short\.so' ./short.so ./there.xf.so
    files "half a transformer" '' 'short\.xf\.so' ./second.so ./short.xf.so
    files "a transformer of another pair" '' 'another pair' ./second.so "$build/apps/kv-1-2.xf.so"
    files "a library that is gone" load 'libgone\.so' ./library.so ./library.xf.so
    files "a function that is gone" link 'undefined symbol: gone' ./symbol.so ./symbol.xf.so
}

# What can go wrong in any code, at PLACE, in STEP.
test_code() {
    local place=$1 step=$2
    mischief "$place" segv "$step" 'SIGSEGV .*accessing 0x8, in .*mischief_do'
    mischief "$place" abort "$step" 'SIGABRT .* in .*mischief_do'
    mischief "$place" exit "$step" 'called exit\(3\)'
    mischief "$place" loop "$step" '(point .loop.|under way|running) for (0\.[3-9]|[1-9][0-9.]*) s' --timeout 0.3
    [ "$faults" = all ] || [ "$place" = entry ] || [ "$place" = rule ] || return
    mischief "$place" bus "$step" 'SIGBUS .* in .*mischief_bus'
    mischief "$place" fpe "$step" 'SIGFPE .* in .*mischief_do'
    mischief "$place" ill "$step" 'SIGILL .* in .*mischief_do'
    mischief "$place" overflow "$step" 'SIGSEGV .* in .*mischief_run_over'
    mischief "$place" _exit "$step" 'called _exit\(3\)'
}

test_steps() {
    test_code constructor constructors
    test_code entry entry
    test_code rule migration
    test_code check checks
    test_code arrival entry
    mischief rule fail migration 'mischief in the rule'
    mischief check fail checks 'does not pass the check'
    mischief entry fail entry 'main returned 4'
    mischief arrival fail entry 'main returned 5'
    mischief entry memory migration 'out of (address space|memory)'
    mischief entry wait entry 'has not come to it' --timeout 0.3
    mischief arrival wait entry 'has not come to it' --timeout 0.3
    mischief rule wait migration 'still at work' --timeout 0.3
    mischief check wait checks 'still at work' --timeout 0.3
}

test_stopped() {
    kv_faults_window_begin
    kill -STOP "$kv_pid"
    kitsune update "$kv_pid" ./second.so --xf ./there.xf.so --quiesce-timeout 0.3 >update.log 2>&1
    check_equal "stopped: the update fails" 1 $?
    kill -CONT "$kv_pid"
    kv_faults_window_end
    check_match "stopped: the cause is told" 'cancelled: the program did not come to an update point' \
        "$(cat update.log)"
    kv_faults_unharmed "stopped"
}

# ---- In the middle of a step ---------------------------------------------------------------------

# held PLACE ACT: the update begins, and waits there; its requester is $tool.
held() {
    rm -f held
    touch hold
    echo "$1 hold $2" >mischief
    kv_faults_window_begin
    kitsune update "$kv_pid" ./second.so --xf ./there.xf.so --timeout 30 >update.log 2>&1 &
    tool=$!
    wait_for 20 [ -e held ] || fail "$1: the update is on its way"
}

released() {
    rm -f hold
    wait_for 20 eval '[ "$(kitsune status --json "$kv_pid" | sed -n "s/^ *\"state\": \"\(.*\)\".*/\1/p")" = running ]'
    kv_faults_window_end
    rm -f mischief
}

# The tool is killed there for certain.
test_killed() {
    local place told
    for place in constructor entry rule check arrival; do
        told=$(grep -c 'aborted: .*SIGABRT' kv.log)
        held "$place" abort
        kill -KILL "$tool"
        wait "$tool" 2>/dev/null
        check_equal "the tool is killed, $place: in the middle of the update" 137 $?
        released
        kv_faults_unharmed "the tool is killed, $place"
        check "the tool is killed, $place: the log tells the end" \
            [ "$(grep -c 'aborted: .*SIGABRT' kv.log)" -gt "$told" ]
    done
}

test_second_request() {
    local place second
    for place in constructor entry rule check arrival; do
        held "$place" abort
        kitsune update "$kv_pid" ./second.so --xf ./there.xf.so --dry-run >second.log 2>&1 &
        second=$!
        check "a second request, $place: hears that it waits" \
            wait_line 20 second.log 'another request to process [0-9]+ is under way'
        rm -f mischief
        released
        wait "$tool"
        check_equal "a second request, $place: the first one fails" 1 $?
        wait "$second"
        check_equal "a second request, $place: is carried out then" 0 $? || cat second.log
        kv_faults_unharmed "a second request, $place"
    done
}

# ---- All of it -----------------------------------------------------------------------------------

kv_faults_begin
test_files
test_stopped
test_killed
test_second_request
[ "$faults" = some ] || test_steps

# And nothing is left behind.  What is cached for the next time has been by then.
mischief rule abort migration SIGABRT
kv_faults_settle || fail "what the process has is measured"
test_steps
[ "$faults" = some ] || test_files
mischief rule abort migration SIGABRT # its report is kept
kv_faults_measured "after all that" 8192

kv_faults_there "after all that"
kv_faults_back "after all that"
kv_faults_end

end_of_test
