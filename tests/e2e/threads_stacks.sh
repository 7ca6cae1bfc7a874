#!/bin/bash
# An update that is given up because of threads: the report has the stacks of those that wait, of those
# that hold what they wait for, and of those that just do not come, each under a line that says which
# thread it is; for people, in the log, in the status, and as JSON.
. "$(dirname "$0")/../lib/harness.sh"

mkdir v1 v2
cp "$root/tests/lib/lock_holders.c" v1/app.c
cp v1/app.c v2/app.c

# look.py EXPRESSION...: of the stacks of the last update, each has to be true.
cat >look.py <<'END'
import json, sys
document = json.load(sys.stdin)
record = document[-1] if isinstance(document, list) else document
stacks = record.get("thread_stacks", record.get("last_thread_stacks"))
roles = [s["role"] for s in stacks]

def functions(role):
    return [(f["function"] or "?").split("+")[0] for s in stacks if s["role"] == role for f in s["frames"]]

def in_order(role, *names):
    at = iter(functions(role))
    return all(name in at for name in names)

def lines(role):
    return all(f["source"] and "app.c:" in f["source"] for s in stacks if s["role"] == role
               for f in s["frames"] if (f["function"] or "").split("+")[0] in
               ("take", "never_come", "come_to_point", "inner", "outer", "run_holder", "run_wanter", "main"))

def first(role):
    return stacks[roles.index(role)]

for expression in sys.argv[1:]:
    if not eval(expression):
        sys.exit(f"not so: {expression}: {json.dumps(stacks, indent=1)}")
END

look() { python3 look.py "$@" <told.json; }

# given_up KIND COUNT PATTERN EXPRESSION...: the update is given up with a reason that matches, and the
# report holds each of the expressions; the old version goes on.  Leaves the program in $started.
given_up() {
    local kind=$1 count=$2 pattern=$3
    shift 3
    start log kitsune run ./v1.so "$kind" "$count"
    wait_line 10 log '^ready$'
    timeout 60 kitsune update --json --timeout 2 --quiesce-timeout 1 "$started" ./v2.so >told.json
    check_equal "$options $kind: exit status" 1 $?
    check_match "$options $kind: the reason" "$pattern" "$(cat told.json)"
    check "$options $kind: the report" look "$@"
    check "$options $kind: the old version goes on" kitsune status "$started"
}

waiter='in_order("waits", "take", "run_wanter") and first("waits")["name"] == "wanter"'
holder='in_order("holds", "come_to_point", "inner", "outer", "run_holder")'
stands='first("holds")["name"] == "holder" and first("holds")["point"] == "holder"'

for options in -O0 -O2; do
    check "$options: two versions build" eval 'build_version v1 $options -DVERSION=1 && build_version v2 $options -DVERSION=2'
    check "$options: and what leads from one to the other" install_transformer v1 v2

    given_up mutex 1 'waits for the lock list_lock, which thread [0-9]+ holds' \
        'roles == ["waits", "holds"]' "$waiter" "$holder" "$stands" 'lines("waits")' 'lines("holds")' \
        'stacks[0]["waits_for"] == "list_lock"' 'stacks[1]["holds"] == "list_lock"' \
        'record["step"] == "quiescence"'
    stop "$started"
    given_up writer 1 'waits for the lock table_lock, which thread [0-9]+ holds' \
        'roles == ["waits", "holds"]' "$waiter" "$holder" "$stands" 'stacks[1]["holds"] == "table_lock"'
    stop "$started"
    # Main stands, too, and nobody knows that it does not hold the lock.
    given_up reader 2 'waits for table_lock .a spin lock' \
        'roles == ["waits"] + ["may_hold"] * 3' "$waiter" 'functions("may_hold").count("inner") == 2' \
        '"main" in functions("may_hold")' 'lines("may_hold")'
    stop "$started"
    given_up late 1 'has not come to an update point' \
        'roles == ["late"]' 'in_order("late", "poll", "never_come", "run_wanter")' 'lines("late")' \
        'stacks[0]["doing"] == "blocked in poll"'
    stop "$started"
done

# ---- What else there may be, and where it is told ------------------------------------------------

# More than the report has room for.
given_up semaphore 12 'waits for gate .a spin lock, .*thread [0-9]+ at .holder. and 9 others' \
    'roles == ["waits"] + ["may_hold"] * 7' 'record["stacks_left_out"] == 6' "$waiter" \
    'functions("may_hold").count("outer") == 7'
told=$(kitsune status "$started")
check_match "the status has a line for the one that waits" \
    '^  thread [0-9]+ \(wanter\) waits for gate$' "$told"
check_match "for each that may hold" \
    '^  thread [0-9]+ \(holder\) may have to let go of gate, and stands at the update point .holder.$' \
    "$told"
check_match "the frames below have their lines" '^  #[0-9]+ +inner\+0x[0-9a-f]+  at .*app\.c:[0-9]+$' \
    "$told"
check_match "and those that are left out are counted" '^  others +6 more threads' "$told"
check "the status as JSON" eval \
    'kitsune status --json "$started" | python3 look.py "len(stacks) == 8" "functions(\"may_hold\").count(\"inner\") == 7"'
check "the history as JSON" eval \
    'kitsune log --json -n 1 "$started" | python3 look.py "len(stacks) == 8" "lines(\"may_hold\")"'
check_match "the program's log says which thread" \
    'v2\.so cancelled: thread [0-9]+ \(wanter\) waits for gate$' "$(cat log)"
check_match "and where it is" \
    'v2\.so cancelled: thread [0-9]+, frame [0-9]+: 0x[0-9a-f]+ run_wanter\+0x' "$(cat log)"
stop "$started"
check_match "kitsune log shows the holders" '^  #[0-9]+ +outer\+0x[0-9a-f]+  at .*app\.c:[0-9]+$' \
    "$(kitsune log -n 1)"

# ---- In the new version --------------------------------------------------------------------------

# At once: long before the time of the update is over.
at_once='record["spans"][-1]["end_ns"] < 1.5e9'
in_new_version() {
    given_up "$@"
    check "$1: it is found at once" eval 'kitsune log --json -n 1 "$started" | python3 look.py "$at_once"'
    stop "$started"
}
options=-O2
in_new_version arrived 1 'waits for the lock list_lock, which thread [0-9]+ holds at the update point .holder.' \
    'roles == ["waits", "holds"]' "$waiter" "$holder" "$stands" 'record["where"].startswith("take+")' \
    'lines("waits")' 'lines("holds")'
in_new_version main_holds 1 'waits for the lock list_lock, which thread [0-9]+ holds at the update point .main.' \
    'roles == ["waits", "holds"]' "$waiter" 'functions("holds")[-1] == "main"' \
    'first("holds")["point"] == "main"' 'lines("holds")'
in_new_version main_waits 1 'the main thread [0-9]+ .* waits for the lock list_lock, which thread [0-9]+ holds' \
    'roles == ["waits", "holds"]' 'in_order("waits", "take", "main")' "$holder" "$stands" 'lines("holds")'
in_new_version main_own 1 'the main thread [0-9]+ .* waits for the lock list_lock, which it has held since' \
    'roles == ["waits"]' 'stacks[0]["holds"] == "list_lock"' 'in_order("waits", "take", "main")'
given_up new_late 1 'has not come to its update point .wanter. in the new version' \
    'roles == ["late"]' 'in_order("late", "poll", "never_come", "run_wanter")' 'lines("late")'
stop "$started"

end_of_test
