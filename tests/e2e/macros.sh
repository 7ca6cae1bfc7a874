#!/bin/bash
# The XF_ macros in every combination, CHECK, FAIL, and functions of both versions in rules.
. "$(dirname "$0")/../lib/harness.sh"

scene "macros within macros" <<'END'
@v1
struct item { short v; };
typedef int (*operation)(int);
struct shelf {
    int n;
    struct item **pointers;
    char **words;
    struct item ***deep;
    operation *operations;
    struct item *rows[2];
    char *names[3];
    int raw[3];
    struct item inside[2][2];
    struct item *nothing;
    int *lifted;
    struct item *empty;
} *shelf;
static int twice(int n) { return 2 * n; }
static struct item *item(int v) { struct item *i = malloc(sizeof *i); i->v = v; return i; }
static void begin(void)
{
    shelf = calloc(1, sizeof *shelf);
    shelf->n = 2;
    shelf->pointers = calloc(2, sizeof *shelf->pointers);
    shelf->pointers[1] = item(1);
    shelf->words = calloc(2, sizeof *shelf->words);
    shelf->words[0] = "literal";
    shelf->words[1] = strdup("heap");
    shelf->deep = malloc(sizeof *shelf->deep);
    *shelf->deep = malloc(sizeof **shelf->deep);
    **shelf->deep = item(2);
    shelf->operations = calloc(3, sizeof *shelf->operations);
    shelf->operations[1] = twice;
    for (int i = 0; i < 2; i++) {
        shelf->rows[i] = calloc(2, sizeof(struct item));
        shelf->rows[i][1].v = 10 + i;
    }
    shelf->names[0] = "first";
    shelf->raw[2] = 3;
    shelf->inside[1][0].v = 4;
    shelf->lifted = malloc(sizeof(int));
    *shelf->lifted = 5;
    shelf->empty = malloc(1);
}
@v2
struct item { long more; int v; };
typedef int (*operation)(int);
struct shelf {
    struct item **pointers;
    char **words;
    struct item ***deep;
    operation *operations;
    struct item *rows[2];
    char *names[3];
    int raw[3];
    struct item inside[2][2];
    struct item *nothing;
    long *lifted;
    struct item *empty;
    long n;
} *shelf;
static int twice(int n) { return 2 * n + 100; }
operation keep = twice;
static void verify(void)
{
    EXPECT(shelf->n == 2 && shelf->pointers[0] == NULL && shelf->pointers[1]->v == 1);
    EXPECT(strcmp(shelf->words[0], "literal") == 0 && strcmp(shelf->words[1], "heap") == 0);
    EXPECT((**shelf->deep)->v == 2 && shelf->operations[1] == twice && !shelf->operations[2]);
    EXPECT(shelf->rows[0][1].v == 10 && shelf->rows[1][1].v == 11);
    EXPECT(strcmp(shelf->names[0], "first") == 0 && shelf->names[1] == NULL);
    EXPECT(shelf->raw[2] == 3 && shelf->inside[1][0].v == 4 && shelf->inside[0][1].v == 0);
    EXPECT(shelf->nothing == NULL && *shelf->lifted == 50);
}
@xf
{
static void ten_times(void *in, void *out) { *(long *)out = 10L * *(int *)in; }
}
struct shelf -> struct shelf: {
#define ITEM $xform(struct item, struct item)
#define OLD sizeof($oldtype(struct item))
#define NEW sizeof($newtype(struct item))
    $out.n = $in.n;
    XF_INVOKE(XF_PTRARRAY($in.n, sizeof(void *), sizeof(void *), XF_PTR(ITEM)), &$in.pointers, &$out.pointers);
    XF_INVOKE(XF_PTRARRAY($in.n, sizeof(void *), sizeof(void *), XF_NTSTR()), &$in.words, &$out.words);
    XF_INVOKE(XF_PTR(XF_PTR(XF_PTR(ITEM))), &$in.deep, &$out.deep);
    XF_INVOKE(XF_PTRARRAY(3, sizeof(void *), sizeof(void *), XF_FPTR()), &$in.operations, &$out.operations);
    XF_INVOKE(XF_ARRAY(2, sizeof(void *), sizeof(void *), XF_PTRARRAY(2, OLD, NEW, ITEM)), &$in.rows, &$out.rows);
    XF_INVOKE(XF_ARRAY(3, sizeof(void *), sizeof(void *), XF_NTSTR()), &$in.names, &$out.names);
    XF_INVOKE(XF_RAW(sizeof $in.raw), &$in.raw, &$out.raw);
    XF_INVOKE(XF_ARRAY(2, sizeof $in.inside[0], sizeof $out.inside[0], XF_ARRAY(2, OLD, NEW, ITEM)),
              &$in.inside, &$out.inside);
    XF_ASSERT_NULL($out.nothing, $in.nothing);
    $out.lifted = malloc(sizeof(long));
    XF_INVOKE(XF_LIFT(ten_times), $in.lifted, $out.lifted);
    kitsune_xf_discard($in.lifted);
    XF_INVOKE(XF_PTRARRAY(0, OLD, NEW, ITEM), &$in.empty, &$out.empty);
}
END

