#!/bin/bash
# A key-value server takes release after release: the data is the same before and after, clients
# notice nothing but a pause, and what the server was in the middle of goes on.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/kv_server.sh"

keys=${KV_TEST_KEYS:-40000}
steps=("1 2" "2 3" "3 4" "4 5")

# update_step OLD NEW: with what the tool said, when it refuses.
update_step() {
    kv_update "$kv_pid" "$1" "$2"
    local status=$?
    check_equal "release $1 to $2: the update succeeds" 0 $status || cat update.log
    check_equal "release $1 to $2: the new release answers" "$2.0.0" "$(kv_version)"
}

info_number() {
    kv info | tr -d '\r' | sed -n "s/^$1:\([0-9]*\).*/\1/p"
}

client_ids() {
    kv client list | grep -c '^id='
}

# ---- The data is the same before and after -------------------------------------------------------

test_data() {
    kv_start_updatable 1 || exit 1
    kv_check_start --keys "$keys"
    kv_check_stop
    check_equal "the data is loaded and right" 0 $?
    kv -n 7 set elsewhere "in database 7" >/dev/null
    kv set once-a-second x ex 100000 >/dev/null
    kv -x set binary < <(printf 'a\0b\r\n\377') >/dev/null
    sleep 3 # keys that were to expire soon
    kv_dump >before.dump
    check "the dump shows all keys" test "$(wc -l <before.dump)" -gt $((keys / 2))

    local step
    for step in "${steps[@]}"; do
        set -- $step
        update_step "$1" "$2"
        kv_dump >after.dump
        check "release $1 to $2: all data is equal" cmp before.dump after.dump ||
            diff before.dump after.dump | head -n 5
        check_match "release $1 to $2: times to live run on" '^(9[0-9]{4}|100000)$' \
            "$(kv ttl once-a-second)"
    done
    check_equal "lists are arrays now" array "$(kv rpush a-list x >/dev/null
                                                kv object encoding a-list)"
    stop "$kv_pid"
}

# ---- What the server was in the middle of --------------------------------------------------------

# One connection that lives as long as the server: /dev/tcp in file descriptor $held.
hold() {
    printf '%s\r\n' "$1" >&"$held"
    local line
    IFS= read -r -t 10 line <&"$held"
    printf '%s' "${line%$'\r'}"
}

test_state() {
    kv_start_updatable 1 --save "$work/end.snapshot" || exit 1
    exec {held}<>"/dev/tcp/127.0.0.1/$kv_port"
    check_equal "a client with a name" +OK "$(hold 'client setname holder')"
    check_equal "a client in another database" +OK "$(hold 'select 9')"
    check_equal "a key of it" +OK "$(hold 'set mine 1')"
    local id_before accepted_before commands_before step pid_before=$kv_pid
    id_before=$(hold 'client id')
    kv set soon x px 2500 >/dev/null
    kv set later x ex 50000 >/dev/null
    accepted_before=$(info_number total_connections_received)
    commands_before=$(info_number total_commands_processed)

    for step in "${steps[@]}"; do
        set -- $step
        update_step "$1" "$2"
        check_equal "release $1 to $2: the connection knows its database" :$(($1 + 1)) \
            "$(hold 'incr mine')"
        check_equal "release $1 to $2: and its id" "$id_before" "$(hold 'client id')"
        check_match "release $1 to $2: and its name" 'name=holder' "$(kv client list)"
    done
    check_equal "the process is the same" "$pid_before" "$(info_number process_id)"
    check "connections are counted on" \
        test "$(info_number total_connections_received)" -gt "$accepted_before"
    check "commands are counted on" \
        test "$(info_number total_commands_processed)" -gt "$commands_before"
    check_match "commands of release 3 are counted on in release 5" 'cmdstat_incr:calls=[34]' \
        "$(kv info commandstats)"
    check_match "a new connection gets a new id" '^[0-9]+$' "$(kv client id)"
    check "ids go on" test "$(kv client id)" -gt "${id_before#:}"
    sleep 3.6 # release 1 rounded up to whole seconds
    check_equal "what was to expire has expired" 0 "$(kv exists soon)"
    check_match "what was to stay stays" '^4[0-9]{4}$' "$(kv ttl later)"

    # SIGTERM still ends the server in an orderly way: with a save.
    kill "$kv_pid"
    wait "$kv_pid"
    check_equal "SIGTERM ends the fifth release as the first" 0 $?
    check "and it saves" test -s end.snapshot
    exec {held}>&-
}

# ---- Under load ----------------------------------------------------------------------------------

test_load() {
    kv_start_updatable 1 || exit 1
    kv_check_start --keys "$keys"
    (
        until [ -e benchmark.stop ]; do
            redis-benchmark -p "$kv_port" -c 8 -n 2000 -r 1000 -q \
                -t set,get,incr,lpush,rpush,lpop,sadd,hset,zadd,mset >>benchmark.log 2>&1 ||
                exit 1
        done
    ) &
    local benchmark_pid=$! step
    started_programs+=("$benchmark_pid")
    for step in "${steps[@]}"; do
        set -- $step
        kv_check_mark "v$1-v$2"
        update_step "$1" "$2"
        kv_check_end "v$1-v$2"
        check "release $1 to $2: replies are checked meanwhile" \
            test "$(kv_check_replies "v$1-v$2")" -gt 0
    done
    touch benchmark.stop
    wait "$benchmark_pid"
    check_equal "redis-benchmark never lost the server" 0 $?
    kv_check_stop
    check_equal "no reply was wrong" 0 $? || cat check.err
    check_equal "no connection was lost" "$(kv_check_summary connections)" \
        "$(kv_check_summary alive)"
    check_equal "none, says the summary" 0 "$(kv_check_summary wrong)"
    check "many were checked" test "$(kv_check_summary checked)" -gt "$keys"
    stop "$kv_pid"
}

# ---- Updates that are refused --------------------------------------------------------------------

test_refusals() {
    kv_start_updatable 2 || exit 1
    kv_check_start --keys 3000 --connections 10
    expect_error "a transformer for another pair is refused" 1 . \
        kitsune update "$kv_pid" "$build/apps/kv-3.so" --xf "$build/apps/kv-1-2.xf.so"
    expect_error "a release two steps on, without a transformer, is refused" 1 . \
        kitsune update "$kv_pid" "$build/apps/kv-4.so"
    check_equal "the old release still answers" 2.0.0 "$(kv_version)"
    kv_check_stop
    check_equal "and its clients noticed nothing" 0 $?
    update_step 2 3
    stop "$kv_pid"
}

test_data
test_state
test_load
test_refusals

end_of_test
