#!/bin/bash
# A streaming server takes release after release while four sources send and a dozen listeners get
# their streams: no byte is wrong or missing, songs, counts and half-sent requests go on, and an
# update that is given up is noticed by nobody.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/radio_server.sh"

last=$(ls -d "$root"/apps/radio/v* | sed -n 's,.*/v\([0-9]*\)$,\1,p' | sort -n | tail -n 1)

radio_configure '[limits]' 'burst-size = 30000' 'queue-size = 4000000' 'metadata-interval = 1000' \
    'source-timeout = 5' 'header-timeout = 60' '[log]' 'statistics-interval = 3600' \
    "access = $work/access.log"
radio_start_updatable 1 || exit 1

for ((release = 1; release < last; release++)); do
    next=$((release + 1))
    check "release $release to $next: kitsune check has nothing to say against it" \
        kitsune check --strict "$build/apps/radio-$release.so" "$build/apps/radio-$next.so" \
        --xf "$root/apps/radio/v$release-v$next.xf"
done

# ---- Who is connected ---------------------------------------------------------------------------

radio_tone /tone.mp3 mp3 60 440
mp3_source=$source_pid
radio_tone /tone.ogg ogg 60 660
ogg_source=$source_pid
radio_send /chunked 1000000000 150000 # the body in chunks
chunked_source=$source_pid
radio_send /plain 1000000000 100000 -X SOURCE --http1.0 -H 'Transfer-Encoding:'
plain_source=$source_pid

radio_listen fast /chunked --listeners 4
radio_listen icy /chunked --icy --listeners 3
radio_listen slow /plain --rate 60000 --listeners 2
curl -sS -o curl.bytes "$radio_url/plain" 2>curl.err &
curl_listener=$!
started_programs+=("$curl_listener")

# decode NAME MOUNT: ffmpeg, as long as the stream goes on; it says nothing when all is right,
# except that a stream without a length has ended.
decode() {
    ffmpeg -v repeat+error -nostdin -i "$radio_url$2" -f s16le -ac 1 -ar 8000 -y "$1.samples" \
        >"$1.err" 2>&1 </dev/null &
    decoder_pid[$1]=$!
    started_programs+=("$!")
}
declare -A decoder_pid
decode mp3 /tone.mp3
decode ogg /tone.ogg

# Requests that come and go all the time, each with a thread of its own, and listeners that stay only
# for a moment.
come_and_go() {
    local round
    for ((round = 0; round < 2000; round++)); do
        [ ! -e visits.stop ] || return 0
        radio_get /status.xsl -f >visit.page 2>>visits.err || echo "no page" >>visits.err
        [ "$(radio_get /plain 2>visit.err | head -c 2000 | wc -c)" -eq 2000 ] ||
            echo "nothing to hear" >>visits.err
        echo visit >>visits
    done
}

: >visits
: >visits.err
come_and_go &
visitor=$!
started_programs+=("$visitor")

# A request of which only the half has come.
exec {half}<>"/dev/tcp/127.0.0.1/$radio_port"
printf 'GET /status-json.xsl HTTP/1.0\r\nUser-' >&"$half"

for name in fast icy slow; do
    radio_wait_for $name '^entered'
done
wait_for 10 eval '[ "$(radio_number listeners)" -ge 12 ]'
check_equal "all are connected" 4 "$(radio_number source_connections)"

# ---- What has to go on --------------------------------------------------------------------------

all_stream() {
    local name more=yes
    local -A before
    for name in fast icy slow; do
        before[$name]=$(radio_status $name bytes)
    done
    for name in fast icy slow; do
        wait_for 5 eval "[ \$(radio_status $name bytes) -gt ${before[$name]} ]" || more="no: $name"
    done
    check_equal "$1: to all listeners more comes" yes "$more"
}

# ---- Updates ------------------------------------------------------------------------------------

