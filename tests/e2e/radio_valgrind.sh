#!/bin/bash
# The streaming server under valgrind through all its releases: no error, and nothing lost.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/radio_server.sh"

if ! command -v valgrind >/dev/null; then
    fail "valgrind is installed" "apt-get install valgrind"
    end_of_test
fi
last=$(ls -d "$root"/apps/radio/v* | sed -n 's,.*/v\([0-9]*\)$,\1,p' | sort -n | tail -n 1)

# The driver itself, which `kitsune run` becomes: valgrind does not follow an exec.
radio_configure '[limits]' 'metadata-interval = 2000' 'source-timeout = 60' 'burst-size = 8000' \
    'queue-size = 200000' '[log]' 'statistics-interval = 3600' "access = $work/access.log"
radio_start valgrind --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99 \
    --fair-sched=yes --num-callers=20 --log-file="$work/valgrind.log" \
    "$build/bin/driver" "$build/apps/radio-1.so" || exit 1
radio_send /live 1000000000 40000
source=$source_pid
radio_listen plain /live --listeners 2
radio_listen icy /live --icy
check "listeners get the stream" radio_wait_for icy '^song'
for ((release = 1; release < last; release++)); do
    check "release $release to $((release + 1))" radio_update $release $((release + 1)) ||
        cat update.log
    check_equal "release $((release + 1)) answers" "$((release + 1)).0.0" "$(radio_version)"
    radio_set_song /live "song of release $release" >song.xml
    check "the song is named" radio_wait_for icy "song of release $release"
done
radio_get '/admin/killsource?mount=/live' -u chief:secret >kill.xml
for name in plain icy; do
    radio_listened $name
    check_equal "$name listeners: no byte is wrong, until the source ends" 0 $? || cat $name.err
done
kill "$source"
kill "$radio_pid"
wait "$radio_pid"
check_equal "valgrind finds no error and no leak" 0 $? ||
    grep -v 'set address range perms' valgrind.log | head -n 80

end_of_test
