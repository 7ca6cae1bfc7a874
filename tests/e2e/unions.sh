#!/bin/bash
# Unions: which member is live, and what happens to it.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/messages.sh"

scene "the tag: an enum, a bit-field, a global, an expression, behind a pointer" <<'END'
@common
enum kind { NUMBER, ITEM };
@v1
struct item { short v; };
union value { long number; struct item *item; };
struct header { unsigned spare : 3, kind : 2; };
struct by_enum { enum kind kind; union { long number; struct item *item; } u E_TAGGED(self.kind); } by_enum;
struct by_bits { struct header header; union value u E_TAGGED(self.header.kind); } by_bits;
int mode = 0;
struct by_global { union value u E_TAGGED(mode); } by_global;
struct by_expression { int flags; union value u E_TAGGED((self.flags & 4) ? 1 : 0); } by_expression;
struct by_pointer { struct header *header; union value u E_TAGGED(self.header->kind); } *by_pointer;
struct tag_moves { union value u E_TAGGED(self.kind); char kind; } *tag_moves;
union value direct E_TAGGED(mode);
static struct item *item(int v) { struct item *i = malloc(sizeof *i); i->v = v; return i; }
static void begin(void)
{
    by_enum.kind = ITEM;
    by_enum.u.item = item(1);
    by_bits.header.kind = 1;
    by_bits.u.item = item(2);
    mode = 1;
    by_global.u.item = item(3);
    by_expression.flags = 6;
    by_expression.u.item = item(4);
    by_pointer = malloc(sizeof *by_pointer);
    by_pointer->header = calloc(1, sizeof(struct header));
    by_pointer->header->kind = 1;
    by_pointer->u.item = item(5);
    tag_moves = calloc(2, sizeof *tag_moves);
    tag_moves->kind = 1;
    tag_moves->u.item = item(6);
    direct.item = item(7);
}
@v2
struct item { long more; int v; };
union value { long number; struct item *item; };
struct header { unsigned kind : 2; };
struct by_enum { union { long number; struct item *item; } u; enum kind kind; } by_enum;
struct by_bits { union value u; struct header header; } by_bits;
int mode = 0;
struct by_global { union value u; } by_global;
struct by_expression { union value u; int flags; } by_expression;
struct by_pointer { union value u; struct header *header; } *by_pointer;
struct tag_moves { char kind; union value u; } *tag_moves;
union value direct;
static void verify(void)
{
    EXPECT(by_enum.u.item->v == 1 && by_bits.u.item->v == 2 && by_global.u.item->v == 3);
    EXPECT(by_expression.u.item->v == 4 && by_pointer->u.item->v == 5);
    EXPECT(tag_moves->u.item->v == 6 && direct.item->v == 7);
}
@xf
struct header.spare -> struct header.kind: {}
END

scene "nested, in arrays, unnamed; arms added, removed, renamed" <<'END'
@v1
struct item { short v; };
struct inner { int kind; union { int code; struct item *item; } u E_TAGGED(self.kind); };
struct value {
    int kind;
    union {
        long number;
        struct inner inner;
        struct item *item;
        double gone;
        char *E_SZ text;
    } u E_TAGGED(self.kind);
} values[6], *heap E_PTRARRAY(5);
struct unnamed { int kind; union { long number; struct item *item; } E_TAGGED(self.kind); } unnamed[3];
static struct item *item(int v) { struct item *i = malloc(sizeof *i); i->v = v; return i; }
static void begin(void)
{
    values[0].u.number = -5;
    values[1].kind = 1;
    values[1].u.inner.kind = 1;
    values[1].u.inner.u.item = item(1);
    values[2].kind = 2;
    values[2].u.item = item(2);
    values[4].kind = 4;
    values[4].u.text = "four";
    heap = malloc(5 * sizeof *heap);
    memcpy(heap, values, 5 * sizeof *heap);
    unnamed[0].number = 99;
    unnamed[2].kind = 2;
    unnamed[2].number = 101;
    unnamed[1].kind = 1;
    unnamed[1].item = values[2].u.item;
}
@v2
struct item { long more; int v; };
struct inner { union { int code; struct item *item; } u; int kind; };
struct value {
    long more;
    union {
        struct item *thing;
        char *text;
        long number;
        int added[6];
        struct inner inner;
    } u;
    int kind;
} values[6], *heap E_PTRARRAY(5);
struct unnamed { union { struct item *item; long number; }; int kind; } unnamed[3];
static void verify(void)
{
    EXPECT(values[0].u.number == -5 && values[1].u.inner.u.item->v == 1);
    EXPECT(values[2].u.thing->v == 2 && strcmp(values[4].u.text, "four") == 0);
    EXPECT(heap[0].u.number == -5 && heap[1].u.inner.u.item == values[1].u.inner.u.item);
    EXPECT(heap[2].u.thing == values[2].u.thing && heap[4].kind == 4);
    EXPECT(unnamed[2].kind == 2 && unnamed[2].number == 101);
    EXPECT(unnamed[0].number == 99 && unnamed[1].item == values[2].u.thing);
}
@xf
struct value.u.item -> struct value.u.thing
END

