#!/bin/bash
# Heap graphs that were got wrong once, most of them found by tests/property.
. "$(dirname "$0")/../lib/harness.sh"

scene "a rule about a typedef of numbers holds wherever the typedef is used" <<'END'
@v1
typedef long stamp;
struct event { stamp when; stamp repeats[2]; stamp *latest; int count; stamp *others E_PTRARRAY(self.count); };
struct event *event;
stamp *first;
stamp started;
stamp *to_variable = &started;
static void begin(void)
{
    event = calloc(1, sizeof *event);
    event->when = 1000;
    event->repeats[1] = 2000;
    event->latest = &event->repeats[1];
    event->count = 3;
    event->others = calloc(3, sizeof(stamp));
    event->others[2] = 3000;
    first = malloc(sizeof *first);
    *first = 4000;
    started = 5000;
}
@v2
typedef int stamp;
struct event { stamp when; stamp repeats[2]; stamp *latest; int count; stamp *others E_PTRARRAY(self.count); };
struct event *event;
stamp *first;
stamp started;
stamp *to_variable = &started;
static void verify(void)
{
    EXPECT(event->when == 1 && event->repeats[1] == 2);
    EXPECT(event->latest == &event->repeats[1]);
    EXPECT(event->others[0] == 0 && event->others[2] == 3);
    EXPECT(*first == 4);
    EXPECT(started == 5 && to_variable == &started);
}
@xf
typedef stamp -> typedef stamp: { $out = $in / 1000; }
END

scene "a rule about a struct that has only a typedef's name holds for its variables and members" <<'END'
@common
typedef struct { int celsius; char *place; } reading;
struct station { reading now; reading before[2]; };
reading outside, *inside;
struct station station, *away;
@v1
static void begin(void)
{
    outside.celsius = 100;
    inside = calloc(1, sizeof *inside);
    inside->celsius = 10;
    station.now.celsius = 20;
    station.before[1].celsius = 30;
    away = calloc(1, sizeof *away);
    away->before[0].celsius = 40;
}
@v2
static void verify(void)
{
    EXPECT(outside.celsius == 212 && inside->celsius == 50);
    EXPECT(station.now.celsius == 68 && station.before[1].celsius == 86);
    EXPECT(away->now.celsius == 32 && away->before[0].celsius == 104);
}
@xf
typedef reading.celsius -> typedef reading.celsius: { $out = $in * 9 / 5 + 32; }
END

scene "rules about a variable's members and rules about its type hold side by side" <<'END'
@v1
struct limits { int low; int high; };
struct limits limits, others;
static void begin(void)
{
    limits = (struct limits){1, 2};
    others = (struct limits){3, 4};
}
@v2
struct limits { int low; int maximum; };
struct limits limits, others;
static void verify(void)
{
    EXPECT(limits.low == 100 && limits.maximum == 2);
    EXPECT(others.low == 3 && others.maximum == 4);
}
@xf
limits.low -> limits.low: { $out = 100; }
struct limits.high -> struct limits.maximum
END

scene "elements of an array that stays, reached singly, together and at its end" <<'END'
@common
struct leaf;
struct cell { void (*act)(void); struct leaf *leaf; };
struct table { int count; struct cell *current, *cells E_PTRARRAY(self.count), *end; };
struct table tables[3];
struct cell *third, *first;
@v1
struct leaf { int v; };
static void act(void) {}
static void begin(void)
{
    struct leaf *leaf = malloc(sizeof *leaf);
    leaf->v = 7;
    for (int t = 0; t < 3; t++) {
        /* Behind the array there is something that is not a cell. */
        tables[t].count = 4;
        tables[t].cells = malloc(5 * sizeof(struct cell));
        tables[t].end = tables[t].cells + 4;
        tables[t].current = tables[t].cells + t;
        memset(tables[t].end, 0x77, sizeof(struct cell));
        for (int i = 0; i < 4; i++)
            tables[t].cells[i] = (struct cell){act, leaf};
    }
    first = tables[0].cells;
    third = &tables[1].cells[2];
}
@v2
struct leaf { long before; int v; };
static void act(void) {}
static void verify(void)
{
    int right = 0;
    for (int t = 0; t < 3; t++) {
        EXPECT(tables[t].end == tables[t].cells + 4 && tables[t].current == tables[t].cells + t);
        for (int i = 0; i < 4; i++)
            right += tables[t].cells[i].act == act && tables[t].cells[i].leaf == tables[0].cells->leaf &&
                     tables[t].cells[i].leaf->v == 7;
    }
    EXPECT(right == 12);
    EXPECT(first == tables[0].cells && third == &tables[1].cells[2]);
}
END

