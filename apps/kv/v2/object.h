/* object.h -- what a key leads to: a value of one of five types, and when it expires.
 *
 * One pointer for each type; the one that `type` names is set, the others are NULL. */
#ifndef KV_OBJECT_H
#define KV_OBJECT_H

#include "dictionary.h"
#include "list.h"
#include "sorted_set.h"
#include "text.h"

enum object_type { OBJECT_STRING, OBJECT_LIST, OBJECT_HASH, OBJECT_SET, OBJECT_SORTED_SET };

struct object {
    enum object_type type;
    long long expires_at; /* milliseconds since 1970; 0: never */
    struct text *string;
    struct list *list;
    struct dictionary E_G(struct text) *hash;
    struct dictionary E_G([opaque]) *set; /* members are the keys; the values are NULL */
    struct sorted_set *sorted_set;
};

/* An empty value of the type; for strings one that has no text yet. */
struct object *object_new(enum object_type type);
struct object *object_new_string(struct text *text);
void object_free(struct object *object);
/* For containers that release their values through a function on void *. */
void object_release(void *object);
/* Members, fields, elements or bytes. */
size_t object_length(const struct object *object);
/* As TYPE answers: "string", "zset". */
const char *object_type_name(enum object_type type);

#endif
