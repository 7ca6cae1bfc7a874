#!/bin/bash
# Static variables that an optimiser would take to pieces, or make constants of: nobody takes their
# address, nobody outside of the file sees them.  Their values survive an update all the same.
. "$(dirname "$0")/../lib/harness.sh"

describe() {
    cat <<'END'
@common
#include <stdlib.h>
static struct { int port; char *name; long hits; struct { int x, y; } inner; } sockets;
static int flag;                          /* zero, or one number: a truth value to an optimiser */
static int table[4];                      /* a variable for each element */
static struct { int n; double d; } rows[2];
static const int *once;                   /* stored once */
static enum { COLD = 2, WARM = 9 } state = COLD;
static __thread struct { int first, second; } here;
static const int sizes[] = {10, 20, 30};
int level = 5;
static int unused __attribute__((unused));
void work(int turn);
int calls(int turn);
@v1
static int written_only;                  /* this version never reads it */
static long total;
int calls(int turn)
{
    static struct { int count; int last; } inside;
    static int step = 3;
    inside.count += step;
    inside.last = turn;
    if (turn == 2)
        step = 1;
    return inside.count + inside.last;
}
void work(int turn)
{
    sockets.port = turn + 8000;
    sockets.hits += turn;
    sockets.inner.y = turn;
    table[0]++;
    table[3] += turn * turn;
    rows[1].n = turn;
    rows[1].d += 0.5;
    here.first++;
    here.second += turn;
    written_only = turn;
    total += sizes[turn % 3];
    if (turn == 3) {
        flag = 7;
        state = WARM;
        sockets.name = strdup("listener");
    }
    if (!once)
        once = &level;
}
static void begin(void)
{
    for (int turn = 1; turn <= 4; turn++) {
        work(turn);
        calls(turn);
    }
}
@v2
static int written_only;                  /* this version never writes it */
static struct { int a, b, c; } added = {1, 2, 3};
static long total;
int calls(int turn)
{
    static struct { int count; int last; } inside;
    static int step = 3;
    return turn ? inside.count * 100 + inside.last * 10 + step : 0;
}
static void verify(void)
{
    EXPECT(sockets.port == 8004 && sockets.hits == 10 && sockets.inner.y == 4);
    EXPECT(sockets.name && !strcmp(sockets.name, "listener"));
    EXPECT(flag == 7);
    EXPECT(table[0] == 4 && table[1] == 0 && table[3] == 30);
    EXPECT(rows[1].n == 4 && rows[1].d == 2.0);
    EXPECT(once == &level);
    EXPECT(state == WARM);
    EXPECT(here.first == 4 && here.second == 10);
    EXPECT(written_only == 4);
    EXPECT(total == 20 + 30 + 10 + 20);
    EXPECT(calls(1) == 841);
    EXPECT(added.a == 1 && added.b == 2 && added.c == 3);
}
END
}

for compiler in gcc clang; do
    export KITSUNE_CC=$compiler
    for options in -O1 -O2 -O3 "-O2 -flto"; do
        # clang's part for link-time optimisation is a package of its own.
        echo 'int main(void) { return 0; }' | $compiler $options -x c - -o probe || continue
        scene "$compiler $options" $options < <(describe)
        output=$(xfgen v1.so v2.so -o /dev/null 2>&1)
        check_equal "$compiler $options: xfgen has nothing to say" "" "$output"
    done
done

# ---- However a source comes to clang -------------------------------------------------------------

export KITSUNE_CC=clang
cat >parts.c <<'END'
#include <stdio.h>
#include "deep/../side.h"
static struct { int first, second; } pair;
int NAME(void)
{
    static int ever[2];
    puts(__FILE__ " " __TIMESTAMP__ " " __BASE_FILE__);
    ever[0]++;
    pair.first++;
    return pair.second + ever[1] + SIDE;
}
END
mkdir deep
echo '#define SIDE 3' >side.h

# The static variables of an object, in one line.
statics() {
    nm "$1" | sed -n 's/.* [bdBD] //p' | sort | tr '\n' ' '
}

plain=$(clang -O2 -DNAME=f -c parts.c -o parts.o && statics parts.o)
check_equal "clang by itself takes them to pieces" "f.ever.0 pair.0 " "$plain"

