#!/bin/bash
# The commands of the memcached server, in every release as an ordinary program: each command's
# answer, limits, expiry, eviction, and memcached's own clients.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/cache_server.sh"

releases=(1 2 3 4 5)

# A transcript: blocks of "> " lines that are sent at once, with the whole answer under them.
check_transcript() {
    local name=$1 connection line sent=() expected=()
    exec {connection}<>"/dev/tcp/127.0.0.1/$cache_port"
    while IFS= read -r line; do
        if [[ $line == "> "* ]]; then
            [ ${#expected[@]} -gt 0 ] && check_block && sent=() expected=()
            sent+=("${line#> }")
        else
            expected+=("$line")
        fi
    done <"$2"
    check_block
    exec {connection}>&-
}

# Versions are what they are, and seconds may pass between two commands.
check_block() {
    check_equal "$name: ${sent[*]}" "$(printf '%s\n' "${expected[@]}")" \
        "$(cache_ask "$connection" "${sent[@]}" |
            sed -E 's/(VALUE [^ ]* [0-9]* [0-9]*) [0-9]*$/\1 V/
                    s/\<t9[0-9]\>/t100/; s/\<t5[0-9]\>/t60/; s/\<t2[0-9]\>/t30/')"
    true
}

long_key=$(printf 'k%.0s' {1..250})
cat >classic.transcript <<TRANSCRIPT
> set a 5 0 3
> abc
STORED
> get a
VALUE a 5 3
abc
END
> gets a nothing
VALUE a 5 3 V
abc
END
> set a 5 0 3
> abcd
CLIENT_ERROR bad data chunk
ERROR
> get a
VALUE a 5 3
abc
END
> set a 5 0
ERROR
> set a x 0 3
CLIENT_ERROR bad command line format
> set a 0 x 3
CLIENT_ERROR bad command line format
> set a 0 0 -1
CLIENT_ERROR bad command line format
> set a 4294967296 0 1
CLIENT_ERROR bad command line format
> set a 4294967295 0 0
> 
STORED
> get a
VALUE a 4294967295 0

END
> set a 0 0 2 noreply
> zz
> get a
VALUE a 0 2
zz
END
> add a 0 0 1
> q
NOT_STORED
> add b 1 0 1
> q
STORED
> replace b 7 0 2
> st
STORED
> replace c 0 0 1
> u
NOT_STORED
> append b 0 0 2
> zz
STORED
> prepend b 9 0 1
> A
STORED
> get b c
VALUE b 7 5
Astzz
END
> append c 0 0 1
> x
NOT_STORED
> cas c 0 0 1 5
> x
NOT_FOUND
> cas b 0 0 1 99999
> x
EXISTS
> cas b 0 0 1
> x
ERROR
ERROR
> set n 0 0 1
> 9
STORED
> incr n 1
10
> decr n 1
9
> get n
VALUE n 0 2
9 
END
> decr n 100
0
> incr n x
CLIENT_ERROR invalid numeric delta argument
> incr n
ERROR
> incr n 18446744073709551615
18446744073709551615
> incr n 2
1
> incr b 1
CLIENT_ERROR cannot increment or decrement non-numeric value
> decr nothing 1
NOT_FOUND
> incr n 1 noreply
> get n
VALUE n 0 20
2                   
END
> touch n 100
TOUCHED
> touch nothing 100
NOT_FOUND
> touch n x
CLIENT_ERROR invalid exptime argument
> gat 0 n
VALUE n 0 20
2                   
END
> gats 100 n nothing
VALUE n 0 20 V
2                   
END
> gat x n
CLIENT_ERROR invalid exptime argument
> delete n
DELETED
> delete n
NOT_FOUND
> delete n 0
NOT_FOUND
> delete n 5
CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]
> delete
ERROR
> set e 0 -1 1
> x
STORED
> get e
END
> set $long_key 0 0 1
> x
STORED
> get $long_key
VALUE $long_key 0 1
x
END
> get a ${long_key}k
CLIENT_ERROR bad command line format
> get
ERROR
> nonsense
ERROR
> verbosity 1
OK
> verbosity
ERROR
> flush_all 100
OK
> get b
VALUE b 7 5
Astzz
END
> flush_all
OK
> get a b
END
> flush_all x
CLIENT_ERROR invalid exptime argument
> stats reset
RESET
> stats nonsense
ERROR
TRANSCRIPT

cat >meta.transcript <<'TRANSCRIPT'
> mg
ERROR
> mg nothing v
EN
> mg nothing v q
> mg nothing s
EN
> ms x 2
> hi
HD
> mg x
HD
> mg x v
VA 2
hi
> mg x s v k f t Oabc
VA 2 s2 kx f0 t-1 Oabc
hi
> mg x h
HD h1
> mg eA== b k v
VA 2 b keA==
hi
> mg e b
CLIENT_ERROR error decoding key
> mg x v v
CLIENT_ERROR duplicate flag
> mg x !
CLIENT_ERROR invalid flag
> mg x Oabcdefghijklmnopqrstuvwxyz0123456789
CLIENT_ERROR opaque token too long
> mg x Tz
CLIENT_ERROR bad token in command line format
> mg x T60 t
HD t60
> ms y 2 F5 T100 k O77
> ab
HD ky O77
> mg y s f t v
VA 2 s2 f5 t100
ab
> ms y 2 q
> zz
> mg y v
VA 2
zz
> ms y 1 ME
> x
NS
> ms y 1 MA k
> Q
HD ky
> ms y 1 MP
> R
HD
> mg y v
VA 4
RzzQ
> ms nothing 1 MR O1
> x
NS O1
> ms y 1 MZ
> x
CLIENT_ERROR invalid mode for ms M token
> ms y 1 C1
> x
EX
> ms nothing 1 C1
> x
NF
> ms y 2
> abc
CLIENT_ERROR bad data chunk
ERROR
> md nothing
NF
> md nothing q
NF
> md y C1
EX
> md y k O1
HD ky O1
> ms s 1
> x
HD
> md s I T100
HD
> mg s v t
VA 1 t100 X W
x
> mg s v
VA 1 Z X
x
> ms s 1
> y
HD
> mg s v
VA 1
y
> mg made N30 t v
VA 0 t30 W

> mg made v
VA 0 Z

> ms short 1 T20
> x
HD
> mg short R30 v
VA 1 W
x
> mg short R30 v
VA 1 Z
x
> ma nothing
NF
> ma count N0 J13 v
VA 2
13
> ma count v
VA 2
14
> ma count D5 v t
VA 2 t-1
19
> ma count MD D3 v
VA 2
16
> ma count M- v k O9
VA 2 kcount O9
15
> ma count q
> ma count v
VA 2
17
> ma count Mx
CLIENT_ERROR invalid mode for ma M token
> ma count C1 v
EX
> ma count MD D99999 v
VA 1
0
> ma s
CLIENT_ERROR cannot increment or decrement non-numeric value
> me nothing
EN
TRANSCRIPT

# What memcached 1.6.18 hides when a meta command has the flag q, recorded from Debian's: of mg the miss,
# of ms, md and ma what went well, unless ma has just made the number.  Nothing else.
cat >quiet.transcript <<'TRANSCRIPT'
> flush_all
OK
> set a 0 0 1
> x
STORED
> set n 0 0 1
> 5
STORED
> mg a v q
VA 1
x
> mg a q
HD
> mg a q k O1
HD ka O1
> mg z v q
> mg z v q k O1
> mg vivified N30 v q
VA 0 W

> ms a 1 q
> y
> ms a 1 q k O1
> y
> ms a 1 c q
> y
> ms a 1 C99 q
> y
EX
> ms z 1 C99 q
> y
NF
> ms a 1 ME q
> y
NS
> ms z 1 MR q
> y
NS
> ms z 1 MA q k O3
> y
NS kz O3
> ms z 1 MP q
> y
NS
> ms z 1 q
> yy
CLIENT_ERROR bad data chunk
ERROR
> ma n q
> ma n v q
> ma n t v q k O1
> ma n D2 MD q v
> ma n v
VA 1
7
> ma n C99 q
EX
> ma z q
NF
> ma z q k O1
NF kz O1
> ma a q
CLIENT_ERROR cannot increment or decrement non-numeric value
> ma n Mx q
CLIENT_ERROR invalid mode for ma M token
> ma made N30 q
HD
> ma made_too N30 J13 v q
VA 2
13
> ma made_as_well N0 J3 q k O2
HD kmade_as_well O2
> md z q
NF
> md z q k O1
NF kz O1
> md z I q
NF
> md a C99 q
EX
> md a I T30 q
> md a q
> md n q k O1
> md n q
NF
> mg n v q
> ms b 1 q
> v
> md z q
> md b q
> ma z q
NF
NF
TRANSCRIPT

# What arrives in pieces, many commands at once, a line that never ends, a value that is too large.
test_protocol() {
    local connection answer
    exec {connection}<>"/dev/tcp/127.0.0.1/$cache_port"
    printf 'set pieces 0 0 1' >&"$connection"
    sleep 0.05
    printf '0\r\nabcde' >&"$connection"
    sleep 0.05
    answer=$(printf 'fghij' >&"$connection"; sleep 0.05
             cache_ask "$connection" "" 'get pieces' 'set one 0 0 1' 1 'incr one 1' 'get one')
    check_equal "release $1: commands in pieces and many at once" \
        "STORED VALUE pieces 0 10 abcdefghij END STORED 2 VALUE one 0 1 2 END" \
        "$(xargs <<<"$answer")"
    head -c 20000 /dev/zero | tr '\0' x >&"$connection"
    check_equal "release $1: a line without end" "CLIENT_ERROR line too long" \
        "$(timeout 5 cat <&"$connection" | tr -d '\r')"
    exec {connection}>&-

    exec {connection}<>"/dev/tcp/127.0.0.1/$cache_port"
    cache_ask "$connection" 'set big 0 0 1' x >/dev/null
    printf 'set big 0 0 1048576\r\n' >&"$connection"
    head -c 1048576 /dev/zero >&"$connection"
    check_equal "release $1: a value that is too large leaves nothing behind" \
        "SERVER_ERROR object too large for cache END" \
        "$(cache_ask "$connection" "" 'get big' | xargs)"
    exec {connection}>&-
}

test_expiry() {
    cache_say 'flush_all' 'set soon 0 1 1' x 'set later 0 1000 1' x 'set ever 0 0 1' x \
        'set touched 0 1 1' x 'touch touched 1000' 'set dated 0 '$(($(date +%s) + 1000))' 1' x \
        'set past 0 1000000000 1' x >/dev/null
    sleep 2.2
    check_equal "release $1: what was to expire has expired" \
        "VALUE later VALUE ever VALUE touched VALUE dated END" \
        "$(cache_say 'get soon later ever touched dated past' | sed 's/ 0 1$//; /^x$/d' | xargs)"
    check_match "release $1: a date is a time to live" '^HD t9[89][0-9]$' "$(cache_say 'mg dated t')"
}

# A server of 2 MB gets 6 MB of items: old ones go, new ones stay, and what is used stays.
test_eviction() {
    cache_start_plain "$1" -m 2 -c 8 -t 2 || exit 1
    local i
    {
        printf 'set kept 0 0 10000\r\n%010000d\r\n' 7
        for ((i = 0; i < 600; i++)); do
            printf 'set key%d 0 0 10000 noreply\r\n%010000d\r\n' $i $i
        done
    } >items
    exec {connection}<>"/dev/tcp/127.0.0.1/$cache_port"
    cat items >&"$connection"
    check_equal "release $1: the newest item is there" 1 \
        "$(cache_ask "$connection" 'get key599' | grep -c '^VALUE')"
    check_equal "release $1: the oldest is not" 0 \
        "$(cache_ask "$connection" 'get key0' | grep -c '^VALUE')"
    check "release $1: evictions are counted" test "$(cache_stat evictions)" -gt 300
    check "release $1: memory is kept within its limit" test "$(cache_say 'stats slabs' |
        sed -n 's/^STAT total_malloced //p')" -le $((4 << 20))
    local held=() another
    for ((i = 0; i < 7; i++)); do
        exec {another}<>"/dev/tcp/127.0.0.1/$cache_port"
        held+=("$another")
        cache_ask "$another" >/dev/null
    done
    exec {another}<>"/dev/tcp/127.0.0.1/$cache_port"
    check_equal "release $1: one connection too many is turned away" \
        "ERROR Too many open connections" "$(timeout 5 cat <&"$another" | tr -d '\r')"
    for another in "${held[@]}" "$another" "$connection"; do
        exec {another}>&-
    done
    stop "$cache_pid"
}

