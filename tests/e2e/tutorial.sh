#!/bin/bash
# Runs every command of docs/tutorial.md, in the order written, and compares what it shows: each
# line of output has to come, in that order, and each listing has to be in its file.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

export HOME=$work/home
mkdir "$HOME"
document=$root/docs/tutorial.md
blocks_of "$document" sh >commands
check "the tutorial has commands" test "$(wc -l <commands)" -gt 60

# ---- The listings --------------------------------------------------------------------------------

listings_of "$document"
check "and listings" test -s listing-10
for listing in listing-*.file; do
    file=$root/examples/tutorial/$(cat "$listing")
    check "${listing%.file} is as in $(cat "$listing")" \
        perl "$root/tests/lib/in_order.pl" "${listing%.file}" "$file"
done

# ---- The commands --------------------------------------------------------------------------------

# A person sees the server start before going on; and what a person leaves running is ended.
port=$(free_port)
is_there="(: <>/dev/tcp/127.0.0.1/$port) 2>/dev/null"
{
    echo "trap 'kill \${server-} 2>/dev/null || true' EXIT"
    sed -e "s/7070/$port/g" -e 's/^server=\$!$/&; echo "server: $server"/' \
        -e "s|^sleep 1\$|for i in {1..200}; do $is_there \&\& break; sleep 0.05; done|" \
        commands
    echo 'echo "the end of the tutorial"'
} >script
(cd "$root" && timeout 120 bash -eu "$work/script") >said 2>&1 </dev/null
status=$?
check_equal "every command succeeds" 0 $status || cat said
check "to the end" grep -qx 'the end of the tutorial' said

pid=$(sed -n 's/^server: //p' said)
blocks_of "$document" text >shown
check "the tutorial shows what they print" test "$(wc -l <shown)" -gt 80
sed -i "s/\\b4711\\b/$pid/g; s|/home/you/board|$HOME/board|g" shown
check "each line comes, in this order" perl "$root/tests/lib/in_order.pl" shown said || cat said

# ---- The program without Kitsune -----------------------------------------------------------------

check "the plain server is an ordinary program" \
    cc -Wall -Wextra -Werror -O2 "$root/examples/tutorial/plain/board.c" -o board
for version in v1 v2 v3 v4; do
    for compiler in gcc clang; do
        KITSUNE_CC=$compiler check "$version compiles without a warning ($compiler)" \
            kitcc -Wall -Wextra -Werror -O2 -c "$root/examples/tutorial/$version/board.c" -o board.o
    done
done

end_of_test
