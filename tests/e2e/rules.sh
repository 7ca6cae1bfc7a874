#!/bin/bash
# The .xf language: every rule form, path form, $-form and XF_ macro.
. "$(dirname "$0")/../lib/harness.sh"

scene "renames: variables and functions of every kind of key" <<'END'
@common
#define OWN_MAIN
@v1
int old_global = 1;
static int old_static = 1;
int becomes_static = 1;
static int becomes_global = 1;
static int work(int n) { static int calls = 0; calls += n; return calls; }
static int double_it(int n) { return 2 * n; }
int (*chosen)(int);
int *watched;
static void serve(void) E_NOTELOCALS;
static void serve(void)
{
    int rounds = 15;
    kitsune_update("here");
    EXPECT(rounds == 0);
}
int main(void)
{
    old_global = 11;
    old_static = 12;
    becomes_static = 13;
    becomes_global = 14;
    work(16);
    chosen = double_it;
    watched = &old_static;
    EXPECT(old_global + *watched + becomes_static + becomes_global == 50 && chosen(2) == 4);
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    serve();
    return 1;
}
@v2
int new_global = 1;
static int new_static = 1;
static int now_static = 1;
int now_global = 1;
int total_calls = 1;
int twice(int n) { return 2 * n + 100; }
int (*chosen)(int);
int *watched;
static void run(void) E_NOTELOCALS;
static void run(void)
{
    int turns = 0;
    EXPECT(MIGRATE_LOCAL(turns));
    EXPECT(turns == 15);
    kitsune_update("here");
}
int main(void)
{
    kitsune_do_automigrate();
    run();
    EXPECT(new_global == 11);
    EXPECT(new_static == 12);
    EXPECT(now_static == 13);
    EXPECT(now_global == 14);
    EXPECT(total_calls == 16);
    EXPECT(chosen == twice && chosen(2) == 104);
    EXPECT(watched == &new_static);
    printf("scene ends\n");
    return 0;
}
@xf
old_global -> new_global
app.c/old_static -> app.c/new_static
becomes_static -> app.c/now_static
app.c/becomes_global -> now_global
app.c/work#calls -> total_calls
serve#rounds -> run#turns
app.c/double_it -> twice
END

scene "renames: types and members" <<'END'
@v1
struct old_node { int value; struct old_node *link; };
union old_word { long l; };
enum old_state { OLD_IDLE, OLD_BUSY };
typedef struct { int n; } old_alias;
struct holder { union old_word word; enum old_state state; old_alias alias; };
struct old_node *list;
struct holder *holder;
static void begin(void)
{
    list = malloc(sizeof *list);
    list->value = 1;
    list->link = list;
    holder = malloc(sizeof *holder);
    holder->word.l = 2;
    holder->state = OLD_BUSY;
    holder->alias.n = 3;
}
@v2
struct new_node { struct new_node *next; long count; };
union new_word { long l; };
enum new_state { NONE, OLD_BUSY, OLD_IDLE };
typedef struct { long n; } new_alias;
struct holder { new_alias alias; union new_word word; enum new_state state; };
struct new_node *list;
struct holder *holder;
static void verify(void)
{
    EXPECT(list->count == 1 && list->next == list);
    EXPECT(holder->word.l == 2);
    EXPECT(holder->state == OLD_BUSY);
    EXPECT(holder->alias.n == 3);
}
@xf
struct old_node -> struct new_node
struct old_node.value -> struct new_node.count
struct old_node.link -> struct new_node.next
union old_word -> union new_word
enum old_state -> enum new_state
typedef old_alias -> typedef new_alias
END

scene "conversions: variables, members, shared blocks, the prologue" <<'END'
@v1
int celsius = 0;
char *number_text;
struct reading { int celsius; int left; int right; struct { int depth; } inner; };
struct reading *reading, direct;
int one = 1, two = 2, three = 3;
static void begin(void)
{
    celsius = 100;
    number_text = "42";
    reading = malloc(sizeof *reading);
    *reading = (struct reading){10, 3, 4, {5}};
    direct = (struct reading){-40, 6, 7, {8}};
}
@v2
int fahrenheit = 0;
int number_text;
struct reading { int fahrenheit; int product; int left; struct { long fathoms; } inner; };
struct reading *reading, direct;
int one, two, three;
static void verify(void)
{
    EXPECT(fahrenheit == 212);
    EXPECT(number_text == 42);
    EXPECT(reading->fahrenheit == 50 && direct.fahrenheit == -40);
    EXPECT(reading->left == 3 && reading->product == 12 && direct.product == 42);
    EXPECT(reading->inner.fathoms == 5);
    EXPECT(one == -1 && two == -2 && three == -3);
}
@xf
{
#include <stdlib.h>
static int to_fahrenheit(int celsius) { return celsius * 9 / 5 + 32; }
}
celsius -> fahrenheit: { $out = to_fahrenheit($in); }
number_text -> number_text: { $out = atoi($in); }
struct reading.celsius -> struct reading.fahrenheit: { $out = to_fahrenheit($in); }
INIT struct reading.product: { $out = $base.left * $base.right; }
struct reading.inner.depth -> struct reading.inner.fathoms: { $out = $in; }
one -> one, two -> two, three -> three: { $out = -$in; }
END