scene "an arm that is an array, an unnamed struct; pointers into arms" <<'END'
@v1
struct item { short v; };
struct value {
    int kind, count;
    union {
        struct item *items E_PTRARRAY(self.count);
        struct { struct item *left, *right; };
        struct item inside;
        int plain[2];
    } E_TAGGED(self.kind);
} *values[4];
struct named {
    int kind, count;
    union { struct item *items E_PTRARRAY(self.count); long number; } u E_TAGGED(self.kind);
} *named;
struct item *into;
int *number;
static struct item *make(int count, int v)
{
    struct item *items = malloc(count * sizeof *items);
    for (int i = 0; i < count; i++)
        items[i].v = v + i;
    return items;
}
static void begin(void)
{
    for (int i = 0; i < 4; i++) {
        values[i] = calloc(1, sizeof *values[i]);
        values[i]->kind = i;
        values[i]->count = 3;
    }
    values[0]->items = make(3, 10);
    values[1]->left = make(1, 20);
    values[1]->right = make(1, 30);
    values[2]->inside.v = 40;
    values[3]->plain[1] = 50;
    into = &values[2]->inside;
    number = &values[3]->plain[0];
    named = calloc(1, sizeof *named);
    named->count = 2;
    named->u.items = make(2, 60);
}
@v2
struct item { long more; int v; };
struct value {
    union {
        struct item inside;
        int plain[3];
        struct { struct item *right, *left; };
        struct item *items E_PTRARRAY(self.count);
    };
    int kind, count;
} *values[4];
struct named { union { struct item *items E_PTRARRAY(self.count); long number; } u; int kind, count; } *named;
struct item *into;
int *number;
static void verify(void)
{
    EXPECT(values[0]->items[0].v == 10 && values[0]->items[2].v == 12);
    EXPECT(values[1]->left->v == 20 && values[1]->right->v == 30);
    EXPECT(values[2]->inside.v == 40 && values[3]->plain[1] == 50 && values[3]->plain[2] == 0);
    EXPECT(into == &values[2]->inside && number == values[3]->plain);
    EXPECT(named->u.items[1].v == 61);
}
END

scene "without pointers: a union changes its size; one with a rule for an arm" <<'END'
@v1
union plain { int number; char text[8]; };
union chosen { int number; float real; };
struct holder { union plain plain; union chosen chosen; int kind; union { short a; char b; } small; } holder, *heap;
static void begin(void)
{
    strcpy(holder.plain.text, "abcdefg");
    holder.chosen.number = 41;
    holder.kind = 3;
    holder.small.a = 258;
    heap = malloc(sizeof *heap);
    *heap = holder;
}
@v2
union plain { int number; char text[16]; double more; };
union chosen { double real; long number; };
struct holder { int kind; union plain plain; union chosen chosen; union { short a; char b; long c; } small; } holder, *heap;
static void verify(void)
{
    EXPECT(strcmp(holder.plain.text, "abcdefg") == 0 && holder.chosen.number == 42);
    EXPECT(strcmp(heap->plain.text, "abcdefg") == 0 && heap->chosen.number == 42);
    EXPECT(heap->kind == 3 && heap->small.a == 258);
}
@xf
union chosen -> union chosen: { $out.number = $in.number + 1; }
END

scene "rules for unions with pointers" <<'END'
@v1
struct item { short v; };
union value { long number; struct item *item; };
struct holder { int kind; union value value; union { struct item *item; long number; } unnamed_type; } holder, *heap;
static void begin(void)
{
    holder.kind = 1;
    holder.value.item = malloc(sizeof(struct item));
    holder.value.item->v = 5;
    holder.unnamed_type.item = holder.value.item;
    heap = malloc(sizeof *heap);
    *heap = holder;
}
@v2
struct item { long more; int v; };
union value { long number; struct item *item; };
struct holder { long kind; union value value; union { struct item *item; long number; } unnamed_type; } holder, *heap;
static void verify(void)
{
    EXPECT(holder.value.item->v == 5 && holder.unnamed_type.item == holder.value.item);
    EXPECT(heap->value.item == holder.value.item && heap->unnamed_type.item == holder.value.item);
}
@xf
struct holder.value -> struct holder.value: {
    if ($base.kind == 1)
        XF_INVOKE(XF_PTR($xform(struct item, struct item)), &$in.item, &$out.item);
    else
        $out.number = $in.number;
}
struct holder.unnamed_type -> struct holder.unnamed_type: {
    XF_INVOKE(XF_PTR($xform(struct item, struct item)), &$in.item, &$out.item);
}
END

scene "a tag that tells of no member, and E_OPAQUE and E_IGNORE on unions" <<'END'
@v1
struct item { short v; };
struct value { int kind; union { struct item *item; long number; } u E_TAGGED(self.kind); } value;
struct sealed { int n; union { struct item *item; long number; } u E_OPAQUE; } sealed;
struct dropped { int n; union { struct item *item; long number; } u E_IGNORE; } dropped;
static void begin(void)
{
    value.kind = 17;
    value.u.number = 1234567;
    sealed.u.number = 7654321;
    dropped.n = 3;
    dropped.u.number = 1234567;
}
@v2
struct item { long more; int v; };
struct value { union { struct item *item; long number; } u E_TAGGED(self.kind); int kind; } value;
struct sealed { long n; union { struct item *item; long number; } u E_OPAQUE; } sealed;
struct dropped { long n; union { struct item *item; long number; } u E_IGNORE; } dropped;
static void verify(void)
{
    EXPECT(value.kind == 17 && value.u.number == 1234567);
    EXPECT(sealed.u.number == 7654321 && dropped.n == 3 && dropped.u.number == 0);
}
END

