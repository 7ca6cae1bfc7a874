#!/bin/bash
# What happens to values of every kind of type, unchanged and changed.
. "$(dirname "$0")/../lib/harness.sh"

scene "scalars, unchanged" <<'END'
@common
#include <math.h>
_Bool truth = 0;
char letter = 'a';
unsigned char byte = 1;
short small = 2;
long long big = 3;
float real = 1;
double precise = 2;
long double extended = 3;
unsigned __int128 huge = 4;
enum colour { RED, GREEN = 5, BLUE } colour = RED;
volatile int shared = 1;
_Complex double point = 1;
char text[16] = "before";
@v1
static void begin(void)
{
    truth = 1;
    letter = 'z';
    byte = 255;
    small = -300;
    big = -(1LL << 60);
    real = 0.25f;
    precise = 1e300;
    extended = 1.5L;
    huge = (unsigned __int128)7 << 100;
    colour = BLUE;
    shared = 9;
    __imag__ point = 2;
    strcpy(text, "after");
}
@v2
static void verify(void)
{
    EXPECT(truth == 1 && letter == 'z' && byte == 255 && small == -300);
    EXPECT(big == -(1LL << 60));
    EXPECT(real == 0.25f && precise == 1e300 && extended == 1.5L);
    EXPECT(huge >> 100 == 7);
    EXPECT(colour == BLUE);
    EXPECT(shared == 9);
    EXPECT(__real__ point == 1 && __imag__ point == 2);
    EXPECT(strcmp(text, "after") == 0);
}
END

scene "scalars of another type" <<'END'
@v1
int widened = 1;
unsigned char to_unsigned = 1;
signed char to_signed = 1;
float to_double = 1;
int to_bool = 0;
int to_real = 1;
enum colour { RED, GREEN, BLUE } colour = RED;
static void begin(void)
{
    widened = -5;
    to_unsigned = 200;
    to_signed = -100;
    to_double = 0.5f;
    to_bool = 256;
    to_real = 12345;
    colour = GREEN;
}
@v2
long widened = 1;
unsigned int to_unsigned = 1;
int to_signed = 1;
double to_double = 1;
_Bool to_bool = 0;
double to_real = 1;
enum colour { WHITE, RED, BLUE, GREEN } colour = WHITE;
static void verify(void)
{
    EXPECT(widened == -5);
    EXPECT(to_unsigned == 200);
    EXPECT(to_signed == -100);
    EXPECT(to_double == 0.5);
    EXPECT(to_bool == 1);
    EXPECT(to_real == 12345.0);
    EXPECT(colour == GREEN); /* by name, though renumbered */
}
@xf
to_bool -> to_bool: { $out = $in != 0; }
to_real -> to_real: { $out = $in; }
END

scene "structs: members added, removed, retyped, reordered" <<'END'
@v1
struct inner { short a, b; };
struct record {
    int removed;
    char name[8];
    int retyped;
    struct inner inner;
    int moved;
};
struct record record, *heap, table[3];
static void begin(void)
{
    struct record value = {1, "first", -3, {4, 5}, 6};
    record = value;
    heap = malloc(sizeof *heap);
    *heap = value;
    strcpy(heap->name, "heap");
    for (int i = 0; i < 3; i++) {
        table[i] = value;
        table[i].moved = 100 + i;
    }
}
@v2
struct inner { long b; short a; };
struct record {
    int moved;
    struct inner inner;
    long retyped;
    char added[4];
    char name[8];
};
struct record record, *heap, table[3];
static void verify(void)
{
    EXPECT(record.moved == 6 && record.retyped == -3);
    EXPECT(record.inner.a == 4 && record.inner.b == 5);
    EXPECT(strcmp(record.name, "first") == 0);
    EXPECT(strcmp(record.added, "new") == 0);
    EXPECT(heap->moved == 6 && heap->inner.b == 5 && strcmp(heap->name, "heap") == 0);
    EXPECT(strcmp(heap->added, "new") == 0);
    EXPECT(table[0].moved == 100 && table[1].moved == 101 && table[2].moved == 102);
    EXPECT(table[2].inner.a == 4 && table[2].retyped == -3);
    free(heap); /* new memory is ordinary memory */
}
@xf
INIT struct record.added: { strcpy($out, "new"); }
END