scene "arrays of structs that hold arrays of the same, met by pointers to one first" <<'END'
@v1
struct node { int v; struct node *peer; int count; struct node *nodes E_PTRARRAY(self.count); };
struct node *shortcuts[20], *list;
static void begin(void)
{
    /* What is found last stands first in memory. */
    for (int depth = 19; depth >= 0; depth--) {
        shortcuts[depth] = calloc(4, sizeof *list);
        if (depth < 19)
            shortcuts[depth][depth % 4] = (struct node){depth, shortcuts[depth + 1], 4, shortcuts[depth + 1]};
    }
    list = calloc(1, sizeof *list);
    *list = (struct node){-1, shortcuts[0], 4, shortcuts[0]};
}
@v2
struct node { long more; struct node *peer; int count; struct node *nodes E_PTRARRAY(self.count); long v; };
struct node *shortcuts[20], *list;
static void verify(void)
{
    int right = 0;
    struct node *node = list;
    for (int depth = -1; depth < 19; depth++) {
        right += node->v == depth && node->count == 4 && node->peer == node->nodes &&
                 node->nodes == shortcuts[depth + 1];
        node = &node->nodes[(depth + 1) % 4];
    }
    EXPECT(right == 20);
}
END

scene "an array without elements, and a pointer to its end" <<'END'
@v1
struct item { int v[10]; };
struct stack { struct item *top; int count; struct item *items E_PTRARRAY(self.count); };
struct stack *stacks[3];
static void begin(void)
{
    for (int i = 0; i < 3; i++) {
        stacks[i] = malloc(sizeof *stacks[i]);
        stacks[i]->count = i;
        stacks[i]->items = malloc(i * sizeof(struct item));
        stacks[i]->top = stacks[i]->items + i;
        if (i)
            stacks[i]->items[i - 1].v[9] = i;
    }
}
@v2
struct item { int more; int v[10]; };
struct stack { struct item *top; int count; struct item *items E_PTRARRAY(self.count); };
struct stack *stacks[3];
static void verify(void)
{
    for (int i = 0; i < 3; i++)
        EXPECT(stacks[i]->count == i && stacks[i]->top == stacks[i]->items + i);
    EXPECT(stacks[1]->items[0].v[9] == 1 && stacks[2]->items[1].v[9] == 2);
}
END

# What stands before the characters looks like the header of an allocation.
scene "a string inside an object, behind numbers that look like a size" <<'END'
@v1
struct record { void (*first)(void); short kind; int size; char name[14]; };
struct holder { char *E_SZ name; struct record *record; };
struct holder *holders[8];
static void begin(void)
{
    for (int i = 0; i < 8; i++) {
        holders[i] = malloc(sizeof *holders[i]);
        holders[i]->record = calloc(1, sizeof(struct record));
        holders[i]->record->kind = 2;
        holders[i]->record->size = 16 * i;
        sprintf(holders[i]->record->name, "record %d", i);
        holders[i]->name = holders[i]->record->name;
    }
}
@v2
struct record { void (*first)(void); short kind; int size; char name[14]; long more[4]; };
struct holder { char *E_SZ name; struct record *record; };
struct holder *holders[8];
static void verify(void)
{
    char name[14];
    for (int i = 0; i < 8; i++) {
        sprintf(name, "record %d", i);
        EXPECT(strcmp(holders[i]->name, name) == 0 && holders[i]->name == holders[i]->record->name);
    }
}
END

