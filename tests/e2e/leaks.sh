#!/bin/bash
# Hundreds of updates in one process, committed, refused, and given up in every way: nothing may grow.
# Descriptors, mappings, threads, timers, loaded objects and their thread-local modules, and what malloc
# has given out are the same as before; of a program with one thread, and with several.
. "$(dirname "$0")/../lib/harness.sh"

# build_one NAME VERSION RULES [FLAG...]
build_one() {
    local name=$1 version=$2 rules=$3
    shift 3
    mkdir -p "$name"
    { echo "#define VERSION $version"; cat "$root/tests/faults/cycles.c"; } >"$name/app.c"
    build_version "$name" -I"$root/tests/faults" -D_GNU_SOURCE -Wno-unused "$@" || return 1
    [ "$name" = v1 ] || install_transformer v1 "$name" "$rules"
}

build_all() {
    rm -rf v1* v2* f?*
    build_one v1 1 - "$@" && build_one v2 2 good.xf "$@" && install_transformer v2 v1 back.xf &&
        build_one f1 3 good.xf "-DFAILS=return 1" "$@" &&
        build_one f2 3 good.xf "-DFAILS=*(volatile int *)place = 1" "$@" &&
        build_one f3 3 good.xf "-DFAILS=exit(1)" "$@" &&
        build_one f4 3 rule.xf "$@" &&
        build_one f5 3 check.xf "$@" &&
        build_one f6 3 good.xf -DCONSTRUCTOR "$@" &&
        build_one f7 3 good.xf "-DFAILS=$busy" "$@"
}
busy='pthread_t thread; pthread_create(&thread, NULL, work, NULL); fopen("/dev/null", "r");
      socket(AF_UNIX, SOCK_STREAM, 0); setenv("NEW", "value", 1); signal(SIGUSR1, SIG_IGN); return 1'
busy=$(tr '\n' ' ' <<<"$busy")
echo 'INIT struct node.extra: { $out = 1; }' >good.xf
echo 'INIT struct node.extra: { if ($base.value == 7) FAIL("seven"); $out = 1; }' >rule.xf
printf '%s\n' 'INIT struct node.extra: { $out = 1; }' 'CHECK { 1 == 2 }' >check.xf
printf '%s\n' 'DROP struct node.extra' 'DROP struct node.name' >back.xf

# run_cycles NAME COUNT
run_cycles() {
    local output
    output=$(GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1 \
        timeout 200 kitsune run ./v1.so "$2" 2>log)
    count_expectations "$1" "$output"
    check_match "$1: comes to its end" '^scene ends$' "$output" || { echo "$output"; tail -n 4 log; }
    # Each of them in its own way.
    check_equal "$1: commits" $((2 * $2)) "$(grep -c 'updated to' log)"
    local failure
    for failure in 'f1.so aborted: .*main returned 1' 'f2.so aborted: .*SIGSEGV' \
        'f3.so aborted: .*exit' 'f4.so aborted: .*seven' 'f5.so aborted: .*does not pass the check' \
        'f6.so aborted: .*SIGABRT' 'f7.so aborted: .*main returned 1' 'f8.so refused: cannot open'; do
        check_equal "$1: ${failure%%:*}" $(($2 + 1)) "$(grep -c "$failure" log)"
    done
}

check "the versions build" build_all
run_cycles "with one thread" 40

check "the versions build with threads" build_all -DTHREADS=3 -pthread
run_cycles "with several threads" 20

# Some rounds in which no code of ours touches memory that is not its own, or loses any.
if ! command -v valgrind >/dev/null; then
    fail "valgrind is installed" "apt-get install valgrind"
    end_of_test
fi
# What crashes would be an error, and a block that only the killed code knew of a leak.
build_without_crashes() {
    build_all && build_one f2 3 good.xf "-DFAILS=return 1" && build_one f6 3 good.xf "-DFAILS=return 1"
}
check "the versions build without crashes" build_without_crashes
# The driver itself, which `kitsune run` becomes: valgrind does not follow an exec.
timeout 200 valgrind --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99 \
    --num-callers=20 --log-file=valgrind.log "$build/bin/driver" ./v1.so 4 >output 2>log
check_equal "under valgrind: no error and no leak" 0 $? ||
    grep -v 'set address range perms' valgrind.log | head -n 60
check_match "under valgrind: comes to its end" '^scene ends$' "$(cat output)"
check_equal "under valgrind: commits" 8 "$(grep -c 'updated to' log)"
check_equal "under valgrind: aborts" 35 "$(grep -c 'f[1-7].so aborted: step' log)"

end_of_test
