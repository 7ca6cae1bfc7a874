/* object.c -- values of the five types. */
#include "object.h"

#include <stdlib.h>

#include "memory.h"

struct object *object_new(enum object_type type)
{
    struct object *object = allocate_zeroed(1, sizeof *object);

    object->type = type;
    switch (type) {
    case OBJECT_STRING:
    case OBJECT_INTEGER:
        break;
    case OBJECT_LIST:
        object->list = list_new();
        break;
    case OBJECT_HASH:
        object->hash = dictionary_new();
        break;
    case OBJECT_SET:
        object->set = dictionary_new();
        break;
    case OBJECT_SORTED_SET:
        object->sorted_set = sorted_set_new();
        break;
    }
    return object;
}

struct object *object_new_string(struct text *text)
{
    long long value;
    if (text_to_integer(text, &value)) {
        text_free(text);
        return object_new_integer(value);
    }
    struct object *object = object_new(OBJECT_STRING);
    object->string = text;
    return object;
}

struct object *object_new_integer(long long value)
{
    struct object *object = object_new(OBJECT_INTEGER);
    object->integer = value;
    return object;
}

enum object_type object_visible_type(const struct object *object)
{
    return object->type == OBJECT_INTEGER ? OBJECT_STRING : object->type;
}

struct text *object_text(struct object *object)
{
    if (object->type == OBJECT_INTEGER) {
        object->string = text_from_integer(object->integer);
        object->type = OBJECT_STRING;
    }
    return object->string;
}

void object_free(struct object *object)
{
    switch (object->type) {
    case OBJECT_STRING:
        text_free(object->string);
        break;
    case OBJECT_INTEGER:
        break;
    case OBJECT_LIST:
        list_free(object->list);
        break;
    case OBJECT_HASH:
        dictionary_free(object->hash, text_release);
        break;
    case OBJECT_SET:
        dictionary_free(object->set, NULL);
        break;
    case OBJECT_SORTED_SET:
        sorted_set_free(object->sorted_set);
        break;
    }
    free(object);
}

void object_release(void *object)
{
    object_free(object);
}

size_t object_length(const struct object *object)
{
    char digits[NUMBER_SPACE];

    switch (object->type) {
    case OBJECT_STRING:
        return object->string->length;
    case OBJECT_INTEGER:
        return format_integer(digits, object->integer);
    case OBJECT_LIST:
        return object->list->length;
    case OBJECT_HASH:
        return object->hash->count;
    case OBJECT_SET:
        return object->set->count;
    case OBJECT_SORTED_SET:
        return sorted_set_count(object->sorted_set);
    }
    return 0;
}

const char *object_type_name(enum object_type type)
{
    switch (type) {
    case OBJECT_STRING:
    case OBJECT_INTEGER:
        return "string";
    case OBJECT_LIST:
        return "list";
    case OBJECT_HASH:
        return "hash";
    case OBJECT_SET:
        return "set";
    case OBJECT_SORTED_SET:
        return "zset";
    }
    return "unknown";
}

const char *object_encoding_name(enum object_type type)
{
    switch (type) {
    case OBJECT_STRING:
        return "raw";
    case OBJECT_INTEGER:
        return "int";
    case OBJECT_LIST:
        return "array";
    case OBJECT_HASH:
    case OBJECT_SET:
        return "hashtable";
    case OBJECT_SORTED_SET:
        return "skiplist";
    }
    return "unknown";
}
