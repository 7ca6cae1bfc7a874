/* object.h -- what a key leads to: a value of one of five types, and when it expires.
 *
 * One pointer for each type; the one that `type` names is set, the others are NULL.  Strings have
 * two forms: a text, or the number that the text would be. */
#ifndef KV_OBJECT_H
#define KV_OBJECT_H

#include "dictionary.h"
#include "list.h"
#include "sorted_set.h"
#include "text.h"

enum object_type {
    OBJECT_STRING,
    OBJECT_INTEGER, /* a string to the client; `integer` holds it */
    OBJECT_LIST,
    OBJECT_HASH,
    OBJECT_SET,
    OBJECT_SORTED_SET,
};

struct object {
    struct text *string;
    long long integer;
    enum object_type type;
    struct list *list;
    struct dictionary E_G(struct text) *hash;
    struct dictionary E_G([opaque]) *set; /* members are the keys; the values are NULL */
    struct sorted_set *sorted_set;
    long long expires_at; /* milliseconds since 1970; 0: never */
};

/* An empty value of the type; for strings one that has no text yet. */
struct object *object_new(enum object_type type);
/* Takes the text; it becomes a number when it is one. */
struct object *object_new_string(struct text *text);
struct object *object_new_integer(long long value);
/* The object's type as clients know it: both forms of a string are strings. */
enum object_type object_visible_type(const struct object *object);
/* A string's text; a number is turned into one for good. */
struct text *object_text(struct object *object);
void object_free(struct object *object);
/* For containers that release their values through a function on void *. */
void object_release(void *object);
/* Members, fields, elements or bytes. */
size_t object_length(const struct object *object);
/* As TYPE answers: "string", "zset". */
const char *object_type_name(enum object_type type);
/* As OBJECT ENCODING answers. */
const char *object_encoding_name(enum object_type type);

#endif
