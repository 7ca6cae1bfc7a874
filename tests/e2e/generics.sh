#!/bin/bash
# Containers with parameters: in typedefs, in each other, with lengths and unions inside.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/messages.sh"

scene "vectors, maps and options; typedefs of generics; generics in generics" <<'END'
@v1
struct item { short v; };
struct user { int id; };
typedef struct vector { int count, room; void E_T(@t) *items E_PTRARRAY(self.count); } E_GENERIC(@t) vector_t;
typedef struct { void E_T(@t) *at; } cell E_GENERIC(@t);
cell E_G(struct item) cell_of_item;
struct option_of_cell { cell E_G(@t) cell; } E_GENERIC(@t);
struct option_of_cell E_G(struct item) deep;
struct slot { void E_T(@k) *key; void E_T(@v) *value; struct slot E_G(@k, @v) *next; } E_GENERIC(@k, @v);
struct map { int size; struct slot E_G(@k, @v) **slots E_PTRARRAY(self.size); } E_GENERIC(@k, @v);
struct option { int present; union { long none; void E_T(@t) *some; } u E_TAGGED(self.present); } E_GENERIC(@t);
struct pointers { int count; void E_T(@t) **E_PTRARRAY(self.count) all; } E_GENERIC(@t);
vector_t E_G(struct item) numbers;
struct vector E_G(struct user) *users;
struct map E_G(struct user, struct item) map;
struct map E_G(char *, struct vector<struct item>) by_name;
struct option E_G(struct item) option, E_G(struct user) other;
struct pointers E_G(struct item) pointers;
struct vector E_G(int) plain;
struct holder { struct vector E_G(struct item) inside; struct map E_G(struct item, [opaque]) *raw; } holder;
static struct item *items(int count, int first)
{
    struct item *items = calloc(count, sizeof *items);
    for (int i = 0; i < count; i++)
        items[i].v = first + i;
    return items;
}
static struct slot *slot(void *key, void *value)
{
    struct slot *s = calloc(1, sizeof *s);
    *s = (struct slot){key, value, NULL};
    return s;
}
static struct user *user(int id) { struct user *u = malloc(sizeof *u); u->id = id; return u; }
static void begin(void)
{
    numbers = (vector_t){3, 3, items(3, 10)};
    cell_of_item.at = items(1, 100);
    deep.cell.at = items(1, 110);
    users = malloc(sizeof *users);
    *users = (struct vector){1, 1, user(5)};
    map = (struct map){2, calloc(2, sizeof(struct slot *))};
    map.slots[1] = slot(user(6), items(1, 20));
    map.slots[1]->next = slot(user(7), items(1, 30));
    struct vector *nested = malloc(sizeof *nested);
    *nested = (struct vector){2, 2, items(2, 40)};
    by_name = (struct map){1, calloc(1, sizeof(struct slot *))};
    char **name = malloc(sizeof *name);
    *name = "a literal";
    by_name.slots[0] = slot(name, nested);
    option = (struct option){1, {.some = items(1, 50)}};
    other = (struct option){0, {.none = 99}};
    pointers.count = 2;
    pointers.all = calloc(2, sizeof *pointers.all);
    pointers.all[1] = items(1, 60);
    plain = (struct vector){2, 2, malloc(2 * sizeof(int))};
    ((int *)plain.items)[1] = 70;
    holder.inside = (struct vector){1, 1, items(1, 80)};
    holder.raw = malloc(sizeof *holder.raw);
    *holder.raw = (struct map){1, calloc(1, sizeof(struct slot *))};
    holder.raw->slots[0] = slot(items(1, 90), (void *)12345);
}
@v2
struct item { long more; int v; };
struct user { char tag; long id; };
typedef struct vector { void E_T(@t) *items E_PTRARRAY(self.count); long count, room; } E_GENERIC(@t) vector_t;
typedef struct { int n; void E_T(@t) *at; } cell E_GENERIC(@t);
cell E_G(struct item) cell_of_item;
struct option_of_cell { cell E_G(@t) cell; } E_GENERIC(@t);
struct option_of_cell E_G(struct item) deep;
struct slot { struct slot E_G(@k, @v) *next; void E_T(@v) *value; void E_T(@k) *key; int hash; } E_GENERIC(@k, @v);
struct map { struct slot E_G(@k, @v) **slots E_PTRARRAY(self.size); int size; } E_GENERIC(@k, @v);
struct option { union { long none; void E_T(@t) *some; } u E_TAGGED(self.present); int present; } E_GENERIC(@t);
struct pointers { void E_T(@t) **E_PTRARRAY(self.count) all; int count; } E_GENERIC(@t);
vector_t E_G(struct item) numbers;
struct vector E_G(struct user) *users;
struct map E_G(struct user, struct item) map;
struct map E_G(char *, struct vector<struct item>) by_name;
struct option E_G(struct item) option, E_G(struct user) other;
struct pointers E_G(struct item) pointers;
struct vector E_G(int) plain;
struct holder { struct map E_G(struct item, [opaque]) *raw; struct vector E_G(struct item) inside; } holder;
#define ITEM(p) ((struct item *)(p))
#define USER(p) ((struct user *)(p))
static void verify(void)
{
    EXPECT(ITEM(cell_of_item.at)->v == 100 && ITEM(deep.cell.at)->v == 110);
    EXPECT(numbers.count == 3 && ITEM(numbers.items)[2].v == 12 && USER(users->items)->id == 5);
    EXPECT(USER(map.slots[1]->key)->id == 6 && ITEM(map.slots[1]->value)->v == 20);
    EXPECT(USER(map.slots[1]->next->key)->id == 7 && ITEM(map.slots[1]->next->value)->v == 30);
    EXPECT(map.slots[0] == NULL && map.slots[1]->hash == 0);
    EXPECT(strcmp(*(char **)by_name.slots[0]->key, "a literal") == 0);
    EXPECT(ITEM(((struct vector *)by_name.slots[0]->value)->items)[1].v == 41);
    EXPECT(ITEM(option.u.some)->v == 50 && other.u.none == 99);
    EXPECT(pointers.all[0] == NULL && ITEM(pointers.all[1])->v == 60);
    EXPECT(((int *)plain.items)[1] == 70 && ITEM(holder.inside.items)->v == 80);
    EXPECT(ITEM(holder.raw->slots[0]->key)->v == 90);
    EXPECT(holder.raw->slots[0]->value == (void *)12345);
}
END

