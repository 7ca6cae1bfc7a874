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

end_of_test
