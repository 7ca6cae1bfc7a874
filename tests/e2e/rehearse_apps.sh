#!/bin/bash
# Servers with threads, rehearsed and updated under their clients: the memcached server from its first
# release to its last, and the streaming server.  No rehearsal is noticed by anybody but as a pause.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/cache_server.sh"
. "$root/tests/lib/radio_server.sh"

export KITSUNE_REHEARSE=yes # what cache_update and radio_update ask for

# rehearsed NAME PID: the last update has been rehearsed, and nothing of that is left.
rehearsed() {
    check_match "$1: it was rehearsed" '"last_rehearse_ns": [0-9]+' "$(kitsune status --json "$2")"
    check_equal "$1: no child is left" "" "$(cat /proc/"$2"/task/*/children)"
}

# ---- The memcached server ------------------------------------------------------------------------

cache_start_updatable 1 -m 200 -t 4 || exit 1
cache_check_start --keys 3000 --connections 16
for release in 1 2 3 4; do
    next=$((release + 1))
    threads=$(ls "/proc/$cache_pid/task" | wc -l)
    for _ in 1 2 3; do
        expect_output "cache: a dry run from release $release to $next" 'it would work' \
            kitsune update --dry-run "$cache_pid" "$build/apps/cache-$next.so" \
            --xf "$build/apps/cache-$release-$next.xf.so"
    done
    check_equal "cache: release $release runs on" "1.$release.0" "$(cache_version)"
    check_equal "cache: with its threads" "$threads" "$(ls "/proc/$cache_pid/task" | wc -l)"
    check "cache: release $release to $next" cache_update "$cache_pid" $release $next ||
        cat update.log
    rehearsed "cache: release $next" "$cache_pid"
done
check_equal "cache: the last release answers" 1.5.0 "$(cache_version)"
cache_check_stop
check_equal "cache: no answer was wrong" 0 $? || cat check.err
check_equal "cache: no connection was lost" "$(cache_check_summary connections)" \
    "$(cache_check_summary alive)"
stop "$cache_pid"

# ---- The streaming server ------------------------------------------------------------------------

radio_configure '[limits]' 'burst-size = 30000' 'queue-size = 4000000'
radio_start_updatable 1 || exit 1
radio_send /chunked 1000000000 150000
source=$source_pid
radio_listen fast /chunked --listeners 6
radio_wait_for fast '^entered'
wait_for 10 eval '[ "$(radio_number listeners)" -ge 6 ]'
for release in 1 2 3 4; do
    next=$((release + 1))
    expect_output "radio: a dry run from release $release to $next" 'it would work' \
        kitsune update --dry-run "$radio_pid" "$build/apps/radio-$next.so" \
        --xf "$build/apps/radio-$release-$next.xf.so"
    check_equal "radio: release $release runs on" "$release.0.0" "$(radio_version)"
    check "radio: release $release to $next" radio_update $release $next || cat update.log
    rehearsed "radio: release $next" "$radio_pid"
done
check_equal "radio: the last release answers" 5.0.0 "$(radio_version)"
wait_for 20 eval '[ $(radio_status fast bytes) -gt 300000 ]'
radio_listened fast stop
check_equal "radio: no byte is wrong or missing" "0 0 0" \
    "$? $(radio_summary fast skips) $(radio_summary fast ended)" || cat fast.err
kill "$source"
stop "$radio_pid"

end_of_test