pair "unions that need to be told" <<'END'
@v1
struct item { short v; };
struct a { int kind; union { struct item *item; long number; } u; } a;
struct b { int kind; union { struct item *item; long number; } u E_TAGGED(self.kid); } b;
@v2
struct item { int v; };
struct a { int kind; union { struct item *item; long number; } u; } a;
struct b { int kind; union { struct item *item; long number; } u E_TAGGED(self.kid); } b;
END
xfgen_says "a union with pointers" "'a\.u' is a union with pointers in it" 'E_TAGGED' </dev/null
printf 'struct a.u -> struct a.u: { $out.number = $in.number; }\n' >rules.xf
xfgen_says "a tag that does not exist" "E_TAGGED\(self\.kid\): .*no member 'kid'" \
    "did you mean 'kind'" <rules.xf

scene "tags on arrays of unions, on union types, by enumerators" <<'END'
@common
enum { K_NUMBER = 10, K_ITEM };
@v1
struct item { short v; };
union value { long number; struct item *item; };
int mode = 0;
union by_mode { long number; struct item *item; } E_TAGGED(mode);
struct all { int kind; union value v[2] E_TAGGED(self.kind == K_ITEM ? 1 : 0); union by_mode m; } all, *heap;
union by_mode single;
static struct item *item(int v) { struct item *i = malloc(sizeof *i); i->v = v; return i; }
static void begin(void)
{
    all.kind = K_ITEM;
    all.v[0].item = item(1);
    all.v[1].item = item(2);
    mode = 1;
    all.m.item = item(3);
    single.item = item(4);
    heap = malloc(sizeof *heap);
    *heap = all;
}
@v2
struct item { long more; int v; };
union value { long number; struct item *item; };
int mode = 0;
union by_mode { long number; struct item *item; } E_TAGGED(mode);
struct all { union value v[3]; int kind; union by_mode m; } all, *heap;
union by_mode single;
static void verify(void)
{
    EXPECT(all.kind == K_ITEM);
    EXPECT(all.v[0].item->v == 1 && all.v[1].item->v == 2 && all.v[2].number == 0);
    EXPECT(all.m.item->v == 3 && single.item->v == 4 && heap->v[1].item == all.v[1].item);
}
END

scene "rules that name the members of a union by its own type" <<'END'
@v1
union value { long number; struct { int low, high; } range; char *name E_SZ; };
typedef union { int level; float share; } setting;
struct holder { union value v E_TAGGED(self.kind); int kind; setting s E_TAGGED(0); } one, *holders[3];
union value many[2] E_TAGGED(1);
static void begin(void)
{
    for (int i = 0; i < 3; i++) {
        struct holder *holder = holders[i] = calloc(1, sizeof *holder);
        holder->kind = i;
        holder->s.level = i;
    }
    holders[0]->v.number = 4;
    holders[1]->v.range.low = 5;
    holders[1]->v.range.high = 6;
    holders[2]->v.name = strdup("name");
    one.v.number = 7;
    for (int i = 0; i < 2; i++) {
        many[i].range.low = 10 * i;
        many[i].range.high = 10 * i + 1;
    }
}
@v2
union value { char *title E_SZ; struct { int low, high; } range; long number; };
typedef union { int level; float share; } setting;
struct holder { union value v E_TAGGED(2 - self.kind); int kind; setting s E_TAGGED(0); } one, *holders[3];
union value many[2] E_TAGGED(1);
static void verify(void)
{
    EXPECT(holders[0]->v.number == 40 && one.v.number == 70);
    EXPECT(holders[1]->v.range.low == 6 && holders[1]->v.range.high == 5);
    EXPECT(strcmp(holders[2]->v.title, "name") == 0);
    EXPECT(many[0].range.low == 1 && many[0].range.high == 0);
    EXPECT(many[1].range.low == 11 && many[1].range.high == 10);
    EXPECT(holders[0]->s.level == 100 && holders[2]->s.level == 102 && one.s.level == 100);
}
@xf
union value.name -> union value.title
union value.number -> union value.number: { $out = $in * 10; }
union value.range -> union value.range: {
    $out.low = $base.range.high;
    $newbase.range.high = $in.low;
}
typedef setting.level -> typedef setting.level: { $out = $in + 100; }
END

pair "a rule about what an untagged union holds" <<'END'
@common
typedef unsigned number;
union { number count; float real; } either;
END
xfgen_says "a rule about what an untagged union holds" \
    "'either' is a union with members that rules convert" 'E_TAGGED' <<'END'
typedef number -> typedef number: { $out = $in + 1; }
END

end_of_test
