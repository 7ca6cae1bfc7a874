#!/bin/bash
# What apps/radio understands, in its first release and its last: sources by SOURCE and PUT, in
# every way a stream can end, listeners, song titles, administration, and what is refused.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/radio_server.sh"

releases=$(ls -d "$root"/apps/radio/v* | sed -n 's,.*/v\([0-9]*\)$,\1,p' | sort -n | sed -n '1p;$p')

"$radio_check" generate 300000 >known.bytes

# ---- Sources ------------------------------------------------------------------------------------

# received NAME: all of known.bytes has come to the listeners called so, from the beginning.
received() {
    radio_listened "$1"
    check_equal "$2: no byte is wrong" 0 $?
    check_equal "$2: none is missing" 300000 "$(radio_summary "$1" bytes)"
}

# The source waits in the middle, so that the listener is there in time.
half_and_half() {
    head -c 150000 known.bytes
    radio_wait_for way '^entered'
    tail -c +150001 known.bytes
}

sources_of_every_kind() {
    local way send
    for way in length chunked until-end; do
        case $way in
            length) send=(-H 'Transfer-Encoding:' -H 'Content-Length: 300000') ;;
            chunked) send=() ;;
            until-end) send=(-X SOURCE -H 'Transfer-Encoding:' --http1.0) ;;
        esac
        : >way.out
        half_and_half | curl -sS -u source:hackme -H 'Content-Type: audio/mpeg' -T - "${send[@]}" \
            "$radio_url/way" >way.log 2>&1 &
        local source=$!
        started_programs+=("$source")
        radio_wait_stream /way
        radio_listen way /way
        wait "$source"
        check_equal "release $1: a source, $way: is served to its end" 0 $? || cat way.log
        received way "release $1: a source, $way"
    done
}

refusals() {
    local put=(-T known.bytes -H 'Content-Type: audio/mpeg')
    check_equal "release $1: a source without a password" 401 "$(radio_code /x "${put[@]}")"
    check_equal "release $1: a source with a wrong one" 401 \
        "$(radio_code /x "${put[@]}" -u source:guess)"
    check_equal "release $1: PUT without a Content-Type" 403 \
        "$(radio_code /x -T known.bytes -u source:hackme)"
    check_equal "release $1: a source where the administration is" 403 \
        "$(radio_code /admin/x "${put[@]}" -u source:hackme)"
    check_equal "release $1: listening where nothing is" 404 "$(radio_code /nothing)"
    check_equal "release $1: another method" 405 "$(radio_code / -X DELETE)"
    check_equal "release $1: administration without a password" 401 \
        "$(radio_code '/admin/metadata?mount=/x&mode=updinfo&song=y')"
    check_equal "release $1: sources may not end others" 401 \
        "$(radio_code '/admin/killsource?mount=/x' -u source:hackme)"
    check_equal "release $1: an unknown command" 404 "$(radio_code /admin/x -u chief:secret)"
    check_match "release $1: a song of nobody" 'Source does not exist' "$(radio_set_song /x y)"
    printf 'no HTTP at all\r\n\r\n' >no.request
    check_match "release $1: no HTTP" '^HTTP/1.0 400' "$(raw_request no.request)"
    { printf 'GET / HTTP/1.0\r\nX: '; head -c 9000 /dev/zero | tr '\0' x; } >long.request
    check_match "release $1: a head without end" '^HTTP/1.0 400' "$(raw_request long.request)"
    check_match "release $1: an Ogg stream that is none" 'no Ogg stream' "$(
        curl -sS -u source:hackme -H 'Content-Type: audio/ogg' -T known.bytes "$radio_url/bad" \
            >/dev/null 2>&1
        wait_line 5 radio.log 'no Ogg stream'
        cat radio.log)"
}

raw_request() {
    local connection
    exec {connection}<>"/dev/tcp/127.0.0.1/$radio_port"
    cat "$1" >&"$connection"
    head -c 100 <&"$connection"
    exec {connection}>&-
}

# ---- Listeners ----------------------------------------------------------------------------------

listeners() {
    radio_send /live 1000000000 60000
    radio_listen plain /live --listeners 3
    radio_listen icy /live --icy
    check_equal "release $1: a second source at the place" 403 \
        "$(radio_code /live -T known.bytes -H 'Content-Type: audio/mpeg' -u source:hackme)"
    check_match "release $1: a song is named" 'Metadata update successful' \
        "$(radio_set_song /live "O'Hara & <Söhne>")"
    check "release $1: and told to who asked for it" \
        radio_wait_for icy "^song StreamTitle='O'Hara & <Söhne>';"
    check_equal "release $1: the status tells it" "O'Hara & <Söhne>" "$(radio_titles)"
    check_match "release $1: so does the page" "O'Hara &amp; &lt;Söhne&gt;" "$(radio_get /)"
    check_match "release $1: a playlist" "^$radio_url/live" "$(radio_get /live.m3u)"
    check_equal "release $1: all who listen are counted" 4 "$(radio_number listeners)"
    sleep 0.5
    check_match "release $1: the administrator ends the source" 'Source Removed' \
        "$(radio_get '/admin/killsource?mount=/live' -u chief:secret)"
    radio_listened plain
    check_equal "release $1: with it the listeners end, and no byte was wrong" 0 $?
    radio_listened icy
    check_equal "release $1: nor with songs between them" 0 $?
    check "release $1: it begins with a burst" test "$(radio_summary plain least)" -gt 30000
    kill "$source_pid" 2>/dev/null
}

