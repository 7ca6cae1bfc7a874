/* commands_hash.c -- commands on hashes. */
#include "commands.h"
#include "reply.h"

/* Takes the value.  True when the field is new. */
static bool put_field(struct object *object, const struct text *field, struct text *value)
{
    struct entry *entry = dictionary_find(object->hash, field);

    if (!entry) {
        dictionary_add(object->hash, text_copy(field), value);
        return true;
    }
    text_free(entry->value);
    entry->value = value;
    return false;
}

/* The answer is left to the caller; -1: it has been given already. */
static long long put_fields(struct client *client, struct text **arguments, int count)
{
    struct object *object;
    long long added = 0;

    if (count % 2 != 0) {
        reply_wrong_argument_count(client, arguments[0]);
        return -1;
    }
    if (!find_or_add_typed(client, arguments[1], OBJECT_HASH, &object))
        return -1;
    for (int i = 2; i < count; i += 2) {
        added += put_field(object, arguments[i], arguments[i + 1]);
        arguments[i + 1] = NULL;
    }
    return added;
}

void command_hset(struct client *client, struct text **arguments, int count)
{
    long long added = put_fields(client, arguments, count);
    if (added >= 0)
        reply_integer(client, added);
}

void command_hmset(struct client *client, struct text **arguments, int count)
{
    if (put_fields(client, arguments, count) >= 0)
        reply_ok(client);
}

/* NULL: no such hash, or no such field. */
static const struct text *field_of(const struct object *object, const struct text *field)
{
    struct entry *entry = object ? dictionary_find(object->hash, field) : NULL;
    return entry ? entry->value : NULL;
}

void command_hget(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    if (find_typed(client, arguments[1], OBJECT_HASH, &object))
        reply_text(client, field_of(object, arguments[2]));
}

void command_hmget(struct client *client, struct text **arguments, int count)
{
    struct object *object;
    if (!find_typed(client, arguments[1], OBJECT_HASH, &object))
        return;
    reply_array(client, (size_t)count - 2);
    for (int i = 2; i < count; i++)
        reply_text(client, field_of(object, arguments[i]));
}

void command_hexists(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    if (find_typed(client, arguments[1], OBJECT_HASH, &object))
        reply_integer(client, field_of(object, arguments[2]) != NULL);
}

static void reply_fields(struct client *client, const struct text *key, bool names, bool values)
{
    struct object *object;
    if (!find_typed(client, key, OBJECT_HASH, &object))
        return;
    if (!object) {
        reply_array(client, 0);
        return;
    }
    reply_array(client, object->hash->count * (size_t)(names + values));
    struct dictionary_iterator iterator = dictionary_iterate(object->hash);
    struct entry *entry;
    while ((entry = dictionary_next(&iterator))) {
        if (names)
            reply_text(client, entry->key);
        if (values)
            reply_text(client, entry->value);
    }
}

void command_hgetall(struct client *client, struct text **arguments, int count)
{
    (void)count;
    reply_fields(client, arguments[1], true, true);
}

void command_hkeys(struct client *client, struct text **arguments, int count)
{
    (void)count;
    reply_fields(client, arguments[1], true, false);
}

void command_hvals(struct client *client, struct text **arguments, int count)
{
    (void)count;
    reply_fields(client, arguments[1], false, true);
}

void command_hdel(struct client *client, struct text **arguments, int count)
{
    struct object *object;
    long long removed = 0;

    if (!find_typed(client, arguments[1], OBJECT_HASH, &object))
        return;
    for (int i = 2; object && i < count; i++) {
        void *value;
        if (dictionary_remove(object->hash, arguments[i], &value)) {
            text_free(value);
            removed++;
        }
    }
    if (object)
        delete_when_empty(client, arguments[1], object);
    reply_integer(client, removed);
}

void command_hlen(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    if (find_typed(client, arguments[1], OBJECT_HASH, &object))
        reply_integer(client, object ? (long long)object->hash->count : 0);
}

void command_hincrby(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    long long by, value = 0;

    if (!read_integer(client, arguments[3], &by) ||
        !find_typed(client, arguments[1], OBJECT_HASH, &object))
        return;
    const struct text *old = field_of(object, arguments[2]);
    if (old && !text_to_integer(old, &value)) {
        reply_error(client, "ERR hash value is not an integer");
        return;
    }
    if (__builtin_add_overflow(value, by, &value)) {
        reply_error(client, "ERR increment or decrement would overflow");
        return;
    }
    if (!find_or_add_typed(client, arguments[1], OBJECT_HASH, &object))
        return;
    put_field(object, arguments[2], text_from_integer(value));
    reply_integer(client, value);
}
