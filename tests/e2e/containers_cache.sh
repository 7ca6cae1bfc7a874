#!/bin/bash
# A cache in the manner of memcached through three releases: hash chains, a list in the order of use,
# a free list, items that lie in pages, a crawler that stops at links.  The third release splits the
# one list into three.  Also under valgrind, with sanitizers, and built by clang.
. "$(dirname "$0")/../lib/harness.sh"

# What the releases have in common: everything but the layout, and which list an item belongs to.
cat >cache.h <<'END'
enum { KEYS = 400, BUCKETS = 32, PAGES = 5 };

struct cache *cache;
static long model[KEYS]; /* the serial number of each key's value; 0: not in the cache */
static long serial;
static unsigned random_state = 1;

static int choose(int count)
{
    random_state = random_state * 1103515245 + 12345;
    return (int)(random_state >> 8) % count;
}

static struct hlist_head *bucket_of(const char *key)
{
    return &cache->buckets[atoi(key) * 7 % cache->bucket_count];
}

static struct item *find(int key)
{
    char text[16];

    snprintf(text, sizeof text, "%d", key);
    for (struct hlist_node *node = bucket_of(text)->first; node; node = node->next)
        if (strcmp(container_of(node, struct item, chain)->key, text) == 0)
            return container_of(node, struct item, chain);
    return NULL;
}

static void drop(struct item *item)
{
    model[atoi(item->key)] = 0;
    if (cache->crawler == &item->order)
        cache->crawler = item->order.next;
    hlist_del(&item->chain);
    list_del_init(&item->order);
    free(item->value);
    item->value = NULL;
    SLIST_INSERT_HEAD(&cache->unused, item, spare);
    cache->count--;
}

static struct item *take(void)
{
    struct item *item = SLIST_FIRST(&cache->unused);

    if (!item) {
        drop(container_of(victim(cache), struct item, order));
        item = SLIST_FIRST(&cache->unused);
    }
    SLIST_REMOVE_HEAD(&cache->unused, spare);
    return item;
}

static void set(int key)
{
    struct item *item = find(key);
    char text[32];

    if (!item) {
        item = take();
        snprintf(item->key, sizeof item->key, "%d", key);
        item->hits = 0;
        hlist_add(&item->chain, bucket_of(item->key));
        list_add(&item->order, list_for(cache, item));
        cache->count++;
    }
    free(item->value);
    model[key] = ++serial;
    snprintf(text, sizeof text, "value %ld", serial);
    item->value = strdup(text);
}

static void get(int key)
{
    struct item *item = find(key);

    if (!item)
        return;
    item->hits++;
    if (cache->crawler == &item->order)
        cache->crawler = item->order.next;
    list_del_init(&item->order);
    list_add(&item->order, list_for(cache, item));
}

static void work(void)
{
    for (int i = 0; i < 5000; i++)
        switch (choose(8)) {
        case 0:
            if (find(choose(KEYS)))
                drop(find((int)(random_state >> 8) % KEYS));
            break;
        case 1: case 2: case 3:
            set(choose(KEYS));
            break;
        default:
            get(choose(KEYS));
        }
    for (int i = 0; i < 10; i++)
        cache->crawler = cache->crawler->next;
}

static long length_of(const struct list_head *head)
{
    long length = 0;

    for (const struct list_head *p = head->next; p != head; p = p->next, length++)
        if (p->prev->next != p || p->next->prev != p || length > 100000)
            return -100000;
    return length;
}

static int crawler_is_on(const struct list_head *head)
{
    for (const struct list_head *p = head->next; p != head; p = p->next)
        if (cache->crawler == p)
            return 1;
    return cache->crawler == head;
}

static void check_all(void)
{
    long in_model = 0, in_chains = 0, unused = 0, in_pages = 0, wrong = 0;
    struct item *item;
    char text[32];

    for (int key = 0; key < KEYS; key++) {
        item = find(key);
        in_model += model[key] != 0;
        snprintf(text, sizeof text, "value %ld", model[key]);
        wrong += item ? !model[key] || strcmp(item->value, text) != 0 : model[key] != 0;
    }
    for (int i = 0; i < BUCKETS; i++) {
        struct hlist_node **pprev = &cache->buckets[i].first;

        for (; *pprev; pprev = &(*pprev)->next, in_chains++)
            wrong += (*pprev)->pprev != pprev;
    }
    SLIST_FOREACH(item, &cache->unused, spare)
        unused++;
    for (struct page *page = cache->pages; page; page = page->next)
        for (int i = 0; i < PAGE_ITEMS; i++)
            in_pages += page->items[i].value && find(atoi(page->items[i].key)) == &page->items[i];
    EXPECT(wrong == 0);
    EXPECT(in_model == cache->count && in_chains == cache->count && in_pages == cache->count);
    EXPECT(unused == PAGES * PAGE_ITEMS - cache->count);
    EXPECT(items_in_order(cache) == cache->count);
    EXPECT(crawler_is_on_a_list(cache));
}