# memcached's own clients.
test_clients() {
    local servers=--servers=127.0.0.1:$cache_port
    check_equal "release $1: memccapable's tests of the text protocol pass" "All tests passed" \
        "$(timeout 60 memccapable -h 127.0.0.1 -p "$cache_port" -a 2>&1 | tail -n 1)"
    head -c 1000000 /dev/urandom >binary
    check "release $1: memccp stores a file" memccp $servers --set binary
    memccat $servers --file=fetched binary
    check "release $1: memccat fetches it, all bytes the same" cmp binary fetched
    check "release $1: memcexist finds it" memcexist $servers binary
    check "release $1: memctouch" memctouch $servers --expire=1000 binary
    check "release $1: memcrm" memcrm $servers binary
    check_fails "release $1: memcexist finds it no more" memcexist $servers binary
    check "release $1: memcping" memcping $servers
    check_match "release $1: memcslap stores" 'Time to set' \
        "$(timeout 60 memcslap $servers --concurrency=4 --execute-number=500 2>&1)"
    check_match "release $1: memcslap gets" 'Time to get' \
        "$(timeout 60 memcslap $servers --concurrency=4 --execute-number=500 --test=get 2>&1)"
    check_match "release $1: memcstat" "version: 1.$1.0" "$(memcstat $servers)"
    check "release $1: memcflush" memcflush $servers
    check_equal "release $1: then nothing is left" END "$(cache_say 'get binary')"
}

