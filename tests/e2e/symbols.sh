#!/bin/bash
# Names in other people's tools, after an update: gdb on the running program and on its core file, with
# Kitsune's helper; perf, through `kitsune symbols`; valgrind.
. "$(dirname "$0")/../lib/harness.sh"

mkdir v1 v2
cat >v1/server.c <<'END'
#include <kitsune.h>
#include <stdio.h>
#include <stdlib.h>
static volatile long counter;
__attribute__((noinline)) static void WORK(long rounds)
{
    for (long i = 0; i < rounds; i++)
        counter++;
}
__attribute__((noinline)) static int read_past_its_end(int *numbers)
{
    return numbers[counter ? 3 : 4];
}
int main(int argc, char **argv)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating() && argc > 1) {
        kitsune_set_next_version(argv[1]);
        kitsune_signal_update();
    }
    for (;;) {
        kitsune_update("working");
        WORK(1000000);
        if (VERSION == 2 && argc > 1) {
            volatile int *numbers = malloc(sizeof *numbers);
            return read_past_its_end((int *)numbers) == 12345;
        }
    }
}
END
cp v1/server.c v2/
check "the versions build" eval \
    'build_version v1 -DVERSION=1 -DWORK=work_of_one && build_version v2 -DVERSION=2 -DWORK=work_of_two'
check "the transformer builds" install_transformer v1 v2

helper=$build/share/kitsune/kitsune-gdb.py
debug() { # ARGUMENT...: gdb's output in $output
    output=$(timeout 60 gdb -q -nx -batch -ex 'set pagination off' "$@" 2>&1 </dev/null)
}
said() {
    check_match "$1" "$2" "$output"
}

start server.log kitsune run ./v1.so
check "the program is updated" wait_for 10 kitsune update "$started" ./v2.so
server=$started

# ---- gdb -----------------------------------------------------------------------------------------

debug -p "$server" -ex "source $helper" -ex 'info kitsune' -ex backtrace -ex 'info signals SIG60' \
    -ex 'generate-core-file core'
said "the running version" 'version +'"$work"'/v2\.so'
said "its build" "build ID +$(build_id v2.so)"
said "its generation" 'generation +2$'
said "its symbols are there" 'symbols +/proc/[0-9]+/fd/'
said "the backtrace has the new version's names and lines" \
    '(work_of_two|main) .*at v2/server\.c:[0-9]+'

debug "$build/bin/driver" -ex "source $helper" -ex 'info kitsune'
said "without a program" 'has not been started|is not run by Kitsune|no version runs yet'

# ---- perf ----------------------------------------------------------------------------------------

check "the files are saved" kitsune symbols "$server" symbols
check "the running version as the kernel names it" cmp v2.so 'symbols/memfd:v2.so (deleted)'
check "and as the loader does" cmp v2.so "$(ls symbols/proc/"$server"/fd/* | while read -r file; do
    cmp -s v2.so "$file" && echo "$file"; done)"
check "libraries are links" test -L "symbols$(realpath "$build/lib/libkitsune.so.1")"
if perf record -q -e cpu-clock -p "$server" -o perf.data sleep 0.5 >perf.log 2>&1; then
    check_match "perf shows the new version's functions" 'v2\.so.*work_of_two' \
        "$(perf report -i perf.data --symfs symbols --stdio 2>/dev/null)"
else
    echo "skipped: perf ($(head -1 perf.log))"
fi
expect_error "no such program" 3 'no process|is not run|There is no' kitsune symbols 1999999 symbols
expect_error "a folder that cannot be made" 1 'cannot make the folder /proc/' \
    kitsune symbols "$server" /proc/symbols
expect_error "no room" 1 'cannot write small/.*: File too large' \
    bash -c 'ulimit -f 1; kitsune symbols "$1" small' - "$server"
stop "$server"

# ---- Its core file, when it is gone --------------------------------------------------------------

debug -iex 'set sysroot symbols' "$build/bin/driver" core -ex backtrace
said "gdb finds them for a core file, too" '(work_of_two|main) .*at v2/server\.c:[0-9]+'
mv v2.so elsewhere.so
debug "$build/bin/driver" core -ex "source $helper" -ex 'info kitsune' -ex kitsune-symbols \
    -ex 'kitsune-symbols v1.so' -ex 'kitsune-symbols elsewhere.so' -ex backtrace
said "a core file tells which version it was" "build ID +$(build_id elsewhere.so)"
said "and that its symbols are missing" 'symbols +none'
said "a file that is gone" 'cannot read .*/v2\.so'
said "a file of another build is refused" 'v1\.so is another build than the one that ran'
said "the right one" 'loaded the symbols of .*/elsewhere\.so'
said "and then there are names" '(work_of_two|main) .*at v2/server\.c:[0-9]+'
mv elsewhere.so v2.so

# ---- valgrind ------------------------------------------------------------------------------------

output=$(valgrind --trace-children=yes kitsune run ./v1.so ./v2.so 2>&1)
said "valgrind has names and lines after an update" \
    '(read_past_its_end|main) \(server\.c:[0-9]+\)'
check_equal "nothing is left of its copies" "" "$(find /tmp -maxdepth 1 -name 'kitsune-valgrind.*' \
    -newer v1/server.c)"

end_of_test
