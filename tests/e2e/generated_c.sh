#!/bin/bash
# The C that xfgen writes: compiles without a warning, with more of them on than people use; says
# what it was made from; is the same each time; holds nothing that nobody needs.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/messages.sh"

strict='-Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wcast-align
        -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef
        -Wredundant-decls -Wvla -Wformat=2 -Werror'

# compiles NAME FILE: by both compilers, without optimisation and with it.
compiles() {
    local compiler level
    for compiler in gcc clang; do
        for level in -O0 -O2; do
            check "$1: $compiler $level has nothing to say" \
                $compiler -std=gnu11 $strict $level -fPIC -I"$build/include" -c "$2" -o /dev/null
        done
    done
}

# Functions and variables that are defined and never used, whatever attribute they have.
unused_in() {
    sed 's/__attribute__((unused))//' "$1" >bare.c
    gcc -std=gnu11 -Wunused-function -I"$build/include" -c bare.c -o /dev/null 2>&1 |
        sed -n 's/.*: warning: .\([a-z_0-9]*\). defined but not used.*/\1/p'
}

# shape NAME < DESCRIPTION
shape() {
    pair "$1"
    cat /dev/null >rules.xf
    if [ -n "$scene_rules" ]; then
        scene_section @xf >rules.xf
    fi
    check "$1: xfgen" xfgen v1.so v2.so rules.xf -o out.c
    compiles "$1" out.c
    check_equal "$1: no function without use" "" "$(unused_in out.c)"
}

shape "members, pointers, arrays and strings" <<'END'
@v1
struct item { int id; char *name; const char *note; struct item *next; short flags; };
struct item *items;
struct item table[8];
struct item *by_id[16];
unsigned char *bytes E_SZ;
volatile int stop;
const struct item *constant;
int (*handler)(struct item *);
double ratio; float share; _Bool on; long double wide;
@v2
struct item { long id; char *name; const char *note; struct item *next, *previous; int flags; };
struct item *items;
struct item table[8];
struct item *by_id[16];
unsigned char *bytes E_SZ;
volatile int stop;
const struct item *constant;
int (*handler)(struct item *);
double ratio; double share; _Bool on; long double wide;
END

shape "lengths, tails, generics and tags" <<'END'
@v1
struct node { int key; struct node *left, *right; };
struct array { int used, room; struct node **E_PTRARRAY(self.room) slots; };
struct array array;
struct tail { unsigned count; struct node *nodes[] E_ARRAY(self.count); };
struct tail *tail;
struct list { void E_T(@t) *value; struct list E_G(@t) *next; } E_GENERIC(@t);
struct list E_G(struct node) *list;
enum kind { NUMBER, NODE };
struct value { enum kind kind; union { long number; struct node *node; } E_TAGGED(self.kind) as; };
struct value value;
@v2
struct node { long key; struct node *left, *right; };
struct array { int used, room; struct node **E_PTRARRAY(self.room) slots; };
struct array array;
struct tail { unsigned count; struct node *nodes[] E_ARRAY(self.count); };
struct tail *tail;
struct list { void E_T(@t) *value; struct list E_G(@t) *next; } E_GENERIC(@t);
struct list E_G(struct node) *list;
enum kind { NUMBER, NODE };
struct value { enum kind kind; union { long number; struct node *node; } E_TAGGED(self.kind) as; };
struct value value;
END

shape "bit-fields, packed, aligned and nameless" <<'END'
@v1
struct bits { unsigned a : 3, b : 5; int c : 7; struct bits *next; };
struct bits *bits;
struct __attribute__((packed)) packed { char c; long l; short s; struct packed *next; };
struct packed *packed;
struct aligned { char c; int __attribute__((aligned(32))) a; struct aligned *next; };
struct aligned *aligned;
struct outer { int a; union { int x; float y; }; struct { long p, q; }; struct outer *next; };
struct outer *outer;
enum small { ONE = 1, TWO } __attribute__((packed));
enum state { IDLE, BUSY, GONE } state;
enum small small;
@v2
struct bits { unsigned a : 3, b : 6; int c : 9; long d; struct bits *next; };
struct bits *bits;
struct __attribute__((packed)) packed { char c; long l; int s; struct packed *next; };
struct packed *packed;
struct aligned { char c; int __attribute__((aligned(32))) a; struct aligned *next; long more; };
struct aligned *aligned;
struct outer { long a; union { int x; float y; }; struct { long p, q; }; struct outer *next; };
struct outer *outer;
enum small { ONE = 1, TWO } __attribute__((packed));
enum state { IDLE, STARTING, BUSY, GONE } state;
enum small small;
END

