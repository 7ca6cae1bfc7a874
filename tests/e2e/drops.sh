#!/bin/bash
# DROP: what is gone and meant to be.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/messages.sh"

pair "variables and members that are gone" <<'END'
@v1
E_NOTELOCALS void work(void) { int depth = 1; kitsune_update("work"); (void)depth; }
int retries_total = 1;
static int hidden __attribute__((used)) = 2;
struct conn { int id; int dead; struct { int depth; } in; struct conn *next; } *conns;
struct config { int port, colour; } config;
typedef struct { int a, b; } box;
box boxes;
struct value { int kind; union { int number; char *E_SZ gone; } u E_TAGGED(self.kind); } value;
@v2
struct conn { int id; struct { int width; } in; struct conn *next; } *conns;
struct config { int port; } config;
typedef struct { int a; } box;
box boxes;
struct value { int kind; union { int number; } u E_TAGGED(self.kind); } value;
END
xfgen_warns "each is warned of, with what to write" \
    "'retries_total' is gone.*" 'if it is meant, write: DROP retries_total$' \
    'if it is meant, write: DROP app\.c/hidden$' 'if it is meant, write: DROP struct conn\.dead$' \
    'DROP struct conn\.in\.depth$' 'DROP struct config\.colour$' 'DROP typedef box\.b$' \
    'DROP struct value\.u\.gone$' </dev/null
sed -n 's/.*if it is meant, write: //p' <<<"$xfgen_output" >pasted.xf
check_equal "there are seven" 7 "$(wc -l <pasted.xf)"
xfgen_is_silent "what is proposed can be pasted" <pasted.xf
xfgen_is_silent "several in one rule" <<'END'
DROP retries_total, DROP app.c/hidden, struct conn.dead, DROP struct conn.in.depth
DROP config.colour;
DROP typedef box.b
DROP struct value.u.gone: { /* nothing to do */ }
END

# ---- Mistakes ------------------------------------------------------------------------------------

xfgen_says "what is still there" "rules\.xf:1:6: error: 'struct conn\.id' is not gone: v2\.so has it" \
    'write: struct conn\.id -> struct conn\.id: \{' "2:6: error: 'conns' is not gone" <<'END'
DROP struct conn.id
DROP conns
END
xfgen_says "what never was" "no member 'ded'" "did you mean 'dead'\?" \
    "no variable 'retries_totl'" "did you mean 'retries_total'\?" <<'END'
DROP struct conn.ded
DROP retries_totl
END
xfgen_says "what a rule takes" "'retries_total' is not dropped: a rule takes it to 'config\.port'" <<'END'
retries_total -> config.port
DROP retries_total
END
xfgen_says "types and functions" "DROP is about variables and members: 'struct conn' is a type" \
    "'main' is a function: it has no value to drop" <<'END'
DROP struct conn
DROP main
END
xfgen_says "code on a local" "1:6: error: 'work#depth' is a local: it can be dropped, but no code" \
    'kitsune_lookup_key_old\("work#depth"\)' <<'END'
DROP work#depth: { if ($in) FAIL "no"; }
END
xfgen_says "no \$out" '\$out has no meaning here: DROP has no new value' <<'END'
DROP retries_total: { $out = $in; }
END
xfgen_says "a shared block" 'DROP does not share a block with other rules' <<'END'
DROP retries_total, INIT conns: { }
END
xfgen_says "a misspelt keyword" "did you mean 'DROP'|DROP" <<'END'
Drop retries_total
END
xfgen_says "nothing to drop" "1:[0-9]+: error: expected" <<'END'
DROP
END

pair "what is around them has another name, or a rule of its own" <<'END'
@v1
struct item { int kept, gone; };
struct box { int kept, gone; } *boxes;
struct item *items;
@v2
struct thing { int kept; };
struct box { int kept; long sum; } *boxes;
struct thing *items;
END
xfgen_warns "a renamed struct drops what is gone, too" \
    "'struct item\.gone' is gone.*" 'if it is meant, write: DROP struct item\.gone$' <<'END'
struct item -> struct thing
struct box -> struct box.sum: { $out = $in.kept + $in.gone; }
END
xfgen_is_silent "of what a rule is given whole, nothing is warned of" <<'END'
struct item -> struct thing
DROP struct item.gone
struct box -> struct box.sum: { $out = $in.kept + $in.gone; }
END
xfgen_is_silent "and may be said to be gone" <<'END'
struct item -> struct thing
DROP struct item.gone, struct box.gone
struct box -> struct box.sum: { $out = $in.kept + $in.gone; }
END

# ---- Code ----------------------------------------------------------------------------------------

scene "code on what is dropped: it is folded into others, and released" <<'END'
@v1
struct buffer { int size; char *bytes; };
struct conn {
    int id;
    int sent : 9;
    struct buffer *buffer;
    struct conn *next;
} *conns;
int errors = 0, warnings = 0;
static int calls_of_old __attribute__((used)) = 0;
__thread int in_thread = 0;
static void begin(void)
{
    for (int i = 1; i <= 3; i++) {
        struct conn *conn = malloc(sizeof *conn);
        *conn = (struct conn){i, 10 * i, malloc(sizeof(struct buffer)), conns};
        *conn->buffer = (struct buffer){100 * i, strdup("some")};
        conns = conn;
    }
    errors = 5;
    warnings = 6;
    calls_of_old = 7;
    in_thread = 8;
}
@v2
struct conn { int id; long total; struct conn *next; } *conns;
int problems = 1000;
int buffered = 0;
static void verify(void)
{
    int id = 3;
    for (struct conn *conn = conns; conn; conn = conn->next, id--)
        EXPECT(conn->id == id && conn->total == 10 * id);
    EXPECT(id == 0 && problems == 1026 && buffered == 600);
}
@xf
DROP struct conn.sent: { $newbase.total = $in; }
DROP struct conn.buffer: {
    if ($in) {
        $newsym(buffered) += $in->size;
        kitsune_xf_discard($in->bytes);
        kitsune_xf_discard($in);
    }
}
DROP errors, DROP warnings, app.c/calls_of_old: { $newsym(problems) += $in; }
DROP in_thread: { $newsym(problems) += $in; }
INIT struct conn.total: { $out = 0; }
END

scene "a live arm of a union, and one variable's member" <<'END'
@v1
struct item { int v; };
struct value { int kind; union { long number; struct item *item; } u E_TAGGED(self.kind); } value, other;
struct config { int port, colour; } config, spare, *heap;
static void begin(void)
{
    value.kind = 1;
    value.u.item = malloc(sizeof(struct item));
    value.u.item->v = 3;
    other.u.number = 4;
    config.colour = 5;
    spare.colour = 6;
    heap = malloc(sizeof *heap);
    *heap = (struct config){7, 8};
}
@v2
struct value { int kind; union { long number; } u E_TAGGED(self.kind); } value, other;
struct config { int port; } config, spare, *heap;
int from_item = 0, colour = 0;
static void verify(void)
{
    EXPECT(from_item == 3 && other.u.number == 4);
    EXPECT(colour == 5 && heap->port == 7);
}
@xf
DROP struct value.u.item: { $newsym(from_item) += $in->v; }
DROP config.colour: { $newsym(colour) += $in; }
END

refused_scene "FAIL on what is dropped" "there are 5 left" <<'END'
@v1
int left = 0;
static void begin(void) { left = 5; }
static void unharmed(void) { EXPECT(left == 5); }
@v2
int unrelated = 0;
static void verify(void) { }
@xf
DROP left: {
    if ($in)
        FAIL("there are %d left", $in);
}
END

end_of_test