# The size before the characters is what malloc would write before a string as long.
scene "a string inside an object, behind a number that is the size of its allocation" <<'END'
@v1
struct record { long serial; long size; char name[14]; };
struct holder { char *E_SZ name; char *E_SZ own; struct record *record; };
struct holder *holders[8];
static void begin(void)
{
    for (int i = 0; i < 8; i++) {
        holders[i] = malloc(sizeof *holders[i]);
        holders[i]->record = calloc(1, sizeof(struct record));
        holders[i]->record->size = 33;
        sprintf(holders[i]->record->name, "record %d", i);
        holders[i]->name = holders[i]->record->name;
        holders[i]->own = strdup(holders[i]->name);
    }
}
@v2
struct record { long serial; long size; char name[14]; long more[9]; };
struct holder { char *E_SZ name; char *E_SZ own; struct record *record; };
struct holder *holders[8];
static void verify(void)
{
    int right = 0;
    for (int i = 0; i < 8; i++) {
        right += holders[i]->name == holders[i]->record->name && strcmp(holders[i]->name, holders[i]->own) == 0;
        free(holders[i]->own);
    }
    EXPECT(right == 8);
}
END

scene "members of unnamed structs, and parts of what stays, reached by pointers of their own first" <<'END'
@common
struct leaf;
struct part { struct leaf *leaf; struct part *peer; };
struct whole { long tag; struct part first; struct { struct part second; int *count; }; struct part rest[2]; };
@v1
struct leaf { int v; };
struct counter { struct { long before; int count; } in; };
int *to_count;
struct part *part, *other;
struct whole *wholes E_PTRARRAY(3);
struct counter *counter;
static void begin(void)
{
    struct leaf *leaf = malloc(sizeof *leaf);
    leaf->v = 5;
    wholes = calloc(3, sizeof *wholes);
    for (int i = 0; i < 3; i++) {
        struct whole *w = &wholes[i];
        w->first = (struct part){leaf, &w->rest[1]};
        w->second = (struct part){leaf, &w->first};
        w->rest[0] = (struct part){leaf, &wholes[(i + 1) % 3].second};
        w->rest[1] = (struct part){leaf, &w->rest[0]};
    }
    part = &wholes[2].second;
    other = &wholes[1].rest[1];
    counter = calloc(1, sizeof *counter);
    counter->in.count = 9;
    to_count = wholes[0].count = &counter->in.count;
}
@v2
struct leaf { long more; int v; };
struct counter { struct { int count; long before, after; } in; };
int *to_count;
struct part *part, *other;
struct whole *wholes E_PTRARRAY(3);
struct counter *counter;
static void verify(void)
{
    int right = 0;
    for (int i = 0; i < 3; i++) {
        struct whole *w = &wholes[i];
        struct leaf *leaf = wholes[0].first.leaf;
        right += w->first.leaf == leaf && w->second.leaf == leaf && w->rest[0].leaf == leaf &&
                 w->rest[1].leaf == leaf && w->first.peer == &w->rest[1] &&
                 w->second.peer == &w->first && w->rest[0].peer == &wholes[(i + 1) % 3].second &&
                 w->rest[1].peer == &w->rest[0] && leaf->v == 5;
    }
    EXPECT(right == 3);
    EXPECT(part == &wholes[2].second && other == &wholes[1].rest[1]);
    EXPECT(to_count == &counter->in.count && wholes[0].count == to_count && *to_count == 9);
}
END

scene "rules about what is inside of something that has another name" <<'END'
@v1
struct sample {
    int kind;
    union { long number; char *text; } value E_TAGGED(self.kind);
    struct { int celsius; } at;
};
struct sample *sample;
struct { int left, right; } turns;
static void begin(void)
{
    sample = calloc(1, sizeof *sample);
    sample->value.number = 7;
    sample->at.celsius = 100;
    turns.left = 3;
}
@v2
struct sample {
    int kind;
    union { int number; char *text; } content E_TAGGED(self.kind);
    struct { int fahrenheit; } place;
};
struct sample *sample;
struct { int right, first; } moves;
static void verify(void)
{
    EXPECT(sample->content.number == 7 && sample->place.fahrenheit == 212);
    EXPECT(moves.first == 3);
}
@xf
struct sample.value -> struct sample.content
struct sample.value.number -> struct sample.content.number: { $out = $in; }
struct sample.at -> struct sample.place
struct sample.at.celsius -> struct sample.place.fahrenheit: { $out = $in * 9 / 5 + 32; }
turns -> moves
turns.left -> moves.first
END

