#!/bin/bash
# kitcc.sh -- kitcc from the outside: many shapes of C compiled with gcc and with clang behind it,
# what is stored in the objects, and that nobody could tell it from the real compiler otherwise.
#
# Stands alone: it needs kitcc (KITCC, or build/bin/kitcc of this tree), gcc, clang and binutils.
set -u

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kitcc=${KITCC:-$root/build/bin/kitcc}
headers=$(cd "$(dirname "$kitcc")/../include" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/kitcc-test.XXXXXX")
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
unset KITSUNE_CC CPATH C_INCLUDE_PATH DEPENDENCIES_OUTPUT
export LC_ALL=C

passed=0
failed=0
pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "FAIL: $1"
    [ $# -gt 1 ] && printf '%s\n' "${@:2}" | sed 's/^/      /'
}
check() { # NAME COMMAND...: passes when the command succeeds
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then pass; else fail "$name" "$output"; fi
}
equal() { # NAME EXPECTED GOT
    if [ "$2" = "$3" ]; then
        pass
    else
        fail "$1" "$(diff <(echo "$2") <(echo "$3") | head -40)"
    fi
}
match() { # NAME PATTERN TEXT
    if grep -Eq -- "$2" <<<"$3"; then pass; else fail "$1" "no match for: $2" "$3"; fi
}
no_match() {
    if grep -Eq -- "$2" <<<"$3"; then fail "$1" "unwanted match for: $2" "$3"; else pass; fi
}
# The records of a file, sorted, blanks for tabs, without their places.
records() {
    objcopy -O binary --only-section=.kitsune --set-section-flags .kitsune=alloc "$1" \
        "$work/section" 2>/dev/null
    tr '\0\t' '\n ' <"$work/section" | sed 's/ [^ ]*:[0-9]*$//' | sort
    rm -f "$work/section"
}
# The dependencies in a file, one a line.
dependencies() {
    tr -d '\\\n' <"$1" | tr -s ' ' '\n' | sed '/^$/d'
}
no_leftovers() {
    equal "$1: nothing is left in TMPDIR" "" "$(ls "$TMPDIR")"
}

# True when the real compiler can do this at all: clang's parts for sanitizers and for link-time
# optimisation are packages of their own.
can() { # COMPILER OPTION...
    echo 'int main(void) { return 0; }' | "$@" -x c - -o "$work/probe" 2>/dev/null
}
compilers=gcc
if can clang; then
    compilers="gcc clang"
else
    echo "no clang here: tested with gcc only"
fi

# ---- Placements ----------------------------------------------------------------------------------

cat >types.h <<'END'
#ifndef TYPES_H
#define TYPES_H
#include <kitsune.h>
#define T 5
#define COUNT 4
#define STRING char *E_SZ
#define ROWS(type, n) type * E_PTRARRAY(n) * E_PTRARRAY(self.rows)
struct node {
    void E_T(@t) * addr;
    struct node E_G(@t) * next;
    void E_T(@t) ** E_PTRARRAY(self.n) p;
    int n, rows;
    char * E_SZ name;
    int x[10] E_ARRAY(self.n);
    const char *E_SZ const fixed;
    char *E_SZ *E_PTRARRAY(COUNT) words[2] E_ARRAY(self.n + 1);
    int *E_PTRARRAY(3) (*E_OPAQUE odd)[7];
    int (*E_OPAQUE handler)(char *, int);
    STRING text;
    ROWS(int, 8) grid;
    struct { char *E_SZ deep; struct { STRING deeper; } inner; } outer[3];
    union { int a; char *E_SZ s; };
    struct { int z; } E_OPAQUE plain, *E_PTR apart;
    union { int i; float f; } E_TAGGED(self.n) u;
    union { int first; float second; } E_TAGGED(self.rows);
    int ignored E_IGNORE;
    int before E_OPAQUE, *E_PTR after;
} E_GENERIC(@t);
typedef struct node E_G(@t) list E_GENERIC(@t);
typedef struct { char *E_SZ member; } unnamed;
typedef struct { char *E_SZ member; } *only_pointer;
typedef char *E_SZ string;
typedef char *string;
struct pool { int used; } E_CUSTOM(pool_get, pool_put);
extern char *E_SZ shared;
#endif
END
cat >main.c <<'END'
#include "types.h"
int E_MANUAL_MIGRATE g;
static void *E_OPAQUE h;
char *E_SZ a, *E_PTRARRAY(3) b;
char *shared;
static struct { char *E_SZ inside; } holder;
list E_G(int) *chain;
struct node E_G(struct list<int,int>) *E_PTR nested;
void *keep(void) { return holder.inside ? h : (void *)chain; }
int f(char *E_SZ argument, char *E_SZ vector[3])
{
    static int E_AUTO_MIGRATE counter;
    struct node *E_PTR local, *E_OPAQUE other;
    struct inside { char *E_SZ member; } value = {0};
    local = other = 0;
    return argument && vector && local == other && value.member ? counter++ : 0;
}
END
expected='local main.c/f#argument  0 SZ
local main.c/f#local  0 PTR
local main.c/f#other  0 OPAQUE
local main.c/f#vector  1 SZ
type struct inside member 0 SZ
type struct node  0 GENERIC @t
type struct node addr 1 T @t
type struct node after 0 PTR
type struct node apart 0 PTR
type struct node apart 1 OPAQUE
type struct node before 0 OPAQUE
type struct node first^ 0 TAGGED self.rows
type struct node fixed 0 SZ
type struct node grid 0 PTRARRAY self.rows
type struct node grid 1 PTRARRAY 8
type struct node handler 0 OPAQUE
type struct node ignored 0 IGNORE
type struct node name 0 SZ
type struct node next 1 G @t
type struct node odd 0 OPAQUE
type struct node odd 2 PTRARRAY 3
type struct node outer.deep 0 SZ
type struct node outer.inner.deeper 0 SZ
type struct node p 0 PTRARRAY self.n
type struct node p 2 T @t
type struct node plain 0 OPAQUE
type struct node s 0 SZ
type struct node text 0 SZ
type struct node u 0 TAGGED self.n
type struct node words 0 ARRAY self.n + 1
type struct node words 1 PTRARRAY 4
type struct node words 2 SZ
type struct node x 0 ARRAY self.n
type struct pool  0 CUSTOM pool_get, pool_put
type typedef list  0 G @t
type typedef list  0 GENERIC @t
type typedef only_pointer member 0 SZ
type typedef string  0 SZ
type typedef unnamed member 0 SZ
variable a  0 SZ
variable b  0 PTRARRAY 3
variable chain  1 G int
variable g  0 MANUAL_MIGRATE
variable main.c/f#counter  0 AUTO_MIGRATE
variable main.c/h  0 OPAQUE
variable main.c/holder inside 0 SZ
variable nested  0 PTR
variable nested  1 G struct list<int,int>
variable shared  0 SZ'
# An empty argument leaves a blank at the end.
expected=$(sed -E 's/ (SZ|PTR|OPAQUE|IGNORE|MANUAL_MIGRATE|AUTO_MIGRATE)$/ \1 /' <<<"$expected")

for compiler in $compilers; do
    for options in "" "-O2" "-O2 -flto" "-std=c99" "-std=c11 -pedantic-errors" "-g3 -O1" "-m32 -ffreestanding"; do
        # shellcheck disable=SC2086
        check "$compiler $options compiles" \
            "$kitcc" --kitsune-cc=$compiler $options -c main.c -o main.o
        [ "$options" = "-O2 -flto" ] && continue # the assembly is made when linking
        equal "$compiler $options: records" "$expected" "$(records main.o)"
    done
    lto=
    can $compiler -flto && lto=-flto
    # shellcheck disable=SC2086
    check "$compiler links a shared object" \
        "$kitcc" --kitsune-cc=$compiler -O2 $lto -shared main.c -o main.so
    equal "$compiler: records of a shared object" "$expected" "$(records main.so)"
done
printf '#!/bin/sh\necho chosen >chosen\nexec gcc "$@"\n' >other-cc && chmod +x other-cc
KITSUNE_CC=$work/other-cc "$kitcc" -c main.c -o main.o
check "KITSUNE_CC chooses the compiler" test -s chosen
"$kitcc" -c main.c -o main.o
places=$(readelf -p .kitsune main.o)
match "place of a header's annotation" 'addr.*types.h:9$' "$places"
match "place of a source's annotation" 'variable.*IMANUAL.*main.c:2$|MANUAL_MIGRATE.*main.c:2$' "$places"
check "stripping keeps records" strip main.so
equal "records of a stripped object" "$expected" "$(records main.so)"

# Each way to hand the source over gives the same.
expected_input=$(sed 's/main\.c\//<stdin>\//' <<<"$expected" | sort)
"$kitcc" -I. -x c - -c -o input.o <main.c
equal "standard input" "$expected_input" "$(records input.o)"
echo "-c main.c -o 'response file.o'" >words
check "response file" "$kitcc" @words
equal "records by response file" "$expected" "$(records 'response file.o')"
"$kitcc" -S main.c -o main.s && "$kitcc" -c main.s -o from_assembly.o
equal "records by way of assembly" "$expected" "$(records from_assembly.o)"
cp main.c strange.text && "$kitcc" -x c -c strange.text -o strange.o
equal "-x c" "$(sed 's/main\.c/strange.text/' <<<"$expected" | sort)" "$(records strange.o)"
check "-save-temps" "$kitcc" -save-temps -c main.c -o saved.o
equal "records with -save-temps" "$expected" "$(records saved.o)"

# ---- Many files ----------------------------------------------------------------------------------

mkdir -p many
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
    cat >"many/part$i.c" <<END
#include "../types.h"
static int E_MANUAL_MIGRATE own;
int part$i(void) E_NOTELOCALS { int value = $i; own = value; return own; }
END
done
cat >many/Makefile <<'END'
OBJECTS := $(patsubst %.c,%.o,$(sort $(wildcard part*.c)))
app.so: $(OBJECTS)
	$(CC) -shared -Wl,--no-undefined-version $^ -o $@
%.o: %.c
	$(CC) $(CFLAGS) -MMD -MP -c $< -o $@
-include $(wildcard *.d)
END
check "parallel make" make -s -C many -j4 CC="$kitcc" CFLAGS=-O2
merged=$(records many/app.so)
equal "a header's record is there once" 1 "$(grep -c 'struct node next' <<<"$merged")"
equal "each file's own are all there" 12 "$(grep -c '^variable part.*own' <<<"$merged")"
equal "each function's are all there" 12 "$(grep -c '^function part.*NOTELOCALS' <<<"$merged")"
equal "nothing to do the second time" "make: 'app.so' is up to date." \
    "$(make --no-print-directory -C many CC="$kitcc" CFLAGS=-O2)"
touch types.h
match "a changed header compiles again" 'part12.c' "$(make -C many -n CC="$kitcc" CFLAGS=-O2)"

# ---- Locals --------------------------------------------------------------------------------------

cat >runtime.c <<'END'
/* Stands in for libkitsune: prints what is noted. */
#include <kitsune.h>
#include <stdio.h>
int kitsune_pending;
static struct kitsune_frame *top;
void kitsune_enter_function(struct kitsune_frame *frame) { frame->caller = top; top = frame; }
void kitsune_leave_function(struct kitsune_frame *frame)
{
    if (frame->locals)
        printf("%s left with %s\n", frame->function, frame->locals->name);
    top = frame->caller;
}
void kitsune_link_local(struct kitsune_frame *frame, struct kitsune_local *local)
{
    local->next = frame->locals;
    frame->locals = local;
}
void kitsune_forget_local(struct kitsune_local *local)
{
    for (struct kitsune_frame *frame = top; frame; frame = frame->caller)
        for (struct kitsune_local **at = &frame->locals; *at; at = &(*at)->next)
            if (*at == local) {
                *at = local->next;
                return;
            }
}
struct kitsune_local *kitsune_find_local(struct kitsune_frame *frame, const char *name, void *where)
{
    (void)name;
    for (struct kitsune_local *local = frame->locals; local; local = local->next)
        if (local->address == where)
            return local;
    return NULL;
}
void show(const char *where);
void show(const char *where)
{
    printf("%s:", where);
    for (struct kitsune_frame *frame = top; frame; frame = frame->caller) {
        printf(" %s(", frame->function);
        for (struct kitsune_local *local = frame->locals; local; local = local->next)
            local->size == 4 ? printf(" %s=%d", local->name, *(int *)local->address)
                             : printf(" %s/%zu", local->name, local->size);
        printf(" )");
    }
    printf("\n");
}
END
cat >locals.c <<'END'
#include <kitsune.h>
#include <stdio.h>
#include <string.h>
void show(const char *where);
struct pair { int a, b; };
#define TEMPORARY(x) __extension__({ int temporary_ = (x); temporary_; })
#define DECLARED(name) int name = 9;
static int early(int which) E_NOTELOCALS {
    int one = 1;
    if (which == 1)
        return one;
    int two = 2;
    { int one = 10, nested = 11; show("shadowed"); if (which == 2) return one + nested; }
    show("after the block");
    return two;
}
static int jumps(int which) E_NOTELOCALS
{
    if (which == 1)
        goto out;
    int late = 5;
    {
        int again = 0;
    back:;
        int inner = 7;
        show("before the jump back");
        if (again++ < 1)
            goto back;
        (void)inner;
    }
    if (which == 2) { int gone = 1; (void)gone; goto out; }
    show("end");
    (void)late;
out:
    show("out");
    return 0;
}
static void loops(const int limit) E_NOTELOCALS {
    for (int i = 0; i < limit; i++) { int body = i * 2; if (i == 1) show("for"); (void)body; }
    for (int j = 0, k = 3; j < 1; j++) show("for without braces");
    for (int m = 0; m < 1; m++)
        if (m == 0) { show("for with if"); } else show("never");
    int w = 0;
    while (w < 1) { int in_while = 4; show("while"); (void)in_while; w++; }
    do { int in_do = 5; show("do"); (void)in_do; } while (0);
}
static int choice(int what) E_NOTELOCALS
{
    switch (what) {
        int unreachable;
    case 1: { int first = 1; show("case 1"); return first; }
    case 2:
        unreachable = 3;
        show("case 2");
        return unreachable;
    default: {
        int other = 4;
        show("default");
        return other;
    }
    }
}
static int types(char *text, struct pair pair, int numbers[3], int (*call)(int)) E_NOTELOCALS {
    const char *const constant = "x"; volatile int v = 1; struct pair copy = pair, *at = &copy;
    unsigned char bytes[12]; enum { RED, GREEN } color = GREEN; static int never_noted;
    extern int elsewhere; typedef int number; number typed = 3; double wide = 1;
    struct { int x; } unnamed = {2}; int (*pointer)[3] = (int (*)[3])(void *)numbers;
    memset(bytes, 0, sizeof bytes);
    show("types");
    never_noted += typed + v + color + at->a + unnamed.x + (*pointer)[0] + (text == constant);
    return never_noted + call(TEMPORARY(1)) + elsewhere + (int)wide + bytes[0];
}
int elsewhere = 0;
static int old_style(count, name) int count; char *name; { return count + !name; }
static int callback(int x) E_NOTELOCALS { int deep = x; show("callback"); return deep; }
static void by_hand(void) { int mine = 6, hidden = 7; ENTER_FUNC(); NOTE_LOCAL(mine); show("by hand"); (void)hidden; }
static int same(int n) E_NOTELOCALS { int left = n; if (n > 0) return same(n - 1); show("recursion"); return left; }
int main(int argc, char **argv) E_NOTELOCALS { int status = 0; (void)argv; struct pair p = {1, 2}; int n[3] = {0};
    status += early(1) + early(2) + early(3);
    jumps(1); jumps(2); jumps(3);
    loops(2);
    choice(1); choice(2); choice(3);
    char word[] = "w";
    types(word, p, n, callback);
    by_hand();
    same(1);
    return old_style(argc - 1, word) + (status != 24);
}
END
cat >locals.expected <<'END'
shadowed: early( nested=11 one=10 two=2 one=1 which=2 ) main( n/12 p/8 status=0 argv/8 argc=1 )
shadowed: early( nested=11 one=10 two=2 one=1 which=3 ) main( n/12 p/8 status=0 argv/8 argc=1 )
after the block: early( two=2 one=1 which=3 ) main( n/12 p/8 status=0 argv/8 argc=1 )
out: jumps( which=1 ) main( n/12 p/8 status=24 argv/8 argc=1 )
before the jump back: jumps( inner=7 again=0 late=5 which=2 ) main( n/12 p/8 status=24 argv/8 argc=1 )
before the jump back: jumps( inner=7 again=1 late=5 which=2 ) main( n/12 p/8 status=24 argv/8 argc=1 )
out: jumps( late=5 which=2 ) main( n/12 p/8 status=24 argv/8 argc=1 )
before the jump back: jumps( inner=7 again=0 late=5 which=3 ) main( n/12 p/8 status=24 argv/8 argc=1 )
before the jump back: jumps( inner=7 again=1 late=5 which=3 ) main( n/12 p/8 status=24 argv/8 argc=1 )
end: jumps( late=5 which=3 ) main( n/12 p/8 status=24 argv/8 argc=1 )
out: jumps( late=5 which=3 ) main( n/12 p/8 status=24 argv/8 argc=1 )
for: loops( body=2 i=1 limit=2 ) main( n/12 p/8 status=24 argv/8 argc=1 )
for without braces: loops( k=3 j=0 limit=2 ) main( n/12 p/8 status=24 argv/8 argc=1 )
for with if: loops( m=0 limit=2 ) main( n/12 p/8 status=24 argv/8 argc=1 )
while: loops( in_while=4 w=0 limit=2 ) main( n/12 p/8 status=24 argv/8 argc=1 )
do: loops( in_do=5 w=1 limit=2 ) main( n/12 p/8 status=24 argv/8 argc=1 )
case 1: choice( first=1 what=1 ) main( n/12 p/8 status=24 argv/8 argc=1 )
case 2: choice( what=2 ) main( n/12 p/8 status=24 argv/8 argc=1 )
default: choice( other=4 what=3 ) main( n/12 p/8 status=24 argv/8 argc=1 )
types: types( pointer/8 unnamed=2 wide/8 typed=3 color=1 bytes/12 at/8 copy/8 v=1 constant/8 call/8 numbers/8 pair/8 text/8 ) main( word/2 n/12 p/8 status=24 argv/8 argc=1 )
callback: callback( deep=1 x=1 ) types( pointer/8 unnamed=2 wide/8 typed=3 color=1 bytes/12 at/8 copy/8 v=1 constant/8 call/8 numbers/8 pair/8 text/8 ) main( word/2 n/12 p/8 status=24 argv/8 argc=1 )
by hand: by_hand( mine=6 ) main( word/2 n/12 p/8 status=24 argv/8 argc=1 )
by_hand left with mine
recursion: same( left=0 n=0 ) same( left=1 n=1 ) main( word/2 n/12 p/8 status=24 argv/8 argc=1 )
END
for compiler in $compilers; do
    "$kitcc" --kitsune-cc=$compiler -c runtime.c -o runtime.o
    for options in -O0 -O2 "-O2 -flto" "-O1 -fsanitize=address,undefined"; do
        # shellcheck disable=SC2086
        can $compiler $options || continue
        # shellcheck disable=SC2086
        check "locals: $compiler $options" \
            "$kitcc" --kitsune-cc=$compiler $options locals.c runtime.o -o locals
        equal "locals run: $compiler $options" "$(cat locals.expected)" \
            "$(./locals 2>&1 || echo "status $?")"
    done
done
messages=$("$kitcc" -c locals.c -o locals.o 2>&1)
equal "one local cannot be noted" 1 "$(wc -l <<<"$messages")"
match "and it is told" \
    "^locals.c:50:13: warning: kitcc: local 'unreachable' of 'choice' is not noted.*outer block$" \
    "$messages"
noted=$(records locals.o | grep ^function)
match "functions are recorded" 'function locals.c/early  0 NOTELOCALS' "$noted"
match "noting by hand is recorded" 'function locals.c/by_hand  0 NOTELOCALS' "$noted"
no_match "others are not" 'old_style' "$noted"

# No warning of any kind comes from what is put in.
cat >clean.c <<'END'
#include <kitsune.h>
int clean(int count, char *names[], const int limit) E_NOTELOCALS;
int clean(int count, char *names[], const int limit) {
    int total = 0;
    const char *first = names[0];
    int index;
    if (count > limit)
        goto out;
    for (index = 0; index < count; index++) {
        int length = 0;
        while (names[index][length])
            length++;
        total += length;
    }
out:
    return first ? total : 0;
}
END
for compiler in $compilers; do
    for standard in gnu89 c99 gnu11 c11 gnu17; do
        check "no warnings: $compiler -std=$standard" \
            "$kitcc" --kitsune-cc=$compiler -std=$standard -O2 -Wall -Wextra -Wshadow \
            -Wdeclaration-after-statement -pedantic -Wcast-qual -Wconversion -Wundef \
            -Wredundant-decls -Wstrict-prototypes -Wmissing-prototypes -Wnested-externs \
            -Wunused -Wwrite-strings -Wpointer-arith -Werror -c clean.c -o clean.o
    done
done
match "an earlier prototype marks the function" 'function clean.c/clean' "$(records clean.o)"

# What cannot be noted is told, and compiles.
told() { # NAME PATTERN < SOURCE
    cat >told.c
    local output
    if ! output=$("$kitcc" -c told.c -o told.o 2>&1); then fail "$1: compiles" "$output"; fi
    match "$1" "$2" "$output"
}
cat >inline.h <<'END'
#include <kitsune.h>
static inline int in_header(int a) E_NOTELOCALS { return a; }
END
told "function in a header" "inline.h:2:19: warning: kitcc: the locals of 'in_header'.*\.c file" <<'END'
#include "inline.h"
int use(void) { return in_header(1); }
END
told "variable length" "told.c:2:41: warning: .*'array' of 'f' is not noted.*variable length" <<'END'
#include <kitsune.h>
int f(int n) E_NOTELOCALS { if (n) {int array[n]; array[0] = 1; return array[0]; } return 0; }
END
told "register" "told.c:2:40: warning: .*'r' of 'f' is not noted.*remove the word" <<'END'
#include <kitsune.h>
int f(void) E_NOTELOCALS {register int r = 1; return r; }
END
told "brace from a macro" "told.c:3:5: warning: .*write the brace out" <<'END'
#include <kitsune.h>
#define BEGIN {
int f(void) E_NOTELOCALS BEGIN int a = 1; return a; }
END
told "local from a macro" "told.c:3:28: warning: .*'m' of 'f' is not noted.*comes from a macro" <<'END'
#include <kitsune.h>
#define LOCAL int m = 1;
int f(void) E_NOTELOCALS { LOCAL int a = 2; return a + m; }
END
told "twice noted" "told.c:2:13: warning: .*also notes by hand" <<'END'
#include <kitsune.h>
int f(void) E_NOTELOCALS { ENTER_FUNC(); int a = 1; NOTE_LOCAL(a); return a; }
END
told "gcc's own C" "told.c:[0-9]+:[0-9]+: warning: kitcc: .*clang\) cannot parse this" <<'END'
#include <kitsune.h>
char *E_SZ kept;
int f(int n) E_NOTELOCALS { int g(int m) { return m + n; } return g(1); }
char *E_SZ also_kept;
END
equal "the rest is kept" "variable also_kept  0 SZ 
variable kept  0 SZ " "$(records told.o)"
told "a macro's own block" '^$' <<'END'
#include <kitsune.h>
#define SWAP(a, b) do { int swap_ = (a); (a) = (b); (b) = swap_; } while (0)
int f(int a) E_NOTELOCALS { int b = 1; SWAP(a, b); return a - b; }
END
told "KITSUNE_OFF" '^$' <<'END'
#define KITSUNE_OFF
#include <kitsune.h>
int f(void) E_NOTELOCALS { int a = 1; kitsune_update("x"); return a; }
END
no_leftovers "locals"

