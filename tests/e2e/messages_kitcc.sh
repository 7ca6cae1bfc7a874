#!/bin/bash
# Misspelt annotations: the compiler does not know what they were meant to be; kitcc says it.
. "$(dirname "$0")/../lib/harness.sh"

# The words of a source that does not compile are looked at; in $output is what is said.
compile() {
    output=$(kitcc "$@" 2>&1)
    status=$?
}

cat >table.h <<'END'
#include <kitsune.h>
struct item { int id; struct item *next; };
struct table { int room; struct item **E_PTRARAY(self.room) slots; };
END
cat >wrong.c <<'END'
#include "table.h"
struct table table;
struct item *E_OPAQU skipped;
void E_NOTELOCAL serve(int x) { (void)x; }
END
for compiler in gcc clang; do
    export KITSUNE_CC=$compiler
    compile -c wrong.c -o wrong.o
    check_equal "$compiler: it does not compile" 1 $status
    check_match "$compiler: the compiler's own message" '^(\./)?table\.h:3:[0-9]+: error: ' "$output"
    check_match "$compiler: in a header" \
        "^table\.h:3:40: note: kitcc: there is no annotation 'E_PTRARAY'; did you mean 'E_PTRARRAY'\?$" \
        "$output"
    check_match "$compiler: in the source" \
        "^wrong\.c:3:14: note: kitcc: .*'E_OPAQU'; did you mean 'E_OPAQUE'" "$output"
    check_match "$compiler: on a function" "^wrong\.c:4:6: .*did you mean 'E_NOTELOCALS'" "$output"
    check_fails "$compiler: no object is left" test -e wrong.o
done
unset KITSUNE_CC

cat >own.c <<'END'
#include <kitsune.h>
enum { E_PTRS, E_OPAQUES };
int number = E_PTRS;
END
compile -c own.c -o own.o
check_equal "names of the program's own: it compiles" 0 $status
check_equal "names of the program's own: nothing is said" "" "$output"
cat >other.c <<'END'
enum { E_PTRS, E_OPAQUES };
int number = missing;
END
compile -c other.c -o other.o
check_equal "a source without kitsune.h: it does not compile" 1 $status
check_fails "a source without kitsune.h: kitcc has nothing to add" grep -q 'kitcc' <<<"$output"

end_of_test
