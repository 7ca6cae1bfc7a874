#!/bin/bash
# Intrusive lists and trees: pointers that lead into the middle of what they link, and to heads.
. "$(dirname "$0")/../lib/harness.sh"

# The lists of the scenes: in the manner of Linux, written from scratch.
cat >list.h <<'END'
#include <stddef.h>

#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))

struct list_head {
    struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name) {&(name), &(name)}
#define list_for_each(p, head) for (struct list_head *p = (head)->next; p != (head); p = p->next)

static inline void list_init(struct list_head *head)
{
    head->next = head->prev = head;
}

static inline void list_insert(struct list_head *link, struct list_head *prev,
                               struct list_head *next)
{
    link->prev = prev;
    link->next = next;
    prev->next = next->prev = link;
}

static inline void list_add(struct list_head *link, struct list_head *head)
{
    list_insert(link, head, head->next);
}

static inline void list_add_tail(struct list_head *link, struct list_head *head)
{
    list_insert(link, head->prev, head);
}

static inline void list_del_init(struct list_head *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

/* Its length, or -1 when the two directions disagree. */
static inline int list_length(const struct list_head *head)
{
    int length = 0;

    for (const struct list_head *p = head->next; p != head; p = p->next, length++)
        if (p->prev->next != p || p->next->prev != p)
            return -1;
    return length;
}

struct hlist_node {
    struct hlist_node *next, **pprev;
};

struct hlist_head {
    struct hlist_node *first;
};

static inline void hlist_add(struct hlist_node *node, struct hlist_head *head)
{
    node->next = head->first;
    node->pprev = &head->first;
    if (head->first)
        head->first->pprev = &node->next;
    head->first = node;
}

static inline void hlist_del(struct hlist_node *node)
{
    *node->pprev = node->next;
    if (node->next)
        node->next->pprev = node->pprev;
    node->next = NULL;
    node->pprev = NULL;
}

static inline int hlist_length(const struct hlist_head *head)
{
    struct hlist_node *const *pprev = &head->first;
    int length = 0;

    for (struct hlist_node *p = head->first; p; pprev = &p->next, p = p->next, length++)
        if (p->pprev != pprev)
            return -1;
    return length;
}
END

scene "container_of: a pointer to the link inside an item" <<'END'
@common
#include "../list.h"
struct link { struct link *next E_CONTAINER(struct item, link); };
struct link *first E_CONTAINER(struct item, link);
@v1
struct item { int value; struct link link; };
static void begin(void)
{
    for (int i = 3; i > 0; i--) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        item->link.next = first;
        first = &item->link;
    }
}
@v2
struct item { char name[64]; struct link link; long value; };
static void verify(void)
{
    long expected = 1;
    for (struct link *link = first; link; link = link->next)
        EXPECT(container_of(link, struct item, link)->value == expected++);
    EXPECT(expected == 4);
}
END

scene "list.h: heads in variables" <<'END'
@common
#include "../list.h"
struct list_head items E_CONTAINER(struct item, link) = LIST_HEAD_INIT(items);
struct list_head empty E_CONTAINER(struct item, link) = LIST_HEAD_INIT(empty);
static struct list_head shelves[3] E_CONTAINER(struct item, link);
@v1
struct item { int value; struct list_head link E_CONTAINER(struct item, link); };
static void begin(void)
{
    for (int i = 0; i < 3; i++)
        list_init(&shelves[i]);
    for (int i = 0; i < 10; i++) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        list_add_tail(&item->link, i < 5 ? &items : &shelves[i % 2]);
    }
}
@v2
struct item { struct list_head link E_CONTAINER(struct item, link); long value; char more[80]; };
static void verify(void)
{
    int expected = 0;
    list_for_each(p, &items)
        EXPECT(container_of(p, struct item, link)->value == expected++);
    EXPECT(list_length(&items) == 5 && expected == 5);
    EXPECT(empty.next == &empty && empty.prev == &empty);
    EXPECT(list_length(&shelves[0]) == 2 && list_length(&shelves[1]) == 3);
    EXPECT(list_length(&shelves[2]) == 0);
    EXPECT(container_of(shelves[1].prev, struct item, link)->value == 9);
}
END

