#!/bin/bash
# Things that change their kind: locals, statics, members and variables feed each other, and what
# pointed to them follows.
. "$(dirname "$0")/../lib/harness.sh"

scene "a local becomes a static, a static becomes a local" <<'END'
@common
#define OWN_MAIN
@v1
static int turns = 5;
int main(void) E_NOTELOCALS
{
    int port = 7000;
    int plain = 1;
    kitsune_do_automigrate();
    port += 80;
    plain++;
    turns++;
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return port + plain + turns;
}
@v2
static int port;
int main(void) E_NOTELOCALS
{
    long turns = 0;
    int plain = 0;
    kitsune_do_automigrate();
    EXPECT(MIGRATE_LOCAL(turns));
    EXPECT(MIGRATE_LOCAL(plain));
    kitsune_update("here");
    EXPECT(port == 7080);
    EXPECT(turns == 6);
    EXPECT(plain == 2);
    puts("scene ends");
    return 0;
}
@xf
main#port -> app.c/port
app.c/turns -> main#turns
END

scene "members and variables change places, pointers follow" <<'END'
@common
struct item { int n; struct item *next; };
@v1
struct table { int size; int depth; } table = {1, 2};
struct item first = {3, NULL};
int port = 4;
int *watched = &port;
struct item *head = &first;
struct item **link_of_first = &first.next;
static void begin(void)
{
    table.size = 10;
    port = 40;
    first.next = malloc(sizeof first);
    first.next->n = 30;
    first.next->next = &first;
}
@v2
int table_size = -1;
struct { int spare; int port; struct { struct item first; } inner; } server;
int *watched;
struct item *head;
struct item **link_of_first;
static void verify(void)
{
    EXPECT(table_size == 10);
    EXPECT(server.port == 40 && watched == &server.port);
    EXPECT(head == &server.inner.first && head->n == 3);
    EXPECT(head->next->n == 30 && head->next->next == head);
    EXPECT(link_of_first == &server.inner.first.next);
}
@xf
table.size -> table_size
port -> server.port
first -> server.inner.first
END

scene "a typedef becomes a struct" <<'END'
@v1
typedef long stamp;
struct event { stamp when; struct event *next; };
struct event *events;
stamp started;
static void begin(void)
{
    events = malloc(sizeof *events);
    events->when = 61;
    events->next = NULL;
    started = 125;
}
@v2
struct moment { int minutes, seconds; };
struct event { struct moment when; struct event *next; int priority; };
struct event *events;
struct moment started;
static void verify(void)
{
    EXPECT(events->when.minutes == 1 && events->when.seconds == 1);
    EXPECT(started.minutes == 2 && started.seconds == 5);
    EXPECT(events->priority == 9);
}
@xf
typedef stamp -> struct moment: {
    $out.minutes = $in / 60;
    $out.seconds = $in % 60;
}
INIT struct event.priority: { $out = 9; }
END

scene "a union that tells which member lives" <<'END'
@v1
enum kind { NUMBER, TEXT, NODE };
struct node { enum kind kind; union { long number; char *E_SZ text; struct node *node; } u E_TAGGED(self.kind); };
struct node *chain[3];
static void begin(void)
{
    for (int i = 0; i < 3; i++) {
        chain[i] = malloc(sizeof *chain[i]);
        chain[i]->kind = (enum kind)i;
    }
    chain[0]->u.number = 77;
    chain[1]->u.text = "literal";
    chain[2]->u.node = chain[0];
}
@v2
enum kind { NUMBER, TEXT, NODE };
struct node { int more; enum kind kind; union { long number; char *E_SZ text; struct node *node; } u E_TAGGED(self.kind); };
struct node *chain[3];
static void verify(void)
{
    EXPECT(chain[0]->u.number == 77);
    EXPECT(strcmp(chain[1]->u.text, "literal") == 0);
    EXPECT(chain[2]->u.node == chain[0]);
    EXPECT(chain[2]->more == 0);
}
END

