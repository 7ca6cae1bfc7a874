#!/bin/bash
# Variables of every scope, those that share a name, and those that move from one scope to another.
. "$(dirname "$0")/../lib/harness.sh"

scene "between all scopes: global, static, local static, member, local" <<'END'
@common
#define OWN_MAIN
struct node { int v; struct node *next; };
@v1
int global_to_static = 0, global_to_local_static = 0, global_to_local = 0;
static int static_to_global __attribute__((used)) = 0;
static int static_to_local_static __attribute__((used)) = 0;
static struct node static_to_member = {0, NULL};
struct { int to_global, to_static, to_local_static, to_local; struct node node; } old;
struct node *watch_member = &old.node, *watch_static = &static_to_member;
int *watch_local_static;
static int *work(void)
{
    static int local_static_to_global __attribute__((used)) = 0;
    static int local_static_to_static __attribute__((used)) = 0;
    static int local_static_to_member __attribute__((used)) = 0;
    local_static_to_global = 21;
    local_static_to_static = 22;
    local_static_to_member = 23;
    return &local_static_to_static + 0 * (local_static_to_global + local_static_to_member);
}
int main(void) E_NOTELOCALS
{
    int local_to_global = 31, local_to_static = 32, local_to_local_static = 33, local_to_member = 34;
    global_to_static = 1;
    global_to_local_static = 2;
    global_to_local = 3;
    static_to_global = 4;
    static_to_local_static = 5;
    static_to_member = (struct node){6, &static_to_member};
    old.to_global = 11;
    old.to_static = 12;
    old.to_local_static = 13;
    old.to_local = 14;
    old.node = (struct node){15, &old.node};
    watch_local_static = work();
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return local_to_global + local_to_static + local_to_local_static + local_to_member +
           static_to_global + static_to_local_static;
}
@v2
static int global_to_static __attribute__((used)) = 0;
int static_to_global = 0, local_static_to_global = 0, local_to_global = 0, member_to_global = 0;
#define KEPT __attribute__((used))
static int local_static_to_static KEPT = 0, local_to_static KEPT = 0, member_to_static KEPT = 0;
struct node member_node;
struct { struct node node; int from_local_static, from_local; } new;
struct node *watch_member, *watch_static;
int *watch_local_static;
static int check_statics(void)
{
    static int from_global KEPT = 0, from_static KEPT = 0, from_member KEPT = 0, from_local KEPT = 0;
    EXPECT(from_global == 2 && from_static == 5 && from_member == 13 && from_local == 33);
    from_global = from_static = from_member = from_local = 1;
    return from_global + from_static + from_member + from_local;
}
int main(void) E_NOTELOCALS
{
    int from_global = 0, from_member = 0;
    kitsune_do_automigrate();
    EXPECT(MIGRATE_LOCAL(from_global) && from_global == 3);
    EXPECT(MIGRATE_LOCAL(from_member) && from_member == 14);
    EXPECT(global_to_static == 1 && static_to_global == 4);
    EXPECT(local_static_to_global == 21 && local_static_to_static == 22);
    EXPECT(local_to_global == 31 && local_to_static == 32);
    EXPECT(member_to_global == 11 && member_to_static == 12);
    EXPECT(new.from_local_static == 23 && new.from_local == 34);
    EXPECT(new.node.v == 6 && new.node.next == &new.node && watch_static == &new.node);
    EXPECT(member_node.v == 15 && member_node.next == &member_node && watch_member == &member_node);
    EXPECT(watch_local_static == &local_static_to_static);
    EXPECT(check_statics() == 4);
    kitsune_update("here");
    puts("scene ends");
    return 0;
}
@xf
global_to_static -> app.c/global_to_static
global_to_local_static -> app.c/check_statics#from_global
global_to_local -> main#from_global
app.c/static_to_global -> static_to_global
app.c/static_to_local_static -> app.c/check_statics#from_static
app.c/static_to_member -> new.node
old.to_global -> member_to_global
old.to_static -> app.c/member_to_static
old.to_local_static -> app.c/check_statics#from_member
old.to_local -> main#from_member
old.node -> member_node
app.c/work#local_static_to_global -> local_static_to_global
app.c/work#local_static_to_static -> app.c/local_static_to_static
app.c/work#local_static_to_member -> new.from_local_static
main#local_to_global -> local_to_global
main#local_to_static -> app.c/local_to_static
main#local_to_local_static -> app.c/check_statics#from_local
main#local_to_member -> new.from_local
END

