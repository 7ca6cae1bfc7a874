#!/bin/bash
# Runs every command of docs/tutorial.md, in the order written, and compares what it shows: each
# line of output has to come, in that order, and each listing has to be in its file.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

export HOME=$work/home
mkdir "$HOME"
cd "$root" || exit 1

# A person sees the server start before going on.
port=$(free_port)
page_sources=$root/examples/tutorial
page_words="s|1/7070|1/$port|; s/(board-1.so) 7070/\1 $port/; s|^sleep 1\$|is_there \$server|; s|/home/you/board|$HOME/board|g"
page docs/tutorial.md
cd "$work" || exit 1

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