# ---- Looking like the real compiler --------------------------------------------------------------

mkdir -p source/deep out "with space"
cat >source/deep/name.h <<'END'
static inline const char *header_file(void) { return __FILE__; }
END
cat >source/conf.h <<'END'
#define CONF "right"
END
cat >"$TMPDIR/conf.h" <<'END'
#error "the copy's surroundings are not the source's"
END
cat >source/deep/name.c <<'END'
#include "name.h"
#include "../conf.h"
#include "../../source/conf.h"
#include <kitsune.h>
#include <stdio.h>
int main(void) E_NOTELOCALS { int marked = 1; (void)marked;
    printf("%s %s %s %d %s %s\n", __FILE__, __BASE_FILE__, header_file(), __LINE__, __func__, CONF);
    return 0; }
END
for compiler in $compilers; do
    "$compiler" "-I$headers" source/deep/name.c -o out/real
    "$kitcc" --kitsune-cc=$compiler source/deep/name.c runtime.o -o out/ours
    equal "$compiler: names in the program" "$(out/real)" "$(out/ours)"
    (cd source/deep && "$compiler" "-I$headers" name.c -o ../../out/real &&
        "$kitcc" --kitsune-cc=$compiler name.c ../../runtime.o -o ../../out/ours)
    equal "$compiler: names in the program, in its folder" "$(out/real)" "$(out/ours)"
    for where in source/deep/name.c "$work/source/deep/name.c"; do
        "$compiler" "-I$headers" -g -fPIC -c "$where" -o out/real.o
        "$kitcc" --kitsune-cc=$compiler -c "$where" -o out/ours.o
        for file in real ours; do
            readelf --debug-dump=info out/$file.o | grep -E 'DW_AT_(name|comp_dir)' |
                head -2 | sed 's/.*: //' >out/$file.names
            readelf -s out/$file.o | grep -w FILE | sed 's/.* //' >>out/$file.names
        done
        equal "$compiler: names in $where's object" "$(cat out/real.names)" "$(cat out/ours.names)"
        no_match "$compiler: no temporary name in it" "$TMPDIR" "$(strings -a out/ours.o)"
    done