scene "list.h: heads in heap objects that move" <<'END'
@common
#include "../list.h"
@v1
struct item { int value; struct list_head link E_CONTAINER(struct item, link); };
struct cache {
    int size;
    struct list_head used E_CONTAINER(struct item, link), spare E_CONTAINER(struct item, link);
};
struct cache *cache;
static void begin(void)
{
    cache = malloc(sizeof *cache);
    cache->size = 7;
    list_init(&cache->used);
    list_init(&cache->spare);
    for (int i = 0; i < 10; i++) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        list_add_tail(&item->link, &cache->used);
    }
}
@v2
struct item { struct list_head link E_CONTAINER(struct item, link); long value; char more[80]; };
struct cache {
    struct list_head spare E_CONTAINER(struct item, link);
    char more[100];
    struct list_head used E_CONTAINER(struct item, link);
    int size;
};
struct cache *cache;
static void verify(void)
{
    int expected = 0;
    list_for_each(p, &cache->used)
        EXPECT(container_of(p, struct item, link)->value == expected++);
    EXPECT(list_length(&cache->used) == 10 && expected == 10);
    EXPECT(list_length(&cache->spare) == 0 && cache->spare.next == &cache->spare);
    EXPECT(cache->size == 7);
}
END

scene "list.h: items that stay, heads that move" <<'END'
@common
#include "../list.h"
struct item { int value; struct list_head link E_CONTAINER(struct item, link); };
struct item *item_by_value;
@v1
struct cache { struct list_head used E_CONTAINER(struct item, link); };
struct cache *cache;
static void begin(void)
{
    cache = malloc(sizeof *cache);
    list_init(&cache->used);
    for (int i = 0; i < 10; i++) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        list_add_tail(&item->link, &cache->used);
        if (i == 4)
            item_by_value = item;
    }
}
@v2
struct cache { char more[100]; struct list_head used E_CONTAINER(struct item, link); };
struct cache *cache;
static void verify(void)
{
    int expected = 0;
    list_for_each(p, &cache->used)
        EXPECT(container_of(p, struct item, link)->value == expected++);
    EXPECT(list_length(&cache->used) == 10 && item_by_value->value == 4);
}
END

scene "list.h: items are reached before the head of their list" <<'END'
@common
#include "../list.h"
@v1
struct item { int value; struct owner *owner; struct list_head link E_CONTAINER(struct item, link); };
/* Where such a list begins is 16 bytes further than in an item, and there is what could be the
 * header of a block in front of where an item would begin then. */
struct owner { long a, b, looks_like_a_header, d; struct list_head items E_CONTAINER(struct item, link); char rest[40]; };
struct item *any_item;
static void begin(void)
{
    struct owner *owner = calloc(1, sizeof *owner);
    owner->looks_like_a_header = 0x31;
    list_init(&owner->items);
    for (int i = 0; i < 10; i++) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        item->owner = i == 7 ? owner : NULL;
        list_add_tail(&item->link, &owner->items);
        if (i == 5)
            any_item = item;
    }
}
@v2
struct item { int value; struct list_head link E_CONTAINER(struct item, link); struct owner *owner; char more[80]; };
struct owner { struct list_head items E_CONTAINER(struct item, link); long looks_like_a_header; char rest[60]; };
struct item *any_item;
static void verify(void)
{
    struct owner *owner = container_of(any_item->link.next, struct item, link)->owner;
    int expected = 0;
    EXPECT(any_item->value == 5 && !owner);
    for (struct item *item = any_item; !owner; item = container_of(item->link.next, struct item, link))
        owner = item->owner;
    EXPECT(owner->looks_like_a_header == 0x31);
    list_for_each(p, &owner->items)
        EXPECT(container_of(p, struct item, link)->value == expected++);
    EXPECT(list_length(&owner->items) == 10);
}
END

