#!/bin/bash
# The memcached server's last release, which has many locks, as an ordinary program under
# ThreadSanitizer: no data race and no cycle of locks while many clients store, ask for and throw
# out the same items, the table grows, and everything is flushed and reported.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/cache_server.sh"

last=$(ls -d "$root"/apps/cache/v* | sed -n 's,.*/v\([0-9]*\)$,\1,p' | sort -n | tail -n 1)
commands=${CACHE_COMMANDS:-4000}

build_instrumented() {
    "${CC:-gcc}" -std=gnu11 -O1 -g -fsanitize=thread -D_GNU_SOURCE -DKITSUNE_OFF \
        -I"$build/include" "$root/apps/cache/v$last"/*.c -o cache-tsan -levent
}

# Ends of it: at SIGTERM with 66 if anything was reported.
end_server() {
    kill "$cache_pid"
    wait "$cache_pid"
    check_equal "$1: no race is found" 0 $? ||
        grep -A 30 'WARNING: ThreadSanitizer' cache.log | head -n 90
}

# The table's and the lists' counts, as soon as nothing expires between the two questions.
counts_agree() {
    local tries in_lists
    for ((tries = 0; tries < 50; tries++)); do
        in_lists=$(cache_say 'stats items' | awk '/:number / { n += $3 } END { print n + 0 }')
        [ "$in_lists" -ne "$(cache_stat curr_items)" ] || return 0
        sleep 0.1
    done
    return 1
}

# quarrel SEED: commands over keys that all such clients have in common, with values for which
# there is never room enough, and some of 200000 bytes, few of which have room at all.
quarrel() {
    awk -v seed="$1" -v count="$commands" 'function value(length_, i) {
        return substr(filling, 1, length_)
    }
    BEGIN {
        srand(seed)
        for (filling = "1"; length(filling) < 200000; filling = filling filling)
            ;
        for (i = 0; i < count; i++) {
            key = "common" int(rand() * 300)
            size = rand() < 0.05 ? 200000 : int(rand() < 0.3 ? rand() * 500 : 14000 + rand() * 4000)
            what = int(rand() * 16)
            if (what < 5)
                printf "set %s 0 0 %d\r\n%s\r\n", key, size, value(size)
            else if (what == 5)
                printf "append %s 0 0 90\r\n%s\r\n", key, value(90)
            else if (what == 6)
                printf "set number 0 0 1\r\n9\r\nincr number %d\r\n", rand() * 100000
            else if (what == 7)
                printf "md %s I T30\r\nmg %s s v\r\n", key, key
            else if (what == 8)
                printf "ma counted%d N0 J9 D95 c t\r\n", rand() * 5
            else if (what == 9)
                printf "delete %s\r\ntouch %s 1\r\n", key, key
            else if (what == 10 && i % 50 == 0)
                printf "stats\r\nstats items\r\nstats slabs\r\nstats settings\r\n"
            else if (what == 11 && i % 90 == 0)
                printf "flush_all %d\r\ncache_memlimit %d\r\n", rand() * 2, 2 + rand() * 4
            else if (what == 12)
                printf "mg %s N30 s t v\r\nme %s\r\n", key, key
            else
                printf "get %s common%d common%d\r\n", key, rand() * 300, rand() * 300
        }
        print "quit\r"
    }' >"quarrel.$1"
    timeout 100 bash -c "exec 3<>/dev/tcp/127.0.0.1/$cache_port; cat 'quarrel.$1' >&3 & cat <&3" \
        >"answers.$1"
}

check "the instrumented server builds" build_instrumented || exit 1
export TSAN_OPTIONS='history_size=4 report_signal_unsafe=0 exitcode=66'

cache_start ./cache-tsan -m 200 -t 4 || exit 1
cache_check_start --keys 9000 --connections 16 --pace 10
cache_check_mark busy
cache_fill 8000 300
check "the table has grown" test "$(cache_stat hash_power_level)" -gt 12
cache_check_end busy
cache_check_stop
check_equal "no answer was wrong" 0 $? || cat check.err
check "many were checked" test "$(cache_check_summary checked)" -gt 9000
end_server "checked load"

cache_start ./cache-tsan -m 4 -t 4 || exit 1
quarrels=()
for seed in 1 2 3 4 5; do
    quarrel $seed &
    quarrels+=($!)
    started_programs+=($!)
done
for quarrel in "${quarrels[@]}"; do
    wait "$quarrel"
    check_equal "a client is served to its end" 0 $?
done
check "items were thrown out" test "$(cache_stat evictions)" -gt 100
check "as many items are counted as are in lists" counts_agree
end_server "quarrelling clients"

end_of_test