# An update whose last check does not hold: all has been done by then, and is undone.
give_up_update() {
    cp "$root/apps/radio/v$1-v$2.xf" failing.xf
    echo 'CHECK { $newsym(mounts_lock).__data.__lock == 77 }' >>failing.xf
    xfgen "$build/apps/radio-$1.so" "$build/apps/radio-$2.so" failing.xf -o failing.c &&
        kitcc -O2 -shared failing.c -o failing.xf.so
    expect_error "release $1 to $2: an update with a failing check is given up" 1 'failing.xf:' \
        kitsune update "$radio_pid" "$build/apps/radio-$2.so" --xf ./failing.xf.so
    check_equal "release $1 answers" "$1.0.0" "$(radio_version)"
    all_stream "release $1 after the update was given up"
}

update() {
    local sent titles
    radio_set_song /chunked "song of release $1" >sent.xml
    radio_wait_for icy "song of release $1"
    titles=$(radio_titles)
    sent=$(radio_number bytes_sent)
    check "release $1 to $2" radio_update "$1" "$2" || cat update.log
    check_equal "release $2 answers" "$2.0.0" "$(radio_version)"
    check_equal "release $2 knows the songs" "$titles" "$(radio_titles)"
    check "release $2 counts on" test "$(radio_number bytes_sent)" -gt "$sent"
    check_equal "release $2 has all sources" 4 "$(radio_number source_connections)"
    check "and all listeners" test "$(radio_number listeners)" -ge 12
    all_stream "release $2"
}

for ((release = 1; release < last; release++)); do
    [ $release -ne $((last / 2)) ] || give_up_update $release $((release + 1))
    update $release $((release + 1))
done

# ---- In the last release ------------------------------------------------------------------------

printf 'Agent: x\r\n\r\n' >&"$half"
check_match "the other half of the request is answered by the last release" "radio $last.0.0" \
    "$(cat <&"$half")"
exec {half}>&-
radio_set_song /chunked "the last song" >sent.xml
check "the last song comes" radio_wait_for icy "the last song"
touch visits.stop
wait "$visitor"
check "who came and went meanwhile" test "$(wc -l <visits)" -gt 5
check_equal "was always served" "" "$(cat visits.err)"
listed_listeners() {
    radio_get '/admin/listclients?mount=/plain' -u chief:secret | grep -c '<listener id='
}
# The server notices a moment later that the last visitor has gone.
wait_for 10 eval '[ "$(listed_listeners)" -eq 3 ]'
check_equal "listeners of the first release are listed" 3 "$(listed_listeners)"

check "the thread that an update started writes what is played" \
    wait_line 5 access.log.songs ' /chunked the last song$'

# Those who come late begin with a whole page of Ogg, and all of its header.
for format in mp3 ogg; do
    expect_output "who joins the $format stream now can decode it" '^$' \
        ffmpeg -v error -xerror -nostdin -i "$radio_url/tone.$format" -t 1 -f null -
done

# Enough for a verdict.
for format in mp3 ogg; do
    wait_for 20 eval "[ \$(stat -c %s $format.samples) -gt $((8000 * 2 * 3)) ]"
done
for name in fast icy slow; do
    wait_for 20 eval "[ \$(radio_status $name bytes) -gt 400000 ]"
done

# The sources end by themselves, so that what is in the queue still comes.
for pid in "$mp3_source" "$ogg_source"; do
    kill -INT "$pid"
done
for format in mp3 ogg; do
    wait "${decoder_pid[$format]}"
    check_equal "ffmpeg decodes the $format stream through all releases" "0 " \
        "$? $(grep -v 'Stream ends prematurely\|: Input/output error$' $format.err)"
    check "and it is some seconds long" test "$(stat -c %s $format.samples)" -gt $((8000 * 2 * 3))
done
for name in fast icy slow; do
    radio_listened $name stop
    check_equal "$name listeners: no byte is wrong or missing" "0 0 0" \
        "$? $(radio_summary $name skips) $(radio_summary $name ended)" || cat $name.err
    check "$name listeners: much has come" test "$(radio_summary $name bytes)" -gt 400000
done
kill "$curl_listener" "$chunked_source" "$plain_source"
wait "$curl_listener"
expect_output "nor in what curl has got" 'wrong=0' "$radio_check" verify curl.bytes
for ((release = 1; release < last; release++)); do
    check_match "the song of release $release has come" "song of release $release" "$(cat icy.out)"
done
kill "$radio_pid"
wait "$radio_pid"
check_equal "SIGTERM ends the last release as the first" 0 $?

end_of_test