scene "hlist: buckets on the heap" <<'END'
@common
#include "../list.h"
enum { SIZE = 64, COUNT = 500 };
struct table {
    int size;
    struct hlist_head E_CONTAINER(struct item, chain) *buckets E_PTRARRAY(self.size);
};
struct table *table;
@v1
struct item { int key; struct hlist_node chain; };
static void begin(void)
{
    table = malloc(sizeof *table);
    table->size = SIZE;
    table->buckets = calloc(SIZE, sizeof *table->buckets);
    for (int i = 0; i < COUNT; i++) {
        struct item *item = malloc(sizeof *item);
        item->key = i;
        hlist_add(&item->chain, &table->buckets[i * 7 % (SIZE - 1)]);
    }
}
@v2
struct item { long weight; struct hlist_node chain; char more[40]; int key; };
static void verify(void)
{
    int found = 0, wrong = 0;
    for (int i = 0; i < SIZE; i++) {
        wrong += hlist_length(&table->buckets[i]) < 0;
        for (struct hlist_node *p = table->buckets[i].first; p; p = p->next, found++)
            wrong += container_of(p, struct item, chain)->key * 7 % (SIZE - 1) != i;
    }
    EXPECT(wrong == 0);
    EXPECT(found == COUNT);
    for (int i = 0; i < SIZE; i++)
        while (table->buckets[i].first)
            hlist_del(table->buckets[i].first);
    EXPECT(hlist_length(&table->buckets[5]) == 0);
}
END

# ---- Several lists, several kinds ----------------------------------------------------------------

scene "an item on several lists, two kinds of items, a nested link" <<'END'
@common
#include "../list.h"
struct list_head all E_CONTAINER(struct item, all) = LIST_HEAD_INIT(all);
struct list_head odd E_CONTAINER(struct item, odd) = LIST_HEAD_INIT(odd);
struct list_head io_queue E_CONTAINER(struct item, io.link) = LIST_HEAD_INIT(io_queue);
struct list_head users E_CONTAINER(struct user, link) = LIST_HEAD_INIT(users);
@v1
struct io { int bytes; struct list_head link E_CONTAINER(struct item, io.link); };
struct item {
    int value;
    struct list_head all E_CONTAINER(struct item, all), odd E_CONTAINER(struct item, odd);
    struct io io;
};
struct user {
    struct list_head link E_CONTAINER(struct user, link);
    struct list_head items E_CONTAINER(struct item, odd);
    int number;
};
static void begin(void)
{
    for (int i = 0; i < 3; i++) {
        struct user *user = malloc(sizeof *user);
        user->number = i;
        list_init(&user->items);
        list_add_tail(&user->link, &users);
    }
    for (int i = 0; i < 100; i++) {
        struct item *item = malloc(sizeof *item);
        struct user *user = container_of(i % 4 ? users.next : users.prev, struct user, link);
        item->value = i;
        item->io.bytes = 10 * i;
        list_add_tail(&item->all, &all);
        if (i % 2)
            list_add_tail(&item->odd, &odd);
        else
            list_add(&item->odd, &user->items);
        list_add(&item->io.link, &io_queue);
    }
}
@v2
struct io { struct list_head link E_CONTAINER(struct item, io.link); char buffer[32]; long bytes; };
struct item {
    struct io io;
    struct list_head odd E_CONTAINER(struct item, odd);
    long value;
    struct list_head all E_CONTAINER(struct item, all);
};
struct user {
    char name[20];
    struct list_head items E_CONTAINER(struct item, odd);
    struct list_head link E_CONTAINER(struct user, link);
    int number;
};
static void verify(void)
{
    int expected = 0;
    EXPECT(list_length(&all) == 100 && list_length(&odd) == 50 && list_length(&io_queue) == 100);
    list_for_each(p, &all) {
        struct item *item = container_of(p, struct item, all);
        if (item->value != expected || item->io.bytes != 10 * expected)
            EXPECT(!"the items are in order");
        expected++;
    }
    list_for_each(p, &odd)
        if (container_of(p, struct item, odd)->value % 2 == 0)
            EXPECT(!"odd items are on the list of odd ones");
    list_for_each(p, &io_queue)
        if (container_of(p, struct item, io.link)->value != --expected)
            EXPECT(!"the queue is in order");
    struct user *first = container_of(users.next, struct user, link);
    struct user *last = container_of(users.prev, struct user, link);
    EXPECT(list_length(&users) == 3 && first->number == 0 && last->number == 2);
    EXPECT(list_length(&first->items) == 25 && list_length(&last->items) == 25);
    EXPECT(list_length(&container_of(first->link.next, struct user, link)->items) == 0);
    EXPECT(container_of(last->items.prev, struct item, odd)->value == 0);
    list_del_init(&first->items);
    list_for_each(p, &all)
        list_del_init(&container_of(p, struct item, all)->odd);
    EXPECT(list_length(&odd) == 0 && list_length(&last->items) == 0);
}
END