scene "unchanged objects stay where they are" <<'END'
@common
struct kept { int value; struct kept *next; };
struct kept *list;
uintptr_t place;
@v1
static void begin(void)
{
    list = malloc(sizeof *list);
    list->value = 3;
    list->next = list;
    place = (uintptr_t)list;
}
@v2
static void verify(void)
{
    EXPECT((uintptr_t)list == place);
    EXPECT(list->value == 3 && list->next == list);
}
END

scene "unions and bit-fields" <<'END'
@v1
union value { long number; double real; char bytes[8]; };
struct flags { unsigned low : 3; int middle : 5; unsigned high : 20; _Bool set : 1; };
struct node { union value value; struct flags flags; };
struct node *node;
union value direct;
static void begin(void)
{
    node = malloc(sizeof *node);
    node->value.real = 2.5;
    node->flags = (struct flags){5, -7, 1000000, 1};
    memcpy(direct.bytes, "abcdefg", 8);
}
@v2
union value { long number; double real; char bytes[8]; };
struct flags { int middle : 6; _Bool set : 1; unsigned low : 4; unsigned added : 2; unsigned high : 24; };
struct node { struct flags flags; int more; union value value; };
struct node *node;
union value direct;
static void verify(void)
{
    EXPECT(node->value.real == 2.5);
    EXPECT(node->flags.low == 5 && node->flags.middle == -7);
    EXPECT(node->flags.high == 1000000 && node->flags.set);
    EXPECT(node->flags.added == 2);
    EXPECT(node->more == 1);
    EXPECT(strcmp(direct.bytes, "abcdefg") == 0);
}
@xf
INIT struct flags.added: { $out = 2; }
INIT struct node.more: { $out = 1; }
END

scene "anonymous members" <<'END'
@v1
struct packet {
    int kind;
    union { int code; float ratio; };
    struct { short x, y; };
};
struct packet *packet;
static void begin(void)
{
    packet = malloc(sizeof *packet);
    *packet = (struct packet){.kind = 1, .code = 77, .x = 3, .y = 4};
}
@v2
struct packet {
    struct { short y, x; };
    long kind;
    union { int code; float ratio; };
};
struct packet *packet;
static void verify(void)
{
    EXPECT(packet->kind == 1 && packet->code == 77);
    EXPECT(packet->x == 3 && packet->y == 4);
}
END

scene "arrays" <<'END'
@v1
struct cell { int v; };
int grid[2][3];
struct cell cells[2][2];
struct cell *pointers[3];
int grown[2];
static void begin(void)
{
    for (int i = 0; i < 6; i++)
        grid[i / 3][i % 3] = i + 1;
    for (int i = 0; i < 4; i++)
        cells[i / 2][i % 2].v = i + 10;
    for (int i = 0; i < 2; i++) {
        pointers[i] = malloc(sizeof(struct cell));
        pointers[i]->v = 20 + i;
    }
    grown[0] = 30;
    grown[1] = 31;
}
@v2
struct cell { long added; int v; };
int grid[2][3];
struct cell cells[2][2];
struct cell *pointers[3];
int grown[4];
static void verify(void)
{
    EXPECT(grid[0][0] == 1 && grid[0][2] == 3 && grid[1][0] == 4 && grid[1][2] == 6);
    EXPECT(cells[0][0].v == 10 && cells[1][0].v == 12 && cells[1][1].v == 13);
    EXPECT(cells[1][1].added == 1);
    EXPECT(pointers[0]->v == 20 && pointers[1]->v == 21 && pointers[2] == NULL);
    EXPECT(pointers[1]->added == 1);
    EXPECT(grown[0] == 30 && grown[1] == 31 && grown[2] == 0 && grown[3] == -1);
}
@xf
INIT struct cell.added: { $out = 1; }
grown -> grown: {
    $out[0] = $in[0];
    $out[1] = $in[1];
    $out[2] = 0;
    $out[3] = -1;
}
END

