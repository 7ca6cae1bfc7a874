/* slabs.c -- memory for items, in pages of slots of one size. */
#include "slabs.h"

#include <kitsune.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "item.h"
#include "settings.h"

#define PAGE_SIZE (1u << 20)
#define SMALLEST_SLOT 96
#define SLOT_ALIGNMENT 8
/* Headers may grow from release to release, and the largest item has to fit into the next, too. */
#define HEADER_RESERVE 128

struct slab_page {
    struct slab_page *next; /* an older one of the same class */
    char slots[];
};

struct slab_class {
    size_t slot_size;
    size_t slots_in_page;
    void *E_OPAQUE free_slots; /* each begins with the address of the next */
    size_t free_count;
    char *E_OPAQUE fresh; /* the part of the newest page that was never used */
    size_t fresh_count;
    struct slab_page *pages;
    size_t page_count;
};

static struct slabs {
    struct slab_class classes[SLAB_CLASS_LIMIT];
    unsigned class_count;
    size_t bytes;
} slabs;

/* Guards the sum of all pages, and the limit. */
static pthread_mutex_t page_lock = PTHREAD_MUTEX_INITIALIZER;

static size_t largest_slot(void)
{
    return settings.item_size_limit + HEADER_RESERVE;
}

static void add_class(size_t slot_size)
{
    struct slab_class *class = &slabs.classes[++slabs.class_count];

    class->slot_size = slot_size;
    class->slots_in_page = slot_size < PAGE_SIZE ? PAGE_SIZE / slot_size : 1;
}

void slabs_open(void)
{
    for (size_t size = SMALLEST_SLOT;
         size < largest_slot() && slabs.class_count < SLAB_CLASS_LIMIT - 2;
         size = (size + size / 4 + SLOT_ALIGNMENT - 1) / SLOT_ALIGNMENT * SLOT_ALIGNMENT)
        add_class(size);
    add_class(largest_slot());
}

unsigned slabs_class_count(void)
{
    return slabs.class_count;
}

unsigned slabs_class_of(size_t size)
{
    unsigned low = 1, high = slabs.class_count;

    if (size > slabs.classes[high].slot_size)
        return 0;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (slabs.classes[middle].slot_size < size)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t page_size(const struct slab_class *class)
{
    return class->slot_size * class->slots_in_page;
}

/* Each class may have one page whatever the limit: or its items could never be stored. */
static bool may_add_page(const struct slab_class *class)
{
    pthread_mutex_lock(&page_lock);
    bool may = class->page_count == 0 || slabs.bytes + page_size(class) <= settings.memory_limit;
    if (may)
        slabs.bytes += page_size(class);
    pthread_mutex_unlock(&page_lock);
    return may;
}

/* Its bytes have been counted. */
static bool add_page(struct slab_class *class)
{
    struct slab_page *page = malloc(sizeof *page + page_size(class));

    if (!page) {
        pthread_mutex_lock(&page_lock);
        slabs.bytes -= page_size(class);
        pthread_mutex_unlock(&page_lock);
        return false;
    }
    kitsune_provisional(page); /* with slabs_allocate_moved: an update that may be given up */
    page->next = class->pages;
    class->pages = page;
    class->page_count++;
    class->fresh = page->slots;
    class->fresh_count = class->slots_in_page;
    return true;
}

static void *take_slot(struct slab_class *class)
{
    if (class->free_slots) {
        void *slot = class->free_slots;
        memcpy(&class->free_slots, slot, sizeof class->free_slots);
        class->free_count--;
        return slot;
    }
    if (class->fresh_count == 0)
        return NULL;
    char *slot = class->fresh;
    class->fresh += class->slot_size;
    class->fresh_count--;
    return slot;
}

void *slabs_allocate(unsigned slab_class)
{
    struct slab_class *class = &slabs.classes[slab_class];
    void *slot = take_slot(class);

    if (!slot && may_add_page(class) && add_page(class))
        slot = take_slot(class);
    return slot;
}

void slabs_free(void *slot, unsigned slab_class)
{
    struct slab_class *class = &slabs.classes[slab_class];

    memcpy(slot, &class->free_slots, sizeof class->free_slots);
    class->free_slots = slot;
    class->free_count++;
}

struct slab_report slabs_report(unsigned slab_class)
{
    const struct slab_class *class = &slabs.classes[slab_class];
    size_t free = class->free_count + class->fresh_count;

    return (struct slab_report){
        .slot_size = class->slot_size,
        .slots_in_page = class->slots_in_page,
        .pages = class->page_count,
        .slots_used = class->page_count * class->slots_in_page - free,
        .slots_free = free,
    };
}

size_t slabs_bytes(void)
{
    pthread_mutex_lock(&page_lock);
    size_t bytes = slabs.bytes;
    pthread_mutex_unlock(&page_lock);
    return bytes;
}

size_t slabs_limit(void)
{
    pthread_mutex_lock(&page_lock);
    size_t limit = settings.memory_limit;
    pthread_mutex_unlock(&page_lock);
    return limit;
}

void slabs_set_limit(size_t bytes)
{
    pthread_mutex_lock(&page_lock);
    settings.memory_limit = bytes;
    pthread_mutex_unlock(&page_lock);
}

void *slabs_allocate_moved(size_t size)
{
    if (slabs.class_count == 0)
        slabs_open();
    struct slab_class *class = &slabs.classes[slabs_class_of(size)];
    void *slot = take_slot(class);

    if (slot)
        return slot;
    slabs.bytes += page_size(class); /* nobody else runs in an update */
    if (add_page(class))
        slot = take_slot(class);
    return slot;
}

void slabs_release_moved(void *item)
{
    (void)item;
}
