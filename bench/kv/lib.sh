# lib.sh -- what the benchmarks of kv share.  Sourced.
set -u

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build
. "$root/bench/lib.sh"
. "$root/tests/lib/kv_server.sh"

kv_stop() {
    kill "$kv_pid"
    wait "$kv_pid"
}

# The middle one of the numbers given.
median() {
    printf '%s\n' "$@" | sort -g | awk '{ n[NR] = $1 } END { print n[int((NR + 1) / 2)] }'
}

# kv_fill N: N keys of all types, the same every time.
kv_fill() {
    awk -v count="$1" '
        function word(text) { return "$" length(text) "\r\n" text "\r\n" }
        function command(count) { printf "*%d\r\n", count }
        BEGIN {
            for (i = 0; i < count; i++) {
                key = word("key:" i)
                value = word("value-" i "-" i * 7919 % 100003)
                kind = i % 10
                if (kind < 6)
                    printf "*3\r\n%s%s%s", word("SET"), key, value
                else if (kind == 6)
                    printf "*5\r\n%s%s%s%s%s", word("RPUSH"), key, value, value, value
                else if (kind == 7)
                    printf "*6\r\n%s%s%s%s%s%s", word("HSET"), key, word("a"), value,
                           word("b"), value
                else if (kind == 8)
                    printf "*4\r\n%s%s%s%s", word("SADD"), key, value, word("m")
                else
                    printf "*6\r\n%s%s%s%s%s%s", word("ZADD"), key, word("1"), value,
                           word("2"), word("m")
            }
        }' | redis-cli -p "$kv_port" --pipe >fill.log 2>&1
    [ "$(kv dbsize)" -eq "$1" ] || { cat fill.log >&2; exit 1; }
}
