#!/bin/bash
# demo-cache.sh -- a memcached server takes four releases while clients keep it busy.
#
# Starts release 1 of apps/cache under `kitsune run`, and keeps two kinds of clients at it: memcslap,
# and one that knows every answer (tests/lib/cache_check.c).  Then updates it to release 2, 3, 4 and 5.
# Prints what that cost and what it broke, and exits with 1 when anything is wrong.  Every program
# started here is ended by its process id.
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}
keys=${DEMO_KEYS:-50000}
releases=(1 2 3 4 5)

. "$root/scripts/demo-lib.sh"
. "$root/tests/lib/cache_server.sh"

slap_again_and_again() {
    until [ -e load.stop ]; do
        timeout 60 memcslap --servers=127.0.0.1:$cache_port --concurrency=4 \
            --execute-number=1000 >>slap.log 2>&1 || return 1
    done
}

row() {
    printf '  %-12s %14s %14s %14s %10s\n' "$@"
}

update() {
    local old=$1 new=$2 name=v$1-v$2
    cache_check_mark "$name" || give_up "the checking client ended"
    sleep 0.5
    if ! cache_update "$cache_pid" "$old" "$new"; then
        cat update.log >&2
        give_up "the update from release $old to release $new was refused"
    fi
    sleep 0.5
    cache_check_end "$name" || give_up "the checking client ended"
    [ "$(cache_version)" = "1.$new.0" ] || wrong "release $new is expected to answer"
    row "v$old -> v$new" "$(cache_check_longest "$name") ms" \
        "$(awk '$1 == "pause" { print $2, $3 }' update.log)" \
        "$(sed -n 's/.* objects visited, \([0-9]*\) transformed .*/\1/p' update.log)" \
        "$(cache_check_replies "$name")"
}

cache_start_updatable "${releases[0]}" -m 500 || give_up "release 1 does not start"
cache_check_start --keys "$keys" --connections 24 || give_up "the checking client ended"
sed -n 's/^loaded keys=\(.*\) connections=\(.*\)/\1 keys are loaded, \2 connections stay open./p' \
    check.out
slap_again_and_again &
slap_pid=$!
started_programs+=("$slap_pid")

echo
row "" "longest wait" "pause" "objects" "answers"
row "" "of a client" "reported" "transformed" "meanwhile"
cache_check_mark none || give_up "the checking client ended"
sleep 1
cache_check_end none || give_up "the checking client ended"
row "no update" "$(cache_check_longest none) ms" "" "" "$(cache_check_replies none)"
for ((i = 1; i < ${#releases[@]}; i++)); do
    update "${releases[i - 1]}" "${releases[i]}"
done
echo

touch load.stop
wait "$slap_pid" || wrong "memcslap lost its server: $(tail -n 1 slap.log)"
cache_check_stop || wrong "the checking client is not satisfied: $(tail -n 3 check.err)"
kill -0 "$cache_pid" || wrong "the server is gone"

echo "Connections kept: $(cache_check_summary alive) of $(cache_check_summary connections)"
echo "Answers checked:  $(cache_check_summary checked)"
echo "Wrong answers:    $(cache_check_summary wrong)"
echo "Process id:       $cache_pid before and after: $(cache_stat pid)"
