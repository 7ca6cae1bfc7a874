/* database.c -- the numbered key spaces. */
#include "database.h"

#include <time.h>

#include "server.h"

void databases_open(void)
{
    for (int i = 0; i < DATABASE_COUNT; i++)
        server.databases[i].keys = dictionary_new();
}

long long time_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool object_is_expired(const struct object *object, long long now)
{
    return object->expires_at != 0 && object->expires_at <= now;
}

void database_expire(struct database *database, struct object *object, long long when)
{
    database->expiring -= object->expires_at != 0;
    object->expires_at = when;
    database->expiring += object->expires_at != 0;
}

struct object *database_find(struct database *database, const struct text *key)
{
    struct entry *entry = dictionary_find(database->keys, key);

    if (!entry)
        return NULL;
    struct object *object = entry->value;
    /* The clock is asked only where there is something to compare it with. */
    if (object->expires_at != 0 && object_is_expired(object, time_now())) {
        database_delete(database, key);
        return NULL;
    }
    return object;
}

void database_put(struct database *database, const struct text *key, struct object *object)
{
    struct entry *entry = dictionary_find(database->keys, key);

    database->expiring += object->expires_at != 0;
    if (!entry) {
        dictionary_add(database->keys, text_copy(key), object);
        return;
    }
    struct object *replaced = entry->value;
    database->expiring -= replaced->expires_at != 0;
    object_free(replaced);
    entry->value = object;
}

struct object *database_take(struct database *database, const struct text *key)
{
    void *value = NULL;

    if (!dictionary_remove(database->keys, key, &value))
        return NULL;
    struct object *object = value;
    database->expiring -= object->expires_at != 0;
    return object;
}

bool database_delete(struct database *database, const struct text *key)
{
    struct object *object = database_take(database, key);
    if (object)
        object_free(object);
    return object != NULL;
}

void database_clear(struct database *database)
{
    dictionary_free(database->keys, object_release);
    database->keys = dictionary_new();
    database->expiring = 0;
}
