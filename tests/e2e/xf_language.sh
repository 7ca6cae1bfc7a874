#!/bin/bash
# docs/xf-language.md: its examples are the rules of one update, of the program in examples/rules, which
# says afterwards what they made of its state.  That each is of the language, and that the messages
# shown are real, is seen to by tests/unit/test_spec_docs.c.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

# ---- The commands, and the way back --------------------------------------------------------------

page_server
cp 1-2.xf server.xf

mkdir period period/v1 period/v2
cat >period/v1/period.c <<'END'
#include <kitsune.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
struct period { int minutes; char *label; };
struct period *period;
int period_count = 1;
int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        period = calloc(1, sizeof *period);
        *period = (struct period){5, strdup("named")};
    }
    for (;;) {
        kitsune_update("loop");
        printf("%d minutes, %s\n", period->minutes, period->label);
        fflush(stdout);
        usleep(10000);
    }
}
END
sed -e 's/int minutes; char \*label;/int seconds; char *alarm;/' \
    -e 's/{5, strdup("named")}/{0}/' -e 's/"%d minutes, %s\\n", .*;/"%d seconds\\n", period->seconds++);/' \
    period/v1/period.c >period/v2/period.c
cat >period/1-2.xf <<'END'
struct period.minutes -> struct period.seconds: { $out = 60 * $in; }
DROP struct period.label: { kitsune_xf_discard($in); }
INIT struct period.alarm: { $out = strdup("ring"); kitsune_provisional($out); }
{
#include <kitsune.h>
#include <string.h>
}
END
for release in 1 2; do
    check "the period's release $release" kitcc -Wall -Wextra -Werror -shared \
        period/v$release/period.c -o period/server-$release.so
done

: >rules.xf
take_xf() {
    cat "$1" >>rules.xf
    echo ';' >>rules.xf # a block behind a rename would be that rule's code
}
take_said() { :; } # tests/unit/test_spec_docs.c compares the messages
page_words='s|^xfgen .* --reverse=2-1.xf|cp 2-1.xf period; cd period; &|'
page "$root/docs/xf-language.md"

cd period || exit 1
start log kitsune run ./server-1.so
check "the period begins" wait_line 10 log '^5 minutes, named$'
check "is updated" kitsune update "$started" ./server-2.so
check "to seconds" wait_line 10 log '^30[0-9] seconds$'
check "and goes back" kitsune rollback "$started"
check "to minutes" wait_line 10 log '^5 minutes, unnamed$'
stop "$started"
cd ..

# ---- The rules -----------------------------------------------------------------------------------

check "there are rules of every form" test "$(wc -l <rules.xf)" -gt 100
for release in 1 2; do
    for compiler in gcc clang; do
        KITSUNE_CC=$compiler check "release $release compiles without a warning ($compiler)" \
            kitcc -O1 -Wall -Wextra -Werror -Wno-unused-parameter -shared \
            "$root"/examples/rules/v$release/*.c -o rules-$release-$compiler.so
    done
done
# clang keeps no values of statics that are only read.
check_equal "xfgen takes all of them, and uses each" "" \
    "$(xfgen --strict rules-1-gcc.so rules-2-gcc.so rules.xf -o 1-2.c 2>&1)"
for compiler in gcc clang; do
    KITSUNE_CC=$compiler check "the transformer compiles without a warning ($compiler)" \
        kitcc -Wall -Wextra -Werror -shared -I"$root/examples/rules/v2" 1-2.c -o 1-2.xf.so
done
start log kitsune run ./rules-1-gcc.so 7071
wait_for 10 kitsune status "$started" >/dev/null 2>&1
check "the update" kitsune update "$started" ./rules-2-gcc.so --xf ./1-2.xf.so
check "arrives" wait_line 10 log '^others'
stop "$started"
check_equal "every rule has done what the page says" \
    "first look: 5 99 30000 1
rename: 7 'half a line' 1,2
connection 10.0.0.2
connection 10.0.0.1
connection 10.0.0.0
convert: 300 4000 5000 10000 17 100
INIT: 0 none -1 -1 0
DROP: 17 11
prologue: 30
kinds: 6 16 7071 1234
values: nobody Ann 1
versions: 3 1234 1 1
transformers: 30 31 2 0 42
FAIL: 6
pointers: 1 10 11
arrays: 20 21 -2 -1 0
strings: first second name
others: 1 1 3 70 1" "$(grep -v '^kitsune:' log)"

# What the page lets fail.
refused() { # REASON ARGUMENT...
    local reason=$1
    shift
    start log kitsune run ./rules-1-gcc.so 7071 "$@"
    wait_for 10 kitsune status "$started" >/dev/null 2>&1
    expect_error "'$reason' aborts the update" 1 "aborted: .*rules.xf:[0-9]+: $reason" \
        kitsune update "$started" ./rules-2-gcc.so --xf ./1-2.xf.so
    check_match "and the old version carries on" 'rules-1-gcc\.so .*generation 1  running' \
        "$(kitsune status "$started")"
    stop "$started"
}
refused 'item 0: a count of 70000 does not fit the new 16 bits' 70000
refused 'a negative count' -1
refused 'no listening socket \(-1\)' 6 -1

end_of_test
