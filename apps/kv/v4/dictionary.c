/* dictionary.c -- a hash table from text to anything. */
#include "dictionary.h"

#include <stdlib.h>

#include "hash.h"
#include "memory.h"

#define SMALLEST_SIZE 4u
/* Old buckets moved at each change: enough to be done before the next change of size is due,
 * growing (half the buckets) or shrinking (four times the buckets). */
#define BUCKETS_PER_STEP 8

static uint64_t hash_of(const struct text *key)
{
    return hash_bytes(key->bytes, key->length, hash_secret);
}

struct dictionary *dictionary_new(void)
{
    return allocate_zeroed(1, sizeof(struct dictionary));
}

static void free_chains(struct entry **buckets, size_t size, void (*release)(void *value))
{
    for (size_t i = 0; i < size; i++) {
        struct entry *entry = buckets[i];
        while (entry) {
            struct entry *next = entry->next;
            if (release)
                release(entry->value);
            text_free(entry->key);
            free(entry);
            entry = next;
        }
    }
    free(buckets);
}

void dictionary_free(struct dictionary *dictionary, void (*release)(void *value))
{
    if (!dictionary)
        return;
    free_chains(dictionary->buckets, dictionary->size, release);
    free_chains(dictionary->old_buckets, dictionary->old_size, release);
    free(dictionary);
}

static void start_resize(struct dictionary *dictionary, size_t size)
{
    dictionary->old_buckets = dictionary->buckets;
    dictionary->old_size = dictionary->size;
    dictionary->moved = 0;
    dictionary->buckets = allocate_zeroed(size, sizeof *dictionary->buckets);
    dictionary->size = size;
}

static void continue_resize(struct dictionary *dictionary)
{
    for (int i = 0; i < BUCKETS_PER_STEP && dictionary->old_size > 0; i++) {
        struct entry *entry = dictionary->old_buckets[dictionary->moved];
        while (entry) {
            struct entry *next = entry->next;
            struct entry **bucket = &dictionary->buckets[entry->hash & (dictionary->size - 1)];
            entry->next = *bucket;
            *bucket = entry;
            entry = next;
        }
        dictionary->old_buckets[dictionary->moved++] = NULL;
        if (dictionary->moved == dictionary->old_size) {
            free(dictionary->old_buckets);
            dictionary->old_buckets = NULL;
            dictionary->old_size = 0;
        }
    }
}

/* One step of a change of size; begins one when the table is too full or too empty. */
static void adjust_size(struct dictionary *dictionary)
{
    if (dictionary->old_size > 0) {
        continue_resize(dictionary);
    } else if (dictionary->size == 0) {
        dictionary->buckets = allocate_zeroed(SMALLEST_SIZE, sizeof *dictionary->buckets);
        dictionary->size = SMALLEST_SIZE;
    } else if (dictionary->count >= dictionary->size) {
        start_resize(dictionary, dictionary->size * 2);
    } else if (dictionary->size > 4 * SMALLEST_SIZE &&
               dictionary->count < dictionary->size / 8) {
        start_resize(dictionary, dictionary->size / 4);
    }
}

/* The pointer that leads to the entry, so that it can be unlinked; NULL: not there. */
static struct entry **find_link(struct entry **buckets, size_t size, uint64_t hash,
                                const struct text *key)
{
    if (size == 0)
        return NULL;
    for (struct entry **link = &buckets[hash & (size - 1)]; *link; link = &(*link)->next)
        if ((*link)->hash == hash && text_equal((*link)->key, key))
            return link;
    return NULL;
}

static struct entry **find_anywhere(const struct dictionary *dictionary, const struct text *key)
{
    uint64_t hash = hash_of(key);
    struct entry **link = find_link(dictionary->buckets, dictionary->size, hash, key);
    if (!link)
        link = find_link(dictionary->old_buckets, dictionary->old_size, hash, key);
    return link;
}

struct entry *dictionary_find(const struct dictionary *dictionary, const struct text *key)
{
    if (dictionary->count == 0)
        return NULL;
    struct entry **link = find_anywhere(dictionary, key);
    return link ? *link : NULL;
}

