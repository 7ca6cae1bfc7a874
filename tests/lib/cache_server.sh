# cache_server.sh -- starting releases of apps/cache, talking to them, and dumping all they hold.
# Sourced after harness.sh, or by scripts/demo-cache.sh.  $build is the build directory.

# cache_start_plain N [OPTION...]: release N as an ordinary program; sets $cache_pid, $cache_port.
cache_start_plain() {
    local release=$1
    shift
    cache_start "$build/apps/cache-$release-plain" "$@"
}

# cache_start_updatable N [OPTION...]: release N under `kitsune run`.
cache_start_updatable() {
    local release=$1
    shift
    cache_start "$build/bin/kitsune" run "$build/apps/cache-$release.so" "$@"
}

# At any free port, or at $cache_wanted_port.
cache_start() {
    rm -f cache.port
    "$@" -p "${cache_wanted_port:-0}" --port-file "$PWD/cache.port" >>cache.log 2>&1 </dev/null &
    cache_pid=$!
    started_programs+=("$cache_pid")
    local tries
    for ((tries = 0; tries < 1000; tries++)); do
        if [ -s cache.port ]; then
            cache_port=$(cat cache.port)
            return 0
        fi
        kill -0 "$cache_pid" 2>/dev/null || break
        sleep 0.02
    done
    echo "cache does not start: $*" >&2
    cat cache.log >&2
    return 1
}

# cache_ask FD LINE...: sends the lines, and prints what comes back without the carriage returns.
# The end of it is known by the answer to a last command, `mn`.
cache_ask() {
    local connection=$1 line
    shift
    printf '%s\r\n' "$@" mn >&"$connection"
    while IFS= read -r -t 10 line <&"$connection"; do
        line=${line%$'\r'}
        [ "$line" = MN ] && return 0
        printf '%s\n' "$line"
    done
    echo "(no answer)"
    return 1
}

# cache_say LINE...: the same on a connection of its own.
cache_say() {
    local connection status
    exec {connection}<>"/dev/tcp/127.0.0.1/$cache_port" || return 1
    cache_ask "$connection" "$@"
    status=$?
    exec {connection}>&-
    return $status
}

# The release that answers: "1.2.0".
cache_version() {
    cache_say version | sed -n 's/^VERSION //p'
}

# cache_stat NAME: one number of `stats`.
cache_stat() {
    cache_say stats | sed -n "s/^STAT $1 //p"
}

# cache_update PID N M: from release N to release M; what the tool says goes to update.log.
cache_update() {
    "$build/bin/kitsune" update "$1" "$build/apps/cache-$3.so" \
        --xf "$build/apps/cache-$2-$3.xf.so" >update.log 2>&1
}

# ---- The checking client ------------------------------------------------------------------------

# cache_check_start OPTION...: tests/lib/cache_check.c; its words go to check.out.
cache_check_start() {
    rm -f check.in
    mkfifo check.in
    : >check.out
    "$build/apps/cache_check" --port "$cache_port" "$@" <check.in >check.out 2>check.err &
    cache_check_pid=$!
    started_programs+=("$cache_check_pid")
    exec {cache_check_input}>check.in
    cache_check_wait '^loaded '
}

# Waits for the client to say something; fails when it ends without, or takes two minutes.
cache_check_wait() {
    local end=$((SECONDS + 120))
    until grep -Eq -e "$1" check.out; do
        [ $SECONDS -lt $end ] || return 1
        if ! kill -0 "$cache_check_pid" 2>/dev/null; then
            grep -Eq -e "$1" check.out
            return
        fi
        sleep 0.02
    done
}

# cache_check_mark NAME ... cache_check_end NAME: a window in which waiting is measured.
cache_check_mark() {
    echo "mark $1" >&"$cache_check_input"
    cache_check_wait "^mark $1\$"
}

cache_check_end() {
    echo end >&"$cache_check_input"
    cache_check_wait "^window $1 "
}

# The longest wait in milliseconds, and the replies received, in a window that has ended.
cache_check_longest() {
    sed -n "s/^window $1 longest_ms=\([^ ]*\).*/\1/p" check.out
}

cache_check_replies() {
    sed -n "s/^window $1 .*replies=\([^ ]*\).*/\1/p" check.out
}

# Reads everything back; the status is the client's: 0 when no reply was wrong.
cache_check_stop() {
    echo stop >&"$cache_check_input"
    exec {cache_check_input}>&-
    wait "$cache_check_pid"
}

# cache_check_summary NAME: a number of the client's last line: connections, alive, checked, wrong.
cache_check_summary() {
    sed -n "s/^summary .*\<$1=\([^ ]*\).*/\1/p" check.out
}

# ---- Data ---------------------------------------------------------------------------------------

# cache_fill N [LONGEST]: keys key0 to keyN-1, the same every time, some with a time to live.
cache_fill() {
    local connection
    exec {connection}<>"/dev/tcp/127.0.0.1/$cache_port"
    awk -v count="$1" -v longest="${2:-97}" 'BEGIN {
        for (i = 0; i < longest; i++)
            filling = filling "x"
        for (i = 0; i < count; i++) {
            value = "value-" i "-" substr(filling, 1, i * 7919 % longest)
            printf "set key%d %d %d %d noreply\r\n%s\r\n", i, i % 7, i % 3 ? 100000 : 0,
                   length(value), value
        }
    }' >&"$connection"
    cache_ask "$connection" >/dev/null
    exec {connection}>&-
}

# cache_dump N: all that cache_fill stored, flags, versions and values, and whether it expires.
cache_dump() {
    awk -v count="$1" 'BEGIN {
        for (i = 0; i < count; i += 50) {
            printf "gets"
            for (j = i; j < i + 50 && j < count; j++)
                printf " key%d", j
            print "\r"
        }
        for (i = 0; i < count; i += 97)
            printf "mg key%d k t\r\n", i
        print "quit\r"
    }' >dump.questions
    timeout 60 bash -c "exec 3<>/dev/tcp/127.0.0.1/$cache_port; cat dump.questions >&3; cat <&3" |
        sed -E 's/^(HD k.* t)[0-9]+/\1N/'
}