scene "rules for generics: one for all, and \$xform with arguments" <<'END'
@v1
struct list { void E_T(@t) *value; struct list E_G(@t) *next; int mark; } E_GENERIC(@t);
struct a { int v; };
struct b { int w; };
struct list E_G(struct a) *of_a;
struct list E_G(struct b) *of_b;
struct pair { struct list E_G(struct a) *list; } pair;
static struct list *cons(void *value, int mark) { struct list *l = malloc(sizeof *l); *l = (struct list){value, NULL, mark}; return l; }
static void begin(void)
{
    struct a *a = malloc(sizeof *a);
    struct b *b = malloc(sizeof *b);
    a->v = 1;
    b->w = 2;
    of_a = cons(a, 3);
    of_b = cons(b, 4);
    pair.list = cons(a, 5);
}
@v2
struct list { long mark; void E_T(@t) *value; struct list E_G(@t) *next; } E_GENERIC(@t);
struct a { long v; };
struct b { long w; };
struct list E_G(struct a) *of_a;
struct list E_G(struct b) *of_b;
struct pair { int n; struct list E_G(struct a) *list; } pair;
static void verify(void)
{
    EXPECT(of_a->mark == 30 && of_b->mark == 40 && pair.list->mark == 50 && pair.n == 1);
    EXPECT(((struct a *)of_a->value)->v == 1 && ((struct b *)of_b->value)->w == 2);
    EXPECT(pair.list->value == of_a->value);
}
@xf
struct list.mark -> struct list.mark: { $out = 10 * $in; }
struct pair -> struct pair: {
    $out.n = 1;
    XF_INVOKE(XF_PTR($xform(struct list, struct list, struct a)), &$in.list, &$out.list);
}
END

pair "what generics get wrong" <<'END'
@v1
struct a { int v; };
struct list { void E_T(@t) *value; struct list E_G(@t) *next; } E_GENERIC(@t);
struct list *bare;
struct list E_G(struct a, struct a) *twice;
struct list E_G(struct missing) *missing;
@v2
struct a { long v; };
struct list { void E_T(@t) *value; struct list E_G(@t) *next; } E_GENERIC(@t);
struct list *bare;
struct list E_G(struct a, struct a) *twice;
struct list E_G(struct missing) *missing;
END
xfgen_says "each mistake is told" "type parameter @t has no value here" \
    'E_G\(struct a, ?struct a\) gives 2 types, but E_GENERIC\(@t\) .* has 1' \
    "E_G\(struct missing\): .*missing" </dev/null

end_of_test
