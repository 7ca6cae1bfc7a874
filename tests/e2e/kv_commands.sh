#!/bin/bash
# The commands of the key-value server, in every release as an ordinary program: each command's
# reply, what redis-cli and redis-benchmark ask for, saving and loading, and what the checking
# client says of a right and of a wrong server.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/kv_server.sh"

# Lines "> command" with the reply under them, as redis-cli prints it, checked one by one.
check_transcript() {
    local name=$1 transcript=$2 commands replies expected i
    mapfile -t commands < <(sed -n 's/^> //p' "$transcript")
    printf '%s\necho ====\n' "${commands[@]}" | redis-cli -p "$kv_port" |
        awk -v RS='====\n' '{ sub(/\n+$/, ""); printf "%s%c", $0, 0 }' >replies
    awk '/^> / { if (NR > 1) printf "%s%c", reply, 0; reply = ""; next }
         { reply = reply (reply == "" ? "" : "\n") $0 }
         END { printf "%s%c", reply, 0 }' "$transcript" >expected
    mapfile -d '' -t replies <replies
    mapfile -d '' -t expected <expected
    for i in "${!commands[@]}"; do
        check_equal "$name: ${commands[i]}" "${expected[i]}" "${replies[i]}"
    done
}

cat >every.transcript <<'END'
> set a 1
OK
> get a
1
> get nothing

> set a 2 nx

> set a 2 xx get
1
> set a x ex 0
ERR invalid expire time in 'set' command
> set a x foo
ERR syntax error
> incr a
3
> incrby a 39
42
> decr a
41
> append a xyz
5
> incr a
ERR value is not an integer or out of range
> set a 9223372036854775807
OK
> incr a
ERR increment or decrement would overflow
> set a "hello world"
OK
> strlen a
11
> getrange a 0 4
hello
> getrange a -5 -1
world
> getset a new
hello world
> setnx a other
0
> mset k1 v1 k2 v2
OK
> mset k1
ERR wrong number of arguments for 'mset' command
> mset k1 v1 k2
ERR wrong number of arguments for 'mset' command
> mget k1 nothing k2
v1

v2
> exists k1 k2 nothing
2
> del k1 nothing k2
2
> rpush l a b c
3
> lpush l z y
5
> lrange l 0 -1
y
z
a
b
c
> lrange l 3 1

> lindex l -1
c
> lset l 9 x
ERR index out of range
> lset l 0 Y
OK
> rpush l a a
7
> lrem l -1 a
1
> lrange l 0 -1
Y
z
a
b
c
a
> lrem l 0 a
2
> ltrim l 1 -1
OK
> lrange l 0 -1
z
b
c
> lpop l
z
> rpop l 2
c
b
> exists l
0
> lpop l

> hset h f1 v1 f2 v2
2
> hset h f1 new
0
> hget h f1
new
> hmget h f1 nothing f2
new

v2
> hincrby h n 5
5
> hincrby h f1 5
ERR hash value is not an integer
> hlen h
3
> hexists h f2
1
> hdel h f1 f2 nothing
2
> hgetall h
n
5
> hkeys h
n
> hvals h
5
> type h
hash
> get h
WRONGTYPE Operation against a key holding the wrong kind of value
> sadd s a b a
2
> sismember s a
1
> scard s
2
> srem s b nothing
1
> smembers s
a
> spop s
a
> exists s
0
> zadd z 3 c 1 a 2 b 2 a2
4
> zadd z xx ch 1.5 a 1 nothing
1
> zadd z gt 1 c
0
> zadd z x c
ERR value is not a valid float
> zrange z 0 -1 withscores
a
1.5
a2
2
b
2
c
3
> zrangebyscore z (1.5 +inf limit 1 1
b
> zrangebyscore z -inf 2 withscores
a
1.5
a2
2
b
2
> zrank z c
3
> zincrby z 10 a
11.5
> zscore z a
11.5
> zcard z
4
> zpopmin z
a2
2
> zrem z b nothing
1
> expire z 100
1
> ttl z
100
> persist z
1
> ttl z
-1
> ttl nothing
-2
> pexpire nothing 5
0
> expire z -1
1
> exists z
0
> set e x px 100000
OK
> ttl e
100
> rename e e2
OK
> rename e e3
ERR no such key
> ttl e2
100
> type e2
string
> select 99
ERR DB index is out of range
> select 5
OK
> set other 1
OK
> keys *
other
> randomkey
other
> dbsize
1
> scan 0 match o* count 100
0
other
> flushdb
OK
> select 0
OK
> publish nowhere x
0
> ping
PONG
> ping hello
hello
> config get save appendonly
save

appendonly
no
> client setname tester
OK
> client getname
tester
> nonsense
ERR unknown command 'nonsense'
> keys [gh]
h
> flushall
OK
> dbsize
0
END

cat >since2.transcript <<'END'
> set g x
OK
> getdel g
x
> getdel g

> rpush l a b c
3
> lpos l b
1
> substr l 0 1
ERR unknown command 'substr'
> set p x px 100000
OK
> pexpireat p 99999999999999
1
> pexpiretime p
99999999999999
> del l p
2
END

cat >since3.transcript <<'END'
> sadd s1 a b c
3
> sadd s2 b c d
3
> sadd s3 c
1
> sinter s1 s2 s3
c
> sdiff s1 s2
a
> scard s1
3
> set n 5
OK
> object encoding n
int
> append n 1
2
> object encoding n
raw
> incr n
52
> object encoding n
int
> del s1 s2 s3 n
4
END

cat >since4.transcript <<'END'
> zadd z 1 a 2 b 3 c
3
> zrevrange z 0 1 withscores
c
3
b
2
> zpopmax z
c
3
> del z
1
END

cat >since5.transcript <<'END'
> hsetnx h f v
1
> hsetnx h f w
0
> hstrlen h f
1
> sadd s1 a
1
> smove s1 s2 a
1
> smembers s2
a
> lpushx l x
0
> rpush l a
1
> rpushx l b
2
> object length l
2
> del h s2 l
3
END

# Not by check_transcript: between MULTI and EXEC an ECHO is queued like anything else.
test_transactions() {
    check_equal "release $1: transactions" \
        "OK QUEUED QUEUED OK 2 OK ERR EXECABORT OK OK ERR" \
        "$(printf '%s\n' multi 'set t 1' 'incr t' exec multi 'set t' exec multi discard exec |
           redis-cli -p "$kv_port" | sed '/^$/d; s/^\([A-Z]*\) .*/\1/' | xargs)"
}

