# harness.sh -- the library of the end-to-end tests; a test sources it first.
#
#       . "$(dirname "$0")/../lib/harness.sh"
#
# It gives the test an empty directory to work in (and goes there), the commands of build/bin in
# its PATH, functions that check and count, functions that build versions of small programs and
# run them under `kitsune run`, and an end: on exit every program it started is ended by its
# process id, the directory is removed, and the summary line is printed.
#
# Checking:
#   check NAME COMMAND...                  passes when the command succeeds
#   check_fails NAME COMMAND...            passes when it does not
#   check_equal NAME EXPECTED ACTUAL
#   check_match NAME PATTERN TEXT          PATTERN: an extended regular expression
#   expect_output NAME PATTERN COMMAND...  succeeds, and what it prints matches
#   expect_error NAME STATUS PATTERN COMMAND...   exits with STATUS and prints a match
#
# Building (v1/*.c becomes v1.so; rules.xf is optional):
#   build_version v1 [FLAG...]
#   build_releases FILE.c 1 2 3 [-- FLAG...]   one source is v1, v2 and v3, with -DVERSION=N each
#   build_transformer v1 v2 [rules.xf]     makes v1-v2.xf.so, without a warning of gcc or clang
#   install_transformer v1 v2 [rules.xf]   and puts it where the runtime looks for it
#   build_id FILE
#
# Running:
#   start LOG COMMAND...        in the background; its process id is in $started
#   stop PID                    ends it and waits for it
#   wait_for SECONDS COMMAND... until the command succeeds; fails when time is up
#   wait_line SECONDS FILE PATTERN
#   scene NAME < DESCRIPTION    a whole update in one go; see below
#   refused_scene NAME PATTERN < DESCRIPTION    one that has to be refused, with this reason

set -u

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build
PATH=$build/bin:$PATH
work=$(mktemp -d "${TMPDIR:-/tmp}/kitsune-test.XXXXXX")
# What a test runs is its own business, whoever started the test; messages are compared.
unset MAKEFLAGS MAKELEVEL MFLAGS KITSUNE_CC
export LC_ALL=C
# Control sockets of this test's programs are its own.
export XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
# And nobody's settings count but those that a test makes.
export KITSUNE_SYSTEM_CONFIG= XDG_CONFIG_HOME=$work/config
cd "$work" || exit 1

passed=0
failed=0
started_programs=()

# ---- Checking ------------------------------------------------------------------------------------

pass() {
    passed=$((passed + 1))
    echo "pass: $1"
}

# fail NAME [WHAT...]: each further argument is printed indented.
fail() {
    failed=$((failed + 1))
    echo "FAIL: $1"
    shift
    printf '%s\n' "$@" | sed 's/^/      /'
}

# Whether an extended regular expression matches somewhere in a text of any number of lines.
matches() {
    grep -Eq -e "$1" <<<"$2"
}

check() {
    local name=$1 output status
    shift
    output=$("$@" 2>&1)
    status=$?
    if [ $status -eq 0 ]; then
        pass "$name"
    else
        fail "$name" "status $status of: $*" "$output"
        return 1
    fi
}

check_fails() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        fail "$name" "should have failed: $*" "$output"
        return 1
    fi
    pass "$name"
}

check_equal() {
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1" "expected: $2" "but got:  $3"
        return 1
    fi
}

check_match() {
    if matches "$2" "$3"; then
        pass "$1"
    else
        fail "$1" "expected a match of: $2" "but got: $3"
        return 1
    fi
}

expect_output() {
    local name=$1 pattern=$2
    shift 2
    expect_status_and_output "$name" 0 "$pattern" "$@"
}

expect_error() {
    expect_status_and_output "$@"
}

expect_status_and_output() {
    local name=$1 expected=$2 pattern=$3 output status
    shift 3
    output=$("$@" 2>&1)
    status=$?
    if [ $status -ne "$expected" ]; then
        fail "$name" "expected status $expected, got $status, of: $*" "$output"
        return 1
    fi
    if ! matches "$pattern" "$output"; then
        fail "$name" "expected a match of: $pattern" "in the output of: $*" "$output"
        return 1
    fi
    pass "$name"
}

# ---- Building ------------------------------------------------------------------------------------

# build_version DIRECTORY [FLAG...]: flags go to the compiler, as they would in a makefile.
build_version() {
    local version=$1 source objects=()
    shift
    for source in "$version"/*.c; do
        kitcc -O2 -Wall "$@" -I"$root/tests/lib" -c "$source" -o "${source%.c}.o" || return 1
        objects+=("${source%.c}.o")
    done
    kitcc -shared "$@" "${objects[@]}" -o "$version.so"
}

build_releases() {
    local source=$1 number numbers=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        numbers+=("$1")
        shift
    done
    shift $(($# > 0))
    for number in "${numbers[@]}"; do
        mkdir -p "v$number"
        cp "$source" "v$number/app.c"
        check "v$number builds" build_version "v$number" -DVERSION="$number" "$@"
    done
}

build_transformer() {
    local old=$1 new=$2
    shift 2
    xfgen "$old.so" "$new.so" "$@" -o "$old-$new.c" &&
        kitcc -shared -Wall -Wextra -Werror "$old-$new.c" -o "$old-$new.xf.so" &&
        clang -fsyntax-only -Wall -Wextra -Werror -I"$build/include" "$old-$new.c"
}

build_id() {
    readelf -n "$1" | sed -n 's/.*Build ID: *//p'
}

