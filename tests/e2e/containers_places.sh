#!/bin/bash
# Intrusive lists: where their heads and their items can be, and how many there can be.
. "$(dirname "$0")/../lib/harness.sh"

# ---- Where heads can be --------------------------------------------------------------------------

scene "heads: a typedef's, a local, a static item, a block of its own" <<'END'
@common
#include "intrusive_lists.h"
#define OWN_MAIN
typedef struct list_head item_list E_CONTAINER(struct item, link);
@v1
struct item { int value; struct list_head link E_CONTAINER(struct item, link); };
static item_list typed;
struct list_head E_CONTAINER(struct item, link) *on_heap;
static struct item fixed = {100};
static void fill(struct list_head *head, int count)
{
    list_init(head);
    for (int i = 0; i < count; i++) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        list_add_tail(&item->link, head);
    }
}
int main(void) E_NOTELOCALS
{
    struct list_head local E_CONTAINER(struct item, link);
    kitsune_do_automigrate();
    on_heap = malloc(sizeof *on_heap);
    fill(&typed, 3);
    fill(on_heap, 4);
    fill(&local, 5);
    list_add(&fixed.link, &typed);
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return 1;
}
@v2
struct item { struct list_head link E_CONTAINER(struct item, link); char more[64]; long value; };
static int padding[10];
static item_list typed;
struct list_head E_CONTAINER(struct item, link) *on_heap;
static struct item fixed;
int main(void) E_NOTELOCALS
{
    int padding_too[10] = {0};
    struct list_head local E_CONTAINER(struct item, link);
    kitsune_do_automigrate();
    EXPECT(MIGRATE_LOCAL(local));
    kitsune_update("here");
    EXPECT(list_length(&typed) == 4 && list_length(on_heap) == 4 && list_length(&local) == 5);
    EXPECT(typed.next == &fixed.link && fixed.value == 100);
    EXPECT(container_of(fixed.link.next, struct item, link)->value == 0);
    EXPECT(container_of(local.prev, struct item, link)->value == 4);
    EXPECT(container_of(on_heap->prev, struct item, link)->value == 3);
    EXPECT(padding[0] + padding_too[0] == 0);
    puts("scene ends");
    return 0;
}
END

scene "heads behind pointers, annotated behind the name" <<'END'
@common
#include "intrusive_lists.h"
enum { SIZE = 16 };
struct rb_node { struct rb_node *left, *right; };
struct rb_root { struct rb_node *node; };
struct table {
    int size;
    struct hlist_head *buckets E_PTRARRAY(self.size) E_CONTAINER(item_t, chain);
    struct list_head *shelves E_PTRARRAY(self.size) E_CONTAINER(item_t, link);
    struct rb_root *tree E_CONTAINER(item_t, node);
};
struct table *table;
@v1
typedef struct { int key; struct rb_node node; struct list_head link; struct hlist_node chain; } item_t;
static void begin(void)
{
    table = malloc(sizeof *table);
    table->size = SIZE;
    table->buckets = calloc(SIZE, sizeof *table->buckets);
    table->shelves = calloc(SIZE, sizeof *table->shelves);
    table->tree = calloc(1, sizeof *table->tree);
    for (int i = 0; i < SIZE; i++)
        list_init(&table->shelves[i]);
    for (int i = 0; i < 100; i++) {
        item_t *item = calloc(1, sizeof *item);
        item->key = i;
        hlist_add(&item->chain, &table->buckets[i % 13]);
        list_add(&item->link, &table->shelves[i % 11]);
        item->node.left = table->tree->node;
        table->tree->node = &item->node;
    }
}
@v2
typedef struct { struct hlist_node chain; char more[40]; struct list_head link; struct rb_node node; long key; } item_t;
static void verify(void)
{
    int wrong = 0, in_tree = 0, in_buckets = 0, on_shelves = 0;
    for (int i = 0; i < SIZE; i++) {
        wrong += hlist_length(&table->buckets[i]) < 0 || list_length(&table->shelves[i]) < 0;
        in_buckets += hlist_length(&table->buckets[i]);
        on_shelves += list_length(&table->shelves[i]);
        list_for_each(p, &table->shelves[i])
            wrong += container_of(p, item_t, link)->key % 11 != i;
    }
    for (struct rb_node *node = table->tree->node; node; node = node->left)
        wrong += container_of(node, item_t, node)->key != 99 - in_tree++;
    EXPECT(wrong == 0);
    EXPECT(in_tree == 100 && in_buckets == 100 && on_shelves == 100);
}
END

