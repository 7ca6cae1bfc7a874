/* commands_string.c -- commands on strings. */
#include <limits.h>
#include <string.h>

#include "commands.h"
#include "reply.h"

/* Reads "EX 10" or "PX 10000" as a time since 1970.  False: not a sensible one; the client has its
 * answer. */
static bool read_expiry(struct client *client, const struct text *unit, const struct text *amount,
                        long long *when)
{
    long long value;
    long long milliseconds = text_is(unit, "ex") ? 1000 : 1;

    if (!read_integer(client, amount, &value))
        return false;
    if (value <= 0 || value > LLONG_MAX / 2000) {
        reply_error(client, "ERR invalid expire time in 'set' command");
        return false;
    }
    *when = time_now() + value * milliseconds;
    return true;
}

struct set_options {
    bool only_if_absent;
    bool only_if_present;
    bool keeps_expiry;
    bool returns_old;
    long long expires_at;
};

static bool read_set_options(struct client *client, struct text **arguments, int count,
                             struct set_options *options)
{
    for (int i = 3; i < count; i++) {
        bool has_next = i + 1 < count && options->expires_at == 0;
        if (text_is(arguments[i], "nx") && !options->only_if_present) {
            options->only_if_absent = true;
        } else if (text_is(arguments[i], "xx") && !options->only_if_absent) {
            options->only_if_present = true;
        } else if (text_is(arguments[i], "keepttl") && options->expires_at == 0) {
            options->keeps_expiry = true;
        } else if (text_is(arguments[i], "get")) {
            options->returns_old = true;
        } else if (has_next && !options->keeps_expiry &&
                   (text_is(arguments[i], "ex") || text_is(arguments[i], "px"))) {
            if (!read_expiry(client, arguments[i], arguments[i + 1], &options->expires_at))
                return false;
            i++;
        } else {
            reply_syntax_error(client);
            return false;
        }
    }
    return true;
}

/* Puts the text, which it takes, in place of whatever is at the key. */
static struct object *put_string(struct client *client, const struct text *key,
                                 struct text **value)
{
    struct object *object = object_new_string(*value);
    *value = NULL;
    database_put(client->database, key, object);
    return object;
}

void command_set(struct client *client, struct text **arguments, int count)
{
    struct set_options options = {0};
    if (!read_set_options(client, arguments, count, &options))
        return;
    struct object *old = database_find(client->database, arguments[1]);
    if (options.returns_old && old && object_visible_type(old) != OBJECT_STRING) {
        reply_wrong_type(client);
        return;
    }
    bool refused = (options.only_if_absent && old) || (options.only_if_present && !old);
    if (options.returns_old)
        reply_object(client, old);
    else if (refused)
        reply_null(client);
    else
        reply_ok(client);
    if (refused)
        return;
    long long expires_at = options.keeps_expiry && old ? old->expires_at : options.expires_at;
    struct object *object = put_string(client, arguments[1], &arguments[2]);
    if (expires_at != 0)
        database_expire(client->database, object, expires_at);
}

void command_setnx(struct client *client, struct text **arguments, int count)
{
    (void)count;
    bool absent = !database_find(client->database, arguments[1]);
    if (absent)
        put_string(client, arguments[1], &arguments[2]);
    reply_integer(client, absent);
}

void command_getset(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *old;
    if (!find_typed(client, arguments[1], OBJECT_STRING, &old))
        return;
    reply_object(client, old);
    put_string(client, arguments[1], &arguments[2]);
}

void command_get(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    if (find_typed(client, arguments[1], OBJECT_STRING, &object))
        reply_object(client, object);
}

void command_getdel(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    if (!find_typed(client, arguments[1], OBJECT_STRING, &object))
        return;
    reply_object(client, object);
    if (object)
        database_delete(client->database, arguments[1]);
}

void command_mset(struct client *client, struct text **arguments, int count)
{
    if (count % 2 == 0) {
        reply_wrong_argument_count(client, arguments[0]);
        return;
    }
    for (int i = 1; i < count; i += 2)
        put_string(client, arguments[i], &arguments[i + 1]);
    reply_ok(client);
}

void command_mget(struct client *client, struct text **arguments, int count)
{
    reply_array(client, (size_t)count - 1);
    for (int i = 1; i < count; i++) {
        struct object *object = database_find(client->database, arguments[i]);
        bool is_string = object && object_visible_type(object) == OBJECT_STRING;
        reply_object(client, is_string ? object : NULL);
    }
}

static void increment(struct client *client, const struct text *key, long long by)
{
    struct object *object;
    long long value = 0;

    if (!find_typed(client, key, OBJECT_STRING, &object))
        return;
    if (object && object->type == OBJECT_INTEGER)
        value = object->integer;
    else if (object && !read_integer(client, object->string, &value))
        return;
    if (__builtin_add_overflow(value, by, &value)) {
        reply_error(client, "ERR increment or decrement would overflow");
        return;
    }
    if (object) {
        text_free(object->string);
        object->string = NULL;
        object->type = OBJECT_INTEGER;
        object->integer = value;
    } else {
        database_put(client->database, key, object_new_integer(value));
    }
    reply_integer(client, value);
}

void command_incr(struct client *client, struct text **arguments, int count)
{
    (void)count;
    increment(client, arguments[1], 1);
}

void command_decr(struct client *client, struct text **arguments, int count)
{
    (void)count;
    increment(client, arguments[1], -1);
}

void command_incrby(struct client *client, struct text **arguments, int count)
{
    (void)count;
    long long by;
    if (read_integer(client, arguments[2], &by))
        increment(client, arguments[1], by);
}

void command_decrby(struct client *client, struct text **arguments, int count)
{
    (void)count;
    long long by;
    if (!read_integer(client, arguments[2], &by))
        return;
    if (by == LLONG_MIN)
        reply_error(client, "ERR decrement would overflow");
    else
        increment(client, arguments[1], -by);
}

void command_append(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    if (!find_typed(client, arguments[1], OBJECT_STRING, &object))
        return;
    if (!object) {
        object = put_string(client, arguments[1], &arguments[2]);
    } else if (object_length(object) + arguments[2]->length > TEXT_LIMIT) {
        reply_error(client, "ERR string exceeds maximum allowed size");
        return;
    } else {
        object->string =
            text_append(object_text(object), arguments[2]->bytes, arguments[2]->length);
    }
    reply_integer(client, (long long)object_length(object));
}

void command_strlen(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    if (find_typed(client, arguments[1], OBJECT_STRING, &object))
        reply_integer(client, object ? (long long)object_length(object) : 0);
}

void command_getrange(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    long long first, last;
    size_t begin, end;
    if (!read_integer(client, arguments[2], &first) ||
        !read_integer(client, arguments[3], &last) ||
        !find_typed(client, arguments[1], OBJECT_STRING, &object))
        return;
    if (!object) {
        reply_string(client, "");
        return;
    }
    const struct text *text = object_text(object);
    clamp_range(first, last, text->length, &begin, &end);
    reply_bytes(client, text->bytes + begin, end - begin);
}