scene "whole types and new things" <<'END'
@v1
struct money { int cents; };
struct account { struct money balance; struct money *limit; };
struct account *account;
int threshold = 5;
static void begin(void)
{
    account = malloc(sizeof *account);
    account->balance.cents = 250;
    account->limit = malloc(sizeof(struct money));
    account->limit->cents = 1075;
    threshold = 6;
}
@v2
struct money { long units; int cents; };
struct audit { int entries; int marker; };
struct account { struct money balance, reserve; struct money *limit; struct audit audit; };
struct account *account;
int threshold = 5;
struct audit trail;
int doubled, copy_of_threshold;
static void verify(void)
{
    EXPECT(account->balance.units == 2 && account->balance.cents == 50);
    EXPECT(account->limit->units == 10 && account->limit->cents == 75);
    EXPECT(account->reserve.units == 1 && account->reserve.cents == 25);
    EXPECT(account->audit.marker == 7);
    EXPECT(trail.entries == 12 && trail.marker == 7);
    EXPECT(doubled == 12 && copy_of_threshold == 6);
}
@xf
struct money -> struct money: {
    $out.units = $in.cents / 100;
    $out.cents = $in.cents % 100;
}
INIT struct account.reserve: {
    /* half of the balance, read from the old struct */
    $out.units = $base.balance.cents / 200;
    $out.cents = $base.balance.cents / 2 % 100;
}
INIT struct audit: { $out.marker = 7; $out.entries = 0; }
INIT trail: { $out.entries = 2 * $oldsym(threshold); $out.marker = 7; }
INIT doubled: { $out = 2 * $oldsym(threshold); }
threshold -> copy_of_threshold
END

scene "a global moves into a struct, a struct into a member" <<'END'
@v1
int port = 1;
static int verbose = 0;
struct limits { int low, high; };
struct limits limits;
struct session { int id; int bytes; };
struct session *session;
static void begin(void)
{
    port = 8080;
    verbose = 2;
    EXPECT(verbose == 2);
    limits = (struct limits){3, 4};
    session = malloc(sizeof *session);
    *session = (struct session){5, 6};
}
@v2
struct limits { long high, low; };
struct config { int port; int verbose; struct limits limits; int fresh; };
struct config config = {.fresh = 9};
struct traffic { int id; int bytes; };
struct session { char tag; struct traffic traffic; };
struct session *session;
static void verify(void)
{
    EXPECT(config.port == 8080);
    EXPECT(config.verbose == 2);
    EXPECT(config.limits.low == 3 && config.limits.high == 4);
    EXPECT(config.fresh == 9);
    EXPECT(session->traffic.id == 5 && session->traffic.bytes == 6);
    EXPECT(session->tag == 't');
}
@xf
port -> config.port
app.c/verbose -> config.verbose
limits -> config.limits
struct session -> struct session.traffic
INIT struct session.tag: { $out = 't'; }
END

scene "out of a struct" <<'END'
@v1
struct config { int port; struct { int depth; } log; };
struct config config;
static void begin(void) { config.port = 80; config.log.depth = 3; }
@v2
int port;
long depth;
struct config { int unused; };
struct config config;
static void verify(void) { EXPECT(port == 80); EXPECT(depth == 3); EXPECT(config.unused == 0); }
@xf
config.port -> port
config.log.depth -> depth
END