scene "pointers: sharing, cycles, into variables and into objects" <<'END'
@v1
struct node { int v; struct node *next, *other; };
struct pair { struct node first, second; };
struct node *shared_one, *shared_two, *ring, *to_variable, *to_element, *past_end, *to_member;
struct node variable, table[4];
struct pair *pair;
int *to_int, *to_static;
struct node **E_PTR to_pointer;
static struct node *node(int v)
{
    struct node *n = calloc(1, sizeof *n);
    n->v = v;
    return n;
}
static int *hidden(void) { static int inside = 3; return &inside; }
static void begin(void)
{
    shared_one = shared_two = node(1);
    ring = node(2);
    ring->next = node(3);
    ring->next->next = node(4);
    ring->next->next->next = ring;
    ring->other = shared_one;
    variable.v = 5;
    variable.next = &variable;
    to_variable = &variable;
    table[2].v = 6;
    to_element = &table[2];
    past_end = table + 4;
    pair = calloc(1, sizeof *pair);
    pair->second.v = 7;
    pair->second.other = &pair->first;
    to_member = &pair->second;
    to_int = &table[1].v;
    to_static = hidden();
    to_pointer = &ring;
    *hidden() = 33;
}
@v2
struct node { struct node *other, *next; long extra; int v; };
struct pair { long before; struct node second, first; };
struct node *shared_one, *shared_two, *ring, *to_variable, *to_element, *past_end, *to_member;
struct node variable, table[4];
struct pair *pair;
int *to_int, *to_static;
struct node **E_PTR to_pointer;
static int *hidden(void) { static int inside = 3; return &inside; }
static void verify(void)
{
    EXPECT(shared_one == shared_two && shared_one->v == 1);
    EXPECT(ring->v == 2 && ring->next->v == 3 && ring->next->next->v == 4);
    EXPECT(ring->next->next->next == ring);
    EXPECT(ring->other == shared_one);
    EXPECT(to_variable == &variable && variable.v == 5 && variable.next == &variable);
    EXPECT(to_element == &table[2] && table[2].v == 6);
    EXPECT(past_end == table + 4);
    EXPECT(to_member == &pair->second && pair->second.v == 7);
    EXPECT(pair->second.other == &pair->first);
    EXPECT(to_int == &table[1].v);
    EXPECT(to_static == hidden() && *to_static == 33);
    EXPECT(to_pointer == &ring);
    EXPECT(ring->extra == -1 && variable.extra == -1 && pair->first.extra == -1);
    EXPECT(pair->before == 2);
}
@xf
INIT struct node.extra: { $out = -1; }
INIT struct pair.before: { $out = 2; }
END

scene "a pointer met before the array it leads into" <<'END'
@v1
struct slot { int v; };
struct slot *a_current E_PTR;
struct slot *slots E_PTRARRAY(slot_count);
int slot_count = 0;
static void begin(void)
{
    slot_count = 100;
    slots = calloc(slot_count, sizeof *slots);
    for (int i = 0; i < slot_count; i++)
        slots[i].v = i;
    a_current = &slots[42];
}
@v2
struct slot { long long v; char pad[5]; };
struct slot *a_current E_PTR;
struct slot *slots E_PTRARRAY(slot_count);
int slot_count = 0;
static void verify(void)
{
    EXPECT(slots[0].v == 0 && slots[99].v == 99);
    EXPECT(a_current == &slots[42] && a_current->v == 42);
}
END

scene "functions and strings" <<'END'
@v1
typedef int (*operation)(int);
struct command { const char *name; operation run; struct { void (*hook)(void); } nested; };
static int twice(int n) { return 2 * n; }
int square(int n) { return n * n; }
static int calls;
static void count(void) { calls++; }
static struct command commands[] = {{"twice", twice, {count}}, {"square", square, {NULL}}};
struct command *current = commands;
operation chosen;
operation *E_PTR chosen_place = &chosen;
const char *literal = "initial";
char *owned;
int (*from_library)(const char *);
const char *names[] = {"one", "two", NULL};
static void begin(void)
{
    current = &commands[1];
    chosen = twice;
    literal = "set by the old version";
    owned = strdup("from the heap");
    from_library = puts;
    names[1] = "changed";
    commands[0].nested.hook();
    EXPECT(calls == 1 && chosen(2) == 4 && current->run(3) == 9);
}
@v2
typedef int (*operation)(int);
struct command { operation run; struct { void (*hook)(void); } nested; const char *name; int added; };
int square(int n) { return n * n + 1000; }
static int twice(int n) { return 2 * n + 1000; }
static int calls;
static void count(void) { calls += 10; }
static struct command commands[] = {{twice, {count}, "twice", 0}, {square, {NULL}, "square", 0}};
struct command *current = commands;
operation chosen;
operation *E_PTR chosen_place = &chosen;
const char *literal = "initial";
char *owned;
int (*from_library)(const char *);
const char *names[] = {"one", "two", NULL};
static void verify(void)
{
    EXPECT(current == &commands[1] && current->run(3) == 1009); /* the new code */
    EXPECT(strcmp(current->name, "square") == 0);
    EXPECT(chosen == twice && chosen(2) == 1004 && chosen_place == &chosen);
    commands[0].nested.hook();
    EXPECT(calls == 11);
    EXPECT(commands[0].added == 0);
    EXPECT(strcmp(literal, "set by the old version") == 0);
    EXPECT(strcmp(owned, "from the heap") == 0);
    EXPECT(from_library == puts);
    EXPECT(strcmp(names[0], "one") == 0 && strcmp(names[1], "changed") == 0 && names[2] == NULL);
    free(owned);
}
END

