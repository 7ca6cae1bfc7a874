#!/bin/bash
# Arrays: of several dimensions, flexible, of pointers, on the heap, and how their lengths are told.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/messages.sh"

scene "two and three dimensions that grow" <<'END'
@v1
struct cell { short v; struct cell *peer; };
int plane[2][3];
char names[2][4];
int space[2][2][2];
struct cell cells[2][2];
int (*row)[3] = &plane[1];
int (*heap_rows)[3];
struct cell *pick;
static void begin(void)
{
    for (int i = 0; i < 6; i++)
        plane[i / 3][i % 3] = i + 1;
    strcpy(names[0], "abc");
    strcpy(names[1], "xyz");
    for (int i = 0; i < 8; i++)
        space[i / 4][i / 2 % 2][i % 2] = i + 10;
    for (int i = 0; i < 4; i++)
        cells[i / 2][i % 2].v = i + 20;
    cells[1][0].peer = &cells[0][1];
    pick = &cells[1][1];
    heap_rows = malloc(sizeof *heap_rows);
    memcpy(heap_rows, plane[1], sizeof *heap_rows);
}
@v2
struct cell { struct cell *peer; int v; };
int plane[3][5];
char names[3][8];
int space[2][3][4];
struct cell cells[3][3];
int (*row)[5] = &plane[1];
int (*heap_rows)[4];
struct cell *pick;
static void verify(void)
{
    EXPECT(plane[0][2] == 3 && plane[0][3] == 0 && plane[1][0] == 4 && plane[1][2] == 6);
    EXPECT(plane[2][0] == 0 && row == &plane[1]);
    EXPECT(strcmp(names[0], "abc") == 0 && strcmp(names[1], "xyz") == 0 && names[2][0] == 0);
    EXPECT(space[0][0][1] == 11 && space[0][1][0] == 12 && space[1][1][1] == 17);
    EXPECT(space[0][2][0] == 0 && space[1][0][2] == 0);
    EXPECT(cells[1][0].v == 22 && cells[1][1].v == 23 && cells[0][2].v == 0);
    EXPECT(cells[1][0].peer == &cells[0][1] && pick == &cells[1][1]);
    EXPECT((*heap_rows)[0] == 4 && (*heap_rows)[2] == 6 && (*heap_rows)[3] == 0);
}
END

scene "room behind the elements in use is kept, for none, one and several of them" <<'END'
@v1
struct cell { int value; };
struct vector { struct cell *cells E_PTRARRAY(self.count); int count, capacity; };
struct vector vectors[4];
static void begin(void)
{
    for (int i = 0; i < 4; i++) {
        struct vector *vector = &vectors[i];
        vector->count = i;
        vector->capacity = 100;
        vector->cells = malloc(100 * sizeof *vector->cells);
        for (int k = 0; k < vector->count; k++)
            vector->cells[k].value = 10 * i + k;
    }
}
@v2
#include <malloc.h>
struct cell { long since, value; };
struct vector { struct cell *cells E_PTRARRAY(self.count); int count, capacity; };
struct vector vectors[4];
static void verify(void)
{
    for (int i = 0; i < 4; i++) {
        struct vector *vector = &vectors[i];
        EXPECT(malloc_usable_size(vector->cells) >=
               (size_t)vector->capacity * sizeof *vector->cells);
        for (int k = 0; k < vector->count; k++)
            EXPECT(vector->cells[k].value == 10 * i + k && !vector->cells[k].since);
        while (vector->count < vector->capacity)
            vector->cells[vector->count++] = (struct cell){1, 2};
        free(vector->cells);
    }
}
END

scene "an array that shrinks by a rule" <<'END'
@v1
struct item { short v; };
int plane[3][4];
struct item items[5];
struct box { struct item inside[4]; int n; } *box;
static void begin(void)
{
    for (int i = 0; i < 12; i++)
        plane[i / 4][i % 4] = i;
    for (int i = 0; i < 5; i++)
        items[i].v = i;
    box = calloc(1, sizeof *box);
    box->inside[1].v = 7;
}
@v2
struct item { int v; };
int plane[2][2];
struct item items[2];
struct box { struct item inside[2]; int n; } *box;
static void verify(void)
{
    EXPECT(plane[0][1] == 1 && plane[1][0] == 4 && plane[1][1] == 5);
    EXPECT(items[0].v == 3 && items[1].v == 4);
    EXPECT(box->inside[0].v == 0 && box->inside[1].v == 7);
}
@xf
plane -> plane: {
    for (int i = 0; i < 2; i++)
        memcpy($out[i], $in[i], sizeof $out[i]);
}
items -> items: {
    XF_INVOKE(XF_ARRAY(2, sizeof($oldtype(struct item)), sizeof($newtype(struct item)),
                       $xform(struct item, struct item)), &$in[3], &$out[0]);
}
struct box.inside -> struct box.inside: {
    XF_INVOKE(XF_ARRAY(2, sizeof($oldtype(struct item)), sizeof($newtype(struct item)),
                       $xform(struct item, struct item)), &$in, &$out);
}
END