static void free_all(void)
{
    struct page *page, *next;

    for (int key = 0; key < KEYS; key++)
        if (find(key))
            drop(find(key));
    for (page = cache->pages; page; page = next) {
        next = page->next;
        free(page);
    }
    free(cache->buckets);
    free(cache);
    cache = NULL;
}

int main(void)
{
    kitsune_do_automigrate();
#if VERSION == 1
    start();
    work();
    check_all();
#endif
    kitsune_update("serving");
    check_all();
    begin_serving(cache);
    work();
    check_all();
    if (VERSION < 3) {
        kitsune_set_next_version(VERSION == 1 ? "./v2.so" : "./v3.so");
        kitsune_signal_update();
        kitsune_update("serving");
        EXPECT(!"the update happens");
        return 1;
    }
    free_all();
    puts("scene ends");
    return 0;
}
END

mkdir v1 v2 v3

cat >v1/app.c <<'END'
#define VERSION 1
#include "scene.h"
#include "intrusive_lists.h"

#include <sys/queue.h>

enum { PAGE_ITEMS = 30 };

struct item {
    struct hlist_node chain;
    struct list_head order;
    SLIST_ENTRY(item) spare;
    int hits;
    char key[8];
    char *value;
};

struct page {
    struct page *next;
    struct item items[PAGE_ITEMS];
};

struct cache {
    int bucket_count;
    struct hlist_head E_CONTAINER(struct item, chain) *buckets E_PTRARRAY(self.bucket_count);
    struct list_head order E_CONTAINER(struct item, order);
    struct list_head *crawler E_CONTAINER(struct item, order);
    SLIST_HEAD(, item) unused;
    struct page *pages;
    int count;
};

static struct list_head *victim(struct cache *of) { return of->order.prev; }
static struct list_head *list_for(struct cache *of, struct item *item)
{
    (void)item;
    return &of->order;
}
static long length_of(const struct list_head *head);
static int crawler_is_on(const struct list_head *head);
static long items_in_order(struct cache *of) { return length_of(&of->order); }
static int crawler_is_on_a_list(struct cache *of) { return crawler_is_on(&of->order); }
static void begin_serving(struct cache *of) { (void)of; }
static void start(void);

#include "../cache.h"

static void start(void)
{
    cache = calloc(1, sizeof *cache);
    cache->bucket_count = BUCKETS;
    cache->buckets = calloc(BUCKETS, sizeof *cache->buckets);
    list_init(&cache->order);
    cache->crawler = &cache->order;
    for (int i = 0; i < PAGES; i++) {
        struct page *page = calloc(1, sizeof *page);

        page->next = cache->pages;
        cache->pages = page;
        for (int k = 0; k < PAGE_ITEMS; k++)
            SLIST_INSERT_HEAD(&cache->unused, &page->items[k], spare);
    }
}
END

# Everything is somewhere else and larger; the values say how long they are.
cat >v2/app.c <<'END'
#define VERSION 2
#include "scene.h"
#include "intrusive_lists.h"

#include <sys/queue.h>

enum { PAGE_ITEMS = 30 };

struct item {
    long expires;
    char *value;
    struct list_head order;
    char key[16];
    struct hlist_node chain;
    long hits;
    SLIST_ENTRY(item) spare;
};

struct page {
    long number;
    struct item items[PAGE_ITEMS];
    struct page *next;
};

struct cache {
    long count;
    struct page *pages;
    struct list_head order E_CONTAINER(struct item, order);
    long evictions, lookups;
    SLIST_HEAD(, item) unused;
    struct list_head *crawler E_CONTAINER(struct item, order);
    int bucket_count;
    struct hlist_head E_CONTAINER(struct item, chain) *buckets E_PTRARRAY(self.bucket_count);
};

static struct list_head *victim(struct cache *of) { return of->order.prev; }
static struct list_head *list_for(struct cache *of, struct item *item)
{
    (void)item;
    return &of->order;
}
static long length_of(const struct list_head *head);
static int crawler_is_on(const struct list_head *head);
static long items_in_order(struct cache *of) { return length_of(&of->order); }
static int crawler_is_on_a_list(struct cache *of) { return crawler_is_on(&of->order); }
static void begin_serving(struct cache *of) { (void)of; }

#include "../cache.h"
END