scene "recursive types: trees, mutual recursion, tables of lists" <<'END'
@v1
struct leaf;
struct tree { struct tree *left, *right; struct leaf *leaf; int key; };
struct leaf { struct tree *owner; char tag; };
struct chain { struct chain *next; int key; };
struct tree *root;
struct chain *buckets[8];
static struct tree *grow(int depth, int key)
{
    if (depth == 0)
        return NULL;
    struct tree *t = malloc(sizeof *t);
    *t = (struct tree){grow(depth - 1, 2 * key), grow(depth - 1, 2 * key + 1), NULL, key};
    t->leaf = malloc(sizeof *t->leaf);
    *t->leaf = (struct leaf){t, 'a' + key % 26};
    return t;
}
static void begin(void)
{
    root = grow(10, 1);
    for (int i = 0; i < 80; i++) {
        struct chain *c = malloc(sizeof *c);
        *c = (struct chain){buckets[i % 8], i};
        buckets[i % 8] = c;
    }
}
@v2
struct leaf;
struct tree { int key; int height; struct tree *left, *right; struct leaf *leaf; };
struct leaf { char tag; struct tree *owner; long weight; };
struct chain { long key; struct chain *next; };
struct tree *root;
struct chain *buckets[8];
static int wrong;
static int visit(struct tree *t, int key)
{
    if (!t)
        return 0;
    wrong += t->key != key || t->height != 1 || t->leaf->owner != t ||
             t->leaf->tag != 'a' + key % 26 || t->leaf->weight != 2;
    return 1 + visit(t->left, 2 * key) + visit(t->right, 2 * key + 1);
}
static void verify(void)
{
    EXPECT(visit(root, 1) == 1023);
    EXPECT(wrong == 0);
    int chained = 0, misplaced = 0;
    for (int i = 0; i < 8; i++)
        for (struct chain *c = buckets[i]; c; c = c->next) {
            chained++;
            misplaced += c->key % 8 != i;
        }
    EXPECT(chained == 80 && misplaced == 0);
}
@xf
INIT struct tree.height: { $out = 1; }
INIT struct leaf.weight: { $out = 2; }
END

scene "pointer arrays: constant, member and computed lengths" <<'END'
@v1
struct item { int v; };
struct table {
    int count, capacity;
    struct item *items E_PTRARRAY(self.count);
    struct item **slots E_PTRARRAY(self.capacity * 2);
    struct item *fixed E_PTRARRAY(3);
};
struct table *table;
struct item *global_items E_PTRARRAY(global_count + 1);
int global_count;
static struct item *make(int count, int first)
{
    struct item *items = calloc(count, sizeof *items);
    for (int i = 0; i < count; i++)
        items[i].v = first + i;
    return items;
}
static void begin(void)
{
    table = calloc(1, sizeof *table);
    table->count = 5;
    table->items = make(5, 0);
    table->capacity = 2;
    table->slots = calloc(4, sizeof *table->slots);
    table->slots[0] = &table->items[3];
    table->slots[3] = make(1, 50);
    table->fixed = make(3, 60);
    global_count = 6;
    global_items = make(7, 70);
}
@v2
struct item { char before[3]; long v; };
struct table {
    struct item *items E_PTRARRAY(self.count);
    struct item **slots E_PTRARRAY(self.capacity * 2);
    struct item *fixed E_PTRARRAY(3);
    long count, capacity;
};
struct table *table;
struct item *global_items E_PTRARRAY(global_count + 1);
int global_count;
static void verify(void)
{
    EXPECT(table->count == 5 && table->capacity == 2);
    EXPECT(table->items[0].v == 0 && table->items[4].v == 4);
    EXPECT(table->slots[0] == &table->items[3] && table->slots[1] == NULL);
    EXPECT(table->slots[3]->v == 50);
    EXPECT(table->fixed[0].v == 60 && table->fixed[2].v == 62);
    EXPECT(global_items[0].v == 70 && global_items[6].v == 76);
}
END