pair "arrays that shrink" <<'END'
@v1
int flat[4];
int inner[2][4];
int outer[4][2];
struct s { char name[8]; } s;
@v2
int flat[3];
int inner[2][3];
int outer[3][2];
struct s { char name[4]; } s;
END
xfgen_says "each dimension is watched" "'flat' shrinks from 4 to 3" \
    "'inner\[\]' shrinks from 4 to 3" "'outer' shrinks from 4 to 3" "'s\.name' shrinks from 8 to 4" \
    'to keep the first 3' </dev/null

scene "flexible arrays: of structs that grow, of pointers, and structs that grow before them" <<'END'
@v1
struct item { short v; struct item *next; };
struct plain { int count; struct item items[] E_ARRAY(self.count); };
struct links { short count; struct item *links[] E_ARRAY(self.count); };
struct bytes { char tag; unsigned char data[]; };
struct old_way { int count; struct item items[0] E_ARRAY(self.count); };
struct plain *plain;
struct links *links;
struct bytes *bytes;
struct old_way *old_way;
struct item *inside;
static void begin(void)
{
    plain = malloc(sizeof *plain + 3 * sizeof(struct item));
    plain->count = 3;
    for (int i = 0; i < 3; i++)
        plain->items[i] = (struct item){i + 1, i ? &plain->items[i - 1] : NULL};
    inside = &plain->items[2];
    links = malloc(sizeof *links + 4 * sizeof(struct item *));
    links->count = 2;
    links->links[0] = &plain->items[1];
    links->links[1] = malloc(sizeof(struct item));
    *links->links[1] = (struct item){9, NULL};
    links->links[2] = (struct item *)0x1234567; /* behind the end: never looked at */
    bytes = malloc(sizeof *bytes + 23);
    bytes->tag = 't';
    memset(bytes->data, 7, 23);
    old_way = malloc(sizeof *old_way + sizeof(struct item));
    old_way->count = 1;
    old_way->items[0] = (struct item){5, NULL};
}
@v2
struct item { struct item *next; long v; int more; };
struct plain { long count; struct item items[] E_ARRAY(self.count); };
struct links { long more; int count; struct item *links[] E_ARRAY(self.count); };
struct bytes { char tag; int size; unsigned char data[]; };
struct old_way { int count; struct item items[0] E_ARRAY(self.count); };
struct plain *plain;
struct links *links;
struct bytes *bytes;
struct old_way *old_way;
struct item *inside;
static void verify(void)
{
    EXPECT(plain->count == 3 && plain->items[0].v == 1 && plain->items[2].v == 3);
    EXPECT(plain->items[2].next == &plain->items[1] && inside == &plain->items[2]);
    EXPECT(links->count == 2 && links->links[0] == &plain->items[1] && links->links[1]->v == 9);
    EXPECT(bytes->tag == 't' && bytes->data[0] == 7 && bytes->data[22] == 7);
    EXPECT(old_way->items[0].v == 5 && old_way->items[0].more == 0);
}
END