# Three lists, by how often an item was asked for; the items of the old list are sorted when the
# update is over.  The link has another name.
cat >v3/app.c <<'END'
#define VERSION 3
#include "scene.h"
#include "intrusive_lists.h"

#include <sys/queue.h>

enum { PAGE_ITEMS = 30 };
#define order segment_link

struct item {
    struct hlist_node chain;
    char key[16];
    char *value;
    long hits, expires;
    int segment;
    struct list_head segment_link;
    SLIST_ENTRY(item) spare;
};

struct page {
    struct item items[PAGE_ITEMS];
    struct page *next;
};

struct cache {
    long count;
    int bucket_count, is_split;
    struct hlist_head E_CONTAINER(struct item, chain) *buckets E_PTRARRAY(self.bucket_count);
    struct list_head hot E_CONTAINER(struct item, segment_link);
    struct list_head warm E_CONTAINER(struct item, segment_link);
    struct list_head cold E_CONTAINER(struct item, segment_link);
    struct list_head *crawler E_CONTAINER(struct item, segment_link);
    SLIST_HEAD(, item) unused;
    struct page *pages;
    long evictions, lookups;
};

static struct list_head *victim(struct cache *of)
{
    return of->cold.prev != &of->cold   ? of->cold.prev
           : of->warm.prev != &of->warm ? of->warm.prev
                                        : of->hot.prev;
}
static struct list_head *list_for(struct cache *of, struct item *item)
{
    item->segment = item->hits > 3 ? 0 : item->hits > 0 ? 1 : 2;
    return item->segment == 0 ? &of->hot : item->segment == 1 ? &of->warm : &of->cold;
}
static long length_of(const struct list_head *head);
static int crawler_is_on(const struct list_head *head);
static long items_in_order(struct cache *of)
{
    return length_of(&of->hot) + length_of(&of->warm) + length_of(&of->cold);
}
static int crawler_is_on_a_list(struct cache *of)
{
    return crawler_is_on(&of->hot) || crawler_is_on(&of->warm) || crawler_is_on(&of->cold);
}
static void begin_serving(struct cache *of)
{
    EXPECT(length_of(&of->hot) == 0 && length_of(&of->warm) == of->count &&
           length_of(&of->cold) == 0);
    while (of->warm.prev != &of->warm && !of->is_split) {
        struct list_head all;

        list_add(&all, &of->warm); /* the whole list, under another head */
        list_del_init(&of->warm);
        while (all.prev != &all) {
            struct item *item = container_of(all.prev, struct item, segment_link);

            list_del_init(&item->segment_link);
            list_add(&item->segment_link, list_for(of, item));
        }
        of->is_split = 1;
    }
    EXPECT(length_of(&of->hot) + length_of(&of->warm) + length_of(&of->cold) == of->count);
    EXPECT(length_of(&of->hot) > 0 && length_of(&of->cold) > 0);
}

#include "../cache.h"
END

cat >v2-v3.xf <<'END'
struct item.order -> struct item.segment_link
struct cache.order -> struct cache.warm
INIT struct cache.hot: { $out.next = $out.prev = &$out; }
INIT struct cache.cold: { $out.next = $out.prev = &$out; }
INIT struct item.segment: { $out = 1; }

CHECK {
    $newtype(struct list_head) *link = $newsym(cache)->warm.next;
    long count = 0;
    for (; link != &$newsym(cache)->warm && link->next->prev == link; link = link->next)
        count++;
    return count == $newsym(cache)->count;
}
END

# build_releases FLAG...
build_releases() {
    build_version v1 "$@" && build_version v2 "$@" && build_version v3 "$@" &&
        install_transformer v1 v2 && install_transformer v2 v3 v2-v3.xf
}

run_releases() {
    local name=$1 output status
    shift
    output=$(timeout 280 "$@" 2>&1)
    status=$?
    count_expectations "$name" "$output"
    check_match "$name: arrives in the third release" '^scene ends$' "$output"
    check_equal "$name: no errors" 0 $status || tail -n 60 <<<"$output"
}

check "the releases build" build_releases
run_releases "as it is" kitsune run ./v1.so
valgrind=(valgrind --quiet --trace-children=yes --error-exitcode=99 --leak-check=full
          --errors-for-leak-kinds=definite)
run_releases "valgrind" "${valgrind[@]}" kitsune run ./v1.so
check "the releases build with the sanitizers" \
    build_releases -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
run_releases "sanitizers" env LD_PRELOAD="$(readlink -f "$(gcc -print-file-name=libasan.so)")" \
    ASAN_OPTIONS=detect_leaks=0:exitcode=98 kitsune run ./v1.so
export KITSUNE_CC=clang
check "the releases build with clang" build_releases
run_releases "clang" kitsune run ./v1.so

end_of_test