scene "words of the language" <<'END'
@v1
struct point { int x, y; };
typedef struct point point_type;
struct figure { struct point corner; struct point *centre; int sides; };
struct figure *figure;
point_type *nowhere;
static int hidden = 4;
int factor = 3;
int plain = 0;
static void begin(void)
{
    figure = malloc(sizeof *figure);
    figure->corner = (struct point){1, 2};
    figure->centre = malloc(sizeof(struct point));
    *figure->centre = (struct point){3, 4};
    figure->sides = 5;
    factor = hidden + 6;
    plain = 7;
}
@v2
struct point { long x, y, z; };
typedef struct point point_type;
struct figure { struct point corner; struct point *centre; int sides; int sizes; int area; };
struct figure *figure;
point_type *nowhere;
static int hidden = 40;
int factor = 30;
int plain = 0;
static void verify(void)
{
    EXPECT(figure->corner.x == 1 && figure->corner.z == 0);
    EXPECT(figure->centre->y == 4 && figure->centre->z == 0);
    EXPECT(figure->sizes == (int)(8 * 1000 + 24));
    EXPECT(figure->area == 5 * 10 + 2);
    EXPECT(plain == 7 + 4 + 4 + 10);
    EXPECT(hidden == 4);
}
@xf
INIT struct figure.sizes: {
    $oldtype(struct point) old = {0};
    $newtype(struct point) new = {0};
    $oldtype(point_type) alias = old;
    $newtype(typedef point_type) other = new;
    (void)alias;
    (void)other;
    $out = sizeof old * 1000 + sizeof new;
}
INIT struct figure.area: {
    $newbase.area = 0;
    $out = $base.sides * $oldsym(factor) + $base.corner.y;
}
plain -> plain: {
    $newsym(app.c/hidden) = $oldsym(app.c/hidden);
    $out = $in + $oldsym(app.c/hidden) + $newsym(app.c/hidden) + $oldsym(factor);
}
END

scene "the published spelling of \$out, strings and comments that look like ours" <<'END'
@v1
int one = 1, two = 2;
char text[32] = "";
static void begin(void) { one = 5; two = 6; }
@v2
int one = 1;
long two = 2;
char text[32] = "";
static void verify(void)
{
    EXPECT(one == 10);
    EXPECT(two == 12);
    EXPECT(strcmp(text, "$in } { -> $out") == 0);
}
@xf
// comments
/* all kinds -> { $in } */
one -> one: { (*local_out) = 2 * $in; /* } */ }
two -> two: { long *place = &$out; *place = 2 * $in; // }
}
text -> text: { strcpy($out, "$in } { -> $out"); if ($in[0] == '}') { $out[0] = '{'; } }
END

scene "an empty block: nothing beyond what is generated" <<'END'
@v1
struct cache { int hits; int *entries; };
struct cache *cache;
int counter = 1;
static void begin(void)
{
    cache = calloc(1, sizeof *cache);
    cache->hits = 5;
    counter = 6;
}
@v2
struct cache { long hits; long misses; int *entries; };
struct cache *cache;
int counter = 2;
static void verify(void)
{
    EXPECT(cache->hits == 0 && cache->misses == 0 && cache->entries == NULL);
    EXPECT(counter == 2);
}
@xf
struct cache -> struct cache: {}
counter -> counter: { /* begins again */ }
END

scene "the XF_ macros" <<'END'
@v1
struct item { int v; };
struct shelf {
    struct item *one;
    struct item *array;
    struct item inside[2];
    struct item **list;
    char *name;
    int (*run)(int);
    int raw[3];
    struct item *absent;
    struct item *again;
    int lifted;
};
static int twice(int n) { return 2 * n; }
struct shelf *shelf;
static struct item *item(int v) { struct item *i = malloc(sizeof *i); i->v = v; return i; }
static void begin(void)
{
    shelf = calloc(1, sizeof *shelf);
    shelf->one = shelf->again = item(1);
    shelf->array = calloc(3, sizeof(struct item));
    shelf->array[2].v = 2;
    shelf->inside[1].v = 3;
    shelf->list = calloc(3, sizeof *shelf->list);
    shelf->list[0] = item(4);
    shelf->list[1] = item(5);
    shelf->name = "a literal";
    shelf->run = twice;
    shelf->raw[1] = 6;
    shelf->lifted = 7;
    EXPECT(shelf->run(1) == 2);
}
@v2
struct item { long added; int v; };
struct shelf {
    int raw[3];
    struct item *one;
    struct item *array;
    struct item inside[2];
    struct item **list;
    char *name;
    int (*run)(int);
    struct item *absent;
    struct item *again;
    long lifted;
};
static int twice(int n) { return 2 * n + 1000; }
struct shelf *shelf;
int (*keep)(int) = twice;
static void verify(void)
{
    EXPECT(shelf->one->v == 1 && shelf->again == shelf->one);
    EXPECT(shelf->array[0].v == 0 && shelf->array[2].v == 2);
    EXPECT(shelf->inside[0].v == 0 && shelf->inside[1].v == 3);
    EXPECT(shelf->list[0]->v == 4 && shelf->list[1]->v == 5 && shelf->list[2] == NULL);
    EXPECT(strcmp(shelf->name, "a literal") == 0);
    EXPECT(shelf->run(1) == 1002);
    EXPECT(shelf->raw[1] == 6 && shelf->absent == NULL);
    EXPECT(shelf->lifted == 70);
}
@xf
{
static void ten_times(void *in, void *out) { *(long *)out = 10L * *(int *)in; }
}
struct shelf -> struct shelf: {
    XF_INVOKE(XF_PTR($xform(struct item, struct item)), &$in.one, &$out.one);
    XF_INVOKE(XF_PTRARRAY(3, sizeof($oldtype(struct item)), sizeof($newtype(struct item)),
                          $xform(struct item, struct item)), &$in.array, &$out.array);
    XF_INVOKE(XF_ARRAY(2, sizeof($oldtype(struct item)), sizeof($newtype(struct item)),
                       $xform(struct item, struct item)), &$in.inside, &$out.inside);
    XF_INVOKE(XF_NTARRAY(sizeof(void *), sizeof(void *), XF_PTR($xform(struct item, struct item))),
              &$in.list, &$out.list);
    XF_INVOKE(XF_NTSTR(), &$in.name, &$out.name);
    XF_INVOKE(XF_FPTR(), &$in.run, &$out.run);
    XF_INVOKE(XF_RAW(sizeof $in.raw), &$in.raw, &$out.raw);
    XF_INVOKE(XF_LIFT(ten_times), &$in.lifted, &$out.lifted);
    XF_ASSERT_NULL($out.absent, $in.absent);
    XF_INVOKE(XF_PTR($xform(struct item, struct item)), &$in.again, &$out.again);
    /* what a rule invokes is complete when the call returns */
    if ($out.one->v != 1)
        FAIL "the item behind 'one' is not complete";
    XF_ASSIGN($out.raw[2], $in.raw[2]);
}
END