# compiled NAME ARGUMENT...: with the arguments, kitcc makes whole.o.
compiled() {
    local name=$1
    shift
    rm -f whole.o
    check "$name: compiles" kitcc -O2 -Wall -Wextra -Werror -DNAME=f "$@"
    check_equal "$name: they are whole" "f.ever pair " "$(statics whole.o)"
}
compiled "a file" -c parts.c -o whole.o
compiled "its name in pieces" -c deep/.././parts.c -o whole.o
compiled "its whole name" -c "$PWD/parts.c" -o whole.o
compiled "standard input" -x c -c - -o whole.o <parts.c
compiled "intermediate files" -save-temps -c parts.c -o whole.o
compiled "dependencies" -MD -MP -MF parts.d -c parts.c -o whole.o
check_equal "dependencies are those of clang" \
    "$(clang -O2 -DNAME=f -M -MP -MT whole.o parts.c | tr -s ' \\\n' '\n')" \
    "$(tr -s ' \\\n' '\n' <parts.d)"
kitcc -DNAME=f -E parts.c -o already.i
compiled "what is preprocessed" -c already.i -o whole.o -Wno-unused-command-line-argument
compiled "what is preprocessed, from standard input" -x cpp-output -c - -o whole.o \
    -Wno-unused-command-line-argument <already.i
check "assembly" kitcc -O2 -DNAME=f -S parts.c -o whole.s
compiled "what was assembly" -c whole.s -o whole.o -Wno-unused-command-line-argument
ln -s . other
compiled "a folder by another name" -c other/parts.c -o whole.o
(cd other && compiled "in a folder by another name" -c parts.c -o whole.o) >inside.txt
check_equal "in a folder by another name" 2 "$(grep -c '^pass' inside.txt)"
cp parts.c 'odd "näme" \.c'
compiled "an odd name" -c 'odd "näme" \.c' -o whole.o

cp parts.c again.c
echo 'int main(void) { return 0; }' >main.c
check "several at once, one without variables" \
    kitcc -O2 -Wall -Werror -DNAME=f -c parts.c main.c
check_equal "several at once: they are whole" "f.ever pair " "$(statics parts.o)"
sed 's/pair/two/; s/ever/now/; s/NAME/g/; s:deep/::' parts.c >deep/parts.c
echo 'static int a_class[2]; int h(int i) { a_class[0]++; return a_class[1] + i; }' >other.cc
printf '.globl k\nk: ret\n.section .note.GNU-stack\n' >assembly.S
check "linked at once, from several folders and languages" kitcc -O2 -Wall -DNAME=f -shared \
    parts.c deep/parts.c other.cc assembly.S main.c -o linked.so
check_match "linked at once: they are whole" "f.ever g.now .*pair two" "$(statics linked.so)"

cat >self.c <<'END'
#ifndef INSIDE
#define INSIDE
enum order {
#include "self.c"
};
static struct { int first, second; } pair;
int f(void) { static int ever[2]; ever[0]++; pair.first++; return pair.second + ever[1] + one; }
#else
one, two
#endif
END
compiled "a source that includes itself" -c self.c -o whole.o
printf '%s //\\' 'static struct { int a, b; } pair; int f(void) { pair.a++; return pair.b; }' >open.c
check "a last line that goes on" kitcc -O2 -c open.c -o open.o
check_equal "a last line that goes on: they are whole" "pair " "$(statics open.o)"

# ---- Nobody could tell -----------------------------------------------------------------------

touch -d 2001-02-03 parts.c
check_equal "the names and times in a source" "$(clang -O2 -DNAME=f -S -o - parts.c | grep 2001)" \
    "$(kitcc -g0 -O2 -DNAME=f -S -o - parts.c | grep 2001)"
echo 'static int unused_variable; int f(void) { return undeclared; }' >wrong.c
check_equal "complaints" "$(clang -Wall -c wrong.c 2>&1)" "$(kitcc -Wall -c wrong.c 2>&1)"
kitcc -O2 -g -DNAME=f -c parts.c -o whole.o
check_equal "the source's name in debug information" "parts.c" \
    "$(objdump --dwarf=info whole.o | sed -n 's/.*DW_AT_name.*: \(parts.*\)/\1/p' | head -1)"
check_fails "nothing of kitcc's in the object" grep -q /proc/self whole.o
