/* table.c -- keys and values: a hash table with chains. */
#include "soak.h"

#include <stdlib.h>
#include <string.h>

static struct table *table;

static unsigned hash_of(const char *text)
{
    unsigned hash = 2166136261u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

static void grow(void)
{
    static unsigned times_grown; /* goes along as well */
    unsigned size = table->size * 2;
    struct entry **buckets = calloc(size, sizeof *buckets);
    for (unsigned i = 0; i < table->size; i++)
        for (struct entry *entry = table->buckets[i], *next; entry; entry = next) {
            struct entry **bucket = &buckets[hash_of(entry->key) % size];
            next = entry->next;
            entry->next = *bucket;
            *bucket = entry;
        }
    free(table->buckets);
    table->buckets = buckets;
    table->size = size;
    if (table->size != 8u << ++times_grown)
        abort();
}

static struct entry **place_of(const char *key)
{
    if (!table) {
        table = calloc(1, sizeof *table);
        table->size = 8;
        table->buckets = calloc(table->size, sizeof *table->buckets);
    }
    struct entry **place = &table->buckets[hash_of(key) % table->size];
    while (*place && strcmp((*place)->key, key) != 0)
        place = &(*place)->next;
    return place;
}

void table_put(const char *key, int value)
{
    struct entry **place = place_of(key);
    if (!*place) {
        if (++table->count > 2 * table->size) {
            grow();
            place = place_of(key);
        }
        *place = calloc(1, sizeof **place);
        (*place)->key = strdup(key);
    }
    (*place)->value = value;
}

bool table_get(const char *key, int *value)
{
    struct entry *entry = *place_of(key);
    if (entry)
        *value = (int)entry->value;
    return entry;
}

void table_remove(const char *key)
{
    struct entry **place = place_of(key), *entry = *place;
    if (!entry)
        return;
    *place = entry->next;
    table->count--;
    free(entry->key);
    free(entry);
}

unsigned table_sum(const char *prefix, unsigned *count)
{
    unsigned sum = 0, all = 0;
    *count = 0;
    for (unsigned i = 0; table && i < table->size; i++)
        for (struct entry *entry = table->buckets[i]; entry; entry = entry->next) {
            if (hash_of(entry->key) % table->size != i)
                abort();
            all++;
            if (strncmp(entry->key, prefix, strlen(prefix)) != 0)
                continue;
            sum += hash_of(entry->key) * (unsigned)(2 * entry->value + 1);
            ++*count;
        }
    if (table && all != table->count)
        abort();
    return sum;
}