scene "a tree of its own kind: children's heads in the parent" <<'END'
@common
#include "../list.h"
struct process *initial;
@v1
struct process {
    int id;
    struct list_head children E_CONTAINER(struct process, sibling);
    struct list_head sibling E_CONTAINER(struct process, sibling);
    struct process *parent;
};
static struct process *create(struct process *parent, int id)
{
    struct process *process = malloc(sizeof *process);
    process->id = id;
    process->parent = parent;
    list_init(&process->children);
    if (parent)
        list_add_tail(&process->sibling, &parent->children);
    else
        list_init(&process->sibling);
    return process;
}
static void begin(void)
{
    initial = create(NULL, 1);
    for (int i = 0; i < 3; i++) {
        struct process *child = create(initial, 10 + i);
        for (int k = 0; k < i; k++)
            create(child, 100 + 10 * i + k);
    }
}
@v2
struct process {
    struct process *parent;
    struct list_head sibling E_CONTAINER(struct process, sibling);
    char name[16];
    struct list_head children E_CONTAINER(struct process, sibling);
    long id;
};
static int count(struct process *process)
{
    int all = 1;
    list_for_each(p, &process->children) {
        struct process *child = container_of(p, struct process, sibling);
        if (child->parent != process)
            return -1000;
        all += count(child);
    }
    return list_length(&process->children) < 0 ? -1000 : all;
}
static void verify(void)
{
    EXPECT(count(initial) == 7);
    EXPECT(list_length(&initial->sibling) == 0);
    EXPECT(container_of(initial->children.prev, struct process, sibling)->id == 12);
}
END

scene "the old version annotates heads only, the new one nothing" <<'END'
@common
#include "../list.h"
@v1
struct item { int value; struct list_head link; };
struct list_head items E_CONTAINER(struct item, link) = LIST_HEAD_INIT(items);
static void begin(void)
{
    for (int i = 0; i < 10; i++) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        list_add_tail(&item->link, &items);
    }
}
@v2
struct item { long value; char more[80]; struct list_head link; };
struct list_head items = LIST_HEAD_INIT(items);
static void verify(void)
{
    int expected = 0;
    list_for_each(p, &items)
        EXPECT(container_of(p, struct item, link)->value == expected++);
    EXPECT(list_length(&items) == 10);
}
END

scene "only the new version is annotated" <<'END'
@common
#include "../list.h"
@v1
struct item { int value; struct list_head link; };
struct list_head items = LIST_HEAD_INIT(items);
static void begin(void)
{
    for (int i = 0; i < 10; i++) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        list_add_tail(&item->link, &items);
    }
}
@v2
struct item { long value; char more[80]; struct list_head link E_CONTAINER(struct item, link); };
struct list_head items E_CONTAINER(struct item, link) = LIST_HEAD_INIT(items);
static void verify(void)
{
    int expected = 0;
    list_for_each(p, &items)
        EXPECT(container_of(p, struct item, link)->value == expected++);
    EXPECT(list_length(&items) == 10);
}
END

# ---- Renames -------------------------------------------------------------------------------------

