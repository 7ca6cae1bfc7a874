#!/bin/bash
# The key-value server under valgrind through all its releases: no error, and nothing lost.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/kv_server.sh"

if ! command -v valgrind >/dev/null; then
    fail "valgrind is installed" "apt-get install valgrind"
    end_of_test
fi

# The driver itself, which `kitsune run` becomes: valgrind does not follow an exec.
kv_start valgrind --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99 \
    --num-callers=20 --log-file="$work/valgrind.log" \
    "$build/bin/driver" "$build/apps/kv-1.so" || exit 1
kv_check_start --keys 2000 --connections 10 --pace 30
for release in 1 2 3 4; do
    next=$((release + 1))
    kv_check_mark "v$release-v$next"
    check "release $release to $next" kv_update "$kv_pid" $release $next || cat update.log
    kv_check_end "v$release-v$next"
    check_equal "release $next answers" "$next.0.0" "$(kv_version)"
done
kv_check_stop
check_equal "no reply was wrong" 0 $? || cat check.err
kv flushall >/dev/null
kill "$kv_pid"
wait "$kv_pid"
check_equal "valgrind finds no error and no leak" 0 $? ||
    grep -v 'set address range perms' valgrind.log | head -n 60

end_of_test