struct entry *dictionary_add(struct dictionary *dictionary, struct text *key, void *value)
{
    adjust_size(dictionary);
    struct entry *entry = allocate(sizeof *entry);
    entry->hash = hash_of(key);
    entry->key = key;
    entry->value = value;
    struct entry **bucket = &dictionary->buckets[entry->hash & (dictionary->size - 1)];
    entry->next = *bucket;
    *bucket = entry;
    dictionary->count++;
    return entry;
}

bool dictionary_remove(struct dictionary *dictionary, const struct text *key, void **value)
{
    if (dictionary->count == 0)
        return false;
    struct entry **link = find_anywhere(dictionary, key);
    if (!link)
        return false;
    struct entry *entry = *link;
    *link = entry->next;
    dictionary->count--;
    if (value)
        *value = entry->value;
    text_free(entry->key);
    free(entry);
    adjust_size(dictionary);
    return true;
}

/* Bucket number `index`, the old buckets counted on behind the others. */
static struct entry *bucket_at(const struct dictionary *dictionary, size_t index)
{
    return index < dictionary->size ? dictionary->buckets[index]
                                    : dictionary->old_buckets[index - dictionary->size];
}

struct entry *dictionary_random(const struct dictionary *dictionary)
{
    if (dictionary->count == 0)
        return NULL;
    struct entry *chain = NULL;
    while (!chain)
        chain = bucket_at(dictionary,
                          (size_t)random() % (dictionary->size + dictionary->old_size));
    size_t length = 0;
    for (struct entry *entry = chain; entry; entry = entry->next)
        length++;
    for (size_t skip = (size_t)random() % length; skip > 0; skip--)
        chain = chain->next;
    return chain;
}

struct dictionary_iterator dictionary_iterate(const struct dictionary *dictionary)
{
    return (struct dictionary_iterator){dictionary, 0, NULL};
}

struct entry *dictionary_next(struct dictionary_iterator *iterator)
{
    const struct dictionary *dictionary = iterator->dictionary;

    while (!iterator->next) {
        if (iterator->bucket == dictionary->size + dictionary->old_size)
            return NULL;
        iterator->next = bucket_at(dictionary, iterator->bucket++);
    }
    struct entry *entry = iterator->next;
    iterator->next = entry->next;
    return entry;
}

static unsigned long reverse_bits(unsigned long value)
{
    unsigned long result = 0;
    for (size_t i = 0; i < 8 * sizeof value; i++, value >>= 1)
        result = result << 1 | (value & 1);
    return result;
}

static void visit_chain(struct entry *entry, void (*visit)(struct entry *, void *), void *context)
{
    while (entry) {
        struct entry *next = entry->next;
        visit(entry, context);
        entry = next;
    }
}

/* The cursor counts with its bits reversed: the high bits of the masked part change first.  A
 * bucket of a table of size n splits, in one of size 2n, into the two that share its low bits; in
 * this order the two are neighbours, so a change of size never makes the cursor skip any. */
unsigned long dictionary_scan(const struct dictionary *dictionary, unsigned long cursor,
                              void (*visit)(struct entry *entry, void *context), void *context)
{
    if (dictionary->count == 0)
        return 0;

    struct entry **small = dictionary->buckets, **large = dictionary->old_buckets;
    size_t small_size = dictionary->size, large_size = dictionary->old_size;
    if (large_size == 0) {
        large = small;
        large_size = small_size;
        small = NULL;
    } else if (small_size > large_size) {
        large = dictionary->buckets;
        large_size = dictionary->size;
        small = dictionary->old_buckets;
        small_size = dictionary->old_size;
    }
    if (small)
        visit_chain(small[cursor & (small_size - 1)], visit, context);
    do { /* every place of the large table that the small one's place spreads to */
        visit_chain(large[cursor & (large_size - 1)], visit, context);
        cursor |= ~(unsigned long)(large_size - 1);
        cursor = reverse_bits(reverse_bits(cursor) + 1);
    } while (cursor & ((small_size - 1) ^ (large_size - 1)));
    return cursor;
}