scene "pointers to members that rules move into and out of inner structs" <<'END'
@v1
struct shape { long id; struct { int width; int heights[2]; } size; int depth; double weight; };
struct shape *shape;
int *to_width, *to_height, *to_depth;
double *to_weight;
static void begin(void)
{
    shape = calloc(1, sizeof *shape);
    *shape = (struct shape){1, {2, {3, 4}}, 5, 6.5};
    to_width = &shape->size.width;
    to_height = &shape->size.heights[1];
    to_depth = &shape->depth;
    to_weight = &shape->weight;
}
@v2
struct shape { int heights[2]; struct { long added; int depth; int width; } size; struct { char c; double mass; } body; long id; };
struct shape *shape;
int *to_width, *to_height, *to_depth;
double *to_weight;
static void verify(void)
{
    EXPECT(to_width == &shape->size.width && *to_width == 2);
    EXPECT(to_height == &shape->heights[1] && *to_height == 4);
    EXPECT(to_depth == &shape->size.depth && *to_depth == 5);
    EXPECT(to_weight == &shape->body.mass && *to_weight == 6.5);
}
@xf
struct shape.size.heights -> struct shape.heights
struct shape.depth -> struct shape.size.depth
struct shape.weight -> struct shape.body.mass
END

scene "E_CUSTOM on a struct that has only a typedef's name" <<'END'
@common
void *pool_allocate(size_t size)
{
    size_t *block = malloc(2 * sizeof *block + size);
    block[0] = size;
    return block + 2;
}
void pool_free(void *object) { free((size_t *)object - 2); }
@v1
typedef struct { int v; } E_CUSTOM(pool_allocate, pool_free) item;
item *items[3];
static void begin(void)
{
    for (int i = 0; i < 3; i++) {
        items[i] = pool_allocate(sizeof(item));
        items[i]->v = i;
    }
}
@v2
typedef struct { long more[4]; int v; } E_CUSTOM(pool_allocate, pool_free) item;
item *items[3];
static void verify(void)
{
    for (int i = 0; i < 3; i++) {
        EXPECT(items[i]->v == i && ((size_t *)items[i])[-2] == sizeof(item));
        pool_free(items[i]);
    }
}
END

scene "the end of an array of one" <<'END'
@v1
struct item { int a; void *b E_OPAQUE; int c; int d; };
struct stack { struct item *end; int count; struct item *items E_PTRARRAY(self.count); };
struct stack *stacks[6];
static void begin(void)
{
    for (int i = 0; i < 6; i++) {
        stacks[i] = malloc(sizeof *stacks[i]);
        stacks[i]->count = 1;
        stacks[i]->items = calloc(1, sizeof(struct item));
        stacks[i]->items->c = 0; /* these two look like malloc's header */
        stacks[i]->items->d = i % 2 ? 33 : 0;
        stacks[i]->items->a = i;
        stacks[i]->end = stacks[i]->items + 1;
    }
}
@v2
struct item { long more[9]; int a; void *b E_OPAQUE; int c; int d; };
struct stack { struct item *end; int count; struct item *items E_PTRARRAY(self.count); };
struct stack *stacks[6];
static void verify(void)
{
    for (int i = 0; i < 6; i++)
        EXPECT(stacks[i]->items->a == i && stacks[i]->end == stacks[i]->items + 1);
}
END

scene "a rule about a member of a union that looks the same" <<'END'
@common
struct value { int kind; union { int number; unsigned short level; } u E_TAGGED(self.kind); };
struct value *values[2], one;
@v1
static void begin(void)
{
    for (int i = 0; i < 2; i++) {
        values[i] = calloc(1, sizeof *values[i]);
        values[i]->kind = i;
        values[i]->u.number = 0x70001;
    }
    one = (struct value){1, {.level = 5}};
}
@v2
static void verify(void)
{
    EXPECT(values[0]->u.number == 0x70001 && values[1]->u.level == 11 && one.u.level == 15);
}
@xf
struct value.u.level -> struct value.u.level: { $out = $in + 10; }
END

