#!/bin/bash
# docs/debugging.md: reports, gdb in a rule, on the running version and on a core file, perf, valgrind.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

page_server
page_first='runs kitsune run ./server-1.so'
page_words="s|/srv/app|$work|g; s|sleep 10|sleep 0.2|
    s|^valgrind .*|& \& valgrind=\$!; is_there \$valgrind; kill \$valgrind|
    s|source build/|source $build/|
    s|^gcore .*|&; kill \$server; wait \$server \|\| true|
    s|^perf record|runs kitsune run ./server-1.so; &|"
sleep 60 &
sleeper=$!
if gdb -nx -batch -p $sleeper 2>&1 | grep -q 'Operation not permitted'; then
    echo "gdb may not attach to programs here: not tested"
    take_session() { :; }
    take_elsewhere() { :; }
fi
kill $sleeper
perf record -o "$work/perf.data" true >/dev/null 2>&1 || {
    echo "perf may not record here: not tested"
    page_words+='; /^perf /d'
}
page "$root/docs/debugging.md"

end_of_test