scene "CHECK in every form, functions of both versions, symbols by key" <<'END'
@v1
struct table { int count, capacity; } table;
static int hidden __attribute__((used)) = 3;
int old_helper(int n) { return n + hidden; }
static void begin(void) { table = (struct table){3, 8}; }
@v2
struct table { long count, capacity; } table;
int doubled = 0, from_old = 0, through_key = 0;
static int hidden __attribute__((used)) = 30;
int new_helper(long n) { return 2 * n; }
static void verify(void)
{
    EXPECT(table.count == 3 && doubled == 16 && from_old == 13 && through_key == 3);
}
@xf
INIT doubled: { $out = $newsym(new_helper)($oldsym(table).capacity); }
INIT from_old: { $out = $oldsym(old_helper)(10); }
INIT through_key: {
    int *place = kitsune_lookup_key_old("app.c/hidden");
    $out = place ? *place : -1;
}
CHECK { $newsym(table).count <= $newsym(table).capacity }
CHECK { $newsym(doubled) == 2 * $oldsym(table).capacity && $newsym(app.c/hidden) == 3 }
CHECK: {
    long i;

    for (i = 0; i < $newsym(table).count; i++)
        if (i > 100)
            return 0;
    if ($newsym(table).count < 0)
        FAIL("a count of %ld", $newsym(table).count);
    return 1;
}
CHECK { if ($newsym(doubled) < 0) return 0; }
END

refused_scene "a CHECK of statements that returns 0" "rules\.xf:1.*return 0|CHECK.*rules\.xf:1" <<'END'
@v1
int number = 1;
static void begin(void) { number = 50; }
static void unharmed(void) { EXPECT(number == 50); }
@v2
long number = 1;
static void verify(void) { }
@xf
CHECK { if ($newsym(number) > 20) return 0; }
END

refused_scene "FAIL in a function of the prologue" "rules\.xf:3: the number 50 is too large" <<'END'
@v1
int number = 1;
static void begin(void) { number = 50; }
static void unharmed(void) { EXPECT(number == 50); }
@v2
long number = 1;
static void verify(void) { }
@xf
{
static long checked(int n) {
    if (n > 20) FAIL("the number %d is too large", n);
    return n;
}
}
number -> number: { $out = checked($in); }
END

refused_scene "FAIL deep inside an invoked transformer" "rules\.xf:2: no more than 2" <<'END'
@v1
struct item { int v; struct item *next; } *items;
struct holder { struct item *first; } holder;
static void begin(void)
{
    for (int i = 0; i < 4; i++) {
        struct item *item = malloc(sizeof *item);
        *item = (struct item){i, items};
        items = item;
    }
    holder.first = items;
}
static void unharmed(void) { EXPECT(items->v == 3 && items->next->v == 2 && holder.first == items); }
@v2
struct item { long v; struct item *next; } *items;
struct holder { struct item *first; int n; } holder;
static void verify(void) { }
@xf
struct item.v -> struct item.v: {
    if ($in < 2) FAIL "no more than 2";
    $out = $in;
}
struct holder -> struct holder: {
    XF_INVOKE(XF_PTR($xform(struct item, struct item)), &$in.first, &$out.first);
}
END

end_of_test
