/* commands_key.c -- commands on keys of any type, and on whole databases. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "glob.h"
#include "memory.h"
#include "reply.h"
#include "server.h"

void command_del(struct client *client, struct text **arguments, int count)
{
    long long deleted = 0;
    for (int i = 1; i < count; i++) /* found first: what has expired does not count */
        deleted += database_find(client->database, arguments[i]) &&
                   database_delete(client->database, arguments[i]);
    reply_integer(client, deleted);
}

void command_exists(struct client *client, struct text **arguments, int count)
{
    long long found = 0;
    for (int i = 1; i < count; i++)
        found += database_find(client->database, arguments[i]) != NULL;
    reply_integer(client, found);
}

void command_type(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object = database_find(client->database, arguments[1]);
    reply_status(client, object ? object_type_name(object->type) : "none");
}

/* ---- KEYS and SCAN --------------------------------------------------------------------------- */

/* What KEYS and SCAN gather before they answer: the number of keys comes before the keys. */
struct selection {
    const struct text *pattern; /* NULL: any */
    const struct text *type;    /* as TYPE answers; NULL: any */
    long long now;
    long long visited;
    struct text **keys; /* the databases' own */
    size_t count;
    size_t capacity;
};

static void select_key(struct entry *entry, void *context)
{
    struct selection *selection = context;
    const struct object *object = entry->value;

    selection->visited++;
    if (object_is_expired(object, selection->now))
        return;
    if (selection->type && !text_is(selection->type, object_type_name(object->type)))
        return;
    if (selection->pattern && !glob_match(selection->pattern, entry->key))
        return;
    if (selection->count == selection->capacity) {
        selection->capacity = selection->capacity ? 2 * selection->capacity : 64;
        selection->keys =
            reallocate(selection->keys, selection->capacity * sizeof *selection->keys);
    }
    selection->keys[selection->count++] = entry->key;
}

static void reply_selection(struct client *client, struct selection *selection)
{
    reply_array(client, selection->count);
    for (size_t i = 0; i < selection->count; i++)
        reply_text(client, selection->keys[i]);
    free(selection->keys);
}

void command_keys(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct selection selection = {.pattern = arguments[1], .now = time_now()};
    struct dictionary_iterator iterator = dictionary_iterate(client->database->keys);
    struct entry *entry;

    while ((entry = dictionary_next(&iterator)))
        select_key(entry, &selection);
    reply_selection(client, &selection);
}

void command_scan(struct client *client, struct text **arguments, int count)
{
    struct selection selection = {.now = time_now()};
    long long wanted = 10;
    char *end;
    unsigned long cursor = strtoul(arguments[1]->bytes, &end, 10);

    if (end == arguments[1]->bytes || *end != '\0') {
        reply_error(client, "ERR invalid cursor");
        return;
    }
    for (int i = 2; i < count; i += 2) {
        if (i + 1 < count && text_is(arguments[i], "match")) {
            selection.pattern = arguments[i + 1];
        } else if (i + 1 < count && text_is(arguments[i], "type")) {
            selection.type = arguments[i + 1];
        } else if (i + 1 < count && text_is(arguments[i], "count")) {
            if (!read_integer(client, arguments[i + 1], &wanted))
                return;
        } else {
            reply_syntax_error(client);
            return;
        }
    }
    /* A table with few keys in many places shall not take for ever either. */
    long long steps = 0;
    do {
        cursor = dictionary_scan(client->database->keys, cursor, select_key, &selection);
    } while (cursor != 0 && selection.visited < wanted && ++steps < wanted * 10);

    char digits[NUMBER_SPACE];
    int length = snprintf(digits, sizeof digits, "%lu", cursor);
    reply_array(client, 2);
    reply_bytes(client, digits, (size_t)length);
    reply_selection(client, &selection);
}

/* ---- Expiry ---------------------------------------------------------------------------------- */

static void expire_after(struct client *client, const struct text *key,
                         const struct text *amount, long long milliseconds_per_unit)
{
    long long value;

    if (!read_integer(client, amount, &value))
        return;
    if (value > LLONG_MAX / 2000 || value < LLONG_MIN / 2000) {
        reply_error(client, "ERR invalid expire time");
        return;
    }
    struct object *object = database_find(client->database, key);
    if (object && value <= 0)
        database_delete(client->database, key);
    else if (object)
        database_expire(client->database, object, time_now() + value * milliseconds_per_unit);
    reply_integer(client, object != NULL);
}

void command_expire(struct client *client, struct text **arguments, int count)
{
    (void)count;
    expire_after(client, arguments[1], arguments[2], 1000);
}

void command_pexpire(struct client *client, struct text **arguments, int count)
{
    (void)count;
    expire_after(client, arguments[1], arguments[2], 1);
}

void command_pexpireat(struct client *client, struct text **arguments, int count)
{
    (void)count;
    long long when;
    if (!read_integer(client, arguments[2], &when))
        return;
    struct object *object = database_find(client->database, arguments[1]);
    if (object && when <= time_now())
        database_delete(client->database, arguments[1]);
    else if (object)
        database_expire(client->database, object, when);
    reply_integer(client, object != NULL);
}

void command_pexpiretime(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object = database_find(client->database, arguments[1]);
    if (!object)
        reply_integer(client, -2);
    else
        reply_integer(client, object->expires_at == 0 ? -1 : object->expires_at);
}

/* -2: no such key; -1: it never expires. */
static long long milliseconds_to_live(struct client *client, const struct text *key)
{
    struct object *object = database_find(client->database, key);

    if (!object)
        return -2;
    return object->expires_at == 0 ? -1 : object->expires_at - time_now();
}

void command_ttl(struct client *client, struct text **arguments, int count)
{
    (void)count;
    long long left = milliseconds_to_live(client, arguments[1]);
    reply_integer(client, left < 0 ? left : (left + 500) / 1000);
}

void command_pttl(struct client *client, struct text **arguments, int count)
{
    (void)count;
    reply_integer(client, milliseconds_to_live(client, arguments[1]));
}

void command_persist(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object = database_find(client->database, arguments[1]);
    bool expired = object && object->expires_at != 0;
    if (expired)
        database_expire(client->database, object, 0);
    reply_integer(client, expired);
}

/* ---- Others ---------------------------------------------------------------------------------- */

void command_rename(struct client *client, struct text **arguments, int count)
{
    (void)count;
    if (!database_find(client->database, arguments[1])) {
        reply_error(client, "ERR no such key");
        return;
    }
    struct object *object = database_take(client->database, arguments[1]);
    database_put(client->database, arguments[2], object);
    reply_ok(client);
}

void command_randomkey(struct client *client, struct text **arguments, int count)
{
    (void)arguments;
    (void)count;
    struct entry *entry;
    /* Looking it up deletes it when it has expired; then another one is tried. */
    while ((entry = dictionary_random(client->database->keys))) {
        struct text *key = text_copy(entry->key);
        bool found = database_find(client->database, key) != NULL;
        if (found)
            reply_text(client, key);
        text_free(key);
        if (found)
            return;
    }
    reply_null(client);
}

void command_dbsize(struct client *client, struct text **arguments, int count)
{
    (void)arguments;
    (void)count;
    reply_integer(client, (long long)client->database->keys->count);
}

void command_flushdb(struct client *client, struct text **arguments, int count)
{
    (void)arguments;
    (void)count;
    database_clear(client->database);
    reply_ok(client);
}

void command_flushall(struct client *client, struct text **arguments, int count)
{
    (void)arguments;
    (void)count;
    for (int i = 0; i < DATABASE_COUNT; i++)
        database_clear(&server.databases[i]);
    reply_ok(client);
}