done
rm "$TMPDIR/conf.h"
"$kitcc" -ffile-prefix-map="$work"=/src -c "$work/source/deep/name.c" -o out/mapped.o
no_match "-ffile-prefix-map is obeyed" "$work" "$(strings -a out/mapped.o)"
match "-ffile-prefix-map names the source" '^/src/source/deep/name.c$' "$(strings -a out/mapped.o)"
"$kitcc" -O2 -c source/deep/name.c -o out/first.o && "$kitcc" -O2 -c source/deep/name.c -o out/second.o
check "two compilations are equal" cmp out/first.o out/second.o

# Messages and exit codes.
cat >wrong.c <<'END'
#include <kitsune.h>
#include "types.h"
static int unused_function(void) { return 0; }
int f(int a) E_NOTELOCALS
{
    int b = a;
    undeclared = 1;
    return b;
}
int g(void) { return missing(); }
END
for compiler in $compilers; do
    "$compiler" "-I$headers" -Wall -c wrong.c -o wrong.o 2>real.messages
    real_status=$?
    "$kitcc" --kitsune-cc=$compiler -Wall -c wrong.c -o wrong.o 2>our.messages
    equal "$compiler: exit status" "$real_status" $?
    equal "$compiler: messages" "$(cut -d: -f1,2,4- real.messages | grep '^wrong.c')" \
        "$(cut -d: -f1,2,4- our.messages | grep '^wrong.c')"