install_transformer() {
    build_transformer "$@" || return 1
    mkdir -p "$2.so.d"
    cp "$1-$2.xf.so" "$2.so.d/$(build_id "$1.so").so"
}

# ---- Running -------------------------------------------------------------------------------------

start() {
    local log=$1
    shift
    : >"$log" # now, not when the child gets to it: an earlier program's lines must not count
    "$@" >>"$log" 2>&1 </dev/null &
    started=$!
    started_programs+=("$started")
}

is_running() {
    # A zombie has ended; it only waits to be asked about.
    [ -d "/proc/$1" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null
}

stop() {
    kill "$1" 2>/dev/null
    wait_for 5 has_ended "$1" || kill -KILL "$1" 2>/dev/null
    wait "$1" 2>/dev/null
}

has_ended() {
    ! is_running "$1"
}

wait_for() {
    local end=$((SECONDS + $1 + 1))
    shift
    until "$@"; do
        if [ $SECONDS -ge $end ]; then
            return 1
        fi
        sleep 0.02
    done
}

wait_line() {
    wait_for "$1" grep -Eqs -e "$3" "$2"
}

# ---- A whole update in one go --------------------------------------------------------------------
# scene NAME reads a description from its input, in sections:
#
#       @common   C for both versions, after the includes of tests/lib/scene.h
#       @v1       C of the old version; defines  static void begin(void), run in a fresh start
#       @v2       C of the new version; defines  static void verify(void), run after the update
#       @xf       the .xf file (absent: xfgen is run without one)
#
# Both versions are compiled as app.c, with the main of tests/lib/scene_main.h; the first updates
# itself to the second.  With OWN_MAIN defined in @common the sections hold a whole main each, and
# the last thing it prints is the line "scene ends".  Each EXPECT in either is counted as a check
# of its own.  Further arguments are compiler flags.
scene() {
    local name=$1 output status
    shift
    scene_split
    if ! output=$({ build_version v1 "$@" && build_version v2 "$@" &&
                    install_transformer v1 v2 $scene_rules; } 2>&1); then
        fail "$name: builds" "$output" "in $(head -c 4000 scene.txt)"
        return 1
    fi
    output=$(timeout 60 kitsune run ./v1.so 2>&1)
    status=$?
    count_expectations "$name" "$output"
    if [ $status -eq 0 ] && matches '^scene ends$' "$output"; then
        pass "$name: arrives in the new version"
    else
        fail "$name: arrives in the new version" "status $status" "$output"
    fi
}

# The old version then runs  static void unharmed(void)  in place of the new one's verify().
refused_scene() {
    local name=$1 pattern=$2 output status
    shift 2
    scene_split
    if ! output=$({ build_version v1 -DREFUSED "$@" && build_version v2 -DREFUSED "$@" &&
                    install_transformer v1 v2 $scene_rules; } 2>&1); then
        fail "$name: builds" "$output" "in $(head -c 4000 scene.txt)"
        return 1
    fi
    output=$(timeout 60 kitsune run ./v1.so 2>&1)
    status=$?
    count_expectations "$name" "$output"
    check_match "$name: the reason is told" "$pattern" "$output"
    if [ $status -eq 0 ] && matches '^the old version goes on$' "$output"; then
        pass "$name: the old version goes on"
    else
        fail "$name: the old version goes on" "status $status" "$output"
    fi
}

# Splits a description on standard input into v1/app.c, v2/app.c and rules.xf; sets $scene_rules.
scene_split() {
    rm -rf v1 v2 v1.so v2.so v2.so.d rules.xf
    mkdir v1 v2
    cat >scene.txt
    local version
    for version in v1 v2; do
        {
            echo "#define VERSION ${version#v}"
            echo '#include "scene.h"'
            scene_section @common
            scene_section "@$version"
            echo '#include "scene_main.h"'
        } >$version/app.c
    done
    scene_rules=
    if grep -q '^@xf' scene.txt; then
        scene_section @xf >rules.xf
        scene_rules=rules.xf
    fi
}

# The lines of one section.
scene_section() {
    awk -v section="$1" '/^@/ { inside = ($1 == section); next } inside' scene.txt
}

# Every line "pass: ..." or "FAIL: ..." that a program's EXPECTs printed.
count_expectations() {
    local line
    while IFS= read -r line; do
        case $line in
            "pass: "*) pass "$1: ${line#pass: }" ;;
            "FAIL: "*) fail "$1: ${line#FAIL: }" ;;
        esac
    done <<<"$2"
}

# ---- The end -------------------------------------------------------------------------------------

finish() {
    local status=$? pid
    trap - EXIT
    for pid in "${started_programs[@]}"; do
        if is_running "$pid"; then
            stop "$pid"
        fi
    done
    cd / || exit 1
    if [ -n "${KEEP_TEST_DIRECTORY-}" ]; then
        echo "kept: $work"
    else
        rm -rf "$work"
    fi
    if [ $status -ne 0 ] && [ "${finished_normally-no}" != yes ]; then
        fail "the test runs to its end" "exited with status $status"
    fi
    echo "$passed passed, $failed failed"
    [ $failed -eq 0 ]
    exit
}

# The last line of every test: without it the test is known to have broken off.
end_of_test() {
    finished_normally=yes
    exit 0
}

trap finish EXIT
trap 'exit 143' TERM INT
