#!/bin/bash
# redis: a large server with a plain Makefile and four libraries in its tree, one of them with a
# configure script.  It is built, passes its own tests, and runs as a version.  It is not updated:
# it has threads for work behind its back, which docs/limits.md speaks of.
. "$(dirname "$0")/lib.sh"

# Of the many, those that need a few seconds each and cover types, replies, events and scripts.
suites=(unit/printver unit/type/string unit/type/incr unit/keyspace unit/expire unit/protocol
    unit/scripting unit/type/hash unit/pubsub unit/multi)

results() { # how many checks passed and failed
    own_tests "with-$1" '\[(ok|err|exception)\]' ./runtest --clients 2 --dont-clean \
        $(printf -- '--single %s ' "${suites[@]}") |
        sed -E 's/.*\[(ok|err|exception)\].*/\1/' | sort | uniq -c
}

fetch redis
for compiler in gcc kitcc; do
    unpack redis with-$compiler
    in_tree "$compiler builds it" with-$compiler make "$jobs" CC=$compiler MALLOC=libc
done
expected=$(results gcc)
check_equal "the same of its tests pass" "$expected" "$(results kitcc)"
check_match "hundreds: $(tr -s ' \n' ' ' <<<"$expected")" '[0-9]{3} ok' "$expected"

# As a version it runs.
unpack redis updatable
sed -i -e '1i #include <kitsune.h>' \
    -e 's/^    while (!eventLoop->stop) {/&\n        kitsune_update("loop");/' updatable/src/ae.c
in_tree "kitcc builds the version beside the executable" updatable \
    make "$jobs" CC="kitcc -kitsune-app" MALLOC=libc
port=$(free_port)
start server.log kitsune run updatable/src/redis-server.so --port "$port" --save ""
server=$started
check "it starts" wait_line 20 server.log 'Ready to accept connections'
check_equal "it answers" PONG "$(updatable/src/redis-cli -p "$port" ping)"
check "its own load is served" updatable/src/redis-benchmark -p "$port" -n 20000 -q -t set,get,lpush
check_equal "its keys are there" 1 "$(updatable/src/redis-cli -p "$port" exists mylist)"
stop "$server"

end_of_test