# The table grows from 4096 buckets while items come in.
test_growth() {
    local i
    {
        for ((i = 0; i < 30000; i++)); do
            printf 'set grow%d 0 0 5 noreply\r\n%05d\r\n' $i $i
        done
    } >items
    exec {connection}<>"/dev/tcp/127.0.0.1/$cache_port"
    cat items >&"$connection"
    cache_ask "$connection" >/dev/null
    check "release $1: the table has grown" wait_for 10 sh -c "printf 'stats\r\nquit\r\n' |
        timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/$cache_port; cat >&3; cat <&3' |
        grep -Eq '^STAT hash_power_level 1[56]'"
    for ((i = 0; i < 30000; i += 100)); do
        echo "get grow$i grow$((i + 99))"
    done >questions
    mapfile -t questions <questions
    check_equal "release $1: all items are found" 600 \
        "$(cache_ask "$connection" "${questions[@]}" | grep -c '^VALUE')"
    exec {connection}>&-
}

# What is recorded is what the real one says, where it is installed.
test_memcached() {
    local tries
    for ((tries = 0; tries < 10; tries++)); do
        cache_port=$((20000 + RANDOM % 10000))
        memcached -u nobody -l 127.0.0.1 -p "$cache_port" &
        cache_pid=$!
        started_programs+=("$cache_pid")
        wait_for 10 eval '! kill -0 $cache_pid 2>/dev/null || cache_say >answer 2>/dev/null' || break
        kill -0 "$cache_pid" 2>/dev/null || continue
        check_transcript "memcached itself" quiet.transcript
        stop "$cache_pid"
        return
    done
    fail "memcached itself starts"
}
if [ "$(memcached --version 2>/dev/null)" = "memcached 1.6.18" ]; then
    test_memcached
fi

for release in "${releases[@]}"; do
    cache_start_plain $release || exit 1
    check_equal "release $release: version" "1.$release.0" "$(cache_version)"
    check_transcript "release $release" classic.transcript
    check_transcript "release $release" meta.transcript
    check_transcript "release $release" quiet.transcript
    test_protocol $release
    test_expiry $release
    test_clients $release
    test_growth $release
    for what in settings items slabs; do
        check_match "release $release: stats $what" '^STAT .*' "$(cache_say "stats $what")"
    done
    kill "$cache_pid"
    wait "$cache_pid"
    check_equal "release $release: ends in an orderly way" 0 $?
    test_eviction $release
done

# Bad input.
cache=$build/apps/cache-1-plain
expect_error "a port that is none" 2 'not a number between' "$cache" -p 70000
expect_error "an item size that is none" 2 'not a number between' "$cache" -I 5q
expect_error "an argument too many" 2 'see cache --help' "$cache" extra

end_of_test