scene "thread-local variables of a program with one thread" <<'END'
@v1
struct node { short v; struct node *next; };
__thread int number = 1;
__thread struct node *list;
_Thread_local struct node inside;
__thread long becomes_plain = 1;
long becomes_local = 1;
static __thread int hidden __attribute__((used)) = 5;
static void begin(void)
{
    number = 10;
    list = malloc(sizeof *list);
    *list = (struct node){11, NULL};
    inside = (struct node){12, list};
    becomes_plain = 13;
    becomes_local = 14;
    hidden++;
}
@v2
struct node { struct node *next; int v; };
__thread long number = 1;
__thread struct node *list;
_Thread_local struct node inside;
long becomes_plain = 1;
__thread long becomes_local = 1;
static __thread int hidden __attribute__((used)) = 5;
static void verify(void)
{
    EXPECT(number == 10 && list->v == 11 && inside.v == 12 && inside.next == list);
    EXPECT(becomes_plain == 13 && becomes_local == 14 && hidden == 6);
}
END

scene "K&R definitions, parameters, nested blocks, arrays and pointers of locals" <<'END'
@common
#define OWN_MAIN
@v1
struct item { short v; };
struct item *shared;
int serve() E_NOTELOCALS;
int serve(depth, items, name) int depth; struct item *items; char *name;
{
    int table[3] = {7, 8, 9};
    struct item local = {5}, *to_local = &local, *to_heap = items;
    long double precise = 1.5L;
    if (depth == 0) {
        int inner = 4;
        shared = &local;
        kitsune_set_next_version("./v2.so");
        kitsune_signal_update();
        kitsune_update("here");
        return inner;
    }
    return serve(depth - 1, to_heap, name) + table[0] + to_local->v + (int)precise;
}
int main(void)
{
    struct item *items = malloc(sizeof *items);
    items->v = 3;
    return serve(0, items, "a name");
}
@v2
struct item { long more; int v; };
struct item *shared;
int serve() E_NOTELOCALS;
int serve(depth, items, name) int depth; struct item *items; char *name;
{
    int table[4] = {0};
    struct item local = {0, 0}, *to_local = NULL, *to_heap = NULL;
    long double precise = 0;
    MIGRATE_LOCAL(depth);
    MIGRATE_LOCAL(items);
    MIGRATE_LOCAL(name);
    MIGRATE_LOCAL(table);
    MIGRATE_LOCAL(local);
    MIGRATE_LOCAL(to_local);
    MIGRATE_LOCAL(to_heap);
    MIGRATE_LOCAL(precise);
    if (depth == 0) {
        int inner = 0;
        MIGRATE_LOCAL(inner);
        EXPECT(inner == 4 && table[2] == 9 && table[3] == 0);
        EXPECT(local.v == 5 && to_local == &local && to_heap == items && items->v == 3);
        EXPECT(strcmp(name, "a name") == 0 && precise == 1.5L && shared == &local);
        kitsune_update("here");
    }
    return 0;
}
int main(void)
{
    kitsune_do_automigrate();
    serve(9, NULL, NULL);
    puts("scene ends");
    return 0;
}
END

