#!/bin/bash
# Every listing of docs/patterns.md is compiled without a warning, run, and updated to a release whose
# struct has a member more.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

mkdir v1 v2
take_run() {
    cp "$1" "$work/update_prefork" # for later
}
cd v1 || exit 1
page "$root/docs/patterns.md"
cd ..
for file in v1/*; do
    sed 's|/\* \.\.\. \*/|long added[3];|' "$file" >"v2/$(basename "$file")"
done
check "there are listings" test "$(find v1 -name '*.c' | wc -l)" -ge 10

# built NAME [LINKER-FLAG...]: NAME-1.so, NAME-2.so and the transformer.
built() {
    local name=$1 version
    shift
    for version in 1 2; do
        kitcc -O2 -Wall -Wextra -Werror "v$version/$name.c" -shared -o "$name-$version.so" "$@" ||
            return 1
    done
    if [ -f "v1/$name.xf" ]; then
        xfgen "$name-1.so" "$name-2.so" "v1/$name.xf" --install
    else
        xfgen "$name-1.so" "$name-2.so" --strict --install
    fi
}

# begin NAME [LINKER-FLAG...]: builds it and starts its first release; the port is in $port.
begin() {
    check "$1: builds without a warning" built "$@" || return 1
    check_match "$1: is ready" '^ready' "$(kitsune check "$1-1.so" "$1-2.so" 2>&1)"
    port=$(free_port)
    start "$1.log" kitsune run "./$1-1.so" "$port"
    server=$started
    check "$1: runs" wait_for 20 kitsune status "$server"
}

update() {
    expect_output "$1: is updated" '^updated .*generation 2' \
        kitsune update --quiesce-timeout 10 "${2-$server}" "./$1-2.so" || cat "$1.log"
}

# ask LINE: on the connection that is open; the reply is in $reply.
ask() {
    reply=
    echo "$1" >&"$connection"
    read -r -t 20 reply <&"$connection"
}

is_listening() {
    grep -q "0100007F:$(printf %04X "$port") 00000000:0000 0A" /proc/net/tcp
}

# connect: a connection of its own, in $connection.
connect() {
    wait_for 20 is_listening && exec {connection}<>"/dev/tcp/127.0.0.1/$port"
}

# ---- Servers with connections that last ----------------------------------------------------------

for name in epoll libevent; do
    flags=()
    [ "$name" = epoll ] || flags=(-levent)
    begin "$name" "${flags[@]}"
    connect
    ask one
    check_equal "$name: is counted" 1 "$reply"
    update "$name"
    ask two
    check_equal "$name: keeps the connection and the count" 2 "$reply"
    exec {connection}>&-
    connect
    ask one
    check_equal "$name: takes new clients" 1 "$reply"
    exec {connection}>&-
    stop "$server"
done

# ---- Servers that answer once --------------------------------------------------------------------

begin pool -pthread
connect
ask one
check_equal "pool: is served" 1 "$reply"
exec {connection}>&-
update pool
check_match "pool: all its threads" 'update points of 5 threads|"threads": 5' \
    "$(kitsune log --json -n 1 "$server"; kitsune status --json "$server")"
connect
ask two
check_equal "pool: is served by the next release" 2 "$reply"
exec {connection}>&-
stop "$server"

begin prefork
check "prefork: all workers are there" wait_for 20 \
    sh -c "[ \$(pgrep -P $server | wc -l) -eq 3 ]"
workers=$(pgrep -P "$server")
for process in $server $workers; do
    started_programs+=("$process")
    check "prefork: $process is seen" wait_for 20 kitsune status "$process"
done
check_equal "prefork: all are updated, as the page says" 4 \
    "$(server=$server bash -eu update_prefork 2>&1 | grep -c '^updated .*generation 2')"
check_equal "prefork: the workers are the same" "$workers" "$(pgrep -P "$server")"
connect
ask one
check_equal "prefork: one of them answers" 1 "$reply"
exec {connection}>&-
for process in $server $workers; do
    stop "$process"
done

# ---- The others ----------------------------------------------------------------------------------

for name in slab links handle plugin search startup; do
    begin "$name"
    update "$name"
    # It has been beyond its update point, and is content.
    check "$name: goes on" kitsune status "$server"
    stop "$server"
done

end_of_test
