#!/bin/bash
# A prologue that includes the application's own headers, while the types of both versions live side
# by side in the generated C; and every way to name a type there.
. "$(dirname "$0")/../lib/harness.sh"

cat >app.h <<'END'
#ifndef APP_H
#define APP_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#define LIMIT 8
#define next next_member /* a macro of a member's name, as <ctype.h> and others have */
#define count(x) ((x) + 0)
#define in in_
#define bytes 12
enum state { IDLE, BUSY = 5, DONE };
typedef enum { RED, GREEN } colour;
typedef struct conn conn;
typedef conn *conn_pointer;
typedef unsigned long word;
struct point { int x, y; };
typedef struct { word size; struct point where; } box;
struct conn {
    int id;
    enum state state;
    colour colour;
    char name[LIMIT];
    union { int number; float real; } value;
    struct conn *next;
};
union any { long number; void *pointer; };
typedef int (*handler)(struct conn *, int);
typedef int row[3];
extern int connections, variables, functions;
enum { locals = 3 };
struct checks { int new_base; };
static inline int conn_is_busy(const struct conn *conn) { return conn->state == BUSY; }
static inline struct point flip(struct point p) { return (struct point){p.y, p.x}; }
void conn_print(const struct conn *conn);
#endif
END
cp app.h "$work/app_header.h"

scene "the application's header in the prologue" -I. <<'END'
@v1
#include "app_header.h"
#undef in
#undef bytes
struct conn *list;
box boxes[2];
int connections;
enum state last;
handler run;
row rows;
union any any E_OPAQUE;
struct other { struct conn *conn; word w; int bytes; };
struct other other;
static int first(struct conn *conn, int n) { return conn->id + n; }
static void begin(void)
{
    list = calloc(1, sizeof *list);
    *list = (struct conn){7, BUSY, GREEN, "seven", {42}, list};
    boxes[1] = (box){3, {4, 5}};
    connections = 1;
    last = DONE;
    run = first;
    rows[2] = 9;
    any.number = 5;
    other = (struct other){list, 11, 12};
}
@v2
#define conn_version 2
struct point { long x, y; };
enum state { NONE, IDLE, DONE, BUSY };
typedef enum { GREEN, RED } colour;
typedef struct conn conn;
typedef conn *conn_pointer;
typedef unsigned long word;
typedef struct { struct point where; word size; } box;
struct conn {
    struct conn *next_member;
    char name[16];
    int flags;
    long id;
    enum state state;
    colour colour;
    union { int number; float real; } value;
};
typedef int (*handler)(struct conn *, int);
typedef int row[4];
union any { long number; void *pointer; };
struct conn *list;
box boxes[2];
int connections;
enum state last;
handler run;
row rows;
union any any E_OPAQUE;
struct other { int bytes; struct conn *conn; word w; };
struct other other;
static int first(struct conn *conn, int n) { return conn->id + n + 100; }
handler chosen_by_default = first;
static void verify(void)
{
    EXPECT(list->id == 7 && list->state == BUSY && list->colour == GREEN);
    EXPECT(strcmp(list->name, "seven") == 0 && list->next_member == list && list->flags == 18);
    EXPECT(boxes[1].size == 3 && boxes[1].where.x == 5 && boxes[1].where.y == 4);
    EXPECT(connections == 1 && last == DONE && run(list, 0) == 107 && rows[2] == 9);
    EXPECT(any.number == 5 && other.conn == list && other.w == 11 && other.bytes == 12);
    EXPECT(list->value.number == 42);
}
@xf
{
#include "app_header.h"
static int busy_flag(const void *old)
{
    struct conn copy;

    memcpy(&copy, old, sizeof copy);
    return conn_is_busy(&copy) ? 10 : 0;
}
}
struct conn.colour -> struct conn.colour: { $out = $in == $oldsym(GREEN) ? $newsym(GREEN) : $newsym(RED); }
INIT struct conn.flags: {
    $out = busy_flag(&$base) + LIMIT + ($base.state == $oldsym(BUSY) ? 0 : 1000) - IDLE;
}
struct point -> struct point: {
    struct point flipped = flip((struct point){$in.x, $in.y});
    $out.x = flipped.x;
    $out.y = flipped.y;
}
END

cat >names.h <<'END'
struct old_node { int v; };
struct node { int v; struct old_node *other; };
enum old_kind { old_A, A };
typedef int new_number;
extern int pair, old_count;
void convert(struct node *node);
END
scene "names in the program that look like generated ones" -I. <<'END'
@v1
#include "names.h"
struct node *node;
enum old_kind kind;
new_number number;
int old_count;
static void begin(void)
{
    node = malloc(sizeof *node);
    node->v = 1;
    node->other = malloc(sizeof *node->other);
    node->other->v = 2;
    kind = A;
    number = 3;
    old_count = 4;
}
@v2
struct old_node { long v; };
struct node { struct old_node *other; long v; };
enum old_kind { old_A, B, A };
typedef long new_number;
struct node *node;
enum old_kind kind;
new_number number;
int old_count;
static void verify(void)
{
    EXPECT(node->v == 10 && node->other->v == 2 && kind == A && number == 3 && old_count == 40);
}
@xf
{
#include "names.h"
}
struct node.v -> struct node.v, old_count -> old_count: { $out = 10 * $in; }
END

