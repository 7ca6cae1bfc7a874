#!/bin/bash
# The streaming server and the runtime under ThreadSanitizer, with a random pause at each step of the
# runtime's synchronisation, through all releases: no data race.
. "$(dirname "$0")/../lib/harness.sh"

real_build=$build
last=$(ls -d "$root"/apps/radio/v* | sed -n 's,.*/v\([0-9]*\)$,\1,p' | sort -n | tail -n 1)

# What radio_server.sh looks for is put where it looks.
build=$work/tsan
check "the instrumented runtime builds" \
    make -s -C "$root" BUILD="$build" CFLAGS='-O1 -g -fsanitize=thread -DKITSUNE_STRESS' \
    "$build/lib/libkitsune.so" "$build/bin/driver"
mkdir -p "$build/apps"
ln -s "$real_build/bin/kitsune" "$build/bin/kitsune"
ln -s "$real_build/apps/radio_check" "$build/apps/radio_check"
. "$root/tests/lib/radio_server.sh"

build_release() {
    mkdir -p "v$1"
    printf '%s\n' "$root/apps/radio/v$1"/*.c |
        xargs -P "$(nproc)" -I '{}' sh -c \
            'kitcc -std=gnu11 -O1 -fsanitize=thread -D_GNU_SOURCE -c "$1" \
                -o "$0/$(basename "$1" .c).o"' "v$1" '{}' &&
        kitcc -shared -fsanitize=thread "v$1"/*.o -o "$build/apps/radio-$1.so" -ljansson -linih
}

build_step() {
    xfgen "$build/apps/radio-$1.so" "$build/apps/radio-$2.so" "$root/apps/radio/v$1-v$2.xf" \
        -o "v$1-v$2.c" && kitcc -O1 -shared "v$1-v$2.c" -o "$build/apps/radio-$1-$2.xf.so"
}

for ((release = 1; release <= last; release++)); do
    check "release $release builds" build_release $release
    [ $release -eq 1 ] || check "and what leads there" build_step $((release - 1)) $release
done

export TSAN_OPTIONS='history_size=4 report_signal_unsafe=0 exitcode=66'
radio_configure '[limits]' 'metadata-interval = 2000' 'source-timeout = 60' 'burst-size = 8000' \
    'queue-size = 200000' '[log]' 'statistics-interval = 1' "access = $work/access.log"
radio_start "$build/bin/driver" "$build/apps/radio-1.so" || exit 1
radio_send /live 1000000000 40000
source=$source_pid
radio_send /spare 1000000000 40000
radio_listen plain /live --listeners 3
radio_listen icy /live --icy --may-skip
radio_wait_for plain '^entered'
for ((release = 1; release < last; release++)); do
    check "release $release to $((release + 1))" radio_update $release $((release + 1)) ||
        cat update.log
    check_equal "release $((release + 1)) answers" "$((release + 1)).0.0" "$(radio_version)"
    radio_set_song /live "song of release $release" >song.xml
    radio_wait_for icy "song of release $release"
    radio_get '/admin/listclients?mount=/live' -u chief:secret >clients.xml
done
radio_listened plain stop
check_equal "no byte was wrong" 0 $? || cat plain.err
radio_get '/admin/fallbacks?mount=/live&fallback=/spare' -u chief:secret >fallback.xml
kill "$source"
check "a listener goes elsewhere" wait_line 5 radio.log 'goes from /live to /spare'
kill "$radio_pid"
wait "$radio_pid"
check_equal "no race is found" 0 $? || grep -A 30 'WARNING: ThreadSanitizer' radio.log | head -n 90

end_of_test
