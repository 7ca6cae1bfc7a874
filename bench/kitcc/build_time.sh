#!/bin/bash
# The time to compile and link whole programs, with gcc and with kitcc, one file after the other.
# Debug information, which kitcc adds, is a large part of it: so there are two columns of gcc's.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
kitcc=$root/build/bin/kitcc
work=$(mktemp -d "${TMPDIR:-/tmp}/kitsune-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

# once FILE COMPILER...: seconds of wall-clock and of processor time.
once() {
    local file=$1
    shift
    TIMEFORMAT='%R %U %S'
    # shellcheck disable=SC2086
    { time "$@" -O2 -w $options -c "$file" -o "$work/object.o" >/dev/null 2>&1; } 2>&1
}

# row NAME SOURCES OPTIONS.  The compilers take turns at each file, and of two times the better
# counts: other work on the machine only ever adds.
row() {
    local file round options=$3
    for file in $2; do
        for round in 1 2; do
            echo "$file plain $(once "$file" gcc)"
            echo "$file debug $(once "$file" gcc -g)"
            echo "$file ours $(once "$file" "$kitcc")"
        done
    done | awk -v name="$1" -v files="$(wc -w <<<"$2")" '
        { key = $1 " " $2; cpu = $4 + $5 }
        !(key in wall) || $3 < wall[key] { wall[key] = $3 }
        !(key in work) || cpu < work[key] { work[key] = cpu }
        END {
            for (key in wall) {
                split(key, parts, " ")
                walls[parts[2]] += wall[key]
                works[parts[2]] += work[key]
            }
            printf "  %-34s %5d %9.2f %9.2f %9.2f %8.2f %12.2f\n", name, files, walls["plain"],
                   walls["debug"], walls["ours"], walls["ours"] / walls["plain"],
                   works["ours"] / works["plain"]
        }'
}

printf '\nCompiling with kitcc, seconds\n\n'
printf '  %-34s %5s %9s %9s %9s %8s %12s\n' "" files "gcc -O2" "and -g" kitcc ratio "cpu ratio"
row "kv 4 (annotated)" "$(echo "$root"/apps/kv/v4/*.c)" "-I$root/build/include"
row "libkitsune (no annotations)" "$(echo "$root"/runtime/*.c)" \
    "-D_GNU_SOURCE -I$root/build/include -I$root/runtime"
for tree in "$root"/build/real/src/dnsmasq-*/; do
    [ -d "$tree" ] || continue
    row "$(basename "$tree") (no annotations)" "$(echo "$tree"src/*.c)" "-DVERSION=\"1\""
done
for tree in "$root"/build/real/src/mosquitto-*/; do
    [ -d "$tree" ] || continue
    row "$(basename "$tree") library" "$(echo "$tree"lib/*_mosq.c)" \
        "-I$tree -I${tree}include -I${tree}lib -I${tree}deps -DVERSION=\"1\""
done