# From release 3 on: listeners go elsewhere when their source ends, and come back.
fallbacks() {
    local main spare
    radio_configure '[mount /main]' 'fallback = /spare' '[limits]' 'burst-size = 20000' \
        'metadata-interval = 1024' '[log]' "history = $work/history.log"
    radio_start_updatable "$1" || exit 1
    radio_send /main 1000000000 100000
    main=$source_pid
    radio_send /spare 1000000000 100000
    spare=$source_pid
    radio_set_song /spare "spare song" >song.xml
    radio_listen mover /main --may-skip --icy
    radio_wait_for mover "^song StreamTitle=''"
    kill "$main"
    check "release $1: when a source ends, its listeners go to the fallback" \
        radio_wait_for mover "^song StreamTitle='spare song'"
    radio_send /main 1000000000 100000
    check "release $1: and come back" wait_line 5 radio.log 'goes from /spare to /main'
    check_match "release $1: or are sent" 'Clients moved' \
        "$(radio_get '/admin/moveclients?mount=/main&destination=/spare' -u chief:secret)"
    check "release $1: and go" wait_for 5 eval '[ "$(radio_number moved_listeners)" -eq 3 ]'
    check_match "release $1: not to where nothing is" 'Destination does not exist' \
        "$(radio_get '/admin/moveclients?mount=/main&destination=/x' -u chief:secret)"
    check_match "release $1: another fallback" 'Fallback configured' \
        "$(radio_get '/admin/fallbacks?mount=/spare&fallback=/main' -u chief:secret)"
    kill "$spare"
    check "release $1: counts, too" wait_for 5 eval '[ "$(radio_number moved_listeners)" -eq 4 ]'
    wait_for 5 eval '[ "$(radio_status mover skips)" -eq 4 ]'
    radio_listened mover stop
    check_equal "release $1: each time they begin anew, and lose nothing else" "0 4 0" \
        "$? $(radio_summary mover skips) $(radio_summary mover ended)" || cat mover.err
    check "release $1: what was played is written" wait_line 5 history.log ' /spare spare song$'
    stop "$radio_pid"
}

# From release 5 on.
for_web_pages() {
    radio_send /live 1000000000 60000
    check_match "release $1: HEAD describes the stream" '^HTTP/1.0 200 .*audio/mpeg' \
        "$(radio_get /live --head | tr -d '\r' | tr '\n' ' ')"
    check_equal "release $1: HEAD of what is not there" 404 "$(radio_code /nothing --head)"
    check_match "release $1: OPTIONS" '^Allow: .*HEAD' "$(radio_get /live -X OPTIONS -i)"
    check_match "release $1: another playlist" "^File1=$radio_url/live" "$(radio_get /live.pls)"
    kill "$source_pid"
}

slow_listeners() {
    radio_configure '[limits]' "slow-listeners = $2" 'queue-size = 65536' 'burst-size = 16384' \
        'send-buffer = 4096'
    radio_start_updatable "$1" || exit 1
    radio_send /live 1000000000 300000
    radio_listen slow /live --rate 20000 --may-skip
    radio_listen fast /live
    if [ "$2" = drop ]; then
        radio_wait_for slow '^summary'
        check_equal "release $1: a slow listener is dropped" "1 0" \
            "$(radio_summary slow ended) $(radio_summary slow skips)"
        check_equal "release $1: and counted" 1 "$(radio_number slow_listeners)"
        radio_listened slow
    else
        sleep 3
        radio_listened slow stop
        check "release $1: a slow listener skips" test "$(radio_summary slow skips)" -gt 0
        check_equal "release $1: and stays" 0 "$(radio_summary slow ended)"
    fi
    radio_listened fast stop
    check_equal "release $1: others notice nothing" "0 0" "$? $(radio_summary fast ended)"
    stop "$radio_pid"
}

for release in $releases; do
    radio_configure '[limits]' 'source-timeout = 1' 'burst-size = 400000' 'queue-size = 800000' \
        'metadata-interval = 4096' '[log]' "access = $work/access.log"
    radio_start_updatable "$release" || exit 1
    check_equal "release $release says so" "$release.0.0" "$(radio_version)"
    sources_of_every_kind "$release"
    refusals "$release"
    listeners "$release"
    [ "$release" -lt 5 ] || for_web_pages "$release"

    # A source that keeps silent.
    exec {quiet}<>"/dev/tcp/127.0.0.1/$radio_port"
    printf 'SOURCE /quiet ICE/1.0\r\nAuthorization: Basic %s\r\nContent-Type: audio/mpeg\r\n\r\n' \
        "$(printf source:hackme | base64)" >&"$quiet"
    check_match "release $release: SOURCE is answered at once" '^HTTP/1.0 200' \
        "$(head -n 1 <&"$quiet")"
    check "release $release: one that sends nothing is ended" \
        wait_line 5 radio.log '/quiet ends: nothing comes any more'
    exec {quiet}>&-
    check_match "release $release: the access log tells" '"GET /way HTTP/1.0" 200 ' \
        "$(cat access.log)"

    # SIGTERM ends all streams in an orderly way.
    radio_send /live 1000000000 60000
    radio_listen last /live
    sleep 0.3
    kill "$radio_pid"
    wait "$radio_pid"
    check_equal "release $release: SIGTERM ends the server" 0 $?
    radio_listened last
    check_equal "release $release: and what came was right" 0 $?
    slow_listeners "$release" drop
    slow_listeners "$release" skip
    [ "$release" -lt 3 ] || fallbacks "$release"
done

expect_error "without a password for sources it does not start" 2 'no password for sources' \
    "$build/apps/radio-1-plain"
echo '[limits]' >wrong.ini
echo 'listeners = many' >>wrong.ini
expect_error "a wrong setting is told" 2 'listeners = many' \
    "$build/apps/radio-1-plain" --config wrong.ini

end_of_test
