# cache_server.sh -- starting releases of apps/cache, talking to them, and dumping all they hold.
# Sourced after harness.sh, or by scripts/demo_cache.sh.  $build is the build directory.

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

# The release that answers: "2.0.0".
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