scene "structs in arrays in structs, and arrays that grow" <<'END'
@v1
struct cell { short v; struct cell *peer; };
struct row { struct cell cells[3]; int used; };
struct row rows[2];
struct row *heap_rows;
int counts[4] = {1, 2, 3, 4};
static void begin(void)
{
    heap_rows = calloc(1, sizeof *heap_rows);
    heap_rows->cells[2].v = 5;
    rows[1].cells[1].v = 6;
    rows[1].cells[1].peer = &rows[0].cells[2];
    rows[0].cells[2].v = 7;
    rows[0].cells[2].peer = &heap_rows->cells[2];
    counts[3] = 40;
}
@v2
struct cell { struct cell *peer; int v; char tail; };
struct row { int used; struct cell cells[4]; };
struct row rows[3];
struct row *heap_rows;
int counts[6];
static void verify(void)
{
    EXPECT(rows[1].cells[1].v == 6);
    EXPECT(rows[1].cells[1].peer == &rows[0].cells[2] && rows[0].cells[2].v == 7);
    EXPECT(rows[0].cells[2].peer == &heap_rows->cells[2] && heap_rows->cells[2].v == 5);
    EXPECT(counts[0] == 1 && counts[3] == 40);
}
END

scene "callbacks with struct results, nested arrays of function tables, self pointers" <<'END'
@v1
struct point { short x, y; };
struct vtable { struct point (*make)(int); struct vtable *(*self)(struct vtable *); int (*table[2][2])(int); };
static struct point make(int n) { return (struct point){n, n}; }
static struct vtable *self(struct vtable *v) { return v; }
static int a(int n) { return n; }
static int b(int n) { return -n; }
struct vtable vt, *pvt = &vt;
struct node { struct node **E_PTR link; struct node *next; int v; struct { struct node *up; } nest; } head, *list;
static void begin(void)
{
    vt = (struct vtable){make, self, {{a, b}, {NULL, a}}};
    list = malloc(sizeof *list);
    *list = (struct node){&list, &head, 3, {list}};
    head = (struct node){&list->next, NULL, 4, {&head}};
    EXPECT(vt.make(2).x == 2 && vt.self(pvt) == pvt && vt.table[0][1](1) == -1);
}
@v2
struct point { int x, y; };
struct vtable { int (*table[2][3])(int); struct vtable *(*self)(struct vtable *); struct point (*make)(int); };
static struct point make(int n) { return (struct point){n + 10, n}; }
static struct vtable *self(struct vtable *v) { return v; }
static int a(int n) { return n + 100; }
static int b(int n) { return -n - 100; }
struct vtable vt, *pvt = &vt;
struct vtable keep = {{{a, b}}, self, make};
struct node { int v; struct { long more; struct node *up; } nest; struct node *next; struct node **E_PTR link; } head, *list;
static void verify(void)
{
    EXPECT(vt.make(2).x == 12 && vt.self(pvt) == pvt && pvt == &vt);
    EXPECT(vt.table[0][0] == a && vt.table[0][1] == b && vt.table[1][1] == a && !vt.table[1][0] && !vt.table[0][2]);
    EXPECT(list->v == 3 && list->link == &list && list->next == &head && list->nest.up == list);
    EXPECT(head.v == 4 && head.link == &list->next && head.nest.up == &head);
}
END