done
same() { # NAME ARGUMENT...: like gcc in output and status
    local name=$1 real ours
    shift
    real=$(gcc "$@" 2>&1; echo "status $?")
    ours=$("$kitcc" "$@" 2>&1; echo "status $?")
    equal "same as gcc: $name" "$real" "$ours"
}
same "no arguments"
same "missing file" -c missing.c
same "missing option value" main.c -o
same "unknown option" --no-such-option -c plain.c
same "--version" --version
same "-dumpmachine" -dumpmachine
same "-dumpversion" -dumpversion
same "-print-prog-name" -print-prog-name=ld
same "-print-file-name" -print-file-name=libc.so
same "-print-multi-os-directory" -print-multi-os-directory
echo 'int main(void) { return 3; }' >plain.c
same "preprocessing" -E plain.c
same "macros" -E -dM -fPIC -x c /dev/null
same "dependencies" -MM "-I$headers" main.c
same "syntax only" -fsyntax-only plain.c
same "-E of standard input" -E -x c /dev/stdin </dev/null
check "plain program" "$kitcc" plain.c -o plain
./plain
equal "its exit status" 3 $?
no_match "it needs no library of ours" kitsune "$(readelf -d plain | grep NEEDED)"
echo 'int main(void) { return 4; }' | "$kitcc" -x c - -o piped
./piped
equal "program from standard input" 4 $?
"$kitcc" -v 2>version.messages
match "-v" 'gcc version' "$(cat version.messages)"

