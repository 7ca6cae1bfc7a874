#!/bin/bash
# Instructions a request, counted by callgrind: kv as an ordinary program, and the same release
# under its driver (what `kitsune run` becomes; valgrind does not follow an exec).  Two runs with
# different numbers of requests each; what the start costs falls out in the difference.
. "$(dirname "$0")/lib.sh"

few=2000
many=12000

command -v valgrind >/dev/null || { echo "valgrind is missing: apt-get install valgrind" >&2; exit 1; }

# count START TEST REQUESTS: instructions of a whole run.
count() {
    local start=$1 test=$2 requests=$3
    rm -f kv.port callgrind.*
    valgrind --tool=callgrind --callgrind-out-file=callgrind.out $start \
        --port 0 --port-file "$PWD/kv.port" >valgrind.log 2>&1 </dev/null &
    kv_pid=$!
    started_programs+=("$kv_pid")
    for ((tries = 0; tries < 1500; tries++)); do
        [ -s kv.port ] && break
        sleep 0.02
    done
    [ -s kv.port ] || { echo "$0: kv does not listen after 30 s under valgrind" >&2; cat valgrind.log >&2; exit 1; }
    kv_port=$(cat kv.port)
    redis-benchmark -p "$kv_port" -t "$test" -n "$requests" -c 1 -q >/dev/null 2>&1
    kv_stop
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' valgrind.log
}

per_request() {
    local low high
    low=$(count "$1" "$2" $few)
    high=$(count "$1" "$2" $many)
    awk "BEGIN { print ($high - $low) / ($many - $few) }"
}

printf '\nkv 4, instructions a request (callgrind)\n\n'
printf '  %-8s %14s %14s %10s\n' "" "plain program" "kitsune run" "ratio"
for test in set get lpush; do
    plain=$(per_request "$build/apps/kv-4-plain" $test)
    updatable=$(per_request "$build/bin/driver $build/apps/kv-4.so" $test)
    printf '  %-8s %14.0f %14.0f %10.4f\n' $test "$plain" "$updatable" \
        "$(awk "BEGIN { print $updatable / $plain }")"
done