scene "arrays of small numbers, met by pointers to one first" <<'END'
@v1
typedef short number;
struct series { struct series *next; int count; number *numbers E_PTRARRAY(self.count); };
number *first[4];
struct series *all, *none E_PTRARRAY(0);
static void begin(void)
{
    for (int i = 0; i < 4; i++) {
        number *numbers = calloc(3, sizeof *numbers);
        struct series *series = malloc(sizeof *series);
        *series = (struct series){all, 3, numbers};
        all = series;
        for (int j = 0; j < 3; j++)
            series->numbers[j] = 10 * i + j;
        first[i] = series->numbers;
    }
}
@v2
typedef long number;
struct series { struct series *next; long count; number *numbers E_PTRARRAY(self.count); };
number *first[4];
struct series *all, *none E_PTRARRAY(0);
static void verify(void)
{
    int right = 0, i = 3;
    for (struct series *series = all; series; series = series->next, i--)
        right += series->numbers == first[i] && series->numbers[0] == 10 * i &&
                 series->numbers[2] == 10 * i + 2;
    EXPECT(right == 4);
}
END

scene "a rule about a type that unions which look the same hold" <<'END'
@common
typedef unsigned number;
struct point { number x; float y; };
union named { float real; struct point points[2]; } E_TAGGED(1);
struct value { int kind; union { number count; float real; struct point point; } u E_TAGGED(self.kind); };
int tag;
static union { number count; float real; } one E_TAGGED(tag), two E_TAGGED(tag + 1);
struct value *values[3];
union named *named;
@v1
static void begin(void)
{
    for (int i = 0; i < 3; i++) {
        values[i] = calloc(1, sizeof *values[i]);
        values[i]->kind = i;
        values[i]->u.point = (struct point){7, 1.5};
    }
    one.count = two.count = 7;
    named = calloc(1, sizeof *named);
    named->points[1].x = 7;
}
@v2
static void verify(void)
{
    EXPECT(values[0]->u.count == 71 && values[1]->u.count == 7 && values[2]->u.point.x == 71);
    EXPECT(values[2]->u.point.y == 1.5);
    EXPECT(one.count == 71 && two.count == 7);
    EXPECT(named->points[0].x == 1 && named->points[1].x == 71);
}
@xf
typedef number -> typedef number: { $out = $in * 10 + 1; }
END

scene "renamed members that tell lengths of what stays in place" <<'END'
@v1
struct item { short v; };
struct header { char spare; char count; };
struct table {
    struct header *header;
    struct { int used; struct item *items[4] E_ARRAY(self.used); } part;
    int kind, count;
    union { long number; struct item *item; } u E_TAGGED(self.kind);
    struct item **items E_PTRARRAY(self.count + 1), **more E_PTRARRAY(self.header->count);
};
struct table *table, whole;
static void fill(struct table *t, int first)
{
    t->header = malloc(sizeof *t->header);
    *t->header = (struct header){9, 3};
    t->part.used = 2;
    t->kind = 1;
    t->count = 1;
    t->items = malloc(2 * sizeof *t->items);
    t->more = malloc(3 * sizeof *t->more);
    for (int i = 0; i < 8; i++) {
        struct item **places[] = {&t->part.items[0], &t->part.items[1], &t->u.item, &t->items[0],
                                  &t->items[1], &t->more[0], &t->more[1], &t->more[2]};
        *places[i] = malloc(sizeof(struct item));
        (*places[i])->v = first + i;
    }
}
static void begin(void)
{
    table = calloc(1, sizeof *table);
    fill(table, 10);
    fill(&whole, 20);
}
@v2
struct item { long added; int v; };
struct header { long added[3]; char count; char spare; };
struct table {
    struct header *top;
    struct { int in_use; struct item *items[4] E_ARRAY(self.in_use); } piece;
    int sort, length;
    union { long number; struct item *item; } u E_TAGGED(self.sort);
    struct item **items E_PTRARRAY(self.length + 1), **more E_PTRARRAY(self.top->count);
};
struct table *table, whole;
static int is_right(struct table *t, int first)
{
    return t->top->count == 3 && t->top->spare == 9 && t->sort == 1 && t->length == 1 &&
           t->piece.in_use == 2 && t->piece.items[0]->v == first &&
           t->piece.items[1]->v == first + 1 && t->u.item->v == first + 2 &&
           t->items[0]->v == first + 3 && t->items[1]->v == first + 4 &&
           t->more[0]->v == first + 5 && t->more[1]->v == first + 6 && t->more[2]->v == first + 7;
}
static void verify(void)
{
    EXPECT(is_right(table, 10));
    EXPECT(is_right(&whole, 20));
}
@xf
struct table.header -> struct table.top
struct table.part -> struct table.piece
struct table.part.used -> struct table.piece.in_use
struct table.kind -> struct table.sort
struct table.count -> struct table.length
END

