#!/bin/bash
# A server under load while its updates are disturbed: the tool is killed or stopped at any moment, there
# is no address space, there are no descriptors.  Each reply to its clients is right throughout, all data
# stays, and it can be updated afterwards.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/kv_server.sh"

RANDOM=${SEED:-7} # the moments are other ones each time all the same

# update_now NEXT [OPTION...]: in the background; sets $tool.
update_now() {
    local old=$(($1 - 1)) next=$1
    shift
    kitsune update "$kv_pid" "$build/apps/kv-$next.so" --xf "$build/apps/kv-$old-$next.xf.so" "$@" \
        >tool.log 2>&1 &
    tool=$!
}

release() {
    local version
    version=$(kv_version)
    echo "${version%%.*}"
}

# Within the time that the tool takes now, on a machine with other work to do.
pause_randomly() {
    sleep "$(awk "BEGIN { print $longest * $((RANDOM % 1000)) / 1000 }")"
}

measure_longest() {
    local begun=$EPOCHREALTIME
    update_now "$(($(release) + 1))" --timeout 20 --dry-run
    wait $tool
    longest=$(awk "BEGIN { print $EPOCHREALTIME - $begun }")
}

kv_start_updatable 1 || exit 1
kv_check_start --keys 3000
kv set a-key "a value" >/dev/null
# A database that the checking client leaves alone holds something of each type.
fixed=9
for ((i = 0; i < 400; i++)); do
    printf '%s\n' "set text:$i value-$i" "rpush list:$i a-$i b-$i c-$i" \
        "hset hash:$i one $i two x-$i" "sadd set:$i m-$i n-$i o-$i"
done | redis-cli -p "$kv_port" -n $fixed >/dev/null
fixed_dump() {
    kv_dump_database $fixed
}
before=$(fixed_dump)
check_equal "there is data to compare" 1600 "$(wc -l <<<"$before")"
same_data() {
    check_equal "$1: the whole dump is the same" "" "$(diff <(echo "$before") <(fixed_dump) | head -n 5)"
}
descriptors=$(ls "/proc/$kv_pid/fd" | wc -l)

# ---- Limits ----------------------------------------------------------------------------------------

# under_limit NAME OPTION: an update to the next release does not happen, and does when the limit is gone.
under_limit() {
    local now old_limit
    now=$(release)
    prlimit --pid "$kv_pid" "--$2"
    update_now $((now + 1)) --timeout 3
    wait $tool
    local status=$?
    prlimit --pid "$kv_pid" "--${2%%=*}=$3" # it cannot take connections either
    check "$1: the update fails" [ $status -ne 0 ]
    check_equal "$1: the server answers" "a value" "$(kv get a-key)"
    check_equal "$1: the release is the same" "$now" "$(release)"
}

files=$(prlimit --pid "$kv_pid" --nofile --noheadings -o SOFT,HARD | tr -s ' ' : | sed 's/:$//')
size=$(($(sed -n 's/^VmSize:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$kv_pid/status") * 1024 + 65536))
under_limit "without address space" "as=$size:unlimited" unlimited:unlimited
under_limit "without descriptors" "nofile=4:${files#*:}" "$files"
same_data "after the limits"

# ---- The tool goes away ----------------------------------------------------------------------------

# What the program has said of updates that it began.
outcomes() {
    grep -Ec 'kitsune: (updated to|rehearsed the update to|.* (cancelled|aborted): step)' kv.log
}

# At least 40 times, and until five kills have met an update that had begun: tests/e2e/kv_failures.sh has kills
# at each step for certain, these are at any moment.
answers=0 killed=0 ended=0 in_updates=0
measure_longest
earlier=$(outcomes)
for ((round = 0; round < 400 && (round < 40 || in_updates < 5); round++)); do
    now=$(release)
    [ "$now" -lt 5 ] || break
    [ $((round % 50)) -ne 49 ] || { measure_longest; earlier=$((earlier + 1)); }
    # There are only so many releases; what is only rehearsed can be repeated.
    if ((round % 12 == 11 && now < 4)); then
        update_now $((now + 1)) --timeout 5
    else
        update_now $((now + 1)) --timeout 5 --dry-run
    fi
    pause_randomly
    if ((round % 3 == 0)); then
        kill -STOP $tool 2>/dev/null
        sleep 0.05
    fi
    kill -KILL $tool 2>/dev/null
    wait $tool 2>/dev/null
    [ $? -eq 137 ] && killed=$((killed + 1)) || ended=$((ended + 1))
    [ "$(kv get a-key)" = "a value" ] && answers=$((answers + 1))
    # What the program had begun, and the tool not told the outcome of.
    in_updates=$(($(outcomes) - earlier - ended))
done
check_equal "the tool is killed at any moment: the server answers" "$round" "$answers"
check "the tool is killed at any moment: in updates, too ($in_updates of $killed)" \
    [ "$in_updates" -ge 5 ]
same_data "the tool is killed at any moment"
check "the tool is killed at any moment: no descriptor is left behind" \
    wait_for 5 eval '[ "$(ls "/proc/$kv_pid/fd" | wc -l)" -le $((descriptors + 2)) ]'

# ---- Afterwards ------------------------------------------------------------------------------------

for ((now = $(release); now < 5; now++)); do
    kv_update "$kv_pid" "$now" $((now + 1))
    check_equal "release $now to $((now + 1)) afterwards" 0 $? || cat update.log
done
check_equal "the data is there" "a value" "$(kv get a-key)"
same_data "afterwards"
kv_check_stop
check_equal "each reply was right" 0 $? || tail -n 3 check.err
stop "$kv_pid"

end_of_test