scene "a generic container of intrusive lists" <<'END'
@common
#include "intrusive_lists.h"
struct queue { struct list_head items E_CONTAINER(@t, link); int length; } E_GENERIC(@t);
@v1
struct job { int number; struct list_head link; };
struct mail { struct list_head link; char *text; };
struct queue E_G(struct job) jobs;
struct queue E_G(struct mail) *mails;
static void begin(void)
{
    list_init(&jobs.items);
    mails = malloc(sizeof *mails);
    list_init(&mails->items);
    for (int i = 0; i < 5; i++) {
        struct job *job = malloc(sizeof *job);
        struct mail *mail = malloc(sizeof *mail);
        job->number = i;
        mail->text = strdup("mail");
        list_add_tail(&job->link, &jobs.items);
        list_add_tail(&mail->link, &mails->items);
    }
    jobs.length = mails->length = 5;
}
@v2
struct job { struct list_head link E_CONTAINER(struct job, link); char more[50]; long number; };
struct mail { char *text; int sender; struct list_head link E_CONTAINER(struct mail, link); };
struct queue E_G(struct job) jobs;
struct queue E_G(struct mail) *mails;
static void verify(void)
{
    int expected = 0;
    list_for_each(p, &jobs.items)
        EXPECT(container_of(p, struct job, link)->number == expected++);
    list_for_each(p, &mails->items)
        EXPECT(strcmp(container_of(p, struct mail, link)->text, "mail") == 0);
    EXPECT(list_length(&jobs.items) == 5 && list_length(&mails->items) == 5);
}
END

scene "a list type of a library's header" <<'END'
@common
#line 1 "/usr/include/library/list.h"
struct library_list { struct library_list *next, *prev; };
#line 1 "app.c"
struct library_list items E_CONTAINER(struct item, link) = {&items, &items};
@v1
struct item { int value; struct library_list link; };
static void begin(void)
{
    for (int i = 0; i < 5; i++) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        item->link = (struct library_list){&items, items.prev};
        items.prev->next = &item->link;
        items.prev = &item->link;
    }
}
@v2
#include <stddef.h>
struct item { char more[60]; struct library_list link; int value; };
static void verify(void)
{
    int expected = 0;
    for (struct library_list *p = items.next; p != &items; p = p->next)
        EXPECT(((struct item *)((char *)p - offsetof(struct item, link)))->value == expected++);
    EXPECT(expected == 5);
}
END

# ---- What items can be ---------------------------------------------------------------------------

scene "items of a pool, on a free list and a list in use" <<'END'
@common
#include "intrusive_lists.h"
enum { SIZE = 50 };
struct pool {
    struct list_head unused E_CONTAINER(struct item, link), used E_CONTAINER(struct item, link);
    struct item *items E_PTRARRAY(50);
};
struct pool *pool;
@v1
struct item { int value; struct list_head link E_CONTAINER(struct item, link); };
static void begin(void)
{
    pool = malloc(sizeof *pool);
    list_init(&pool->unused);
    list_init(&pool->used);
    pool->items = calloc(SIZE, sizeof *pool->items);
    for (int i = 0; i < SIZE; i++) {
        pool->items[i].value = i;
        list_add_tail(&pool->items[i].link, i % 3 ? &pool->used : &pool->unused);
    }
}
@v2
struct item { char more[40]; struct list_head link E_CONTAINER(struct item, link); long value; };
static void verify(void)
{
    int wrong = 0;
    EXPECT(list_length(&pool->unused) == 17 && list_length(&pool->used) == 33);
    list_for_each(p, &pool->unused)
        wrong += container_of(p, struct item, link)->value % 3 != 0 ||
                 container_of(p, struct item, link) !=
                     &pool->items[container_of(p, struct item, link)->value];
    EXPECT(wrong == 0);
}
END