scene "pointers into a union of which only another member changes" <<'END'
@common
typedef unsigned number;
struct part { long a; struct { int b, c[3]; } inner; };
@v1
struct thing { int kind; union { number count; struct part part; } u E_TAGGED(self.kind); char *name; };
struct thing *thing, *other;
int *to_b, *to_c;
number *to_count;
static void begin(void)
{
    thing = calloc(1, sizeof *thing);
    *thing = (struct thing){1, {.part = {1, {2, {3, 4, 5}}}}, "thing"};
    other = calloc(1, sizeof *other);
    *other = (struct thing){0, {.count = 6}, "other"};
    to_b = &thing->u.part.inner.b;
    to_c = &thing->u.part.inner.c[1];
    to_count = &other->u.count;
}
@v2
struct thing { long added; int kind; union { number count; struct part part; } u E_TAGGED(self.kind); char *name; };
struct thing *thing, *other;
int *to_b, *to_c;
number *to_count;
static void verify(void)
{
    EXPECT(to_b == &thing->u.part.inner.b && *to_b == 2);
    EXPECT(to_c == &thing->u.part.inner.c[1] && *to_c == 4);
    EXPECT(to_count == &other->u.count && *to_count == 61);
}
@xf
typedef number -> typedef number: { $out = $in * 10 + 1; }
END

scene "an element before which there is a number that could be the size of a block" <<'END'
@common
struct table;
struct slot { long a; long b; };
struct late { struct table *table; };
struct both { struct slot slot; struct late late; };
@v1
struct table { int count; struct slot *slots E_PTRARRAY(self.count); };
struct slot *last;
struct late *late;
struct both *both;
static void begin(void)
{
    /* Where the table is found only after the pointer to the element was looked at. */
    struct slot *slots = calloc(4, sizeof *slots);
    for (int i = 0; i < 4; i++)
        slots[i] = (struct slot){5, 0x20};
    last = &slots[3];
    late = malloc(sizeof *late);
    late->table = malloc(sizeof *late->table);
    *late->table = (struct table){4, slots};
}
@v2
struct table { long more; int count; struct slot *slots E_PTRARRAY(self.count); };
struct slot *last;
struct late *late;
struct both *both;
static void verify(void)
{
    EXPECT(last == &late->table->slots[3]);
    EXPECT(last->a == 6 && last->b == 0x20);
}
@xf
struct slot.a -> struct slot.a: { $out = $in + 1; }
END

scene "a pointer to the first number of a struct in a block that would do for the number" <<'END'
@common
struct value;
struct late { struct value *value; };
struct holder { struct late late; };
struct holder *holder;
long *numbers[64];
struct late *late[64];
@v1
struct value { long first; long second; long third; long fourth; int fifth; };
static void begin(void)
{
    /* Where the struct is found only after the pointer to its member was looked at. */
    for (int i = 0; i < 64; i++) {
        struct value *value = malloc(sizeof *value);
        *value = (struct value){i, 2, 3, 4, 5};
        numbers[i] = &value->first;
        late[i] = malloc(sizeof *late[i]);
        late[i]->value = value;
    }
}
@v2
struct value { long second; long third; long first; long fourth; long fifth; };
static void verify(void)
{
    int right = 0;
    for (int i = 0; i < 64; i++)
        right += numbers[i] == &late[i]->value->first && *numbers[i] == i &&
                 late[i]->value->second == 2 && late[i]->value->fifth == 5;
    EXPECT(right == 64);
}
END

end_of_test
