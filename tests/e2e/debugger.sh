#!/bin/bash
# gdb on a program that is updated: it stops in the rules, by the .xf file's own lines, sees their
# values, steps through them, and the update goes on to its end.
. "$(dirname "$0")/../lib/harness.sh"

mkdir v1 v2
cat >v1/server.c <<'END'
#include <kitsune.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
struct conn { int hits; struct conn *next; };
static struct conn *conns;
static void serve(void)
{
    usleep(20000);
}
static int gone_round;
int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    kitsune_do_automigrate();
    for (int i = 0; !kitsune_is_updating() && i < 3; i++) {
        struct conn *conn = malloc(sizeof *conn);
        *conn = (struct conn){10 + i, conns};
        conns = conn;
    }
    printf("ready\n");
    if (argc > 1 && !kitsune_is_updating()) {
        kitsune_set_next_version(argv[1]);
        kitsune_signal_update();
    }
    for (;;) {
        kitsune_update("serving");
        serve();
        gone_round++;
    }
}
END
sed -e 's/struct conn { int hits;/struct conn { long count; int since;/' \
    -e 's/{10 + i, conns}/{10 + i, 0, conns}/' \
    -e 's/    usleep(20000);/    long total = 0;\
    for (struct conn *conn = conns; conn; conn = conn->next)\
        total += conn->count;\
    printf("total %ld\\n", total);\
    exit(0);/' v1/server.c >v2/server.c
cat >server.xf <<'END'
{
static long twice(long x)
{
    return x * 2; /* line 4 */
}
}

// they were counted from one
struct conn.hits -> struct conn.count: {
    long doubled = twice($in);
    doubled += 1; /* line 11 */
    $out = doubled;
}

INIT struct conn.since: {
    $out = $base.hits; /* line 16 */
}
END
main_line=$(grep -n 'kitsune_do_automigrate' v2/server.c | cut -d: -f1)
check "the versions build" eval 'build_version v1 && build_version v2'
check "the transformer builds" build_transformer v1 v2 server.xf
check "and is where it is looked for" eval \
    'mkdir v2.so.d && cp v1-v2.xf.so "v2.so.d/$(build_id v1.so).so"'

# debug NAME < SCRIPT: gdb runs the first version, which updates itself; its output is in $output.
debug() {
    {
        echo 'set pagination off'
        echo 'set width 0'
        echo 'set breakpoint pending on'
        echo 'handle SIG60 nostop noprint pass' # as docs/debugging.md says
        cat
    } >script.gdb
    output=$(timeout 60 gdb -q -nx -batch -x script.gdb \
        --args kitsune run ./v1.so ./v2.so 2>&1 </dev/null)
}

said() {
    check_match "$1" "$2" "$output"
}

debug <<'END'
break server.xf:11
run
print *rule_in
print rule_base->next->hits
print doubled
info args
backtrace
info sharedlibrary
next
next
delete
continue
END
said "stops in the rule, at the line of the .xf file" 'Breakpoint 1, rule_struct_conn_count_.*server\.xf:11'
said "shows that line" '^11.*doubled \+= 1; /\* line 11 \*/'
said "\$in is *rule_in" '\$1 = 12'
said "\$base is *rule_base" '\$2 = 11'
said "the block's own variables" '\$3 = 24'
said "\$out and \$newbase have names, too" 'rule_newbase = 0x'
said "the stack: the rule" '^#0 .*rule_struct_conn_count.*server\.xf:11'
said "the stack: the generated function, by its line" '^#1 .*convert_struct_conn .*v1-v2\.c:[0-9]+'
said "the stack: the new version's main" '^#[0-9]+ .*main .* at v2/server\.c:'"$main_line"
check_equal "both versions and the transformer have symbols" 3 \
    "$(grep -c ' Yes .*/proc/[0-9]*/fd/' <<<"$output")"
said "steps to the next line of the block" '^12.*\$out = doubled;'
said "and to its end" '^13.*\}'
said "goes on to the commit" 'total 69'
said "and to the end of the program" 'exited normally'
line=$(grep -o 'convert_struct_conn .*v1-v2\.c:[0-9]*' <<<"$output" | grep -o '[0-9]*$')
check_match "the line of the generated function is the call" 'rule_struct_conn_count' \
    "$(sed -n "${line}p" v1-v2.c)"

debug <<'END'
break server.xf:4
break server.xf:16
run
backtrace 2
finish
continue
delete
continue
END
said "stops in the prologue" 'twice \(x=12\) at .*server\.xf:4'
said "called from the rule" '^#1 .*rule_struct_conn_count.*server\.xf:10'
said "comes back to the rule" '^Run till exit|rule_struct_conn_count.*server\.xf:10'
said "stops in INIT" 'init_struct_conn_since.*server\.xf:16'
said "after two more breakpoints the update is done" 'total 69'

debug <<'END'
break v2/server.c:10
run
backtrace
print *conns
print conns->next->count
continue
END
said "a breakpoint in the new version, before it is loaded" 'serve .*at v2/server\.c:1[0-2]'
said "the new version's variables" 'count = 25'
said "and what they lead to" '\$2 = 23'

# With optimisation the rule's function is part of another; its lines are still there.
check "the transformer, optimised" kitcc -O2 -shared v1-v2.c -o "v2.so.d/$(build_id v1.so).so"
debug <<'END'
break server.xf:16
run
info symbol $pc
next
delete
continue
END
said "an optimised transformer stops at the line, too" 'server\.xf:16'
said "and goes on" 'total 69'
check "the transformer, as before" cp v1-v2.xf.so "v2.so.d/$(build_id v1.so).so"

# A core file: the mappings say where each version was; their files are at hand.
debug <<'END'
break server.xf:11
run
generate-core-file core
kill
END
check "a core file" test -s core
base_of() {
    gdb -q -nx -batch -ex 'info proc mappings' "$build/bin/driver" core 2>/dev/null |
        awk -v file="/memfd:$1" '$5 == file && $4 == "0x0" { start = $1; end = $2; next }
             $5 == file && start && $1 == end { print start; exit }'
}
output=$(gdb -q -nx -batch -ex "add-symbol-file v1-v2.xf.so -o $(base_of "$(build_id v1.so).so")" \
    -ex "add-symbol-file v2.so -o $(base_of v2.so)" -ex backtrace -ex 'print *rule_in' \
    "$build/bin/driver" core 2>&1)
said "the rule, from a core file" '^#0 .*rule_struct_conn_count.*server\.xf:11'
said "the version's main" 'main .*v2/server\.c:'"$main_line"
said "the value" '= 12'

# A program that runs already.
start server.log kitsune run ./v1.so
server=$started
wait_line 10 server.log ready
cat >attach.gdb <<END
set pagination off
set width 0
set breakpoint pending on
handle SIG60 nostop noprint pass
break server.xf:11
shell (kitsune update $server ./v2.so --xf ./v1-v2.xf.so >update.log 2>&1; echo "status \$?" >>update.log) &
continue
print *rule_in
next
delete
detach
END
output=$(timeout 60 gdb -q -nx -batch -p "$server" -x attach.gdb 2>&1 </dev/null)
if matches 'ptrace: Operation not permitted|Could not attach' "$output"; then
    echo "gdb may not attach to programs here: not tested"
else
    said "attached: stops in the rule" 'rule_struct_conn_count.*server\.xf:11'
    said "attached: the value" '\$1 = 12'
    said "attached: the next line" '^12.*\$out = doubled;'
    check "the update is done" wait_line 20 update.log '^status 0$'
    check "the new version answers" wait_line 20 server.log 'total 69'
fi

end_of_test
