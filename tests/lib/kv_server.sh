# kv_server.sh -- starting releases of apps/kv, talking to them, and dumping all they hold.
# Sourced after harness.sh, or by scripts/demo.sh.  $build is the build directory.

# kv_start_plain N [OPTION...]: release N as an ordinary program; sets $kv_pid and $kv_port.
kv_start_plain() {
    local release=$1
    shift
    kv_start "$build/apps/kv-$release-plain" "$@"
}

# kv_start_updatable N [OPTION...]: release N under `kitsune run`.
kv_start_updatable() {
    local release=$1
    shift
    kv_start "$build/bin/kitsune" run "$build/apps/kv-$release.so" "$@"
}

# At any free port, or at $kv_wanted_port.
kv_start() {
    rm -f kv.port
    "$@" --port "${kv_wanted_port:-0}" --port-file "$PWD/kv.port" >>kv.log 2>&1 </dev/null &
    kv_pid=$!
    started_programs+=("$kv_pid")
    local tries
    for ((tries = 0; tries < 500; tries++)); do
        if [ -s kv.port ]; then
            kv_port=$(cat kv.port)
            return 0
        fi
        kill -0 "$kv_pid" 2>/dev/null || break
        sleep 0.02
    done
    echo "kv does not start: $*" >&2
    cat kv.log >&2
    return 1
}

# kv COMMAND...: one command, its reply on standard output.
kv() {
    redis-cli -p "$kv_port" "$@"
}

# The release that answers: "2.0.0".
kv_version() {
    kv info server | tr -d '\r' | sed -n 's/^kv_version://p'
}

# kv_update PID N M: from release N to release M; what the tool says goes to update.log.
kv_update() {
    "$build/bin/kitsune" update "$1" "$build/apps/kv-$3.so" \
        --xf "$build/apps/kv-$2-$3.xf.so" >update.log 2>&1
}

# All data in all databases as text: a line a key, sorted, members of unordered types sorted too.
# Times to live are shown as there or not: they run on.
kv_dump() {
    local database
    for ((database = 0; database < 16; database++)); do
        kv_dump_database $database
    done
}

# kv_dump_database N
kv_dump_database() {
    local database=$1
    redis-cli -p "$kv_port" -n $database --raw keys '*' | sed '/^$/d' | LC_ALL=C sort >dump.keys
    [ -s dump.keys ] || return
    sed 's/.*/type "&"/' dump.keys | redis-cli -p "$kv_port" -n $database |
        grep -v '^$' | grep -vx OK >dump.types
    sed 's/.*/ttl "&"/' dump.keys | redis-cli -p "$kv_port" -n $database |
        grep -v '^$' | grep -vx OK >dump.expiry
    paste -d ' ' dump.types dump.keys | kv_read_commands |
        redis-cli -p "$kv_port" -n $database --csv | grep -vx '"OK"\|OK' >dump.values
    paste -d '|' dump.keys dump.types dump.expiry dump.values | kv_canonical "$database"
    rm -f dump.keys dump.types dump.expiry dump.values
}

# "string key" lines become the commands that read the values.
kv_read_commands() {
    sed -e 's/^string \(.*\)/get "\1"/' -e 's/^list \(.*\)/lrange "\1" 0 -1/' \
        -e 's/^hash \(.*\)/hgetall "\1"/' -e 's/^set \(.*\)/smembers "\1"/' \
        -e 's/^zset \(.*\)/zrange "\1" 0 -1 withscores/'
}

kv_canonical() {
    perl -e '
        my $database = shift;
        while (my $line = <STDIN>) {
            chomp $line;
            my ($key, $type, $expiry, $value) = split /\|/, $line, 4;
            my @fields = $value =~ /("(?:[^"\\]|\\.)*"|[^,]+)/g;
            if ($type eq "set") {
                @fields = sort @fields;
            } elsif ($type eq "hash") {
                my %pairs = @fields;
                @fields = map { "$_=$pairs{$_}" } sort keys %pairs;
            }
            print join(" ", $database, $key, $type, $expiry >= 0 ? "expires" : "stays", @fields),
                  "\n";
        }' "$1"
}

# ---- The checking client ------------------------------------------------------------------------

# kv_check_start OPTION...: tests/lib/kv_check.c against the server; its words go to check.out.
kv_check_start() {
    rm -f check.in
    mkfifo check.in
    : >check.out
    "$build/apps/kv_check" --port "$kv_port" "$@" <check.in >check.out 2>check.err &
    kv_check_pid=$!
    started_programs+=("$kv_check_pid")
    exec {kv_check_input}>check.in
    kv_check_wait '^loaded '
}

# Waits for the client to say something; fails when it ends without, or takes two minutes.
kv_check_wait() {
    local end=$((SECONDS + 120))
    until grep -Eq -e "$1" check.out; do
        [ $SECONDS -lt $end ] || return 1
        if ! kill -0 "$kv_check_pid" 2>/dev/null; then
            grep -Eq -e "$1" check.out
            return
        fi
        sleep 0.02
    done
}

# kv_check_mark NAME ... kv_check_end NAME: a window in which waiting is measured.
kv_check_mark() {
    echo "mark $1" >&"$kv_check_input"
    kv_check_wait "^mark $1\$"
}

kv_check_end() {
    echo end >&"$kv_check_input"
    kv_check_wait "^window $1 "
}

# The longest wait in milliseconds, and the replies received, in a window that has ended.
kv_check_longest() {
    sed -n "s/^window $1 longest_ms=\([^ ]*\).*/\1/p" check.out
}

kv_check_replies() {
    sed -n "s/^window $1 .*replies=\([^ ]*\).*/\1/p" check.out
}

# kv_check_read NAME: all connections read all their keys, and go on reading; fails when a reply, now or ever
# before, was wrong.
kv_check_read() {
    echo "read $1" >&"$kv_check_input"
    kv_check_wait "^read $1 wrong=" && grep -q "^read $1 wrong=0\$" check.out
}

# They change their keys again.
kv_check_change() {
    echo change >&"$kv_check_input"
}

# kv_check_rest: nothing is under way, until they read or change again.
kv_check_rest() {
    local before
    before=$(grep -c '^resting$' check.out)
    echo rest >&"$kv_check_input"
    wait_for 120 eval '[ "$(grep -c "^resting\$" check.out)" -gt "$before" ]'
}

# Reads everything back; the status is the client's: 0 when no reply was wrong.
kv_check_stop() {
    echo stop >&"$kv_check_input"
    exec {kv_check_input}>&-
    wait "$kv_check_pid"
}

# kv_check_summary NAME: a number of the client's last line: connections, alive, checked, wrong.
kv_check_summary() {
    sed -n "s/^summary .*\<$1=\([^ ]*\).*/\1/p" check.out
}
