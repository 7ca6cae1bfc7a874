#!/bin/bash
# What holds for every command of kitsune: help that teaches, exit statuses, JSON of one style.
. "$(dirname "$0")/../lib/harness.sh"

mkdir v1 v2
cat >program.c <<'END'
#include <kitsune.h>
#include <stdlib.h>
#include <unistd.h>
struct item {
    int value;
#if VERSION > 1
    long weight;
#endif
};
struct item *item;
int main(int argument_count, char **arguments)
{
    kitsune_do_automigrate();
    if (argument_count > 1)
        return atoi(arguments[1]);
    if (!kitsune_is_updating())
        item = calloc(1, sizeof *item);
    for (;;) {
        kitsune_update("loop");
        usleep(20000);
    }
}
END
for v in 1 2; do
    cp program.c v$v/app.c
    check "version $v builds" build_version v$v -DVERSION=$v
done
check "the transformer" build_transformer v1 v2
echo 'INIT struct item.weight: { FAIL("not today"); }' >fail.xf
check "one that fails" eval \
    'xfgen v1.so v2.so fail.xf -o fail.c && kitcc -shared fail.c -o fail.xf.so'
check "the way back" eval 'xfgen v2.so v1.so -o back.c; kitcc -shared back.c -o back.xf.so'

# ---- Help ----------------------------------------------------------------------------------------

commands=$(kitsune help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | grep -v '^kitcc$\|^kitsune$\|^xfgen$')
for command in check diff help log rollback run status types update version; do
    check_match "there is the command $command" "^$command\$" "$commands"
done
for command in $commands; do
    help=$(kitsune "$command" --help)
    check_equal "$command --help succeeds" 0 $?
    check_equal "kitsune help $command is the same" "$help" "$(kitsune help "$command")"
    [ "$command" = help ] && continue
    check_match "$command --help says how it is used" "^Usage: kitsune $command" "$help"
    check_match "$command --help has an example" '^Example: ' "$help"
    check_match "and its command line" "^  kitsune $command " "$help"
    check_match "$command --help tells the exit statuses" '^Exit status: ' "$help"
    expect_error "$command refuses options that it does not know" 2 'unrecognized option' \
        kitsune "$command" --no-such-option
done
expect_output "the list shows how it goes" '^  kitsune update 4711 \./server-2\.so' kitsune help
expect_error "no command" 2 '^usage: ' kitsune
expect_error "an unknown command" 2 "there is no command 'frob'" kitsune frob
expect_error "a command that is misspelt" 2 "there is no command 'updat': did you mean 'update'\\?" \
    kitsune updat
expect_error "the beginning of a command" 2 "did you mean 'rollback'" kitsune roll
expect_error "another tool's word for it" 2 "did you mean 'status'" kitsune ps
expect_error "a program without a command" 2 'to run it, .kitsune run \./server\.so' kitsune ./server.so
expect_error "a process without a command" 2 '.kitsune status 4711' kitsune 4711
expect_error "an option without a command" 2 "no option '--frob'.*help" kitsune --frob
expect_error "help about the beginning of a command" 2 "did you mean 'update'" kitsune help upd
expect_error "help about an unknown command" 2 "there is no command 'frob'" kitsune help frob
expect_error "a kitsune that is asked for help" 0 '^usage: ' kitsune --help

# ---- Exit statuses -------------------------------------------------------------------------------

start log kitsune run ./v1.so
program=$started
wait_for 5 kitsune status "$program" >/dev/null 2>&1
sleep 1000 &
other=$!

expect_error "run: the program's own" 42 '' kitsune run ./v1.so 42
expect_error "run: cannot be run" 126 'v1/app\.c' kitsune run ./v1/app.c
expect_error "run: is not there" 127 'No such file' kitsune run ./nowhere.so
expect_error "run: nothing named" 2 'name the program' kitsune run

expect_error "update: refused" 1 'refused: ' kitsune update "$program" ./nowhere.so
expect_error "update: aborted" 1 'aborted: ' kitsune update "$program" ./v2.so --xf ./fail.xf.so
kill -STOP "$program"
expect_error "update: cancelled" 1 'cancelled: ' \
    kitsune update "$program" ./v2.so --xf ./v1-v2.xf.so --quiesce-timeout 0.2
kill -CONT "$program"
expect_error "update: usage" 2 'name the process' kitsune update "$program"
expect_error "update: no process number" 2 'no process number' kitsune update x ./v2.so
expect_error "update: no process" 3 'there is no process' kitsune update 4190000 ./v2.so
expect_error "update: not ours" 3 'is not run by Kitsune' kitsune update "$other" ./v2.so

expect_error "rollback: there is no version before" 1 'refused: ' kitsune rollback "$program"
expect_error "rollback: usage" 2 '' kitsune rollback
expect_error "rollback: no process" 3 'there is no process' kitsune rollback 4190000