# Default names.
mkdir -p names/sub && cp main.c types.h clean.c plain.c names && cp plain.c names/sub/third.c
cd names || exit 1
"$kitcc" -c ../names/main.c clean.c sub/third.c
equal "-c of several" "clean.o main.o third.o" "$(echo *.o)"
equal "each has its own records only" "function clean.c/clean  0 NOTELOCALS " "$(records clean.o)"
"$kitcc" -S clean.c sub/third.c
equal "-S of several" "clean.s third.s" "$(echo *.s)"
"$kitcc" sub/third.c
check "a.out" test -x a.out
"$kitcc" -c clean.c missing.c main.c 2>/dev/null
equal "one of several is missing" 1 $?
rm -f ./*.o
"$kitcc" -c missing.c clean.c 2>/dev/null
check "the others are compiled all the same" test -f clean.o
cd ..

# Dependency files.
for compiler in $compilers; do
    for case in "-MMD -c source/deep/name.c -o out/DEP.o:out/DEP.d" \
        "-MD -MP -c source/deep/name.c -o out/DEP.o:out/DEP.d" \
        "-MMD -MF out/DEP.d -MT target -c source/deep/name.c -o out/x.o:out/DEP.d" \
        "-MMD -c main.c:main.d" "-MD -MP -c clean.c:clean.d" "-MMD -c clean.c -o out/DEP.o:out/DEP.d" \
        "-Wp,-MMD,out/DEP.d -c clean.c -o out/DEP.o:out/DEP.d"; do
        file=${case#*:}
        # shellcheck disable=SC2086
        "$compiler" -isystem "$headers" ${case%:*} && dependencies "$file" >real.dependencies
        rm -f "$file"
        # shellcheck disable=SC2086
        "$kitcc" --kitsune-cc=$compiler ${case%:*}
        equal "$compiler: ${case%:*}" "$(cat real.dependencies)" "$(dependencies "$file")"
    done
done

# Options with blanks and quotes.
cat >"with space/two words.c" <<'END'
#include <kitsune.h>
#include <stdio.h>
char *E_SZ kept;
int main(void) E_NOTELOCALS { int x = 0; puts(MESSAGE); return x; }
END
check "blanks in names" "$kitcc" '-DMESSAGE="a \"quoted\" text"' -MMD -I "with space" \
    "with space/two words.c" runtime.o -o "with space/two words"
equal "blanks in values" 'a "quoted" text' "$("with space/two words")"
cat >words <<'END'
'-DMESSAGE="a \\"quoted\\" text"' "with space/two words.c" runtime.o -o out/by\ words
END
check "the same by response file" "$kitcc" @words
equal "its output" 'a "quoted" text' "$("out/by words")"
for i in $(seq 1 2000); do echo "-DMACRO_NUMBER_$i=value_$i"; done >long.words
check "a very long command" "$kitcc" @long.words -c main.c -o out/long.o
equal "its records" "$expected" "$(records out/long.o)"

# ---- Linking -------------------------------------------------------------------------------------

cat >version.c <<'END'
#include <kitsune.h>
char *E_SZ state;
int main(void) { kitsune_do_automigrate(); kitsune_update("loop"); return 0; }
END
if [ -f "$headers/../lib/libkitsune.so" ]; then
    check "a version" "$kitcc" -O2 -shared version.c -o version.so
    dynamic=$(readelf -dn version.so)
    match "needs the runtime" 'NEEDED.*libkitsune.so' "$dynamic"
    match "finds the runtime" "RUNPATH.*$(cd "$headers/../lib" && pwd)|RPATH.*lib" "$dynamic"
    match "is bound to itself" 'SYMBOLIC' "$dynamic"
    match "has a build ID" 'Build ID: [0-9a-f]{40}' "$dynamic"
    check "an executable that calls the runtime" "$kitcc" version.c -o version
    check "runs by itself, inert" ./version
fi
echo 'int freestanding(void) { return 1; }' >free.c
check "-nostdlib -r" "$kitcc" -nostdlib -r free.c -o free.o
check "-nostdlib -shared" "$kitcc" -nostdlib -shared free.c -o free.so
check "-static" "$kitcc" -static plain.c -o plain_static
check "-fPIE objects link into a shared object" \
    "$kitcc" -fPIE -c locals.c -o out/pie.o
check "and it links" "$kitcc" -shared out/pie.o runtime.o -o out/pie.so
check "-fno-pic stays" "$kitcc" -fno-pic -mcmodel=kernel -c free.c -o free.o
echo 'int data = 1; int get(void) { return data; }' >library.c
check "a plain shared library" bash -c "'$kitcc' -fPIC -c library.c && '$kitcc' -shared library.o -o liblibrary.so"
echo 'int get(void); int main(void) { return get() - 1; }' >user.c
check "links against it" "$kitcc" user.c -L. -llibrary -Wl,-rpath,"$work" -o user
check "runs with it" ./user
mkdir -p sides/a sides/b sides/inc
echo '#define SIDE "a"' >sides/a/side.h
echo '#define SIDE "inc"' >sides/inc/side.h
cat >sides/a/one.c <<'END'
#include <kitsune.h>
#include <stdio.h>
#include "side.h"
void two(void);
int main(void) E_NOTELOCALS { int x = 1; puts(SIDE); two(); return x - 1; }
END
cat >sides/b/two.c <<'END'
#include <stdio.h>
#include "side.h"
void two(void);
void two(void) { puts(SIDE); }
END
check "sources of several folders" \
    "$kitcc" -Isides/inc -x c sides/a/one.c sides/b/two.c -x none runtime.o -o out/sides
equal "each finds its own headers" "a inc" "$(echo $(out/sides))"
cat >transformer.c <<'END'
#include <kitsune/transform.h>
int kitsune_nothing(void);
int kitsune_nothing(void) { return 0; }
END
check "a transformer" "$kitcc" -Wall -Werror -shared transformer.c -o transformer.so
check "coverage" "$kitcc" --coverage -c locals.c -o locals.o
check "coverage links" "$kitcc" --coverage locals.o runtime.o -o covered
./covered >/dev/null
match "coverage knows the source" "File 'locals.c'" "$(gcov -n locals.o 2>&1)"
check "C++ passes through" bash -c "echo 'int main() { return 0; }' >p.cc && '$kitcc' -c p.cc"
check "assembly passes through" bash -c "echo '.globl x; x: ret' >x.s && '$kitcc' -c x.s"
check "a precompiled header" bash -c "cp types.h pre.h && '$kitcc' pre.h && test -f pre.h.gch"
check "and its use" "$kitcc" -include pre.h -c main.c -o out/pre.o
equal "with the same records" "$(sed 's/types.h/pre.h/' <<<"$expected")" "$(records out/pre.o)"

# ---- Published options and trouble ---------------------------------------------------------------

ln -sf "$kitcc" ktcc
check "ktcc" ./ktcc --doglobalreg --dostackvars --keepunused --doktsavetypes \
    --typesfile-out=main.ktt -c main.c -o out/ktcc.o
check "ktcc leaves the file that build rules expect" test -s main.ktt
equal "ktcc records" "$expected" "$(records out/ktcc.o)"
output=$(KITSUNE_CC=$kitcc "$kitcc" -c plain.c 2>&1)
equal "kitcc behind kitcc: status" 1 $?
match "kitcc behind kitcc" 'is kitcc itself.*KITSUNE_CC=' "$output"
output=$(KITSUNE_CC=/no/such/compiler "$kitcc" -c plain.c 2>&1)
equal "no compiler: status" 127 $?
match "no compiler" "cannot start '/no/such/compiler'" "$output"

# A copy of kitcc with an analysis that fails.
mkdir -p broken/bin broken/lib/kitsune && cp "$(readlink -f "$kitcc")" broken/bin/kitcc
cp -r "$headers" broken/include
printf '#!/bin/sh\nkill -SEGV $$\n' >broken/lib/kitsune/kitcc-analysis
chmod +x broken/lib/kitsune/kitcc-analysis
output=$(broken/bin/kitcc -c main.c -o out/broken.o 2>&1)
equal "a crash of the analysis costs no build" 0 $?
match "but is told" 'main.c: warning: kitcc: annotations of this file may be lost' "$output"
cat >system.c <<'END'
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <syslog.h>
int no_annotations;
END
equal "the system's headers need no analysis" "" "$(broken/bin/kitcc -c system.c -o out/system.o 2>&1)"
output=$(TMPDIR=/no/such/folder "$kitcc" -c clean.c -o out/x.o 2>&1)
equal "no room for a copy: status" 1 $?
match "no room for a copy" 'cannot write the working copy.*TMPDIR' "$output"

# A signal during the compilation: the child is told, the copy is removed.
printf '#!/bin/sh\necho started >started\nexec sleep 60\n' >slow && chmod +x slow
KITSUNE_CC=$work/slow "$kitcc" -c clean.c &
child=$!
for _ in $(seq 1 200); do [ -f started ] && break; sleep 0.05; done
equal "a copy is there meanwhile" 1 "$(ls "$TMPDIR" | wc -l)"
kill -TERM $child
wait $child 2>/dev/null
equal "ended by the signal" 143 $?
no_leftovers "everything"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
