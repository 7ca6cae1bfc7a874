#!/bin/bash
# Answers a second: the memcached server as an ordinary program, and the same release under `kitsune
# run`.  Both run at the same time on one machine and are asked in turns by the checking client, so
# that whatever else the machine does falls on both; of the rounds' ratios the median counts.
. "$(dirname "$0")/lib.sh"

rounds=${ROUNDS:-9}
seconds=${SECONDS_A_ROUND:-2}

cache_start_plain 5 || exit 1
plain_port=$cache_port
cache_start_updatable 5 || exit 1
updatable_port=$cache_port

# ask PORT: answers a second.
ask() {
    cache_port=$1
    cache_check_start --keys 2000 --connections 8
    cache_check_mark round
    sleep "$seconds"
    cache_check_end round
    kill "$cache_check_pid"
    wait "$cache_check_pid" 2>/dev/null
    exec {cache_check_input}>&-
    awk "BEGIN { print $(cache_check_replies round) / $seconds }"
}

plain=() updatable=() ratios=()
for ((round = 0; round < rounds; round++)); do
    if [ $((round % 2)) -eq 0 ]; then
        one=$(ask "$plain_port")
        other=$(ask "$updatable_port")
    else
        other=$(ask "$updatable_port")
        one=$(ask "$plain_port")
    fi
    plain+=("$one") updatable+=("$other")
    ratios+=("$(awk "BEGIN { print $one / $other }")")
done
printf '\ncache 4, answers a second, median of %d rounds\n\n' "$rounds"
printf '  %14s %14s %10s\n' "plain program" "kitsune run" "ratio"
printf '  %14.0f %14.0f %10.3f\n' "$(median "${plain[@]}")" "$(median "${updatable[@]}")" \
    "$(median "${ratios[@]}")"
printf '\n  A ratio above 1 means that the plain program is faster.\n'