scene "item, link, head and list type under new names" <<'END'
@common
#include "../list.h"
@v1
struct item { int value; struct list_head link E_CONTAINER(struct item, link); };
struct list_head items E_CONTAINER(struct item, link) = LIST_HEAD_INIT(items);
struct old_server { int port; struct list_head spare E_CONTAINER(struct item, link); } server;
static void begin(void)
{
    list_init(&server.spare);
    server.port = 80;
    for (int i = 0; i < 10; i++) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        list_add_tail(&item->link, i < 7 ? &items : &server.spare);
    }
}
@v2
struct chain { int length; struct chain *prev, *next; };
struct entry { long value; int more; struct chain lru E_CONTAINER(struct entry, lru); };
struct new_server { struct chain used E_CONTAINER(struct entry, lru), spare E_CONTAINER(struct entry, lru); int port; } server;
static int length_of(struct chain *head)
{
    int length = 0;
    for (struct chain *p = head->next; p != head; p = p->next, length++)
        if (p->prev->next != p || p->next->prev != p)
            return -1;
    return length;
}
static void verify(void)
{
    int expected = 0;
    for (struct chain *p = server.used.next; p != &server.used && expected < 7; p = p->next)
        EXPECT(container_of(p, struct entry, lru)->value == expected++);
    EXPECT(length_of(&server.used) == 7 && length_of(&server.spare) == 3 && server.port == 80);
    EXPECT(container_of(server.spare.prev, struct entry, lru)->value == 9);
}
@xf
struct item -> struct entry
struct list_head -> struct chain
struct old_server -> struct new_server
struct item.link -> struct entry.lru
items -> server.used
END

scene "two links swap their names" <<'END'
@common
#include "../list.h"
@v1
struct item {
    int value;
    struct list_head link E_CONTAINER(struct item, link);
    struct list_head lru E_CONTAINER(struct item, lru);
};
struct list_head items E_CONTAINER(struct item, link) = LIST_HEAD_INIT(items);
struct list_head recent E_CONTAINER(struct item, lru) = LIST_HEAD_INIT(recent);
static void begin(void)
{
    for (int i = 0; i < 10; i++) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        list_add_tail(&item->link, &items);
        list_add(&item->lru, &recent);
    }
}
@v2
struct item {
    int value;
    struct list_head link E_CONTAINER(struct item, link);
    struct list_head lru E_CONTAINER(struct item, lru);
};
struct list_head items E_CONTAINER(struct item, lru) = LIST_HEAD_INIT(items);
struct list_head recent E_CONTAINER(struct item, link) = LIST_HEAD_INIT(recent);
static void verify(void)
{
    int expected = 0;
    list_for_each(p, &items)
        EXPECT(container_of(p, struct item, lru)->value == expected++);
    list_for_each(p, &recent)
        EXPECT(container_of(p, struct item, link)->value == --expected);
    EXPECT(list_length(&items) == 10 && list_length(&recent) == 10);
}
@xf
struct item.link -> struct item.lru
struct item.lru -> struct item.link
END

# ---- Where heads can be --------------------------------------------------------------------------

scene "heads: a typedef's, a local, a static item, a block of its own" <<'END'
@common
#include "../list.h"
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

scene "a generic container of intrusive lists" <<'END'
@common
#include "../list.h"
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

# ---- What items can be ---------------------------------------------------------------------------

scene "items of a pool, on a free list and a list in use" <<'END'
@common
#include "../list.h"
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
#include "../list.h"
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

# ---- queue.h and tree.h --------------------------------------------------------------------------

for form in LIST TAILQ STAILQ SLIST; do
    case $form in
        LIST) check='int length = 0; struct item *p, **prev = &LIST_FIRST(&QUEUE);
              LIST_FOREACH(p, &QUEUE, entry) { if (p->entry.le_prev != prev) return -1; prev = &p->entry.le_next; length++; }' ;;
        TAILQ) check='int length = 0, backwards = 0; struct item *p;
              TAILQ_FOREACH(p, &QUEUE, entry) length++;
              TAILQ_FOREACH_REVERSE(p, &QUEUE, queue, entry) backwards++;
              if (backwards != length) return -1;' ;;
        STAILQ) check='int length = 0; struct item *p, **last = &STAILQ_FIRST(&QUEUE);
              STAILQ_FOREACH(p, &QUEUE, entry) { last = &STAILQ_NEXT(p, entry); length++; }
              if (last != QUEUE.stqh_last) return -1;' ;;
        SLIST) check='int length = 0; struct item *p; SLIST_FOREACH(p, &QUEUE, entry) length++;' ;;
    esac
    case $form in
        *TAILQ) insert=${form}_INSERT_TAIL ;;
        *) insert=${form}_INSERT_HEAD ;;
    esac
    case $form in
        LIST) remove='LIST_REMOVE(item, entry);' ;;
        TAILQ) remove='TAILQ_REMOVE(&holder->inner, item, entry);' ;;
        *) remove="${form}_REMOVE_HEAD(&holder->inner, entry);" ;;
    esac
    for annotation in '' 'E_CONTAINER(struct item, entry)'; do
        scene "queue.h: $form${annotation:+, annotated}" <<END
