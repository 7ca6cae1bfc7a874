#!/bin/bash
# The memcached server under ThreadSanitizer while release 4 becomes release 5, in which one lock
# becomes many: the runtime, both releases and the transformer are instrumented, and clients that know
# every answer go on all the time.  No data race in the old release, on the way, or in the new one; the
# same for an update that is given up.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/cache_server.sh"

tsan=$work/tsan
check "the instrumented runtime builds" \
    make -s -C "$root" BUILD="$tsan" CFLAGS='-O1 -g -fsanitize=thread -DKITSUNE_STRESS' \
    "$tsan/lib/libkitsune.so" "$tsan/bin/driver"

# build_release N
build_release() {
    local source objects=()
    for source in "$root/apps/cache/v$1"/*.c; do
        objects+=("v$1-$(basename "$source" .c).o")
        kitcc -std=gnu11 -O1 -g -fsanitize=thread -D_GNU_SOURCE -c "$source" \
            -o "${objects[-1]}" || return 1
    done
    kitcc -shared -fsanitize=thread "${objects[@]}" -o "cache-$1.so" -levent
}

# build_step NAME RULES
build_step() {
    xfgen cache-4.so cache-5.so "$2" -o "$1.c" &&
        kitcc -O1 -g -fsanitize=thread -shared "$1.c" -o "$1.xf.so"
}

build_all() {
    build_release 4 & local first=$!
    build_release 5 && wait $first && build_step 4-5 "$root/apps/cache/v4-v5.xf" || return 1
    { cat "$root/apps/cache/v4-v5.xf"; echo 'CHECK { 1 == 2 }'; } >fails.xf
    build_step 4-5-fails fails.xf
}
check "both releases and the step between them build" build_all || exit 1

# History is what TSan keeps per thread; signals are handled where it lets them.
export TSAN_OPTIONS='history_size=4 report_signal_unsafe=0 exitcode=66'
cache_start "$tsan/bin/driver" ./cache-4.so -m 100 -t 4 || exit 1
cache_check_start --keys "${CACHE_KEYS:-3000}" --connections 12 --pace 5
cache_check_mark before
cache_fill 2000 300
cache_check_end before
cache_check_mark update
expect_error "an update that is given up" 1 'does not pass the check' \
    timeout 100 kitsune update --timeout 60 --quiesce-timeout 30 "$cache_pid" ./cache-5.so \
    --xf ./4-5-fails.xf.so
check "release 4 to 5" timeout 100 kitsune update --timeout 60 --quiesce-timeout 30 "$cache_pid" \
    ./cache-5.so --xf ./4-5.xf.so
check_equal "release 5 answers" 1.5.0 "$(cache_version)"
cache_check_end update
cache_check_mark after
cache_fill 4000 300
cache_check_end after
cache_check_stop
check_equal "no answer was wrong" 0 $? || cat check.err
check "many were checked" test "$(cache_check_summary checked)" -gt 2000
kill "$cache_pid"
wait "$cache_pid"
check_equal "the server ends in an orderly way, and no race is found" 0 $? ||
    grep -A 40 'WARNING: ThreadSanitizer' cache.log | head -n 150

end_of_test
