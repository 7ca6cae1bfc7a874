/* dictionary.h -- a hash table from text to anything: databases, hashes, sets, channels.
 *
 *      buckets      [ . | . | . | . ]     where entries are found and new ones go
 *                     |       |
 *                   entry   entry -> entry
 *      old_buckets  [ - | . ]             while the size changes: emptied bit by bit
 *                     ^moved
 *
 * Invariants: size is a power of two or 0; old_size is 0 unless the size is changing; an entry is
 * in old_buckets at or behind `moved`, or in buckets.  Adding and removing moves a few buckets;
 * nothing else does, so an iteration stays valid as long as nothing is added or removed.
 *
 * The dictionary owns its keys.  Values belong to whoever put them in.
 */
#ifndef KV_DICTIONARY_H
#define KV_DICTIONARY_H

#include <kitsune.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct entry {
    struct entry E_G(@v) *next;
    uint64_t hash; /* of the key: comparing and moving entries need not look at it */
    struct text *key;
    void E_T(@v) *value;
} E_GENERIC(@v);

struct dictionary {
    struct entry E_G(@v) **E_PTRARRAY(self.size) buckets;
    struct entry E_G(@v) **E_PTRARRAY(self.old_size) old_buckets;
    size_t size;
    size_t old_size;
    size_t moved;
    size_t count;
} E_GENERIC(@v);

struct dictionary *dictionary_new(void);
/* `release` is called with each value; NULL when there is nothing to do. */
void dictionary_free(struct dictionary *dictionary, void (*release)(void *value));

struct entry *dictionary_find(const struct dictionary *dictionary, const struct text *key);
/* The key is taken.  There must be no such key yet. */
struct entry *dictionary_add(struct dictionary *dictionary, struct text *key, void *value);
/* Frees entry and key; the value is stored in *value when that is not NULL.  False: no such key. */
bool dictionary_remove(struct dictionary *dictionary, const struct text *key, void **value);
/* Any entry, each about as likely; NULL when there is none. */
struct entry *dictionary_random(const struct dictionary *dictionary);

struct dictionary_iterator {
    const struct dictionary *dictionary;
    size_t bucket; /* old buckets are counted on behind the others */
    struct entry *next;
};

struct dictionary_iterator dictionary_iterate(const struct dictionary *dictionary);
/* NULL at the end. */
struct entry *dictionary_next(struct dictionary_iterator *iterator);

/* Visits one place of the table and returns the next cursor: 0 begins, and 0 means done.  However
 * the table grows or shrinks between calls, what was there all the time is visited. */
unsigned long dictionary_scan(const struct dictionary *dictionary, unsigned long cursor,
                              void (*visit)(struct entry *entry, void *context), void *context);

#endif
