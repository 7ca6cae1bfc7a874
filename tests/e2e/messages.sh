#!/bin/bash
# What xfgen says when it cannot do what it is asked: where, what, and what to write instead.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/messages.sh"

# ---- The spec itself -----------------------------------------------------------------------------

pair "a pair in which nothing is wrong" <<'END'
@v1
struct node { int value; struct node *next; };
struct node *list;
int counter;
enum state { IDLE, BUSY } state;
struct lonely { int value; };
struct lonely *never_followed E_OPAQUE;
static int hidden __attribute__((used));
@v2
struct node { long value; struct node *next; };
struct node *list;
int counter;
enum state { IDLE, BUSY } state;
struct lonely { int value; };
struct lonely *never_followed E_OPAQUE;
static int hidden __attribute__((used));
END

check "an empty spec is fine" xfgen v1.so v2.so -o out.c

xfgen_says "a member that does not exist" \
    '^rules\.xf:2:13: error: .*valu' '^ *struct node\.valu -> struct node\.value' '\^' \
    "did you mean 'value'\?" <<'END'
// a comment
struct node.valu -> struct node.value
END
xfgen_says "a struct that does not exist" "rules\.xf:1:[0-9]+: error: .*struct.*nod'" \
    "did you mean 'struct node'" <<'END'
struct nod -> struct node
END
xfgen_says "a variable that does not exist" "rules\.xf:1:6: error: .*countr" \
    "did you mean 'counter'" <<'END'
INIT countr: { $out = 1; }
END
xfgen_says "a static without its file" "rules\.xf:1:[0-9]+: error: .*hidden" 'file\.c/|app\.c/hidden' <<'END'
hidden -> hidden: { $out = $in; }
END
xfgen_says "a word that is misspelt" "rules\.xf:3:[0-9]+: error: .*ouut" 'did you mean .\$out' <<'END'
counter -> counter: {
    int fine = 0;
    $ouut = fine;
}
END
xfgen_says "no arrow" "rules\.xf:1:[0-9]+: error: expected '->'" 'old -> new' <<'END'
counter counter
END
xfgen_says "a wrong arrow" "rules\.xf:1:[0-9]+: error:" '->' <<'END'
counter => counter
END
xfgen_says "no colon" "rules\.xf:1:[0-9]+: error: .*':'" <<'END'
counter -> counter { $out = $in; }
END
xfgen_says "a block that is never closed" "rules\.xf:1:[0-9]+: error: .*(never )?closed" <<'END'
counter -> counter: {
    $out = $in;
END
xfgen_says "INIT without code" "rules\.xf:1:[0-9]+: error:" 'INIT' <<'END'
INIT counter
END
xfgen_says "a misspelt keyword" "rules\.xf:1:[0-9]+: error:" "INIT" <<'END'
init counter: { $out = 1; }
END
xfgen_says "an unknown type in \$oldtype" "rules\.xf:1:[0-9]+: error: .*nod" <<'END'
counter -> counter: { $oldtype(struct nod) *p = 0; (void)p; $out = $in; }
END
xfgen_says "an unknown symbol in \$oldsym" "rules\.xf:1:[0-9]+: error: .*countr" <<'END'
INIT counter: { $out = $oldsym(countr); }
END
xfgen_says "several errors are told in one run" \
    "rules\.xf:1:[0-9]+: error: .*one" "rules\.xf:2:[0-9]+: error: .*two" <<'END'
one -> counter
two -> counter
END
xfgen_warns "a rule that is not used" 'rules\.xf:1:[0-9]+: warning: .*struct lonely' <<'END'
struct lonely.value -> struct lonely.value: { $out = $in; }
END
expect_error "usage" 2 '[Uu]sage' xfgen
expect_error "usage: one version" 2 'two versions' xfgen v1.so -o out.c
expect_error "usage: nowhere to write" 2 '\-o' xfgen v1.so v2.so
expect_error "a version that does not exist" 1 'nowhere\.so' xfgen nowhere.so v2.so -o out.c
expect_error "a spec that does not exist" 1 'nowhere\.xf' xfgen v1.so v2.so nowhere.xf -o out.c
expect_error "a spec in place of a version" 1 'rules\.xf' xfgen rules.xf v2.so -o out.c
strip -g v2.so -o bare.so
expect_error "a version without debug information" 1 'bare\.so.*(debug|DWARF)' \
    xfgen v1.so bare.so -o out.c

# The compiler's messages about a rule's code point into the spec.
printf 'INIT counter: {\n    $out = no_such_thing;\n}\n' >rules.xf
check "a rule with a mistake in its C" xfgen v1.so v2.so rules.xf -o out.c
expect_error "is shown by the compiler in the spec" 1 'rules\.xf:2:.*no_such_thing' \
    kitcc -shared out.c -o out.so

# ---- What cannot be converted --------------------------------------------------------------------

pair "a changing object behind void *" <<'END'
@v1
struct node { int value; void *data; struct node *next; };
struct server { struct node *clients; };
struct server server;
@v2
struct node { long value; void *data; struct node *next; };
struct server { struct node *clients; };
struct server server;
END
xfgen_says "void *: the path from the root" 'server\.clients->data' 'app\.c:[0-9]+' 'error' \
    'E_T\(' </dev/null

pair "narrowing" <<'END'
@v1
struct record { long size; };
struct record *records;
@v2
struct record { short size; };
struct record *records;
END
xfgen_says "narrowing: the member and both types" 'records->size|struct record\.size' 'long' 'short' \
    'struct record\.size -> struct record\.size|OLD -> NEW' </dev/null

pair "a struct that became another" <<'END'
@v1
struct old_entry { int key; };
struct table { struct old_entry *entries[4]; };
struct table table;
@v2
struct new_entry { long key; };
struct table { struct new_entry *entries[4]; };
struct table table;
END
xfgen_says "another struct: the rule to write" 'table\.entries' \
    'struct old_entry -> struct new_entry' </dev/null
printf 'struct old_entry -> struct new_entry\n' >rules.xf
check "the rule that was offered is accepted" xfgen v1.so v2.so rules.xf -o out.c

pair "no conversion" <<'END'
@v1
int number;
int table[4];
union cell { char *text; long number; } cell;
@v2
struct { int a, b; } number;
int table[2];
union cell { long number; char *text; int added; } cell;
END
xfgen_says "a number that became a struct" "'number' changes from 'int'" '\$out' \
    "'table' shrinks from 4 to 2" "'cell'.*union" 'E_TAGGED|E_OPAQUE' </dev/null
cat >rules.xf <<'END'
number -> number: { $out.a = $in; }
table -> table: { $out[0] = $in[0]; $out[1] = $in[3]; }
cell -> cell: { $out.number = $in.number; }
END
check "with rules for them all is well" xfgen v1.so v2.so rules.xf -o out.c

pair "a variable that is gone" <<'END'
@v1
int connections_total;
@v2
int connection_total;
END
xfgen_warns "a dropped variable is a warning, with the rename to write" \
    'connections_total -> connection_total' </dev/null

end_of_test