expect_error "status: done" 0 "^$program " kitsune status
expect_error "status: one" 0 "^$program " kitsune status "$program"
expect_error "status: usage" 2 'no process number' kitsune status x
expect_error "status: no process" 3 'there is no process' kitsune status 4190000
expect_error "status: not ours" 3 'is not run by Kitsune' kitsune status "$other"
mkdir -m 777 open
KITSUNE_RUNTIME_DIR=$PWD/open expect_error "status: cannot be found" 1 'others can write' \
    kitsune status

expect_error "log: done" 0 'not today' kitsune log "$program"
expect_error "log: usage" 2 'no number' kitsune log -n x
expect_error "log: no process" 3 'nothing is known' kitsune log 4190000
KITSUNE_RUNTIME_DIR=$PWD/open expect_error "log: cannot be read" 1 'others can write' kitsune log

expect_error "check: ready" 0 '' kitsune check v1.so v2.so
expect_error "check: not readable" 1 '' kitsune check v1.so nowhere.so
expect_error "check: usage" 2 '' kitsune check
expect_error "diff: nothing to decide" 0 '' kitsune diff v1.so v1.so
expect_error "diff: not readable" 1 '' kitsune diff v1.so nowhere.so
expect_error "diff: usage" 2 '' kitsune diff v1.so
expect_error "types: done" 0 'struct item' kitsune types v1.so
expect_error "types: not readable" 1 '' kitsune types nowhere.so
expect_error "types: usage" 2 '' kitsune types
expect_error "version: done" 0 '^kitsune [0-9.]+$' kitsune version
expect_error "version: usage" 2 'too many' kitsune version x
expect_error "doupd: usage" 2 '^usage' doupd
expect_error "doupd: no process" 3 'there is no process' doupd 4190000 ./v2.so
expect_error "doupd: no file" 1 'cannot open' doupd "$program" ./nowhere.so

# ---- JSON ----------------------------------------------------------------------------------------

cat >style.py <<'END'
# style.py KIND KEY...: what is on standard input is one JSON value of this kind, with these keys.
import json, re, sys
value = json.load(sys.stdin)
kind, keys = sys.argv[1], sys.argv[2:]
assert type(value).__name__ == kind, type(value)

def look(value, name, is_map):
    if isinstance(value, dict):
        for key, part in value.items():
            # The names of enumerators are the program's, not ours.
            assert is_map or re.fullmatch(r"[a-z][a-z0-9_]*", key), key
            if key.endswith(("_ns", "_bytes", "pid")) and part is not None:
                assert type(part) is int, (key, part)
            if key == "time" or key.endswith("since"):
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", part), part
            if key.endswith("build_id") and part is not None:
                assert type(part) is str, part
            look(part, key, key == "values")
    elif isinstance(value, list):
        for part in value:
            look(part, name, False)

look(value, "", False)
first = value[0] if kind == "list" else value
for key in keys:
    assert key in first, (key, sorted(first))
END
# json NAME KIND KEYS COMMAND...: whatever its exit status, it prints such a value and nothing else.
json() {
    local name=$1 kind=$2 keys=$3
    shift 3
    "$@" >out.json 2>err
    check "$name" eval "python3 style.py $kind $keys <out.json"
}
json "version" dict version kitsune version --json
json "update: refused" dict \
    "pid outcome reason new_path running_path running_build_id running_since generation" kitsune update --json "$program" ./nowhere.so
json "update: no process" dict "pid outcome reason" kitsune update --json 4190000 ./v2.so
json "update: aborted" dict \
    "pid outcome reason step where object advice running_path running_since generation time" \
    kitsune update --json "$program" ./v2.so --xf ./fail.xf.so
json "status: of a failed update" dict \
    "pid state path build_id generation since last_outcome last_reason last_step last_where" \
    kitsune status --json "$program"
json "rollback: refused" dict "pid outcome reason" kitsune rollback --json "$program"
json "update: committed" dict \
    "pid outcome old_path new_path old_build_id new_build_id point pause_ns objects_visited threads" \
    kitsune update --json "$program" ./v2.so --xf ./v1-v2.xf.so --reverse ./back.xf.so
json "rollback: committed" dict "pid outcome rollback pause_ns" kitsune rollback --json "$program"
json "status: one" dict "pid state path last_pause_ns" kitsune status --json "$program"
json "status: all" list "pid state path" kitsune status --json
json "log" list "pid outcome time time_ns ended_ns moment_ns spans" kitsune log --json
json "log: one" list "pid outcome" kitsune log --json "$program"
json "keygen" dict "secret_key public_key" kitsune keygen --json keys
json "sign" list "path signature kind" kitsune sign --json --key keys.key v1.so
json "verify" list "path valid kind key" kitsune verify --json --key keys.pub v1.so
json "verify: not signed" list "path valid reason" kitsune verify --json --key keys.pub v2.so
rm v1.so.sig
json "check" dict "ready errors warnings findings old new" kitsune check --json v1.so v2.so
json "check: one version" dict "ready version" kitsune check --json v1.so
json "diff" dict "old new types variables" kitsune diff --json v1.so v2.so
json "types" dict "path build_id types variables functions" kitsune types --json v1.so
kill "$other"
stop "$program"
check_equal "status: nothing runs" "[]" "$(kitsune status --json)"

end_of_test