scene "lengths by any expression over members, variables and through pointers" <<'END'
@common
enum { SPARE = 2 };
@v1
struct item { short v; };
struct owner { int count; };
struct header { int n; };
struct table {
    struct header hdr;
    short a, b;
    struct owner *owner;
    struct item *by_product E_PTRARRAY(self.a * self.b + 1);
    struct item *by_nested E_PTRARRAY(self.hdr.n);
    struct item *by_owner E_PTRARRAY(self.owner->count);
    struct item *by_global E_PTRARRAY(total);
    struct item *by_static E_PTRARRAY(hidden - 1);
    struct item *by_enum E_PTRARRAY(self.hdr.n + SPARE);
    struct item *by_choice E_PTRARRAY(self.owner ? self.owner->count : 1);
    struct item *by_size E_PTRARRAY(sizeof(int) / 2);
    struct item *by_member_of_global E_PTRARRAY(limits.most);
} *table;
int total = 0;
static int hidden __attribute__((used)) = 0;
struct { int least, most; } limits;
static struct item *make(int count, int first)
{
    struct item *items = malloc(count * sizeof *items);
    for (int i = 0; i < count; i++)
        items[i].v = first + i;
    return items;
}
static void begin(void)
{
    table = calloc(1, sizeof *table);
    table->hdr.n = 3;
    table->a = 2;
    table->b = 3;
    table->owner = malloc(sizeof *table->owner);
    table->owner->count = 4;
    total = 5;
    hidden = 7;
    limits.most = 6;
    table->by_product = make(7, 100);
    table->by_nested = make(3, 200);
    table->by_owner = make(4, 300);
    table->by_global = make(total, 400);
    table->by_static = make(hidden - 1, 500);
    table->by_enum = make(5, 600);
    table->by_choice = make(4, 700);
    table->by_size = make(2, 800);
    table->by_member_of_global = make(limits.most, 900);
}
@v2
struct item { char tag; int v; };
struct owner { long spare; int count; };
struct header { int n; };
struct table {
    struct item *by_product, *by_nested, *by_owner, *by_global, *by_static, *by_enum, *by_choice,
        *by_size, *by_member_of_global;
    struct header hdr;
    struct owner *owner;
    short a, b;
} *table;
int total = 0;
static int hidden __attribute__((used)) = 0;
struct { int least, most; } limits;
static void verify(void)
{
    EXPECT(table->by_product[0].v == 100 && table->by_product[6].v == 106);
    EXPECT(table->by_nested[2].v == 202 && table->by_owner[3].v == 303);
    EXPECT(table->by_global[4].v == 404 && table->by_static[5].v == 505 && hidden == 7);
    EXPECT(table->by_enum[4].v == 604 && table->by_choice[3].v == 703);
    EXPECT(table->by_size[1].v == 801 && table->by_member_of_global[5].v == 905);
    EXPECT(total == 5 && limits.most == 6 && table->owner->count == 4);
}
END

scene "arrays of pointers to arrays, arrays of strings" <<'END'
@v1
struct item { short v; };
struct grid {
    int rows, columns;
    struct item **cells E_PTRARRAY(self.rows);
    struct item *E_PTRARRAY(self.columns) *lines E_PTRARRAY(self.rows);
    char **words E_PTRARRAY(self.rows);
    char *fixed[3];
    const char *E_SZ *titles E_PTRARRAY(self.rows);
} *grid;
int argument_count;
char **arguments E_PTRARRAY(argument_count + 1);
static struct item *item(int v) { struct item *i = malloc(sizeof *i); i->v = v; return i; }
static void begin(void)
{
    grid = calloc(1, sizeof *grid);
    grid->rows = 2;
    grid->columns = 3;
    grid->cells = calloc(2, sizeof *grid->cells);
    grid->cells[1] = item(5);
    grid->lines = calloc(2, sizeof *grid->lines);
    for (int i = 0; i < 2; i++) {
        grid->lines[i] = calloc(3, sizeof **grid->lines);
        for (int j = 0; j < 3; j++)
            grid->lines[i][j].v = 10 * i + j;
    }
    grid->words = calloc(2, sizeof *grid->words);
    grid->words[0] = strdup("heap");
    grid->words[1] = "literal one";
    grid->fixed[2] = "literal two";
    grid->titles = calloc(2, sizeof *grid->titles);
    grid->titles[1] = "literal three";
    argument_count = 2;
    arguments = calloc(3, sizeof *arguments);
    arguments[0] = "program";
    arguments[1] = strdup("argument");
}
@v2
struct item { long more; int v; };
struct grid {
    char **words E_PTRARRAY(self.rows);
    char *fixed[4];
    const char *E_SZ *titles E_PTRARRAY(self.rows);
    struct item **cells E_PTRARRAY(self.rows);
    struct item *E_PTRARRAY(self.columns) *lines E_PTRARRAY(self.rows);
    int rows, columns;
} *grid;
int argument_count;
char **arguments E_PTRARRAY(argument_count + 1);
static void verify(void)
{
    EXPECT(grid->cells[0] == NULL && grid->cells[1]->v == 5);
    EXPECT(grid->lines[0][0].v == 0 && grid->lines[0][2].v == 2 && grid->lines[1][2].v == 12);
    EXPECT(strcmp(grid->words[0], "heap") == 0 && strcmp(grid->words[1], "literal one") == 0);
    EXPECT(grid->fixed[0] == NULL && strcmp(grid->fixed[2], "literal two") == 0);
    EXPECT(strcmp(grid->titles[1], "literal three") == 0);
    EXPECT(strcmp(arguments[0], "program") == 0 && strcmp(arguments[1], "argument") == 0);
    EXPECT(arguments[2] == NULL);
}
END