scene "items with a flexible array, with an allocator of their own, and on no list" <<'END'
@common
#include "intrusive_lists.h"
static int live;
void *item_allocate(size_t size) { live++; return (char *)malloc(size + 16) + 16; }
void item_release(void *item) { live--; free((char *)item - 16); }
struct holder { struct list_head texts E_CONTAINER(struct text, link), items E_CONTAINER(struct item, link); struct item *alone, *poisoned; struct text *first; };
struct holder *holder;
@v1
struct text { struct list_head link E_CONTAINER(struct text, link); char bytes[]; };
struct item { int value; struct list_head link E_CONTAINER(struct item, link); } E_CUSTOM(item_allocate, item_release);
static struct item *create(int value)
{
    struct item *item = item_allocate(sizeof *item);
    item->value = value;
    list_init(&item->link);
    return item;
}
static void begin(void)
{
    holder = malloc(sizeof *holder);
    list_init(&holder->texts);
    list_init(&holder->items);
    for (int i = 0; i < 10; i++) {
        struct text *text = malloc(sizeof *text + 10 * i + 2);
        memset(text->bytes, 'a' + i, 10 * i + 1);
        text->bytes[10 * i + 1] = 0;
        list_add_tail(&text->link, &holder->texts);
        list_add_tail(&create(i)->link, &holder->items);
        if (i == 5)
            holder->first = text;
    }
    holder->alone = create(100);
    holder->poisoned = create(101);
    holder->poisoned->link.next = (void *)0x00100100;
    holder->poisoned->link.prev = (void *)0xdead000000000200;
    item_release(create(0));
}
@v2
struct text { int more; struct list_head link E_CONTAINER(struct text, link); char bytes[]; };
struct item { struct list_head link E_CONTAINER(struct item, link); char more[64]; long value; } E_CUSTOM(item_allocate, item_release);
static void verify(void)
{
    int expected = 0;
    list_for_each(p, &holder->texts) {
        struct text *text = container_of(p, struct text, link);
        EXPECT(strlen(text->bytes) == 10u * expected + 1 && text->bytes[0] == 'a' + expected);
        EXPECT((holder->first == text) == (expected == 5));
        expected++;
    }
    EXPECT(list_length(&holder->texts) == 10 && list_length(&holder->items) == 10);
    expected = 0;
    list_for_each(p, &holder->items)
        EXPECT(container_of(p, struct item, link)->value == expected++);
    EXPECT(live == 12);
    EXPECT(list_length(&holder->alone->link) == 0 && holder->alone->value == 100);
    EXPECT(holder->poisoned->link.next == (void *)0x00100100 && holder->poisoned->value == 101);
    EXPECT(holder->poisoned->link.prev == (void *)0xdead000000000200);
}
END

# ---- What becomes of them ------------------------------------------------------------------------

scene "in their own memory: items and heads are only rearranged" <<'END'
@common
#include "intrusive_lists.h"
struct item *some[3];
@v1
struct item { long value; struct list_head link E_CONTAINER(struct item, link); struct owner *owner; };
struct owner { long number; struct list_head items E_CONTAINER(struct item, link), none E_CONTAINER(struct item, link); };
static void begin(void)
{
    for (int k = 0; k < 3; k++) {
        struct owner *owner = malloc(sizeof *owner);
        owner->number = k;
        list_init(&owner->items);
        list_init(&owner->none);
        for (int i = 0; i < 10; i++) {
            struct item *item = malloc(sizeof *item);
            item->value = i;
            item->owner = owner;
            list_add_tail(&item->link, &owner->items);
            if (i == 3 * k)
                some[k] = item;
        }
    }
}
@v2
struct item { struct list_head link E_CONTAINER(struct item, link); struct owner *owner; long value; };
struct owner { struct list_head none E_CONTAINER(struct item, link); long number; struct list_head items E_CONTAINER(struct item, link); };
static void verify(void)
{
    for (int k = 0; k < 3; k++) {
        struct owner *owner = some[k]->owner;
        int expected = 0;
        EXPECT(owner->number == k && some[k]->value == 3 * k);
        EXPECT(list_length(&owner->items) == 10 && list_length(&owner->none) == 0);
        list_for_each(p, &owner->items)
            EXPECT(container_of(p, struct item, link)->value == expected++ &&
                   container_of(p, struct item, link)->owner == owner);
    }
}
END

refused_scene "a check that fails: the lists are as they were" 'not yet' <<'END'
@common
#include "intrusive_lists.h"
struct fixed { struct list_head link E_CONTAINER(struct fixed, link); int value; struct item *item; };
@v1
struct item { int value; struct list_head link E_CONTAINER(struct item, link); };
struct cache { struct list_head items E_CONTAINER(struct item, link), fixed E_CONTAINER(struct fixed, link); } *cache;
struct list_head more E_CONTAINER(struct item, link) = LIST_HEAD_INIT(more);
static void begin(void)
{
    cache = malloc(sizeof *cache);
    list_init(&cache->items);
    list_init(&cache->fixed);
    for (int i = 0; i < 20; i++) {
        struct item *item = malloc(sizeof *item);
        struct fixed *fixed = malloc(sizeof *fixed);
        item->value = fixed->value = i;
        fixed->item = item;
        list_add_tail(&item->link, i % 2 ? &cache->items : &more);
        list_add_tail(&fixed->link, &cache->fixed);
    }
}
static void unharmed(void)
{
    int expected = 0;
    EXPECT(list_length(&cache->items) == 10 && list_length(&more) == 10);
    EXPECT(list_length(&cache->fixed) == 20);
    list_for_each(p, &cache->fixed) {
        struct fixed *fixed = container_of(p, struct fixed, link);
        if (fixed->value != expected || fixed->item->value != expected)
            EXPECT(!"items are what they were");
        expected++;
    }
    list_for_each(p, &more)
        if (container_of(p, struct item, link)->value % 2)
            EXPECT(!"even items are on the list of even ones");
}
@v2
struct item { char more[50]; int value; struct list_head link E_CONTAINER(struct item, link); };
struct cache { char more[50]; struct list_head items E_CONTAINER(struct item, link), fixed E_CONTAINER(struct fixed, link); } *cache;
struct list_head more E_CONTAINER(struct item, link) = LIST_HEAD_INIT(more);
static void verify(void)
{
    EXPECT(container_of(more.next, struct item, link)->value ==
           container_of(cache->fixed.next, struct fixed, link)->value);
}
@xf
CHECK { return !"not yet"; }
END

