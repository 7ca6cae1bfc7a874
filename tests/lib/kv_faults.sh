# kv_faults.sh -- a key-value server under load whose updates fail: as if nothing had happened.
# Sourced after harness.sh and kv_server.sh.
#
#   kv_faults_build [COMMAND...]    first.so, second.so, there.xf.so and back.xf.so
#   kv_faults_begin                 first.so runs, with its clients
#   kv_faults_update [OPTION...]    to second.so; what the tool says is in update.log
#   kv_faults_update_to VERSION [OPTION...]
#   kv_faults_unharmed NAME         after an update that failed
#   kv_faults_there NAME, kv_faults_back NAME    succeed, with the same connections and data
#   kv_faults_settle, kv_faults_measured NAME SLACK     what the process has, and that it has it again
#   kv_faults_end
#
# first.so and second.so are releases 1 and 2 of apps/kv, patched: `echo footprint...` answers by
# tests/faults/kv_footprint.c, and second.so goes wrong where the file `mischief` says so
# (tests/faults/mischief.h), as does its transformer in the rule for the 200th object, and in a check.
#
# The clients are the checking client, of which some connections are in the middle of something during each
# update, and one of the test's own in a transaction.

kv_fixed=9 # a database that the checking client leaves alone

# kv_faults_release N NAME DIRECTORY [FLAG...]: NAME.so, of release N with the patched sources in
# DIRECTORY.
kv_faults_release() {
    local release=$1 name=$2 patched=$3 source objects=()
    shift 3
    for source in "$patched"/*.c; do
        kitcc -std=gnu11 -O2 -D_GNU_SOURCE -I"$root/apps/kv/v$release" -I"$root/tests/faults" \
            -c "$source" -o "${source%.c}.o" || return 1
    done
    for source in "$build/obj/apps/kv/v$release/"*.o; do
        [ -e "$patched/${source##*/}" ] || objects+=("$source")
    done
    kitcc -shared "${objects[@]}" "$patched"/*.o -o "$name.so" -lm "$@"
}

# Its rules: one more in the middle of the data, and a check at its end.
kv_faults_rules() {
    printf '{\n#include "mischief.h"\nstatic int objects;\n}\n'
    sed 's|^    \$out = \$in \* 1000LL;|&\
    if (++objects == 200 \&\& mischief("rule"))\
        FAIL("mischief in the rule");|' "$root/apps/kv/v1-v2.xf"
    printf '%s\n' 'CHECK { !mischief("check") }'
}

# kv_faults_patch: patched-1 and patched-2 hold what is compiled anew.
kv_faults_patch() {
    local release clients=([1]=clients [2]=server.clients)
    for release in 1 2; do
        mkdir -p patched-$release
        sed -e "1i #define KV_CLIENTS ${clients[release]}" \
            -e '/^#include "server.h"/ r '"$root/tests/faults/kv_footprint.c" \
            -e '/^void command_echo/,/^}/ s|(void)count;|(void)count;\
    if (tell_footprint(client, arguments))\
        return;|' "$root/apps/kv/v$release/commands_connection.c" >patched-$release/commands_connection.c
    done
    sed -e 's|^#include "version.h"|&\
#include "mischief.h"\
\
__attribute__((constructor)) static void begin(void)\
{\
    mischief("constructor");\
}|' -e 's|^    kitsune_do_automigrate();|    if (kitsune_is_updating() \&\& mischief("entry"))\
        return 4;\
&\
    if (kitsune_is_updating() \&\& mischief("arrival"))\
        return 5;|' "$root/apps/kv/v2/server.c" >patched-2/server.c
}

# kv_faults_build [COMMAND...]: which patches more in patched-1 and patched-2.
kv_faults_build() {
    kv_faults_patch && "${@:-true}" && kv_faults_rules >there.xf &&
        kv_faults_release 1 first patched-1 && kv_faults_release 2 second patched-2 &&
        kv_faults_transformer second there &&
        kv_faults_transformer second back --reverse="$root/tests/lib/kv_back.xf"
}

# kv_faults_transformer VERSION NAME [OPTION...]: NAME.xf.so, from first.so to VERSION.so.
kv_faults_transformer() {
    local version=$1 name=$2
    shift 2
    xfgen first.so "$version.so" there.xf "$@" -o "$name.c" &&
        kitcc -O2 -I"$root/tests/faults" -shared "$name.c" -o "$name.xf.so"
}

# ---- The clients ---------------------------------------------------------------------------------

# kv_faults_say LINE: over the test's own connection.
kv_faults_say() {
    local line
    printf '%s\r\n' "$1" >&"$kv_held"
    IFS= read -r -t 20 line <&"$kv_held"
    printf '%s' "${line%$'\r'}"
}

# Without the key that we change ourselves.
kv_faults_dump() {
    kv_dump_database $kv_fixed | grep -v ' in-a-transaction '
}

# ${kv_faults_with[@]} comes before the command.
kv_faults_with=()
kv_faults_begin() {
    kv_faults_steady=false
    local i
    # What malloc keeps for a thread would count as given out.
    kv_start env GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1 \
        "${kv_faults_with[@]}" "$build/bin/kitsune" run ./first.so
    kv_pid=$(kv info server | tr -d '\r' | sed -n 's/^process_id://p') # not inject's
    exec {kv_held}<>"/dev/tcp/127.0.0.1/$kv_port"
    kv_faults_say 'client setname held' >/dev/null
    kv_faults_say "select $kv_fixed" >/dev/null
    kv_faults_say 'set in-a-transaction 0' >/dev/null
    kv_held_id=$(kv_faults_say 'client id')
    for ((i = 0; i < ${kv_faults_keys:-100}; i++)); do
        printf '%s\n' "set text:$i value-$i" "rpush list:$i a-$i b-$i c-$i" \
            "hset hash:$i one $i two x-$i" "sadd set:$i m-$i n-$i o-$i" "zadd sorted:$i 1 l-$i 2.5 m-$i" \
            "expire text:$i 100000"
    done | redis-cli -p "$kv_port" -n $kv_fixed >/dev/null
    kv_check_start --keys "${kv_faults_keys:-100}0" --connections 20 --pace 10 \
        --seconds 3600
    kv_faults_dumped=$(kv_faults_dump)
    kv_faults_round=0
    kv_faults_opened=$(ls "/proc/$kv_pid/fd" | wc -l)
}

# kv_faults_update [OPTION...]: its status.  Meanwhile some clients are in the middle of something.
kv_faults_update() {
    kv_faults_update_to ./second.so --xf ./there.xf.so --reverse ./back.xf.so \
        --quiesce-timeout 30 "$@" # however busy the machine is
}

# kv_faults_update_to VERSION [OPTION...]
kv_faults_update_to() {
    local status
    kv_faults_window_begin
    timeout 60 kitsune update "$kv_pid" "$@" >update.log 2>&1
    status=$?
    kv_faults_window_end
    return $status
}

kv_faults_window_begin() {
    kv_faults_round=$((kv_faults_round + 1))
    kv_check_mark "round-$kv_faults_round"
    kv_faults_transaction=$(kv_faults_say multi)$(kv_faults_say 'incr in-a-transaction')
}

kv_faults_window_end() {
    kv_faults_transaction+=$(kv_faults_say exec)
    IFS= read -r -t 20 kv_faults_counted <&"$kv_held"
    kv_check_end "round-$kv_faults_round"
}

# One line: what is not as it should be, of the connections and their data.
kv_faults_wrong() {
    [ "$kv_faults_transaction$kv_faults_counted" = "+OK+QUEUED*1:$kv_faults_round"$'\r' ] ||
        echo "the transaction: $kv_faults_transaction$kv_faults_counted in round $kv_faults_round"
    [ "$(kv_faults_say 'client id')" = "$kv_held_id" ] || echo "the held connection is another"
    kv_check_read "reading-$kv_faults_round" || echo "wrong replies: $(tail -n 2 check.err)"
    diff <(echo "$kv_faults_dumped") <(kv_faults_dump) | grep '^[<>]' | head -n 3
}

# kv_faults_as_before NAME RELEASE: that release answers, with the same connections and data.
kv_faults_as_before() {
    local wrong
    wrong=$(kv_faults_wrong)
    check_equal "$1: release $2 runs, with the same connections and the same data" "" \
        "$wrong$([ "$(kv_version)" = "$2.0.0" ] || echo "release $(kv_version) answers")"
    local status=$?
    ${kv_faults_steady-false} || kv_check_change
    return $status
}

# kv_faults_unharmed NAME: descriptors go when whoever had connections has gone.
kv_faults_unharmed() {
    kv_faults_as_before "$1" 1 || exit 1 # what follows would mean nothing
    wait_for 5 eval '[ "$(ls "/proc/$kv_pid/fd" | wc -l)" -le $kv_faults_opened ]' ||
        fail "$1: no descriptor is left behind" "$(ls -l "/proc/$kv_pid/fd" | tail -n 8)"
}

# kv_faults_there NAME, kv_faults_back NAME
kv_faults_there() {
    kv_faults_update --timeout 20
    check_equal "$1: then an update succeeds" 0 $? || cat update.log
    kv_faults_as_before "$1: updated" 2
}

kv_faults_back() {
    kv_faults_window_begin
    timeout 60 kitsune rollback "$kv_pid" --timeout 20 >update.log 2>&1
    check_equal "$1: and one back" 0 $? || cat update.log
    kv_faults_window_end
    kv_faults_as_before "$1: back again" 1
    kv_faults_opened=$(ls "/proc/$kv_pid/fd" | wc -l) # the version before is kept
}

# ---- What the process has ------------------------------------------------------------------------

# kv_faults_settle: from here on clients only read: what they change takes memory, too.
kv_faults_settle() {
    kv_faults_steady=true
    kv_check_read "settled-$kv_faults_round"
    kv_faults_footprint footprint-take
    [ "$kv_faults_answer" = +taken ]
}

# kv_faults_footprint COMMAND: sets $kv_faults_answer.  No request is under way then.
kv_faults_footprint() {
    kv_check_rest
    kv_faults_answer=$(kv_faults_say "echo \"$1\"")
    kv_check_read "footprint-$((++kv_faults_readings))"
}
kv_faults_readings=0

# kv_faults_measured NAME SLACK: of malloc's bytes so many more or fewer are nothing.
kv_faults_measured() {
    kv_faults_footprint "footprint-compare $2"
    check_equal "$1: nothing is left behind" +same "$kv_faults_answer"
}

kv_faults_end() {
    kv_check_stop
    check_equal "each reply was right" 0 $? || tail -n 5 check.err
    check_equal "no connection was lost" "$(kv_check_summary connections)" "$(kv_check_summary alive)"
    exec {kv_held}>&-
    stop "$kv_pid"
}
