#!/bin/bash
# The report of a failed update, and the history of all: kitsune log.
. "$(dirname "$0")/../lib/harness.sh"

build_releases "$root/tests/lib/list.c" 1 2 -- -DITEMS=100

# rules NAME CODE: a transformer whose rule for the new member has this line of code, its third.
rules() {
    printf 'INIT struct item.weight: {\n    $out = 7;\n    %s\n}\n' "$2" >"$1.xf"
    build_transformer v1 v2 "$1.xf" && mv v1-v2.xf.so "$1.xf.so"
}
check "rules that crash" rules crash 'if ($base.value == 50) *(volatile int *)16 = 1;'
check "rules that fail" rules fail 'if ($base.value == 50) FAIL("fifty is too much");'
check "rules that are right" rules right ''
printf 'INIT struct item.weight: { $out = 7; }\nCHECK { $newsym(items)->value == 1 }\n' >wrong.xf
check "a check that does not hold" eval \
    'build_transformer v1 v2 wrong.xf && mv v1-v2.xf.so wrong.xf.so'

start log kitsune run ./v1.so
program=$started
wait_for 5 kitsune status "$program" >/dev/null 2>&1

# ---- What the requester is told ------------------------------------------------------------------

expect_error "nothing has happened yet" 0 '^no updates are known$' kitsune log "$program"

told=$(kitsune update "$program" ./v2.so --xf ./crash.xf.so 2>&1)
check_equal "a rule that crashes: exit status" 1 $?
check_match "its step" '^  step +migration$' "$told"
check_match "the rule's line" '^  rule +[^ ]*crash\.xf:3$' "$told"
check_match "the object" '^  on +struct item at 0x[0-9a-f]+, such as \*items$' "$told"
check_match "the backtrace with lines" '^  #0 +[a-z_0-9]+\+0x[0-9a-f]+  at [^ ]*crash\.xf:3$' "$told"
check_match "out to main" '^  #[0-9]+ +main\+0x[0-9a-f]+  at .*app\.c:[0-9]+$' "$told"
check_match "what to do" '^  to do +.*KITSUNE_CRASH=core' "$told"
check_match "what runs, since when" \
    "^  running +$work/v1\.so \(generation 1\), since 20[0-9-]+ [0-9:]+\$" "$told"

told=$(kitsune update "$program" ./v2.so --xf ./fail.xf.so 2>&1)
check_match "a rule that fails: its line" '^  at +fail\.xf:3$' "$told"
check_match "a rule that fails: the object" '^  on +struct item at 0x' "$told"
check_match "a rule that fails: what to do" '^  to do +mend the rule.*fail\.xf:3' "$told"

told=$(kitsune update "$program" ./v2.so --xf ./wrong.xf.so 2>&1)
check_match "a check: its step" '^  step +checks$' "$told"
check_match "a check: its line" '^  at +wrong\.xf:2$' "$told"

# ---- It stays readable ---------------------------------------------------------------------------

told=$(kitsune status "$program")
check_match "the status has the step" '^  step +checks$' "$told"
check_match "and the line" '^  at +wrong\.xf:2$' "$told"
check_match "and what runs" '^  running +.*v1\.so' "$told"
check_match "the log has the step" 'v2.so aborted: step migration, at fail\.xf:3, on struct item' \
    "$(cat log)"
check_match "the log has the backtrace" 'v2\.so aborted: frame 0: 0x[0-9a-f]+ [a-z_0-9]+\+0x' \
    "$(cat log)"
check_match "the log says what runs" 'v1\.so \(generation 1\) runs on; it has been running since 20' \
    "$(cat log)"
check_equal "every line of the log says whose it is" "" "$(grep -v '^kitsune: ' log)"

# ---- The history ---------------------------------------------------------------------------------

kitsune update "$program" ./v2.so --xf ./nowhere.so >/dev/null 2>&1
check "an update that succeeds" kitsune update "$program" ./v2.so --xf ./right.xf.so
history=$(kitsune log "$program")
check_equal "all are there, newest last" "aborted aborted aborted refused committed" \
    "$(grep -E '^20' <<<"$history" | awk '{ print $4 }' | xargs)"
check_match "what the tool refused, too" '^  cause +cannot open' "$history"
check_equal "only the last" 1 "$(kitsune log -n 1 | grep -c '^20')"
check_match "is the newest" '  committed  ' "$(kitsune log -n 1)"

cat >look.py <<'END'
import json, sys
records = json.load(sys.stdin)
assert [r["outcome"] for r in records] == ["aborted"] * 3 + ["refused", "committed"], records
crash, done = records[0], records[-1]
assert crash["step"] == "migration" and crash["rule"].endswith("crash.xf:3")
assert crash["frames"][0]["source"].endswith("crash.xf:3")
assert crash["running_since"] < done["running_since"]
steps = [s["step"] for s in done["spans"]]
for step in "prepare quiescence load entry migration checks arrival commit".split():
    assert step in steps, step