scene "any type in \$oldtype and \$newtype" <<'END'
@v1
struct item { int v; struct item *next; };
enum kind { A, B = 4 };
union word { long l; char c[8]; };
typedef struct { int deep; } anonymous;
typedef anonymous *anonymous_pointer;
typedef int (*operation)(int, char *);
struct list { void E_T(@t) *first; } E_GENERIC(@t);
struct all {
    unsigned long ul;
    unsigned char uc;
    long long ll;
    enum kind kind;
    union word word;
    anonymous an;
    anonymous_pointer ap;
    operation op;
    struct item **pp;
    int matrix[2][3];
    struct item *links[2];
    struct list E_G(struct item) *generic;
    _Bool flag;
    long double big;
} all;
static int twice(int n, char *s) { return s ? n : 2 * n; }
static void begin(void)
{
    all.ul = 1;
    all.kind = B;
    all.op = twice;
    all.matrix[1][2] = 3;
    all.an.deep = 4;
}
@v2
struct item { long v; struct item *next; };
enum kind { A, B = 4 };
union word { long l; char c[8]; };
typedef struct { long deep; } anonymous;
typedef anonymous *anonymous_pointer;
typedef int (*operation)(int, char *);
struct list { void E_T(@t) *first; int n; } E_GENERIC(@t);
struct all { long sizes[16]; } all;
struct item *unused_item;
anonymous unused_anonymous;
static int twice(int n, char *s) { return s ? n : 2 * n + 1; }
operation keep = twice;
static void verify(void)
{
    const long expected[] = {8, 1, 8, 4, 8, 4, 8, 8, 8, 24, 16, 8, 1, 16, 3 + 4 + 4, 2};
    for (int i = 0; i < 16; i++)
        EXPECT(all.sizes[i] == expected[i]);
}
@xf
struct all -> struct all: {
    const $oldtype(unsigned long) *ul = &$in.ul;
    $oldtype(unsigned char) *uc = &$in.uc;
    $oldtype(long long int) *ll = &$in.ll;
    $oldtype(enum kind) *kind = &$in.kind;
    $oldtype(union word) *word = &$in.word;
    $oldtype(anonymous) *an = &$in.an;
    $oldtype(anonymous_pointer) *ap = &$in.ap;
    $oldtype(operation) *op = &$in.op;
    $oldtype(struct item **) *pp = &$in.pp;
    $oldtype(int [2][3]) *matrix = &$in.matrix;
    $oldtype(struct item *[2]) *links = &$in.links;
    $oldtype(struct list<struct item> *) *generic = &$in.generic;
    $oldtype(_Bool) *flag = &$in.flag;
    $oldtype(long double) *big = &$in.big;
    $oldtype(int (*)[3]) rows = *matrix;
    $oldtype(int (*)(int)) function = NULL;
    $newtype(struct item *) none = NULL;
    $newtype(anonymous) fresh = {$in.an.deep};
    const long sizes[] = {sizeof *ul, sizeof *uc, sizeof *ll, sizeof *kind, sizeof *word,
                          sizeof *an, sizeof *ap, sizeof *op, sizeof *pp, sizeof *matrix,
                          sizeof *links, sizeof *generic, sizeof *flag, sizeof *big,
                          rows[1][2] + *kind + fresh.deep, (*op)(1, "")};
    memcpy($out.sizes, sizes, sizeof sizes);
    $out.sizes[15] = sizeof function / 4;
    (void)none;
}
END

scene "one block for several, whole structs into members, members of nested and unnamed ones" <<'END'
@v1
struct inner { int a; struct { int b; union { int c; float d; }; }; };
struct outer { struct inner inner; struct { int e; } named; int plain; } outer, *heap;
struct stats { int hits, misses; };
struct server { struct stats stats; int id; } server;
struct flat { int low, high; } flat, *flat_heap;
int one, two;
static void begin(void)
{
    outer.inner.a = 1;
    outer.inner.b = 2;
    outer.inner.c = 3;
    outer.named.e = 4;
    outer.plain = 5;
    heap = malloc(sizeof *heap);
    *heap = outer;
    server = (struct server){{6, 7}, 8};
    flat = (struct flat){9, 10};
    flat_heap = malloc(sizeof *flat_heap);
    *flat_heap = (struct flat){11, 12};
    one = 13;
    two = 14;
}
@v2
struct inner { union { int c; float d; }; long bb; struct { long a; }; };
struct outer { int plain; struct { long ee; int twice; } named; struct inner inner; } outer, *heap;
struct stats { long misses, hits; };
struct server { long id; struct stats stats; } server;
struct flat { struct { int high, low; } range; int more; } flat, *flat_heap;
long one, two;
static void verify(void)
{
    EXPECT(outer.inner.a == 10 && outer.inner.bb == 20 && outer.inner.c == 3);
    EXPECT(outer.named.ee == 40 && outer.named.twice == 8 && outer.plain == 50);
    EXPECT(heap->inner.a == 10 && heap->inner.bb == 20 && heap->named.ee == 40);
    EXPECT(server.stats.hits == 60 && server.stats.misses == 7 && server.id == 8);
    EXPECT(flat.range.low == 9 && flat.range.high == 10 && flat.more == 3);
    EXPECT(flat_heap->range.low == 11 && flat_heap->range.high == 12);
    EXPECT(one == 130 && two == 140);
}
@xf
struct inner.a -> struct inner.a, struct inner.b -> struct inner.bb,
struct outer.named.e -> struct outer.named.ee, struct outer.plain -> struct outer.plain,
server.stats.hits -> server.stats.hits, one -> one, two -> two: { $out = 10 * $in; }
INIT struct outer.named.twice: { $out = 2 * $base.named.e; }
struct flat -> struct flat.range
INIT struct flat.more: { $out = 3; }
END

end_of_test
