#!/bin/bash
# The memcached server under valgrind through all its releases: no error, and nothing lost, neither
# by updates that are made nor by one that fails.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/cache_server.sh"

if ! command -v valgrind >/dev/null; then
    fail "valgrind is installed" "apt-get install valgrind"
    end_of_test
fi

# The driver itself, which `kitsune run` becomes: valgrind does not follow an exec.
cache_start valgrind --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99 \
    --num-callers=20 --fair-sched=yes --log-file="$work/valgrind.log" \
    "$build/bin/driver" "$build/apps/cache-1.so" -t 2 || exit 1
cache_check_start --keys 1000 --connections 6 --pace 40
{ cat "$root/apps/cache/v1-v2.xf"; echo 'CHECK { !"never" }'; } >failing.xf
check "a failing transformer is made" sh -c "
    xfgen $build/apps/cache-1.so $build/apps/cache-2.so failing.xf -o failing.c &&
    kitcc -O1 -shared failing.c -o failing.so"
expect_error "an update fails" 1 'does not pass the check' \
    kitsune update "$cache_pid" "$build/apps/cache-2.so" --xf ./failing.so
for release in 1 2 3 4; do
    next=$((release + 1))
    cache_check_mark "v$release-v$next"
    check "release $release to $next" cache_update "$cache_pid" $release $next || cat update.log
    cache_check_end "v$release-v$next"
    check_equal "release $next answers" "1.$next.0" "$(cache_version)"
done
cache_check_stop
check_equal "no answer was wrong" 0 $? || cat check.err
kill "$cache_pid"
wait "$cache_pid"
check_equal "valgrind finds no error and no leak" 0 $? ||
    grep -v 'set address range perms' valgrind.log | head -n 60

end_of_test