test_benchmark() {
    local output
    output=$(timeout 60 redis-benchmark -p "$kv_port" -n 2000 -r 100 -P 4 -q \
                 -t set,get,incr,lpush,rpush,lpop,sadd,hset,zadd,mset 2>&1)
    check_equal "release $1: redis-benchmark runs all its tests" 10 \
        "$(tr '\r' '\n' <<<"$output" | grep -c 'requests per second, ')"
    kv flushall >/dev/null
}

# What arrives in pieces, as lines of words, or malformed.
test_protocol() {
    local replies
    exec {connection}<>"/dev/tcp/127.0.0.1/$kv_port"
    printf '*3\r\n$3\r\nSE' >&"$connection"
    sleep 0.05
    printf 'T\r\n$1\r\nq\r\n$3\r\na\r\n\r\nGET q\r\nECHO "x\\x41\\n"\r\nPING\r\n' >&"$connection"
    printf '*1\r\n$999999999999\r\n' >&"$connection"
    replies=$(timeout 5 cat <&"$connection" | tr '\r\n' '.|')
    exec {connection}>&-
    check_equal "release $1: requests in pieces, in lines, and malformed" \
        '+OK.|$3.|a.|.|$3.|xA|.|+PONG.|-ERR Protocol error: invalid bulk length.|' "$replies"
}

test_big_value() {
    head -c 3000000 /dev/zero | tr '\0' x | kv -x set big >/dev/null
    check_equal "release $1: a value of 3 MB" 3000000 "$(kv get big | tr -d '\n' | wc -c)"
    kv del big >/dev/null
}

test_pubsub() {
    (redis-cli -p "$kv_port" subscribe news >news.out & echo $! >news.pid; wait)  &
    wait_for 5 sh -c "redis-cli -p $kv_port publish news hello | grep -qx 1"
    wait_line 5 news.out hello
    check_match "release $1: a subscriber gets the message" hello "$(cat news.out)"
    kill "$(cat news.pid)"
}

for release in 1 2 3 4 5; do
    load=()
    [ $release -gt 1 ] && load=(--load "$work/kv.snapshot")
    kv_start_plain $release --save "$work/kv.snapshot" "${load[@]}" || exit 1
    if [ $release -gt 1 ]; then
        kv_dump >loaded.dump
        check "release $release: loads what release $((release - 1)) saved" \
            cmp saved.dump loaded.dump
        kv flushall >/dev/null
    fi
    check_equal "release $release: INFO shows the version" "$release.0.0" "$(kv_version)"
    check_transcript "release $release" every.transcript
    for since in 2 3 4 5; do
        [ $release -ge $since ] && check_transcript "release $release" since$since.transcript
    done
    check_equal "release $release: COMMAND LIST and COMMAND COUNT agree" \
        "$(kv command count)" "$(kv command list | wc -l)"
    test_transactions $release
    test_benchmark $release
    test_protocol $release
    test_big_value $release
    test_pubsub $release

    kv_check_start --keys 6000 --connections 20 --seed $release
    kv_check_mark middle
    sleep 1
    kv_check_end middle
    kv_check_stop
    check_equal "release $release: the checking client finds nothing wrong" 0 $?
    check_equal "release $release: no connection is lost" \
        "$(kv_check_summary connections)" "$(kv_check_summary alive)"
    sleep 3 # keys that were to expire soon
    kv_dump >saved.dump
    check "release $release: the dump shows the keys" test "$(wc -l <saved.dump)" -gt 3000
    check_equal "release $release: SAVE" OK "$(kv save)"
    kill "$kv_pid"
    wait "$kv_pid"
    check_equal "release $release: ends in an orderly way" 0 $?
done

# The checking client has to notice when the data is not what it ought to be.
kv_start_plain 1 || exit 1
kv_check_start --keys 2000 --connections 5
kv flushall >/dev/null
kv_check_stop
check_equal "the checking client notices lost data" 1 $?
check_match "and says which command got which reply" 'expected .* got' "$(cat check.err)"
stop "$kv_pid"

# Bad input.
kv=$build/apps/kv-1-plain
expect_error "a snapshot that is missing" 1 'cannot load .*No such file' "$kv" --load ./missing
head -c 1000 kv.snapshot >damaged.snapshot
expect_error "a snapshot that is cut off" 1 'not a complete snapshot' \
    "$kv" --load damaged.snapshot
expect_error "a port that is none" 2 'not a number between' "$kv" --port 70000
expect_error "an address that is none" 2 'not an IPv4 address' "$kv" --port 0 --bind nowhere
expect_error "an argument too many" 2 'see kv --help' "$kv" extra

end_of_test