scene "\$xform with the arguments of a generic" <<'END'
@v1
struct box { void E_T(@t) *content; } E_GENERIC(@t);
struct item { int v; };
struct owner { struct box E_G(struct item) *box; };
struct owner *owner;
static void begin(void)
{
    struct item *item = malloc(sizeof *item);
    item->v = 8;
    owner = malloc(sizeof *owner);
    owner->box = malloc(sizeof *owner->box);
    owner->box->content = item;
}
@v2
struct box { int weight; void E_T(@t) *content; } E_GENERIC(@t);
struct item { char pad; int v; };
struct owner { int count; struct box E_G(struct item) *box; };
struct owner *owner;
static void verify(void)
{
    EXPECT(((struct item *)owner->box->content)->v == 8);
    EXPECT(owner->count == 1 && owner->box->weight == 0);
}
@xf
struct owner -> struct owner: {
    $out.count = 1;
    XF_INVOKE(XF_PTR($xform(struct box, struct box, struct item)), &$in.box, &$out.box);
}
END

scene "CHECK that holds, and code run after migration" <<'END'
@v1
int low = 0, high = 0;
static void begin(void) { low = 3; high = 4; }
@v2
long low = 0, high = 0;
int updates = 0;
static void verify(void) { EXPECT(low == 3 && high == 4); EXPECT(updates == 1); }
@xf
{
void _kitsune_mainupdate_xform(void);
void _kitsune_mainupdate_xform(void) { $newsym(updates)++; }
}
CHECK { $newsym(low) <= $newsym(high) }
END

# ---- Rules that refuse ---------------------------------------------------------------------------

# refuses NAME RULE PATTERN: the update is refused with the message, and the old version goes on.
refuses() {
    scene_split <<END
@common
#define OWN_MAIN
@v1
int value = 1;
int main(void)
{
    value = 50;
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    printf("goes on with %d\n", value);
    kitsune_update("here");
    return 0;
}
@v2
long value = 1;
int main(void)
{
    kitsune_do_automigrate();
    kitsune_update("here");
    printf("has arrived with %ld\n", value);
    return 0;
}
@xf
$2
END
    check "$1: builds" eval 'build_version v1 && build_version v2 && install_transformer v1 v2 rules.xf'
    local output
    output=$(timeout 60 kitsune run ./v1.so 2>&1)
    check_match "$1: the old version goes on" '^goes on with 50$' "$output"
    check_match "$1: the reason is told" "$3" "$output"
}
refuses "FAIL" \
    'value -> value: { if ($in > 20) FAIL "more than twenty"; $out = $in; }' 'more than twenty'
refuses "FAIL names the rule's place" \
    'value -> value: { FAIL "never"; }' 'rules\.xf:1'
refuses "CHECK that does not hold" \
    'CHECK { $newsym(value) < 20 }' 'value\) < 20|rules\.xf:1'
refuses "XF_ASSERT_NULL" \
    'value -> value: { char *p = "x", *q; XF_ASSERT_NULL(q, p); (void)q; $out = $in; }' 'NULL'

end_of_test