scene "a NULL-terminated array by XF_NTARRAY, and one that ends with an empty struct" <<'END'
@v1
struct item { short v; };
struct entry { int key; struct item *item; };
struct item **list E_PTR;
struct entry *entries;
char **words E_PTR;
static struct item *item(int v) { struct item *i = malloc(sizeof *i); i->v = v; return i; }
static void begin(void)
{
    list = calloc(4, sizeof *list);
    for (int i = 0; i < 3; i++)
        list[i] = item(i + 1);
    entries = calloc(3, sizeof *entries);
    entries[0] = (struct entry){7, list[1]};
    entries[1] = (struct entry){8, NULL};
    words = calloc(3, sizeof *words);
    words[0] = strdup("one");
    words[1] = "two";
}
@v2
struct item { int v, w; };
struct entry { struct item *item; long key; };
struct item **list E_PTR;
struct entry *entries;
char **words E_PTR;
static void verify(void)
{
    EXPECT(list[0]->v == 1 && list[2]->v == 3 && list[3] == NULL);
    EXPECT(entries[0].key == 7 && entries[0].item == list[1]);
    EXPECT(entries[1].key == 8 && entries[2].key == 0 && entries[2].item == NULL);
    EXPECT(strcmp(words[0], "one") == 0 && strcmp(words[1], "two") == 0 && words[2] == NULL);
}
@xf
list -> list: {
    XF_INVOKE(XF_NTARRAY(sizeof $in[0], sizeof $out[0], XF_PTR($xform(struct item, struct item))),
              &$in, &$out);
}
entries -> entries: {
    XF_INVOKE(XF_NTARRAY(sizeof $in[0], sizeof $out[0], $xform(struct entry, struct entry)),
              &$in, &$out);
}
words -> words: { XF_INVOKE(XF_NTARRAY(sizeof $in[0], sizeof $out[0], XF_NTSTR()), &$in, &$out); }
END

scene "bytes of a length that is told, NULs among them" <<'END'
@common
static const unsigned char named[] __attribute__((used)) = {4, 0, 4};
@v1
struct blob { int size; const unsigned char *bytes E_PTRARRAY(self.size); struct blob *next; };
struct blob *blobs;
const char *magic E_PTRARRAY(6) = "\0\1\2\0\3";
unsigned char *buffer E_PTRARRAY(8) = (unsigned char[]){9, 0, 8, 0, 7, 0, 6, 5};
static void begin(void)
{
    unsigned char *on_heap = calloc(1, 5);

    on_heap[4] = 1;
    blobs = malloc(sizeof *blobs);
    *blobs = (struct blob){5, on_heap, malloc(sizeof *blobs)};
    *blobs->next = (struct blob){4, (const unsigned char *)"\0\0\0\7", malloc(sizeof *blobs)};
    *blobs->next->next = (struct blob){3, named, NULL};
    buffer[1] = 3;
}
@v2
struct blob { struct blob *next; const unsigned char *bytes E_PTRARRAY(self.size); long size; };
struct blob *blobs;
const char *magic E_PTRARRAY(6);
unsigned char *buffer E_PTRARRAY(8);
static void verify(void)
{
    EXPECT(blobs->bytes[4] == 1 && blobs->next->bytes[3] == 7 && blobs->next->next->bytes[2] == 4);
    EXPECT(magic[2] == 2 && magic[4] == 3 && buffer[1] == 3 && buffer[7] == 5);
}
END

scene "zero-size structs and arrays" <<'END'
@v1
struct nothing { };
struct holder { int v; struct nothing nothing; int none[0]; struct holder *next; char more[40]; };
struct holder *holder;
struct nothing alone;
struct nothing *to_alone = &alone;
static void begin(void)
{
    holder = calloc(1, sizeof *holder);
    holder->v = 4;
    holder->next = holder;
    memset(holder->more, 'm', 40);
}
@v2
struct nothing { };
struct holder { struct holder *next; int none[0]; struct nothing nothing; long v; char more[40], last; };
struct holder *holder;
struct nothing alone;
struct nothing *to_alone = &alone;
static void verify(void)
{
    EXPECT(holder->v == 4 && holder->next == holder && to_alone == &alone);
    EXPECT(holder->more[0] == 'm' && holder->more[39] == 'm' && holder->last == 0);
    free(holder);
}
END

end_of_test