# A new version that forgets to ask for its state, and one that goes round past the wrong point.
write_forgetful_version() { # VERSION FIRST POINT
    mkdir -p "$1"
    cat >"$1/app.c" <<END
#include <kitsune.h>
#include <stdio.h>
#include <unistd.h>
int number = ${1#v};
int main(void)
{
    $2;
    if (!kitsune_is_updating())
        number *= 10;
    for (;;) {
        kitsune_update("$3");
        printf("$1 has %d\\n", number);
        fflush(stdout);
        usleep(10000);
    }
}
END
}
rm -rf v1 v2 v3 v4
write_forgetful_version v1 'kitsune_do_automigrate()' loop
write_forgetful_version v2 '(void)0' loop
write_forgetful_version v3 'kitsune_do_automigrate()' lop
write_forgetful_version v4 'kitsune_do_automigrate()' loop
check "four versions build" eval \
    'build_version v1 && build_version v2 && build_version v3 && build_version v4 &&
     install_transformer v1 v2 && install_transformer v1 v3 && install_transformer v1 v4'
start log kitsune run ./v1.so
check "the first runs" wait_line 10 log '^v1 has 10$'
expect_error "a version that never asks for its state does not take over" 1 \
    'none of its 1 variables.*kitsune_do_automigrate' timeout 60 kitsune update $started ./v2.so
expect_error "nor one that passes another point for too long" 1 \
    "on its way to the update point 'loop'.*is at 'lop'" \
    timeout 60 kitsune update --timeout 2 $started ./v3.so
: >log
check "the old version goes on" wait_line 10 log '^v1 has 10$'
check "a good update follows" kitsune update $started ./v4.so
check "and takes the state over" wait_line 10 log '^v4 has 10$'
stop $started

# An array on the heap that nobody declared one: the rest of it would be lost.
write_vector_version() { # VERSION RECORD MARK
    mkdir -p "$1"
    cat >"$1/app.c" <<END
#include <kitsune.h>
#include <stdio.h>
#include <stdlib.h>
struct record { $2 };
struct record *$3 records;
int count;
int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        records = malloc(20 * sizeof *records);
        for (count = 0; count < 20; count++)
            records[count].id = count;
        kitsune_set_next_version("./v2.so");
        kitsune_signal_update();
    }
    kitsune_update("here");
    printf("$1: the last is %d\\n", records[count - 1].id);
    return 0;
}
END
}
rm -rf v1 v2 v1.so v2.so v2.so.d
write_vector_version v1 'int id, score;' ''
write_vector_version v2 'int id; long score; int level;' ''
check "versions with an undeclared array build" \
    eval 'build_version v1 && build_version v2 && install_transformer v1 v2'
expect_output "the array is not torn apart" '^v1: the last is 19$' timeout 60 kitsune run ./v1.so
expect_output "and what to write is said" 'v1.*records.*E_PTRARRAY|E_PTRARRAY.*records|records\).*E_PTRARRAY' \
    timeout 60 kitsune run ./v1.so
rm -rf v1 v2 v1.so v2.so v2.so.d
write_vector_version v1 'int id, score;' 'E_PTRARRAY(count)'
write_vector_version v2 'int id; long score; int level;' 'E_PTRARRAY(count)'
check "declared, they build" \
    eval 'build_version v1 && build_version v2 && install_transformer v1 v2'
expect_output "the whole array is converted" '^v2: the last is 19$' timeout 60 kitsune run ./v1.so

# A rule's own constants: they lie in the transformer, which goes when the version it led to goes.
write_label_version() { # VERSION LABEL-DECLARATION NEXT
    mkdir -p "$1"
    cat >"$1/app.c" <<END
#include <kitsune.h>
#include <stdio.h>
$2
int step = 0;
int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating() || "$3"[0]) {
        kitsune_set_next_version("$3");
        kitsune_signal_update();
    }
    kitsune_update("here");
    kitsune_update("here");
    puts(LABEL);
    return 0;
}
END
}
rm -rf v1 v2 v3
write_label_version v1 '#define LABEL "none"' ./v2.so
write_label_version v2 'char *label; struct tag { const char *E_SZ text; int n; } tag;
#define LABEL label' ./v3.so
write_label_version v3 'char *label; long more; struct tag { int n; const char *E_SZ text; } tag;
#define LABEL (fputs(tag.text, stdout), label)' ''
cat >rules.xf <<'END'
INIT label: { $out = "made by a rule"; }
INIT tag: { $out.text = "tagged: "; $out.n = 1; }
END
check "three versions build" eval 'build_version v1 && build_version v2 && build_version v3'
check "and their transformers" \
    eval 'install_transformer v1 v2 rules.xf && install_transformer v2 v3'
expect_output "constants of a rule outlive its transformer" '^tagged: made by a rule$' \
    timeout 60 kitsune run ./v1.so

end_of_test
