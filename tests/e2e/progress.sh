#!/bin/bash
# A long transformation shows how far it has come: on a terminal, and in kitsune status.
. "$(dirname "$0")/../lib/harness.sh"

build_releases "$root/tests/lib/list.c" 1 2 3 -- -DITEMS=60000
# Two seconds of rules.
slow='if ($base.value % 300 == 0) usleep(10000);'
printf '{\n#include <unistd.h>\n}\nINIT struct item.weight: { %s $out = 7; }\n' "$slow" >1.xf
printf '{\n#include <unistd.h>\n}\nINIT struct item.height: { %s $out = 7; }\n' "$slow" >2.xf
check "a slow transformer" build_transformer v1 v2 1.xf
check "another" build_transformer v2 v3 2.xf

start log kitsune run ./v1.so
program=$started
wait_for 5 kitsune status "$program" >/dev/null 2>&1
check_fails "nothing is under way" eval 'kitsune status --json "$program" | grep -q objects_done'

# script(1) gives the command a terminal.
on_terminal() {
    script -qefc "$*" /dev/null </dev/null
}
on_terminal kitsune update "$program" ./v2.so --xf ./v1-v2.xf.so >shown 2>&1 &
update=$!
under_way() {
    kitsune status "$program" >status
    grep -Eq 'updating \(migration, for [0-9.]+ m?s, [1-9][0-9]* objects done\)' status
}
check "the status shows the step, and how far it is" wait_for 10 under_way
kitsune status --json "$program" >status.json
check "as JSON, too" python3 -c '
import json
status = json.load(open("status.json"))
assert status["state"] == "updating" and status["step"] == "migration"
assert 0 < status["objects_done"] <= 60001 and status["elapsed_ns"] > 0
assert status["bytes_done"] >= 16 * status["objects_done"]'
wait "$update"
check_equal "the update succeeds" 0 $?
tr '\r' '\n' <shown >lines
check_match "the terminal shows the step and the objects" \
    '^.{0,3}migration  [0-9.]+ s  [0-9]{1,2},[0-9]{3} objects' "$(cat lines)"
check_match "and the rate" 'objects, [0-9]+/s' "$(cat lines)"
check_match "and how long it may last" ', at most [0-9]+ s left' "$(cat lines)"
check_match "at the end the line is gone" $'\033\\[Kupdated ' "$(tail -c 900 shown | tr -d '\n')"

# The program knows now how many there are.
on_terminal kitsune update "$program" ./v3.so --xf ./v2-v3.xf.so >shown 2>&1
tr '\r' '\n' <shown >lines
check_match "the next time it knows how long" ', about [0-9]+ s left' "$(cat lines)"
check_equal "the log has nothing of it" "" "$(grep -E 'objects,|left' log)"
stop "$program"

# Not on a terminal.
start log kitsune run ./v1.so
program=$started
wait_for 5 kitsune status "$program" >/dev/null 2>&1
kitsune update "$program" ./v2.so --xf ./v1-v2.xf.so >shown 2>&1
check_match "elsewhere the outcome is shown" '^updated ' "$(cat shown)"
check_fails "and nothing else" grep -Eq 'left|objects,|'$'\033' shown
kill -KILL "$program"
wait_for 5 has_ended "$program"
kitsune status >/dev/null
check_equal "nothing stays of a program that was killed" "" \
    "$(ls "$XDG_RUNTIME_DIR/kitsune" | grep progress)"

end_of_test