scene "lists are whole when kitsune_do_automigrate returns" <<'END'
@common
#define OWN_MAIN
#include "intrusive_lists.h"
void *item_allocate(size_t size) { return (char *)malloc(size + 16) + 16; }
void item_release(void *item) { free((char *)item - 16); }
@v1
struct item { int value; struct list_head link; } E_CUSTOM(item_allocate, item_release);
struct fixed { int value; struct list_head link; };
struct holder { int size; struct list_head items E_CONTAINER(struct item, link), fixed E_CONTAINER(struct fixed, link); struct fixed *pool E_PTRARRAY(10); } *holder;
int main(void)
{
    kitsune_do_automigrate();
    holder = calloc(1, sizeof *holder);
    list_init(&holder->items);
    list_init(&holder->fixed);
    holder->pool = calloc(10, sizeof *holder->pool);
    for (int i = 0; i < 10; i++) {
        list_add_tail(&holder->pool[i].link, &holder->fixed);
        struct item *item = item_allocate(sizeof *item);
        item->value = i;
        list_add_tail(&item->link, &holder->items);
    }
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return 1;
}
@v2
struct item { struct list_head link; char more[40]; long value; } E_CUSTOM(item_allocate, item_release);
struct fixed { long value, more; struct list_head link; };
struct holder { struct list_head items E_CONTAINER(struct item, link), fixed E_CONTAINER(struct fixed, link); int size; long more; struct fixed *pool E_PTRARRAY(10); } *holder;
int main(void)
{
    int expected = 0;
    kitsune_do_automigrate();
    EXPECT(list_length(&holder->items) == 10 && list_length(&holder->fixed) == 10);
    EXPECT(holder->fixed.prev == &holder->pool[9].link);
    list_for_each(p, &holder->items)
        EXPECT(container_of(p, struct item, link)->value == expected++);
    kitsune_update("here");
    EXPECT(list_length(&holder->items) == 10);
    puts("scene ends");
    return 0;
}
END

# ---- Many items ----------------------------------------------------------------------------------

ulimit -s 8192

scene "three hundred thousand items, reached in the middle, between heads on the heap" <<'END'
@common
#include "intrusive_lists.h"
enum { LENGTH = 300000, BUCKETS = 10007 };
struct item *middle;
@v1
struct item { int value; struct table *table; struct list_head link E_CONTAINER(struct item, link); struct hlist_node chain E_CONTAINER(struct item, chain); };
struct table { struct list_head all E_CONTAINER(struct item, link); struct hlist_head buckets[BUCKETS] E_CONTAINER(struct item, chain); };
static void begin(void)
{
    struct table *table = calloc(1, sizeof *table);
    list_init(&table->all);
    for (int i = 0; i < LENGTH; i++) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        item->table = i == LENGTH - 5 ? table : NULL;
        list_add_tail(&item->link, &table->all);
        hlist_add(&item->chain, &table->buckets[i % BUCKETS]);
        if (i == LENGTH / 2)
            middle = item;
    }
}
@v2
struct item { struct hlist_node chain E_CONTAINER(struct item, chain); struct list_head link E_CONTAINER(struct item, link); struct table *table; char more[32]; long value; };
struct table { struct hlist_head buckets[BUCKETS] E_CONTAINER(struct item, chain); long more; struct list_head all E_CONTAINER(struct item, link); };
static void verify(void)
{
    struct item *item = middle;
    long expected = 0, wrong = 0, chained = 0;
    EXPECT(middle->value == LENGTH / 2);
    while (!item->table)
        item = container_of(item->link.next, struct item, link);
    EXPECT(item->value == LENGTH - 5);
    list_for_each(p, &item->table->all)
        wrong += container_of(p, struct item, link)->value != expected++ || p->next->prev != p;
    for (int i = 0; i < BUCKETS; i++) {
        wrong += hlist_length(&item->table->buckets[i]) < 0;
        for (struct hlist_node *node = item->table->buckets[i].first; node; node = node->next)
            chained += container_of(node, struct item, chain)->value % BUCKETS == i;
    }
    EXPECT(expected == LENGTH && chained == LENGTH && wrong == 0);
}
END

end_of_test