@common
#include <sys/queue.h>
@v1
struct item { int value; ${form}_ENTRY(item) entry $annotation; };
${form}_HEAD(queue, item) queue $annotation, other $annotation;
struct holder { struct queue inner $annotation, none $annotation; } *holder;
static void fill(struct queue *q, int from, int to)
{
    ${form}_INIT(q);
    for (int i = from; i < to; i++) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        $insert(q, item, entry);
    }
}
static void begin(void)
{
    holder = malloc(sizeof *holder);
    fill(&queue, 0, 10);
    fill(&other, 0, 0);
    fill(&holder->inner, 10, 30);
    fill(&holder->none, 0, 0);
}
@v2
struct item { char more[50]; ${form}_ENTRY(item) entry $annotation; long value; };
${form}_HEAD(queue, item) other $annotation, queue $annotation;
struct holder { int more; struct queue none $annotation, inner $annotation; } *holder;
#define QUEUE (*q)
static int length_of(struct queue *q) { $check return length; }
static long sum_of(struct queue *q) { struct item *i; long sum = 0; ${form}_FOREACH(i, q, entry) sum += i->value; return sum; }
static void verify(void)
{
    EXPECT(length_of(&queue) == 10 && sum_of(&queue) == 45);
    EXPECT(length_of(&other) == 0 && ${form}_EMPTY(&other));
    EXPECT(length_of(&holder->inner) == 20 && sum_of(&holder->inner) == 390);
    EXPECT(length_of(&holder->none) == 0);
    struct item *item = calloc(1, sizeof *item);
    item->value = 5;
    $insert(&holder->none, item, entry);
    EXPECT(length_of(&holder->none) == 1);
    item = ${form}_FIRST(&holder->inner);
    $remove
    EXPECT(length_of(&holder->inner) == 19);
}
END
    done
done

scene "queue.h: an item on two tail queues, not annotated; a queue of one's own" <<'END'
@common
#include <sys/queue.h>
@v1
struct item {
    int value;
    TAILQ_ENTRY(item) all;
    TAILQ_ENTRY(item) even;
    struct item *next, **previous E_CONTAINER(struct item, next);
};
TAILQ_HEAD(item_queue, item);
struct holder { struct item_queue all, even; struct item *own; };
struct holder *holder;
static void begin(void)
{
    holder = malloc(sizeof *holder);
    TAILQ_INIT(&holder->all);
    TAILQ_INIT(&holder->even);
    holder->own = NULL;
    for (int i = 0; i < 10; i++) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        TAILQ_INSERT_TAIL(&holder->all, item, all);
        if (i % 2 == 0)
            TAILQ_INSERT_HEAD(&holder->even, item, even);
        else
            item->even.tqe_next = NULL, item->even.tqe_prev = NULL;
        item->next = holder->own;
        item->previous = &holder->own;
        if (item->next)
            item->next->previous = &item->next;
        holder->own = item;
    }
}
@v2
struct item {
    struct item *next;
    TAILQ_ENTRY(item) even;
    struct item **previous E_CONTAINER(struct item, next);
    char more[30];
    TAILQ_ENTRY(item) all;
    long value;
};
TAILQ_HEAD(item_queue, item);
struct holder { struct item *own; struct item_queue even, all; };
struct holder *holder;
static void verify(void)
{
    struct item *item, **previous = &holder->own;
    int expected = 0;
    TAILQ_FOREACH(item, &holder->all, all)
        EXPECT(item->value == expected++);
    TAILQ_FOREACH_REVERSE(item, &holder->all, item_queue, all)
        EXPECT(item->value == --expected);
    TAILQ_FOREACH_REVERSE(item, &holder->even, item_queue, even) {
        EXPECT(item->value == expected);
        expected += 2;
    }
    EXPECT(expected == 10);
    for (item = holder->own; item; previous = &item->next, item = item->next)
        EXPECT(item->previous == previous && item->value == --expected);
    item = malloc(sizeof *item);
    TAILQ_INSERT_TAIL(&holder->all, item, all);
    TAILQ_INSERT_TAIL(&holder->even, item, even);
    EXPECT(TAILQ_LAST(&holder->all, item_queue) == item && TAILQ_LAST(&holder->even, item_queue) == item);
}
END