shape "rules of every form" <<'END'
@v1
struct conn { int hits; char *peer; struct conn *next; };
struct conn *conns;
struct config { int port, backlog; } config;
int former_counter, first, second;
static int hidden __attribute__((used));
__attribute__((noinline)) E_NOTELOCALS int serve(int request)
{
    static int times;
    return request + ++times + former_counter;
}
__attribute__((used)) static int (*keep)(int) = serve;
@v2
struct conn { long count; char *peer; struct conn *next; long since; };
struct conn *conns;
int port, backlog;
int counter;
short first, second;
static int hidden __attribute__((used));
__attribute__((noinline)) E_NOTELOCALS int serve(int request)
{
    static int times;
    return request + ++times + counter;
}
__attribute__((used)) static int (*keep)(int) = serve;
@xf
{
#include <time.h>
static long now(void) { return (long)time(NULL); }
}
struct conn.hits -> struct conn.count
INIT struct conn.since: { $out = now(); }
config.port -> port
config.backlog -> backlog: { $out = $in > 0 ? $in : 16; }
former_counter -> counter
first -> first, second -> second: {
    if ($in > 32767)
        FAIL("%d does not fit", $in);
    $out = (short)$in;
}
app.c/hidden -> app.c/hidden: { $out = $in + $oldsym(former_counter) + $newsym(serve)(1); }
CHECK { $newsym(counter) >= 0 }
CHECK {
    $newtype(struct conn) *conn = $newsym(conns);
    if (conn && conn->count < 0)
        FAIL "a count below nothing";
}
END
file=$(<out.c)
head_of_file=$(head -8 out.c)
check_match "the head names the old version and its build ID" \
    "from  v1\.so \(build ID $(build_id v1.so)\)" "$head_of_file"
check_match "and the new one" "to    v2\.so \(build ID $(build_id v2.so)\)" "$head_of_file"
check_match "and the spec" 'spec  rules\.xf' "$head_of_file"
check_equal "the parts are in order" \
    "Types of the old version|Types of the new version|What is defined below|Objects|Variables|Tables|The prologue|The rules|Checks" \
    "$(sed -n 's|^/\* ---- \([A-Za-z ]*[a-z]\).* ---- \*/$|\1|p' out.c | paste -sd'|')"
for comment in 'struct conn\.hits -> struct conn\.count|struct conn, reached by \*conns' \
    'INIT struct conn\.since' 'first -> first, second -> second' 'former_counter -> counter' \
    'app\.c/hidden' '(app\.c:|v1/app\.c:)[0-9]+'; do
    check_match "a comment: $comment" "^/\* .*($comment)" "$file"
done
check_match "the user's names" 'struct old_conn \*in = in_;' "$file"
check_match "members by their names" 'out->count = in->hits;' "$file"
check_equal "a block that two rules share is there once" 1 "$(grep -c 'does not fit' out.c)"
check_fails "no cast to what it is already" grep -qE '\(void \*\)kitsune_xf_pointer|= \(char \*\)' out.c
check_fails "no statement for the sake of a warning alone" \
    grep -qE '^    \(void\)(in|out);' out.c
check_fails "nothing behind the end of a line" grep -qE '[ 	]$' <(grep -v '^#\|newsym\|oldsym' out.c)
check "again" xfgen v1.so v2.so rules.xf -o again.c
sed 's/again\.c/out.c/' again.c >again_named.c
check "it is the same each time" cmp out.c again_named.c
check "linked into the new version" xfgen v1.so v2.so rules.xf --link-in -o linked.c
compiles "linked into the new version" linked.c
check "without rules where none are needed" xfgen v1.so v1.so -o same.c
compiles "from a version to itself" same.c
check_match "says that there were none" 'spec  none: everything by its name' "$(head -8 same.c)"

# The transformers of the server that the demo updates.
for step in 1-2 2-3 3-4 4-5; do
    source=$build/obj/apps/kv/v${step%-*}-v${step#*-}.c
    if [ -f "$source" ]; then
        compiles "the key-value server, $step" "$source"
        check_equal "the key-value server, $step: no function without use" "" "$(unused_in "$source")"
    fi
done

end_of_test