ends = [s["end_ns"] for s in done["spans"]]
assert ends == sorted(ends) and all(s["begin_ns"] < s["end_ns"] for s in done["spans"])
assert isinstance(done["time_ns"], int) and done["ended_ns"] > done["time_ns"]
END
check "the history as JSON" eval 'kitsune log --json '"$program"' | python3 look.py'

# A follower sees what comes; each record is one line.
start followed kitsune log --follow --json -n 1
follower=$started
wait_line 5 followed '"outcome":"committed"'
kitsune update "$program" ./nowhere.so >/dev/null 2>&1
check "a follower sees the next one" wait_line 5 followed '"outcome":"refused"'
check "and each line is an object" eval 'while read -r l; do python3 -m json.tool <<<"$l"; done <followed'
stop "$follower"

# ---- It outlives the process, and no more than that ----------------------------------------------

stop "$program"
check_match "the process is gone, its history is not" '  committed  ' "$(kitsune log "$program")"
files=("$XDG_RUNTIME_DIR"/kitsune/*.history)
check_equal "there is one file" 1 ${#files[@]}
touch -d '20 days ago' "${files[0]}"
expect_error "old history is removed" 3 'nothing is known of process' kitsune log "$program"
check_fails "with its file" test -e "${files[0]}"

start log kitsune run ./v1.so
program=$started
wait_for 5 kitsune status "$program" >/dev/null 2>&1
stop "$program"
kitsune log >/dev/null
check_equal "of a program that was never updated nothing stays" "" \
    "$(ls "$XDG_RUNTIME_DIR/kitsune" | grep history)"

# A file keeps no more than its newest part.
start log kitsune run ./v1.so
program=$started
wait_for 5 kitsune status "$program" >/dev/null 2>&1
files=("$XDG_RUNTIME_DIR"/kitsune/*.history)
{
    for i in $(seq 2500); do
        printf 'ended_ns %d\npid %d\noutcome refused\nreason %0100d\ntime 2020-01-01T00:00:00.000Z\n\n' \
            "$i" "$program" "$i"
    done
} >"${files[0]}"
big=$(stat -c %s "${files[0]}")
kitsune update "$program" ./nowhere.so >/dev/null 2>&1
check "the file was cut" [ "$(stat -c %s "${files[0]}")" -lt "$((big * 2 / 3))" ]
check_match "the newest is kept" 'nowhere' "$(kitsune log -n 1 "$program")"
check_match "and what came before it" "0002500\$" "$(kitsune log -n 2 "$program" | head -2)"
check_fails "the oldest is not" eval 'kitsune log "$program" | grep -q "00000001$"'
# A record that was not written to its end costs no other.
printf 'ended_ns 7\npid 7\noutcome com' >>"${files[0]}"
kitsune update "$program" ./elsewhere.so >/dev/null 2>&1
check_match "after a torn record the next one is there" 'elsewhere' "$(kitsune log -n 1 "$program")"
check_match "and so is the one before it" 'nowhere' "$(kitsune log -n 2 "$program")"
expect_error "an unknown process" 3 'nothing is known of process' kitsune log 999999
expect_error "no number" 2 'is no process number' kitsune log x
expect_error "no count" 2 'is no number' kitsune log -n x

# ---- The journal ---------------------------------------------------------------------------------

cat >under_journal.py <<'END'
# Runs a program whose standard error is a stream to "the journal", and prints what it says there.
import os, socket, subprocess, sys, time
ours, theirs = socket.socketpair()
status = os.fstat(theirs.fileno())
environment = dict(os.environ, JOURNAL_STREAM=f"{status.st_dev}:{status.st_ino}")
program = subprocess.Popen(sys.argv[1:], stderr=theirs, env=environment)
theirs.close()
print(program.pid, flush=True)
while (line := ours.recv(65536)):
    sys.stdout.write(line.decode())
    sys.stdout.flush()
END
start journal python3 under_journal.py kitsune run ./v1.so
wait_line 5 journal '^[0-9]+$'
program=$(head -1 journal)
started_programs+=("$program")
wait_for 5 kitsune status "$program" >/dev/null 2>&1
kitsune update "$program" ./v2.so --xf ./fail.xf.so >/dev/null 2>&1
kitsune update "$program" ./v2.so --xf ./right.xf.so >/dev/null 2>&1
check "errors have their level in the journal" wait_line 5 journal '^<3>kitsune: update to .*fifty'
check "and so has what is only told" wait_line 5 journal '^<6>kitsune: updated to '
kill "$program"

end_of_test