scene "generics" <<'END'
@v1
struct list {
    void E_T(@key) *key;
    void E_T(@value) *value;
    struct list E_G(@key, @value) *next;
} E_GENERIC(@key, @value);
struct point { int x, y; };
struct user { int id; };
struct list E_G(struct user, struct point) *positions;
struct list E_G(struct point, [opaque]) *raw;
struct list E_G(int, struct list<struct user, struct user>) *nested;
static struct user *user(int id) { struct user *u = malloc(sizeof *u); u->id = id; return u; }
static struct point *point(int x, int y)
{
    struct point *p = malloc(sizeof *p);
    *p = (struct point){x, y};
    return p;
}
static struct list *cons(void *key, void *value, struct list *next)
{
    struct list *l = malloc(sizeof *l);
    l->key = key;
    l->value = value;
    l->next = next;
    return l;
}
static void begin(void)
{
    positions = cons(user(1), point(2, 3), cons(user(4), point(5, 6), NULL));
    raw = cons(point(7, 8), (void *)12345, NULL);
    int *number = malloc(sizeof *number);
    *number = 9;
    nested = cons(number, cons(user(10), user(11), NULL), NULL);
}
@v2
struct list {
    int length;
    struct list E_G(@key, @value) *next;
    void E_T(@value) *value;
    void E_T(@key) *key;
} E_GENERIC(@key, @value);
struct point { long x, y, z; };
struct user { char name[4]; int id; };
struct list E_G(struct user, struct point) *positions;
struct list E_G(struct point, [opaque]) *raw;
struct list E_G(int, struct list<struct user, struct user>) *nested;
#define USER(p) ((struct user *)(p))
#define POINT(p) ((struct point *)(p))
static void verify(void)
{
    EXPECT(USER(positions->key)->id == 1 && POINT(positions->value)->y == 3);
    EXPECT(POINT(positions->value)->z == 99);
    EXPECT(USER(positions->next->key)->id == 4 && POINT(positions->next->value)->x == 5);
    EXPECT(positions->next->next == NULL && positions->length == 7);
    EXPECT(POINT(raw->key)->x == 7 && raw->value == (void *)12345);
    EXPECT(*(int *)nested->key == 9);
    EXPECT(USER(((struct list *)nested->value)->key)->id == 10);
    EXPECT(USER(((struct list *)nested->value)->value)->id == 11);
}
@xf
INIT struct list.length: { $out = 7; }
INIT struct point.z: { $out = 99; }
INIT struct user.name: { $out[0] = 0; }
END

scene "opaque, ignored, and strings" <<'END'
@v1
struct inside { int v; };
struct owner {
    struct inside *followed;
    struct inside * E_OPAQUE kept;
    int ignored E_IGNORE;
    char * E_SZ text;
};
struct owner *owner;
void *handle E_OPAQUE;
static void begin(void)
{
    owner = malloc(sizeof *owner);
    owner->followed = malloc(sizeof *owner->followed);
    owner->followed->v = 1;
    owner->kept = malloc(64);
    owner->kept->v = 2;
    owner->ignored = 3;
    owner->text = strdup("text");
    handle = (void *)0x1234;
}
@v2
struct inside { long added; int v; };
struct owner {
    int ignored E_IGNORE;
    struct inside *followed;
    struct inside * E_OPAQUE kept;
    char * E_SZ text;
};
struct owner *owner;
void *handle E_OPAQUE;
static void verify(void)
{
    EXPECT(owner->followed->v == 1);
    EXPECT(*(int *)owner->kept == 2);
    EXPECT(owner->ignored == 0);
    EXPECT(strcmp(owner->text, "text") == 0);
    EXPECT(handle == (void *)0x1234);
}
END

