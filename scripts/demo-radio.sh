#!/bin/bash
# demo-radio.sh -- a streaming server takes four releases while streams go on.
#
# Starts release 1 of apps/radio under `kitsune run`, with two sources (curl) whose streams tell at
# each byte where it is from, and listeners that check every byte: some fast, some that ask for song
# titles, some slow.  Where ffmpeg is installed, it sends a tone, and decodes it again.  Then the
# server is updated to release 2, 3, 4 and 5.  Prints what listeners noticed, and exits with 1 when
# anything is wrong.  Every program started here is ended by its process id.
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}
listeners=${DEMO_LISTENERS:-40}
releases=(1 2 3 4 5)

. "$root/scripts/demo-lib.sh"
. "$root/tests/lib/radio_server.sh"

# ---- One update ---------------------------------------------------------------------------------

row() {
    printf '  %-12s %16s %16s %16s   %s\n' "$@"
}

reported() {
    awk -v phase="$1" '$1 == phase { print $2, $3 }' update.log
}

and_wait() {
    "$@"
    local status=$?
    sleep 0.7
    return $status
}

update() {
    local old=$1 new=$2
    radio_set_song /one "Song of release $old" >song.xml || wrong "the song cannot be named"
    if ! radio_window fast and_wait radio_update "$old" "$new"; then
        cat update.log >&2
        give_up "the update from release $old to release $new was refused"
    fi
    [ "$(radio_version)" = "$new.0.0" ] || wrong "release $new does not answer"
    row "v$old -> v$new" "$longest ms" "$(reported quiescence)" "$(reported pause)" \
        "$(radio_titles | grep Song)"
}

# ---- The whole ----------------------------------------------------------------------------------

radio_configure '[limits]' 'burst-size = 30000' 'queue-size = 4000000' 'metadata-interval = 4000' \
    '[log]' 'statistics-interval = 3600'
radio_start_updatable "${releases[0]}" || give_up "release 1 does not start"
radio_send /one 100000000000 64000 || give_up "the first source cannot send"
radio_send /two 100000000000 64000 || give_up "the second source cannot send"
radio_listen fast /one --listeners "$listeners"
radio_listen icy /one --icy --listeners 5
radio_listen slow /two --rate 40000 --listeners 5
decoder=
if command -v ffmpeg >/dev/null && radio_tone /tone.ogg ogg 600 440; then
    tone=$source_pid
    ffmpeg -v repeat+error -nostdin -i "$radio_url/tone.ogg" -f null - >decoder.err 2>&1 </dev/null &
    decoder=$!
    started_programs+=("$decoder")
fi
radio_wait_for icy '^song' || give_up "listeners get nothing"
sleep 1
echo "$(radio_get /status-json.xsl | grep -c '"mount"') sources send, $(radio_number listeners)" \
    "listeners listen, a thread for each of them; another one sleeps for an hour."
echo
row "" "longest wait" "all threads" "pause" "song"
row "" "of a listener" "parked after" "reported" ""
radio_window fast sleep 1.5 || give_up "the listeners ended"
row "no update" "$longest ms" "" "" ""
for ((i = 1; i < ${#releases[@]}; i++)); do
    update "${releases[i - 1]}" "${releases[i]}"
done
echo

if [ -n "$decoder" ]; then
    kill -INT "$tone"
    wait "$decoder"
    if grep -v 'Stream ends prematurely\|: Input/output error$' decoder.err; then
        wrong "ffmpeg could not decode the tone"
    else
        echo "A tone sent and decoded by ffmpeg went on through all releases."
    fi
fi
kept=0
bytes=0
for name in fast icy slow; do
    radio_listened $name stop || wrong "$name listeners got wrong bytes: $(tail -n 2 $name.err)"
    [ "$(radio_summary $name skips)" = 0 ] || wrong "$name listeners missed something"
    kept=$((kept + $(radio_summary $name listeners) - $(radio_summary $name ended)))
    bytes=$((bytes + $(radio_summary $name bytes)))
done
[ $kept -eq $((listeners + 10)) ] || wrong "$((listeners + 10 - kept)) listeners were lost"
kill -0 "$radio_pid" || wrong "the server is gone"
echo "Listeners kept:  $kept of $((listeners + 10))"
echo "Bytes checked:   $(sed -E ':again; s/^([0-9]+)([0-9]{3})/\1,\2/; t again' <<<"$bytes")"
echo "Process id:      $radio_pid before and after"
