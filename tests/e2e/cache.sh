#!/bin/bash
# The memcached server, updated from its first release to its last: all items are there and the
# same after each step, connections and half-sent commands survive, and clients under load get no
# wrong answer.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/cache_server.sh"

steps=("1 2" "2 3" "3 4" "4 5")
keys=${CACHE_KEYS:-6000}

update_step() {
    check "release $1 to $2" cache_update "$cache_pid" "$1" "$2" || cat update.log
    check_equal "release $2 answers" "1.$2.0" "$(cache_version)"
}

# ---- All items, of all sizes ---------------------------------------------------------------------

test_data() {
    cache_start_updatable 1 -m 100 -t 3 || exit 1
    cache_fill "$keys" 3000
    head -c 1000000 /dev/urandom >large
    memccp --servers=127.0.0.1:$cache_port --set large
    cache_dump "$keys" >before.dump
    check "the dump has every item" test "$(grep -c '^VALUE key' before.dump)" -eq "$keys"
    local step
    for step in "${steps[@]}"; do
        set -- $step
        check "release $1 to $2: kitsune check finds it ready" \
            kitsune check "$build/apps/cache-$1.so" "$build/apps/cache-$2.so" \
            --xf "$root/apps/cache/v$1-v$2.xf"
        update_step "$1" "$2"
        cache_dump "$keys" >after.dump
        check "release $1 to $2: all items are equal" cmp before.dump after.dump
        memccat --servers=127.0.0.1:$cache_port --file=fetched large
        check "release $1 to $2: a large one, too" cmp large fetched
    done
    check_equal "items are counted on" $((keys + 1)) "$(cache_stat curr_items)"
    cache_fill "$keys" 3500
    check_equal "all of them can be replaced" "$keys" \
        "$(cache_dump "$keys" | grep -c '^VALUE key')"
    check_equal "memccapable's tests of the text protocol pass after all updates" \
        "All tests passed" \
        "$(timeout 60 memccapable -h 127.0.0.1 -p "$cache_port" -a 2>&1 | tail -n 1)"
    stop "$cache_pid"
}

# ---- What the server was in the middle of --------------------------------------------------------

test_state() {
    cache_start_updatable 1 || exit 1
    local held half last sets_before pid_before=$cache_pid step reply
    exec {held}<>"/dev/tcp/127.0.0.1/$cache_port"
    exec {last}<>"/dev/tcp/127.0.0.1/$cache_port"
    cache_ask "$held" 'set number 0 0 1' 1 'set later 0 5000 1' x 'set stale 0 0 1' x \
        'md stale I' 'get number' >/dev/null
    printf 'get num' >&"$last"
    sets_before=$(cache_stat cmd_set)
    for step in "${steps[@]}"; do
        set -- $step
        exec {half}<>"/dev/tcp/127.0.0.1/$cache_port"
        printf 'set half%s 5 0 20\r\n0123456789' "$1" >&"$half"
        update_step "$1" "$2"
        check_equal "release $1 to $2: a value that came in halves" \
            "STORED VALUE half$1 5 20 01234567890123456789 END" \
            "$(cache_ask "$half" 0123456789 "get half$1" | xargs)"
        exec {half}>&-
        check_equal "release $1 to $2: an old connection serves on" $(($1 + 1)) \
            "$(cache_ask "$held" 'incr number 1')"
        check_match "release $1 to $2: times to live run on" '^HD t(4[89]|50)[0-9][0-9]$' \
            "$(cache_ask "$held" 'mg later t')"
        check_equal "release $1 to $2: memory of all items" \
            "$(cache_ask "$held" 'stats items' | awk '/:number / { n += $3 } END { print n }')" \
            "$(cache_stat curr_items)"
    done
    check_match "what was invalidated in release 1 is stale" '^HD X W$' "$(cache_say 'mg stale')"
    check_equal "a command that began in release 1 ends in the last" \
        "VALUE number 0 1 $((${#steps[@]} + 1)) END" "$(cache_ask "$last" 'ber' | xargs)"
    check "counters count on" test "$(cache_stat cmd_set)" -gt "$sets_before"
    check_equal "the process is the same" "$pid_before" "$(cache_stat pid)"
    cache_ask "$held" 'set soon 0 1 1' x >/dev/null
    sleep 2.2
    check_equal "items expire in the last release" END "$(cache_ask "$held" 'get soon')"
    exec {held}>&- {last}>&-
    kill "$cache_pid"
    wait "$cache_pid"
    check_equal "SIGTERM ends the last release as the first" 0 $?
}

# ---- Under load ----------------------------------------------------------------------------------

slap_again_and_again() {
    until [ -e slap.stop ]; do
        timeout 60 memcslap --servers=127.0.0.1:$cache_port --concurrency=4 \
            --execute-number=1000 >>slap.log 2>&1 || return 1
    done
}

test_load() {
    cache_start_updatable 1 -m 300 || exit 1
    cache_check_start --keys "$keys" --connections 24
    slap_again_and_again &
    local slap_pid=$! step
    started_programs+=("$slap_pid")
    for step in "${steps[@]}"; do
        set -- $step
        cache_check_mark "v$1-v$2"
        update_step "$1" "$2"
        cache_check_end "v$1-v$2"
        check "release $1 to $2: answers are checked meanwhile" \
            test "$(cache_check_replies "v$1-v$2")" -gt 0
    done
    touch slap.stop
    wait "$slap_pid"
    check_equal "memcslap never lost the server" 0 $?
    check_match "and stored" 'Time to set' "$(cat slap.log)"
    cache_check_stop
    check_equal "no answer was wrong" 0 $? || cat check.err
    check_equal "no connection was lost" "$(cache_check_summary connections)" \
        "$(cache_check_summary alive)"
    check "many were checked" test "$(cache_check_summary checked)" -gt "$keys"
    stop "$cache_pid"
}

test_data
test_state
test_load

end_of_test
