#!/bin/bash
# Updates of the memcached server that fail: the old release is at work as if nothing had been, and
# the update can be tried again.  And the checking client notices what it is there for.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/cache_server.sh"

steps=("1 2" "2 3" "3 4" "4 5")

update_step() {
    check "release $1 to $2" cache_update "$cache_pid" "$1" "$2" || cat update.log
    check_equal "release $2 answers" "1.$2.0" "$(cache_version)"
}

# A transformer with a check that fails when everything is done, threads excepted.
test_failures() {
    local step
    cache_start_updatable 1 || exit 1
    cache_check_start --keys 3000 --connections 10
    cache_fill 2000
    for step in "${steps[@]}"; do
        set -- $step
        { cat "$root/apps/cache/v$1-v$2.xf"; echo 'CHECK { !"never" }'; } >failing.xf
        check "release $1 to $2: a failing transformer is made" sh -c "
            xfgen $build/apps/cache-$1.so $build/apps/cache-$2.so failing.xf -o failing.c &&
            kitcc -O1 -shared failing.c -o failing.so"
        cache_dump 2000 >before.dump
        expect_error "release $1 to $2: a check fails" 1 'does not pass the check' \
            kitsune update "$cache_pid" "$build/apps/cache-$2.so" --xf ./failing.so
        check_equal "release $1 to $2: the old one still answers" "1.$1.0" "$(cache_version)"
        cache_dump 2000 >after.dump
        check "release $1 to $2: and has all items" cmp before.dump after.dump
        update_step "$1" "$2"
        cache_dump 2000 >after.dump
        check "release $1 to $2: as has the new one, tried again" cmp before.dump after.dump
    done
    cache_check_stop
    check_equal "the clients noticed nothing" 0 $? || cat check.err
    stop "$cache_pid"
}

# The checking client has to notice when an item is not what it ought to be.
test_checker() {
    cache_start_plain 1 || exit 1
    cache_check_start --keys 2000 --connections 5
    cache_say flush_all >/dev/null
    cache_check_stop
    check_equal "the checking client notices lost items" 1 $?
    check_match "and says what it expected" 'expected .* got' "$(cat check.err)"
    stop "$cache_pid"
}

test_failures
test_checker

end_of_test