scene "an allocator of the program's own" <<'END'
@common
/* A count that both versions see while they stand side by side, whatever has been migrated. */
static long *outstanding(void)
{
    void *place = NULL;
    sscanf(getenv("OUTSTANDING"), "%p", &place);
    return place;
}
void *pool_allocate(size_t size)
{
    size_t *block = malloc(sizeof(size_t) + size);
    *block = size;
    ++*outstanding();
    return block + 1;
}
void pool_free(void *object)
{
    --*outstanding();
    free((size_t *)object - 1); /* plain free() of an object would not be forgiven */
}
@v1
struct item { int v; struct item *next; } E_CUSTOM(pool_allocate, pool_free);
struct item *items;
static void begin(void)
{
    char place[32];
    snprintf(place, sizeof place, "%p", calloc(1, sizeof(long)));
    setenv("OUTSTANDING", place, 1);
    for (int i = 0; i < 10; i++) {
        struct item *item = pool_allocate(sizeof *item);
        item->v = i;
        item->next = items;
        items = item;
    }
}
@v2
struct item { int v; struct item *next; long more[3]; } E_CUSTOM(pool_allocate, pool_free);
struct item *items;
static void verify(void)
{
    int right = 0;
    for (struct item *item = items; item; item = item->next)
        right += item->v == 9 - right && ((size_t *)item)[-1] == sizeof *item;
    EXPECT(right == 10); /* each has the allocator's header, with the new size */
    EXPECT(*outstanding() == 10); /* the old ones went back to their allocator */
    while (items) {
        struct item *next = items->next;
        pool_free(items);
        items = next;
    }
    EXPECT(*outstanding() == 0);
}
END

scene "tagged unions and arrays that are not full" <<'END'
@v1
struct item { int v; };
struct value {
    int kind;
    union { struct item *item; long number; double real; } as E_TAGGED(self.kind);
};
struct vector { int count; struct item at[4] E_ARRAY(self.count); };
struct value values[3];
struct vector *vector;
static void begin(void)
{
    values[0].kind = 0;
    values[0].as.item = malloc(sizeof(struct item));
    values[0].as.item->v = 7;
    values[1].kind = 1;
    values[1].as.number = 123456789; /* no address, and not taken for one */
    values[2].kind = 2;
    values[2].as.real = 0.75;
    vector = malloc(sizeof *vector);
    memset(vector, 0xff, sizeof *vector); /* the last element is never used */
    vector->count = 3;
    for (int i = 0; i < 3; i++)
        vector->at[i].v = i + 1;
}
@v2
struct item { char before[5]; long v; };
struct value {
    int weight;
    int kind;
    union { struct item *item; long number; double real; } as E_TAGGED(self.kind);
};
struct vector { int count; struct item at[4] E_ARRAY(self.count); };
struct value values[3];
struct vector *vector;
static void verify(void)
{
    EXPECT(values[0].kind == 0 && values[0].as.item->v == 7);
    EXPECT(values[1].kind == 1 && values[1].as.number == 123456789);
    EXPECT(values[2].kind == 2 && values[2].as.real == 0.75);
    EXPECT(vector->count == 3 && vector->at[0].v == 1 && vector->at[2].v == 3);
}
END

scene "flexible array members" <<'END'
@v1
struct message { int length; char text[]; };
struct vector { int count; struct { int v; } at[]; };
struct message *message;
struct vector *vector;
static void begin(void)
{
    message = malloc(sizeof *message + 32);
    message->length = 5;
    strcpy(message->text, "hello");
    vector = malloc(sizeof *vector + 3 * sizeof vector->at[0]);
    vector->count = 3;
    for (int i = 0; i < 3; i++)
        vector->at[i].v = i + 1;
}
@v2
struct message { long length; int kind; char text[]; };
struct vector { int count; struct { int v; } at[]; };
struct message *message;
struct vector *vector;
static void verify(void)
{
    EXPECT(message->length == 5 && message->kind == 0);
    EXPECT(strcmp(message->text, "hello") == 0);
    EXPECT(vector->count == 3 && vector->at[0].v == 1 && vector->at[2].v == 3);
}
END

scene "typedefs and types without a tag" <<'END'
@v1
typedef int identifier;
typedef struct { identifier id; struct { int depth; } inside; } record;
typedef record *record_pointer;
record_pointer records[2];
identifier last;
struct { int a, b; } untagged;
static void begin(void)
{
    records[1] = malloc(sizeof(record));
    records[1]->id = 4;
    records[1]->inside.depth = 5;
    last = 6;
    untagged.b = 7;
}
@v2
typedef long identifier;
typedef struct { struct { char pad; int depth; } inside; identifier id; } record;
typedef record *record_pointer;
record_pointer records[2];
identifier last;
struct { int b, a; } untagged;
static void verify(void)
{
    EXPECT(records[0] == NULL && records[1]->id == 4 && records[1]->inside.depth == 5);
    EXPECT(last == 6);
    EXPECT(untagged.b == 7 && untagged.a == 0);
}
END

end_of_test
