#!/bin/bash
# What it takes to read a version's types, beside others that read the same debug information:
# binutils' readelf, which prints it, and pahole where it is installed.
#
#   BENCH_TYPES="FILE.so ..." make bench-types      for large programs of your own
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
measure=$build/bench/bench-measure

# Where a program's debug information is: in itself, or under /usr/lib/debug.
debug_file() {
    local id
    if readelf -SW "$1" 2>/dev/null | grep -q '\.debug_info'; then
        echo "$1"
        return
    fi
    id=$(readelf -n "$1" 2>/dev/null | sed -n 's/.*Build ID: *//p' | head -n 1)
    echo "/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug"
}

# Bytes of .debug_* sections, as they are in the file.
debug_size() {
    local total=0 size
    for size in $(readelf -SW "$1" | sed -n 's/.*\.debug_[^ ]* *PROGBITS *[0-9a-f]* [0-9a-f]* \([0-9a-f]*\) .*/\1/p'); do
        total=$((total + 16#$size))
    done
    echo $total
}

# row TOOL SIZE COMMAND...
row() {
    local tool=$1 size=$2 result
    shift 2
    if result=$("$measure" "$@"); then
        # shellcheck disable=SC2086
        set -- $result
        awk -v tool="$tool" -v size="$size" -v seconds="$1" -v memory="$2" -v ours="${ours:-0}" 'BEGIN {
            printf "  %-14s %8.3f s %8.1f MB", tool, seconds, memory
            if (ours > 0) printf "   %6.1f times as long", seconds / ours
            else printf "   %6.2f s and %.0f MB per 100 MB", 100e6 * seconds / size, 100e6 * memory / size
            printf "\n"
        }'
        [ "${ours:-0}" != 0 ] || ours=$1
    fi
}

one() {
    local file=$1 debug size ours=0
    debug=$(debug_file "$file")
    if [ ! -r "$debug" ]; then
        return
    fi
    size=$(debug_size "$debug")
    awk -v file="$file" -v size="$size" 'BEGIN { printf "%s: %.1f MB of debug information\n", file, size / 1e6 }'
    row "kitsune types" "$size" "$build/bin/kitsune" types "$file" -o "$work/types.ktt"
    row readelf "$size" readelf --debug-dump=info "$debug"
    command -v pahole >/dev/null && row pahole "$size" pahole "$debug"
    printf '  %-14s %8.1f KB companion file\n' "" "$(awk -v n="$(stat -c %s "$work/types.ktt")" 'BEGIN { print n / 1e3 }')"
    row "from companion" "$size" "$build/bin/kitsune" types "$work/types.ktt" -o "$work/again.ktt"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "Reading types: processor time and peak memory"
for file in ${BENCH_TYPES:-"$build/apps/kv-5.so" /lib/x86_64-linux-gnu/libc.so.6}; do
    one "$file"
done
