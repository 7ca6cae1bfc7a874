# radio_server.sh -- starting releases of apps/radio, and sources and listeners for them.
# Sourced after harness.sh, or by scripts/demo_radio.sh.  $build is the build directory.

radio_check=$build/apps/radio_check

# radio_configure [LINE...]: radio.ini, with these lines (sections and all) at its end.
radio_configure() {
    {
        printf '%s\n' '[server]' 'port = 0' "port-file = $PWD/radio.port" \
            '[passwords]' 'source = hackme' 'admin-user = chief' 'admin = secret'
        printf '%s\n' "$@"
    } >radio.ini
}

# radio_start_plain N: release N as an ordinary program; sets $radio_pid and $radio_port.
radio_start_plain() {
    radio_start "$build/apps/radio-$1-plain"
}

# radio_start_updatable N: release N under `kitsune run`.
radio_start_updatable() {
    radio_start "$build/bin/kitsune" run "$build/apps/radio-$1.so"
}

radio_start() {
    rm -f radio.port
    "$@" --config "$PWD/radio.ini" ${radio_wanted_port:+--port "$radio_wanted_port"} \
        >>radio.log 2>&1 </dev/null &
    radio_pid=$!
    started_programs+=("$radio_pid")
    local tries
    for ((tries = 0; tries < 1500; tries++)); do
        if [ -s radio.port ]; then
            radio_port=$(cat radio.port)
            radio_url=http://127.0.0.1:$radio_port
            return 0
        fi
        kill -0 "$radio_pid" 2>/dev/null || break
        sleep 0.02
    done
    echo "radio does not start: $*" >&2
    cat radio.log >&2
    return 1
}

# radio_update N M [OPTION...]: from release N to release M; what the tool says goes to update.log.
radio_update() {
    local old=$1 new=$2
    shift 2
    "$build/bin/kitsune" update "$radio_pid" "$build/apps/radio-$new.so" \
        --xf "$build/apps/radio-$old-$new.xf.so" "$@" >update.log 2>&1
}

# radio_get PATH [OPTION...]: what curl says of it.
radio_get() {
    local path=$1
    shift
    curl -sS --max-time 20 "$@" "$radio_url$path"
}

# radio_code PATH [OPTION...]: the status of the answer.
radio_code() {
    radio_get "$@" -o /dev/null -w '%{http_code}'
}

# The release that answers: "2.0.0".
radio_version() {
    radio_get /status-json.xsl | sed -n 's/.*"server_id": "radio \(.*\)".*/\1/p'
}

# radio_number NAME: a number in the server's status (the first of that name).
radio_number() {
    radio_get /status-json.xsl | sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" | head -n 1
}

# radio_titles: the songs, in the order of the mounts.
radio_titles() {
    radio_get /status-json.xsl | sed -n 's/.*"title": "\(.*\)",/\1/p'
}

radio_has_stream() {
    radio_get /status-json.xsl | grep -q "\"mount\": \"$1\""
}

radio_set_song() {
    radio_get "/admin/metadata" -G -u source:hackme --data-urlencode "mount=$1" -d mode=updinfo \
        --data-urlencode "song=$2"
}

# ---- Sources ------------------------------------------------------------------------------------

# radio_send MOUNT BYTES RATE [OPTION...]: the stream that knows its places, from a pipe (so in
# chunks, or as its options say).  Sets $source_pid.
radio_send() {
    local mount=$1 bytes=$2 rate=$3
    shift 3
    "$radio_check" generate "$bytes" "$rate" |
        curl -sS -u source:hackme -H 'Content-Type: audio/mpeg' -T - "$@" \
            "$radio_url$mount" >"source${mount//\//-}.out" 2>&1 &
    source_pid=$!
    started_programs+=("$source_pid")
    radio_wait_stream "$mount"
}

# radio_tone MOUNT FORMAT SECONDS FREQUENCY: a tone from ffmpeg, as mp3 or ogg, at the pace of a
# clock.  Sets $source_pid.
radio_tone() {
    local type=audio/mpeg codec=(-c:a libmp3lame -reservoir 0 -b:a 128k -f mp3)
    if [ "$2" = ogg ]; then
        type=audio/ogg
        codec=(-c:a libvorbis -b:a 96k -page_duration 100000 -f ogg)
    fi
    ffmpeg -v error -re -f lavfi -i "sine=frequency=$4:sample_rate=44100:duration=$3" \
        "${codec[@]}" -content_type "$type" -ice_name "tone $4" -ice_genre test \
        "icecast://source:hackme@127.0.0.1:$radio_port$1" >"source${1//\//-}.out" 2>&1 \
        </dev/null &
    source_pid=$!
    started_programs+=("$source_pid")
    radio_wait_stream "$1"
}

radio_wait_stream() {
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        radio_has_stream "$1" && return 0
        sleep 0.05
    done
    return 1
}

# ---- Listeners ----------------------------------------------------------------------------------

# radio_listen NAME MOUNT [OPTION...]: radio_check's listeners, with files NAME.in, .out, .err; its
# process id is in ${listener_pid[NAME]}, and radio_tell NAME WORD gives it a command.
declare -A listener_pid listener_input

radio_listen() {
    local name=$1 mount=$2 input
    shift 2
    rm -f "$name.in"
    mkfifo "$name.in"
    "$radio_check" listen "$radio_port" "$mount" "$@" <"$name.in" >"$name.out" 2>"$name.err" &
    listener_pid[$name]=$!
    started_programs+=("$!")
    exec {input}>"$name.in"
    listener_input[$name]=$input
}

radio_tell() {
    echo "$2" >&"${listener_input[$1]}"
}

# radio_status NAME FIELD: bytes, connected or skips by now.
radio_status() {
    local count tries
    count=$(grep -c '^status' "$1.out")
    radio_tell "$1" status
    for ((tries = 0; tries < 250; tries++)); do
        [ "$(grep -c '^status' "$1.out")" -gt "$count" ] && break
        sleep 0.02
    done
    sed -n "s/^status .*\<$2=\([0-9]*\).*/\1/p" "$1.out" | tail -n 1
}

# radio_wait_for NAME PATTERN [SECONDS]: until it has said so.
radio_wait_for() {
    local end=$((SECONDS + ${3:-20} + 1))
    until grep -Eq -e "$2" "$1.out" 2>/dev/null; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.02
    done
}

# radio_window NAME COMMAND...: runs the command; the longest wait of these listeners meanwhile, in
# milliseconds, goes to $longest.
radio_window() {
    local name=$1 windows
    shift
    windows=$(grep -c '^window' "$name.out")
    radio_tell "$name" mark
    radio_wait_for "$name" '^marked' || return 1
    "$@"
    local status=$? tries
    radio_tell "$name" end
    for ((tries = 0; tries < 250; tries++)); do
        [ "$(grep -c '^window' "$name.out")" -gt "$windows" ] && break
        sleep 0.02
    done
    longest=$(sed -n 's/^window longest_ms=\([0-9.]*\).*/\1/p' "$name.out" | tail -n 1)
    return $status
}

# The listeners end, by themselves or told to; the status is theirs: 0 when no byte was wrong.
radio_listened() {
    local input=${listener_input[$1]} status
    [ "${2-}" = stop ] && radio_tell "$1" stop
    wait "${listener_pid[$1]}"
    status=$?
    exec {input}>&-
    return $status
}

# radio_summary NAME FIELD: of its last line.
radio_summary() {
    sed -n "s/^summary .*\<$2=\([0-9.]*\).*/\1/p" "$1.out"
}
