#!/bin/bash
# Lists of <sys/queue.h>, with and without annotations, and trees: links that are pointers to items, and
# pointers to such links.
. "$(dirname "$0")/../lib/harness.sh"

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

scene "queue.h: an array of heads on the heap, and a link with data in it" <<'END'
@common
#include <sys/queue.h>
#include "intrusive_lists.h"
LIST_HEAD(bucket, item);
struct timer { struct list_head list; long expires; char *name; void *data E_OPAQUE; };
struct table { int size; struct bucket *buckets E_PTRARRAY(self.size); struct list_head timers E_CONTAINER(struct item, timer.list); } *table;
@v1
struct item { int value; LIST_ENTRY(item) entry; struct timer timer; };
static void begin(void)
{
    table = malloc(sizeof *table);
    table->size = 10;
    table->buckets = calloc(10, sizeof *table->buckets);
    list_init(&table->timers);
    for (int i = 0; i < 100; i++) {
        struct item *item = calloc(1, sizeof *item);
        item->value = i;
        item->timer.expires = i;
        item->timer.name = strdup("timer");
        item->timer.data = item->timer.name;
        LIST_INSERT_HEAD(&table->buckets[i % 7], item, entry);
        list_add_tail(&item->timer.list, &table->timers);
    }
}
@v2
struct item { struct timer timer; char more[8]; LIST_ENTRY(item) entry; long value; };
static void verify(void)
{
    int wrong = 0, count = 0, expected = 0;
    for (int i = 0; i < 10; i++) {
        struct item *item, **previous = &LIST_FIRST(&table->buckets[i]);
        LIST_FOREACH(item, &table->buckets[i], entry) {
            wrong += item->entry.le_prev != previous || item->value % 7 != i;
            previous = &LIST_NEXT(item, entry);
            count++;
        }
    }
    list_for_each(p, &table->timers) {
        struct timer *timer = container_of(p, struct timer, list);
        wrong += timer->expires != expected || strcmp(timer->data, "timer") != 0 ||
                 container_of(timer, struct item, timer)->value != expected;
        expected++;
    }
    EXPECT(wrong == 0 && count == 100 && expected == 100 && list_length(&table->timers) == 100);
}
END

scene "a red-black tree: embedded nodes, and tree.h's entries" <<'END'
@common
#include "intrusive_lists.h"
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

# Without a deep stack.
ulimit -s 8192

scene "three hundred thousand items of queue.h" <<'END'
@common
#include <sys/queue.h>
enum { LENGTH = 300000 };
@v1
struct item { int value; TAILQ_ENTRY(item) all; LIST_ENTRY(item) some; };
struct queues { TAILQ_HEAD(all, item) all; LIST_HEAD(, item) some; };
struct queues *queues;
static void begin(void)
{
    queues = malloc(sizeof *queues);
    TAILQ_INIT(&queues->all);
    LIST_INIT(&queues->some);
    for (int i = 0; i < LENGTH; i++) {
        struct item *item = calloc(1, sizeof *item);
        item->value = i;
        TAILQ_INSERT_TAIL(&queues->all, item, all);
        if (i % 3 == 0)
            LIST_INSERT_HEAD(&queues->some, item, some);
    }
}
@v2
struct item { LIST_ENTRY(item) some; long value; TAILQ_ENTRY(item) all; char more[32]; };
struct queues { LIST_HEAD(, item) some; int more; TAILQ_HEAD(all, item) all; };
struct queues *queues;
static void verify(void)
{
    struct item *item, **previous = &LIST_FIRST(&queues->some);
    long expected = 0, wrong = 0, some = 0;
    TAILQ_FOREACH(item, &queues->all, all)
        wrong += item->value != expected++;
    TAILQ_FOREACH_REVERSE(item, &queues->all, all, all)
        wrong += item->value != --expected;
    LIST_FOREACH(item, &queues->some, some) {
        wrong += item->some.le_prev != previous || item->value % 3;
        previous = &LIST_NEXT(item, some);
        some++;
    }
    EXPECT(wrong == 0 && expected == 0 && some == LENGTH / 3);
}
END

end_of_test
