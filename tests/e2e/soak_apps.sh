#!/bin/bash
# The servers of apps/, under their checking clients, through updates, rehearsals, probations, rollbacks,
# several tools at once and tools that are killed, in random order: no reply or byte is wrong, nobody is
# disconnected.  SOAK_STEPS and SOAK_SEED do more of it, or something else; SOAK_APPS chooses the servers
# (kv, cache, radio).
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/kv_server.sh"
. "$root/tests/lib/cache_server.sh"
. "$root/tests/lib/radio_server.sh"

steps=${SOAK_STEPS:-12}
seed=${SOAK_SEED:-1}

# twins NAME RELEASE [LIBRARY...]: NAME.so, the release, and NAME-twin.so, the same of another build, with
# the ways between them.
twins() {
    local name=$1 release=$2
    shift 2
    cp "$build/apps/$name-$release.so" "$name.so" &&
        kitcc -shared "$build/obj/apps/$name/v$release/"*.o -Wl,--build-id=uuid -o "$name-twin.so" "$@" &&
        xfgen "$name.so" "$name-twin.so" --reverse --install
}

path_of() {
    kitsune status --json "$1" | sed -n 's/^ *"path": "\(.*\)".*/\1/p'
}

# The version that does not run.
other_of() {
    local path
    path=$(path_of "$1")
    case $path in
        *-twin.so) echo "${path%-twin.so}.so" ;;
        *) echo "${path%.so}-twin.so" ;;
    esac
}

one_step() {
    local pid=$1 step=$2 next tool status=0
    next=$(other_of "$pid")
    case $step in
        update) kitsune update "$pid" "$next" ;;
        rehearse) kitsune update --rehearse "$pid" "$next" ;;
        dry-run) kitsune update --dry-run "$pid" "$next" ;;
        back) kitsune update "$pid" "$next" && kitsune rollback "$pid" ;;
        probation) kitsune update --probation 0.3 "$pid" "$next" ;;
        unwell) # comes back to the old version
            ! kitsune update --probation 60 --health false "$pid" "$next" &&
                [ "$(other_of "$pid")" = "$next" ] ;;
        superseded)
            kitsune update --probation 60 --detach "$pid" "$next" && kitsune rollback "$pid" ;;
        several)
            kitsune update "$pid" "$next" &
            tool=$!
            kitsune update --rehearse "$pid" "$next"
            wait "$tool"
            [ "$(path_of "$pid")" = "$next" ] ;;
        killed)
            kitsune update "$pid" "$next" &
            tool=$!
            sleep "0.0$((RANDOM % 10))"
            kill -KILL "$tool"
            wait "$tool"
            kitsune update --dry-run "$pid" "$(other_of "$pid")" ||
                kitsune update --dry-run "$pid" "$(other_of "$pid")" ;; # it became the other just now
        nudge) kill -USR2 "$pid" ;;
    esac
}

# soak NAME PID
soak() {
    local kinds=(update rehearse dry-run back probation unwell superseded several killed nudge) step kind
    RANDOM=$seed
    for ((step = 1; step <= steps; step++)); do
        kind=${kinds[RANDOM % ${#kinds[@]}]}
        if ! one_step "$2" "$kind" >said 2>&1; then
            fail "$1: step $step, $kind, with seed $seed" "$(cat said)" "$(kitsune log -n 3 "$2")"
            return
        fi
    done
    pass "$1: $steps steps went as they should"
    sleep 0.2
    is_running "$2" || fail "$1: it runs on" "$(cat ./*.log)"
}

test_kv() {
    check "kv: twins build" twins kv 3 -lm || return
    kv_start "$build/bin/kitsune" run ./kv.so
    kv_check_start --keys 2000
    soak kv "$kv_pid"
    kv_check_stop
    check_equal "kv: every reply was right" 0 $? || cat check.err kv.log
    check_equal "kv: no connection was lost" "$(kv_check_summary connections)" "$(kv_check_summary alive)"
    check "kv: many were checked" test "$(kv_check_summary checked)" -gt 2000
    stop "$kv_pid"
}

test_cache() {
    check "cache: twins build" twins cache 2 -levent || return
    cache_start "$build/bin/kitsune" run ./cache.so -m 100 -t 3
    rm -f check.in
    cache_check_start --keys 2000
    soak cache "$cache_pid"
    cache_check_stop
    check_equal "cache: every reply was right" 0 $? || cat check.err cache.log
    check_equal "cache: no connection was lost" "$(cache_check_summary connections)" \
        "$(cache_check_summary alive)"
    check "cache: many were checked" test "$(cache_check_summary checked)" -gt 2000
    stop "$cache_pid"
}

test_radio() {
    check "radio: twins build" twins radio 3 -ljansson -linih || return
    radio_configure '[limits]' 'burst-size = 30000' 'queue-size = 4000000'
    radio_start "$build/bin/kitsune" run ./radio.so
    radio_send /stream 1000000000 150000
    radio_listen listeners /stream --listeners 5
    soak radio "$radio_pid"
    radio_listened listeners stop
    check_equal "radio: every byte was right" 0 $? || cat listeners.err radio.log
    check "radio: many were checked" test "$(radio_summary listeners bytes)" -gt 10000
    stop "$radio_pid"
}

for app in ${SOAK_APPS:-kv cache radio}; do
    "test_$app"
done
end_of_test
