#!/bin/bash
# A key-value server under load goes to its second release and back, by hand and after a crash on
# probation: the same connections, every reply right, the same data.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/kv_server.sh"

ulimit -c 0
keys=${KV_TEST_KEYS:-6000}
first=$build/apps/kv-1.so

# The second release with a command that ends it.
cp -r "$root/apps/kv/v2" v2
sed -i '/^void command_echo/,/^}/ s|(void)count;|if (count == 2 \&\& arguments[1]->bytes[0] == 33)\n        *(volatile int *)0 = 1;|' \
    v2/commands_connection.c
for source in v2/*.c; do
    kitcc -std=gnu11 -O2 -D_GNU_SOURCE -c "$source" -o "${source%.c}.o" || exit 1
done
kitcc -shared v2/*.o -o second.so -lm || exit 1

rules=$root/apps/kv/v1-v2.xf
check "the way forth" eval 'xfgen "$first" second.so "$rules" -o forth.c && kitcc -O2 -shared forth.c -o forth.so'
check "the way back, with three rules" eval 'xfgen "$first" second.so "$rules" --reverse="$root/tests/lib/kv_back.xf" -o back.c &&
    kitcc -O2 -Wall -Wextra -Werror -shared back.c -o back.so'

forth() {
    kitsune update "$kv_pid" ./second.so --xf ./forth.so --reverse ./back.so "$@" >update.log 2>&1
    local status=$?
    [ $status -eq 0 ] || cat update.log
    return $status
}

is_release() {
    [ "$(kv_version)" = "$1.0.0" ]
}

kv_start_updatable 1 || exit 1
exec {held}<>"/dev/tcp/127.0.0.1/$kv_port"
hold() {
    local line
    printf '%s\r\n' "$1" >&"$held"
    IFS= read -r -t 10 line <&"$held"
    printf '%s' "${line%$'\r'}"
}
check_equal "a connection with a name" +OK "$(hold 'client setname holder')"
check_equal "and a transaction begun" +OK "$(hold multi)"
check_equal "with a command" +QUEUED "$(hold 'incr counter')"
kv_check_start --keys "$keys"

kv_check_mark forth
check "to the second release" forth
kv_check_end forth
check "it answers" is_release 2
check_equal "another command of the transaction" +QUEUED "$(hold 'incr counter')"
kv_check_mark back
expect_output "back under load" "rolled back $kv_pid to .*kv-1.so" kitsune rollback "$kv_pid"
kv_check_end back
check "the first release answers" is_release 1
check_match "the connection has its name" "name=holder" "$(kv client list)"
check_equal "the transaction ends there" '*2' "$(hold exec)"
IFS= read -r -t 10 line <&"$held"
IFS= read -r -t 10 line <&"$held"
check_equal "with both commands" ":2" "${line%$'\r'}"

for round in 1 2 3; do
    kv_check_mark "probation-$round"
    check "round $round: to the second release, on probation" forth --probation 60 --detach
    check "round $round: it answers" is_release 2
    # Nobody hears of this command again: whether it was done is not known.
    timeout 1 redis-cli -p "$kv_port" echo '!' >/dev/null 2>&1
    wait_for 10 is_release 1 && pass "round $round: after the crash the first release answers" ||
        fail "round $round: after the crash the first release answers" "$(tail -n 5 kv.log)"
    kv_check_end "probation-$round"
done
check_match "the log says why" "rolled back to .*kv-1.so .*SIGSEGV .* in command_echo" "$(cat kv.log)"
check_equal "the held connection" +PONG "$(hold ping)"
kv_check_stop
check_equal "every reply was right" 0 $?
check_equal "none was wrong" 0 "$(kv_check_summary wrong)"
check_equal "no connection was lost" "$(kv_check_summary connections)" "$(kv_check_summary alive)"
check "many were checked" test "$(kv_check_summary checked)" -gt "$keys"

sleep 3 # keys that were to expire soon
kv_dump >before.dump
check "forth once more" forth
kv_dump >second.dump
check "back once more" kitsune rollback "$kv_pid"
kv_dump >after.dump
check "all data is the same in the second release" cmp before.dump second.dump
check "and in the first again" cmp before.dump after.dump
check "there is data" test "$(wc -l <after.dump)" -gt 1000
exec {held}>&-
stop "$kv_pid"

end_of_test
