#!/bin/bash
# Intrusive lists: pointers that lead into the middle of what they link, and to heads.
. "$(dirname "$0")/../lib/harness.sh"

scene "container_of: a pointer to the link inside an item" <<'END'
@common
#include "intrusive_lists.h"
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
#include "intrusive_lists.h"
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

check_fails "nothing waits where all heads are variables" grep -q HEADS_ON_HEAP v1-v2.c

scene "list.h: heads in heap objects that move" <<'END'
@common
#include "intrusive_lists.h"
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

check "links wait where heads can be on the heap" grep -q HEADS_ON_HEAP v1-v2.c

scene "list.h: items that stay, heads that move" <<'END'
@common
#include "intrusive_lists.h"
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
#include "intrusive_lists.h"
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
#include "intrusive_lists.h"
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
#include "intrusive_lists.h"
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
#include "intrusive_lists.h"
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
#include "intrusive_lists.h"
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
#include "intrusive_lists.h"
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
#include "intrusive_lists.h"
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
#include "intrusive_lists.h"
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

scene "a link and a list that only the new version has" <<'END'
@common
#include "intrusive_lists.h"
@v1
struct item { int value; struct list_head link E_CONTAINER(struct item, link); };
struct cache { struct list_head items E_CONTAINER(struct item, link); } *cache;
static void begin(void)
{
    cache = malloc(sizeof *cache);
    list_init(&cache->items);
    for (int i = 0; i < 10; i++) {
        struct item *item = malloc(sizeof *item);
        item->value = i;
        list_add_tail(&item->link, &cache->items);
    }
}
@v2
struct item {
    struct list_head lru E_CONTAINER(struct item, lru);
    int value;
    struct list_head link E_CONTAINER(struct item, link);
};
struct cache {
    struct list_head items E_CONTAINER(struct item, link);
    struct list_head lru E_CONTAINER(struct item, lru);
} *cache;
static void verify(void)
{
    int expected = 0;
    EXPECT(list_length(&cache->items) == 10 && list_length(&cache->lru) == 0);
    list_for_each(p, &cache->items) {
        struct item *item = container_of(p, struct item, link);
        EXPECT(item->value == expected++ && list_length(&item->lru) == 0);
        list_add(&item->lru, &cache->lru);
    }
    EXPECT(list_length(&cache->lru) == 10);
}
@xf
INIT struct item.lru, INIT struct cache.lru: { $out.next = $out.prev = &$out; }
END

end_of_test
