#!/bin/bash
# Instructions a request, counted by callgrind, of a program that others wrote: dnsmasq as gcc -O2
# makes it, a position-independent executable, and as a version, with an update point, under the
# driver.  Two runs with different numbers of requests each: what the start costs falls out.
root=$(cd "$(dirname "$0")/../.." && pwd)
if ! ls -d "$root"/build/real/src/dnsmasq-*/ >/dev/null 2>&1; then
    echo "bench/kitcc/instructions.sh: the sources of dnsmasq are not there;" \
        "make real-programs ONLY=tests/real/dnsmasq.sh fetches them"
    exit 0
fi
. "$root/tests/real/lib.sh" >/dev/null
. "$root/tests/real/dnsmasq_changes.sh"
trap - EXIT
trap 'for pid in "${started_programs[@]}"; do kill "$pid" 2>/dev/null; done; rm -rf "$work"' EXIT

few=1000
many=6000
names=(near.test=10.1.1.1 a.wild.test=10.2.2.2)

{
    unpack dnsmasq plain && make -C plain "$jobs" CC=gcc &&
        unpack dnsmasq updatable && add_update_point updatable/src && annotate updatable/src &&
        make -C updatable "$jobs" CC="kitcc -kitsune-app" &&
        gcc -O2 "$tests/dns_query.c" -o dns_query
} >build.log 2>&1 || { tail -20 build.log; exit 1; }

# count REQUESTS COMMAND...: instructions of a whole run.
count() {
    local requests=$1 port
    shift
    port=$(free_port)
    start valgrind.log valgrind --tool=callgrind --callgrind-out-file=callgrind.out "$@" \
        "${dnsmasq_options[@]}" -p "$port" --host-record=near.test,10.1.1.1 \
        --address=/wild.test/10.2.2.2
    wait_line 60 valgrind.log 'started, version' &&
        ./dns_query "$port" "$requests" "${names[@]}" >/dev/null
    stop "$started"
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' valgrind.log
}

per_request() {
    local low high
    low=$(count $few "$@")
    high=$(count $many "$@")
    awk "BEGIN { print ($high - $low) / ($many - $few) }"
}

printf '\ndnsmasq, instructions a request (callgrind)\n\n'
plain=$(per_request plain/src/dnsmasq)
updatable=$(per_request "$build/bin/driver" updatable/src/dnsmasq.so)
printf '  %-40s %10.1f\n' "gcc -O2, executable" "$plain"
printf '  %-40s %10.1f\n' "kitcc, version under its driver" "$updatable"
printf '  %-40s %10.4f\n\n' "ratio" "$(awk "BEGIN { print $updatable / $plain }")"
