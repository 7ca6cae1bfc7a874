#!/bin/bash
# dnsmasq: a name server with a plain Makefile.  One process, one thread, a loop around poll().  It
# closes all descriptors it does not know when it starts, and SIGUSR2 is its own.
. "$(dirname "$0")/lib.sh"
. "$tests/dnsmasq_changes.sh"

fetch dnsmasq
unpack dnsmasq with-gcc
in_tree "gcc builds it" with-gcc make "$jobs" CC=gcc
unpack dnsmasq with-kitcc
in_tree "kitcc builds it" with-kitcc make "$jobs" CC=kitcc
for compiler in gcc kitcc; do
    check_match "the plain program of $compiler's runs" '^Dnsmasq version' \
        "$(with-$compiler/src/dnsmasq --version)"
done

unpack dnsmasq updatable
add_update_point updatable/src
annotate updatable/src
in_tree "kitcc builds the version beside the executable" updatable \
    make "$jobs" CC="kitcc -kitsune-app"
check_match "nothing is warned of" '^0$' "$(grep -c 'warning: kitcc' ./*version-beside*.log)"
self_transformer updatable/src/dnsmasq.so

check "a client" gcc -O2 "$tests/dns_query.c" -o dns_query
names=(near.test=10.1.1.1 a.wild.test=10.2.2.2 far.test=10.9.9.9)

# Another name server stands behind the one that is updated, and is then taken away: from there on
# its answer comes from the cache, across updates.
behind_port=$(free_port)
start behind.log with-gcc/src/dnsmasq "${dnsmasq_options[@]}" -p "$behind_port" \
    --host-record=far.test,10.9.9.9,3600
behind=$started
for server in updatable/src/dnsmasq "kitsune run updatable/src/dnsmasq.so"; do
    port=$(free_port)
    # shellcheck disable=SC2086
    start server.log $server "${dnsmasq_options[@]}" -p "$port" --server="127.0.0.1#$behind_port" \
        --host-record=near.test,10.1.1.1 --address=/wild.test/10.2.2.2
    check "it starts: $server" wait_line 10 server.log 'started, version'
    expect_output "it answers: $server" '^300 right' ./dns_query "$port" 300 "${names[@]}"
    case $server in
        kitsune*) break ;;
    esac
    stop "$started"
done
server=$started
stop "$behind"
load "dns_query" ./dns_query "$port" 0 "${names[@]}"
update_under_load "$server" ./updatable/src/dnsmasq.so 5
unload
expect_output "the cache is still there" '^300 right' ./dns_query "$port" 300 "${names[@]}"
kill -HUP "$server" # clears the cache: the handler is the new version's
check "its signal handlers are the new version's" wait_line 10 server.log 'cleared cache'
check_fails "and the cache is cleared" ./dns_query "$port" 1 far.test=10.9.9.9
kill "$server"
check "it ends when it is told to" wait_for 10 has_ended "$server"
check "properly" grep -q 'exiting on receipt of SIGTERM' server.log

end_of_test