# Statics of one name in several files and functions: each goes its own way.
rm -rf v1 v2 v1.so v2.so v2.so.d
mkdir v1 v2
cat >v1/one.c <<'END'
#define VERSION 1
#include "scene.h"
static int count __attribute__((used)) = 1;
static struct entry { int key; } entry __attribute__((used)) = {1};
static int work(void) { static int calls __attribute__((used)) = 1; return ++calls + count + entry.key; }
int one(void) { return work(); }
END
sed 's/one/two/g; s/= 1;/= 100;/; s/int key/long key, more/' v1/one.c >v1/two.c
cat >v1/main.c <<'END'
#define VERSION 1
#include "scene.h"
int one(void), two(void);
static void begin(void)
{
    EXPECT(one() == 2 + 1 + 1);
    EXPECT(two() == 101 + 100 + 1);
}
#include "scene_main.h"
END
cat >v2/one.c <<'END'
#define VERSION 2
#include "scene.h"
static long count = 1;
static struct entry { long key; } entry __attribute__((used)) = {1};
static long work(void) { static long calls = 1; calls += 10; count += 20; return calls * 1000 + count * 10 + entry.key; }
long one(void) { return work(); }
END
cat >v2/three.c <<'END'
#define VERSION 2
#include "scene.h"
static long number = 1;
static struct entry { char pad; long key; } entry __attribute__((used)) = {1, 1};
static long other(void) { static long calls = 1; calls += 10; number += 20; return calls * 1000 + number * 10 + entry.key; }
long three(void) { return other(); }
END
cat >v2/main.c <<'END'
#define VERSION 2
#include "scene.h"
long one(void), three(void);
static void verify(void)
{
    EXPECT(one() == (2 + 10) * 1000 + (1 + 20) * 10 + 11);
    EXPECT(three() == (101 + 10) * 1000 + (100 + 20) * 10 + 12);
}
#include "scene_main.h"
END
cat >rules.xf <<'END'
two.c/count -> three.c/number
two.c/entry -> three.c/entry: { $out.key = $in.key + 11; }
two.c/work#calls -> three.c/other#calls
one.c/entry -> one.c/entry: { $out.key = $in.key + 10; }
END
check "statics of one name in several files build" \
    eval 'build_version v1 && build_version v2 && install_transformer v1 v2 rules.xf'
output=$(timeout 60 kitsune run ./v1.so 2>&1)
count_expectations "statics of one name" "$output"
check_match "statics of one name: arrive" '^scene ends$' "$output"

# Types of one tag that two files define each for itself.
rm -rf v1 v2 v1.so v2.so v2.so.d
mkdir v1 v2
cat >v1/one.c <<'END'
#define VERSION 1
#include "scene.h"
struct entry { int key; struct entry *next; };
enum mode { A, B };
typedef struct { int x; } box;
static struct entry *list;
static enum mode mode = A;
static box boxes[2];
void one_begin(void) { list = malloc(sizeof *list); *list = (struct entry){1, list}; mode = B; boxes[1].x = 5; EXPECT(list->key == 1 && mode == B); }
END
cat >v1/two.c <<'END'
#define VERSION 1
#include "scene.h"
struct entry { char name[8]; struct entry *other; };
enum mode { X, Y, Z };
typedef struct { double x; } box;
static struct entry *list;
static enum mode mode = X;
static box boxes[2];
void two_begin(void) { list = malloc(sizeof *list); strcpy(list->name, "two"); list->other = list; mode = Z; boxes[1].x = 0.5; EXPECT(list->other == list && mode == Z); }
END
cat >v1/main.c <<'END'
#define VERSION 1
#include "scene.h"
void one_begin(void), two_begin(void);
static void begin(void) { one_begin(); two_begin(); }
#include "scene_main.h"
END
cat >v2/one.c <<'END'
#define VERSION 2
#include "scene.h"
struct entry { struct entry *next; long key; };
enum mode { C, A, B };
typedef struct { int pad, x; } box;
static struct entry *list;
static enum mode mode = A;
static box boxes[2];
void one_verify(void) { EXPECT(list->key == 1 && list->next == list && mode == B && boxes[1].x == 5); mode = A; boxes[0].x = 1; }
END
cat >v2/two.c <<'END'
#define VERSION 2
#include "scene.h"
struct entry { struct entry *other; char name[16]; };
enum mode { Z, Y, X };
typedef struct { double pad, x; } box;
static struct entry *list;
static enum mode mode = X;
static box boxes[2];
void two_verify(void) { EXPECT(strcmp(list->name, "two") == 0 && list->other == list && mode == Z && boxes[1].x == 0.5); mode = Y; boxes[0].x = 1; }
END
cat >v2/main.c <<'END'
#define VERSION 2
#include "scene.h"
void one_verify(void), two_verify(void);
static void verify(void) { one_verify(); two_verify(); }
#include "scene_main.h"
END
check "types of one name in several files build" eval 'build_version v1 && build_version v2 && install_transformer v1 v2'
output=$(timeout 60 kitsune run ./v1.so 2>&1)
count_expectations "types of one name" "$output"
check_match "types of one name: arrive" '^scene ends$' "$output"

end_of_test