scene "a red-black tree: embedded nodes, and tree.h's entries" <<'END'
@common
#include "../list.h"
struct rb_node { struct rb_node *parent, *left, *right; int color; };
struct rb_root { struct rb_node *node; };
#define RB_ENTRY(type) struct { struct type *rbe_left, *rbe_right, *rbe_parent; int rbe_color; }
#define RB_HEAD(name, type) struct name { struct type *rbh_root; }
struct rb_root by_key E_CONTAINER(struct item, node);
RB_HEAD(by_name, item) by_name;
struct index { int size; struct rb_root tree E_CONTAINER(struct item, other); } *index_of_keys;
struct rb_node *smallest E_CONTAINER(struct item, node);
@v1
struct item {
    int key;
    struct rb_node node E_CONTAINER(struct item, node), other E_CONTAINER(struct item, other);
    RB_ENTRY(item) name;
};
static void insert(struct rb_root *root, struct rb_node *node, ptrdiff_t key)
{
    struct rb_node **slot = &root->node, *parent = NULL;
    while (*slot) {
        parent = *slot;
        slot = *(int *)((char *)node + key) < *(int *)((char *)parent + key) ? &parent->left : &parent->right;
    }
    *node = (struct rb_node){.parent = parent, .color = 1};
    *slot = node;
}
static void begin(void)
{
    index_of_keys = calloc(1, sizeof *index_of_keys);
    for (int i = 0; i < 100; i++) {
        struct item *item = calloc(1, sizeof *item);
        item->key = i * 37 % 101;
        insert(&by_key, &item->node, (ptrdiff_t)offsetof(struct item, key) - (ptrdiff_t)offsetof(struct item, node));
        insert(&index_of_keys->tree, &item->other, (ptrdiff_t)offsetof(struct item, key) - (ptrdiff_t)offsetof(struct item, other));
        item->name.rbe_left = by_name.rbh_root;
        if (by_name.rbh_root)
            by_name.rbh_root->name.rbe_parent = item;
        by_name.rbh_root = item;
        if (item->key == 0)
            smallest = &item->node;
    }
}
@v2
struct item {
    struct rb_node other E_CONTAINER(struct item, other);
    RB_ENTRY(item) name;
    char more[48];
    struct rb_node node E_CONTAINER(struct item, node);
    long key;
};
#define item_of(n, member) container_of(n, struct item, member)
static int walk(struct rb_node *node, struct rb_node *parent, long *last)
{
    if (!node)
        return 0;
    if (node->parent != parent || node->color != 1)
        return -1000;
    int left = walk(node->left, node, last);
    if (item_of(node, node)->key <= *last)
        return -1000;
    *last = item_of(node, node)->key;
    return left + 1 + walk(node->right, node, last);
}
static int count(struct rb_node *node)
{
    return node ? 1 + count(node->left) + count(node->right) : 0;
}
static void verify(void)
{
    long last = -1;
    int names = 0;
    EXPECT(walk(by_key.node, NULL, &last) == 100 && last == 100);
    EXPECT(count(index_of_keys->tree.node) == 100);
    EXPECT(item_of(smallest, node)->key == 0 && smallest == by_key.node);
    for (struct item *item = by_name.rbh_root; item; item = item->name.rbe_left, names++)
        EXPECT(!item->name.rbe_left || item->name.rbe_left->name.rbe_parent == item);
    EXPECT(names == 100);
}
END

end_of_test
