#!/bin/bash
# Requests a second: kv as an ordinary program, and the same release under `kitsune run`.
# Both run at the same time on one machine and are asked in turns, so that whatever else the
# machine does falls on both; of the rounds' ratios the median counts.
. "$(dirname "$0")/lib.sh"

rounds=${ROUNDS:-9}
requests=${REQUESTS:-300000}

kv_start_plain 4 || exit 1
plain_port=$kv_port
kv_start_updatable 4 || exit 1
updatable_port=$kv_port

# ask PORT TEST: requests a second.
ask() {
    redis-benchmark -p "$1" -t "$2" -n "$requests" -r 10000 -c 20 -P 16 --csv 2>/dev/null |
        awk -F '"' '$2 != "test" { print $4 }'
}

printf '\nkv 4, requests a second, median of %d rounds\n\n' "$rounds"
printf '  %-8s %14s %14s %10s\n' "" "plain program" "kitsune run" "ratio"
for test in set get incr lpush zadd; do
    plain=() updatable=() ratios=()
    ask "$plain_port" $test >/dev/null # both warm
    ask "$updatable_port" $test >/dev/null
    for ((round = 0; round < rounds; round++)); do
        if [ $((round % 2)) -eq 0 ]; then
            one=$(ask "$plain_port" $test)
            other=$(ask "$updatable_port" $test)
        else
            other=$(ask "$updatable_port" $test)
            one=$(ask "$plain_port" $test)
        fi
        plain+=("$one") updatable+=("$other")
        ratios+=("$(awk "BEGIN { print $one / $other }")")
    done
    printf '  %-8s %14.0f %14.0f %10.3f\n' $test "$(median "${plain[@]}")" \
        "$(median "${updatable[@]}")" "$(median "${ratios[@]}")"
done
printf '\n  A ratio above 1 means that the plain program is faster.\n'
