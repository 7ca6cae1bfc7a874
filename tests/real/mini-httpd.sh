#!/bin/bash
# mini-httpd: a small web server with a plain Makefile.  It forks a child for each request; what is
# updated is the process that listens.
. "$(dirname "$0")/lib.sh"

# Three lines: migrate first, go to the loop, and mark it.
add_update_point() {
    sed -i -e '1i #include <kitsune.h>' \
        -e '0,/^    \/\* Parse args. \*\//s//    kitsune_do_automigrate();\
    if ( kitsune_is_updating() )\n\tgoto serving;\n&/' \
        -e '/^    \/\* Main loop. \*\//,/^\t{/s/^    for (;;)/serving:\n&/' \
        -e 's/^\t\/\* Do we need to re-open the log file?/\tkitsune_update( "loop" );\n&/' \
        "$1"
}

fetch mini-httpd
for compiler in gcc kitcc; do
    unpack mini-httpd with-$compiler
    in_tree "$compiler builds it" with-$compiler make CC=$compiler
done
unpack mini-httpd updatable
add_update_point updatable/mini_httpd.c
in_tree "kitcc builds the versions beside the executables" updatable make CC="kitcc -kitsune-app"
check_match "with the messages of gcc's build" 'mini_httpd.c:[0-9]+:' \
    "$(cat ./*versions-beside*.log)"
check_equal "the helper program has one too" htpasswd.so "$(cd updatable && ls htpasswd.so)"
self_transformer updatable/mini_httpd.so

mkdir site
for size in 0 1 1000 100000 3000000; do
    head -c $size "$(command -v gcc)" >"site/$size.bin"
done
for server in with-gcc/mini_httpd with-kitcc/mini_httpd updatable/mini_httpd \
    "kitsune run updatable/mini_httpd.so"; do
    port=$(free_port)
    # shellcheck disable=SC2086
    start server.log $server -D -p "$port" -h 127.0.0.1 -d "$work/site" -u "$(id -un)" \
        -l "$work/requests"
    check "it starts: $server" wait_for 10 curl -sf "http://127.0.0.1:$port/1.bin" -o one
    check "it serves: $server" cmp one site/1.bin
    check_equal "it says what is not there: $server" 404 \
        "$(curl -so /dev/null -w '%{http_code}' "http://127.0.0.1:$port/missing")"
    case $server in
        kitsune*) break ;;
    esac
    stop "$started"
done
server=$started
load "curl" "$tests/http_load.sh" "http://127.0.0.1:$port" site/*.bin
check "a long request is on its way" wait_line 10 requests '3000000.bin'
update_under_load "$server" updatable/mini_httpd.so 5
unload
mv requests requests.old
kill -HUP "$server"
curl -s "http://127.0.0.1:$port/1.bin" >/dev/null # accept() is behind the look at the flag
curl -s "http://127.0.0.1:$port/1.bin" >/dev/null
check "its signal handlers are the new version's: the log is opened again" test -s requests
stop "$server"

end_of_test
