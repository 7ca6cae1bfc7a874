/* expiry.c -- deleting keys whose time is over although nobody asks for them.
 *
 * The tables are walked round and round with a cursor, a little at each call, so that no call
 * takes long and every key's turn comes. */
#include <stdlib.h>

#include "database.h"
#include "memory.h"
#include "server.h"

/* At most this many keys are looked at in one call. */
#define KEYS_PER_CALL 2000

/* Where the sweep of each database goes on, and which database's turn it is. */
static unsigned long cursors[DATABASE_COUNT];
int next_swept_database;

struct sweep {
    long long now;
    int looked_at;
    struct text **expired;
    int expired_count;
    int capacity;
};

static void collect_expired(struct entry *entry, void *context)
{
    struct sweep *sweep = context;
    const struct object *object = entry->value;

    sweep->looked_at++;
    if (!object_is_expired(object, sweep->now))
        return;
    if (sweep->expired_count == sweep->capacity) {
        sweep->capacity = sweep->capacity ? 2 * sweep->capacity : 64;
        sweep->expired =
            reallocate(sweep->expired, (size_t)sweep->capacity * sizeof *sweep->expired);
    }
    sweep->expired[sweep->expired_count++] = text_copy(entry->key);
}

/* Keys are collected first and deleted afterwards: a deletion may move entries about. */
static void sweep_database(struct database *database, unsigned long *cursor, struct sweep *sweep)
{
    do {
        *cursor = dictionary_scan(database->keys, *cursor, collect_expired, sweep);
    } while (*cursor != 0 && sweep->looked_at < KEYS_PER_CALL);

    server.expired_keys += sweep->expired_count;
    for (int i = 0; i < sweep->expired_count; i++) {
        database_delete(database, sweep->expired[i]);
        text_free(sweep->expired[i]);
    }
    sweep->expired_count = 0;
}

void databases_delete_expired(void)
{
    struct sweep sweep = {.now = time_now()};

    for (int i = 0; i < DATABASE_COUNT && sweep.looked_at < KEYS_PER_CALL; i++) {
        int number = next_swept_database;
        struct database *database = &server.databases[number];
        if (database->expiring > 0)
            sweep_database(database, &cursors[number], &sweep);
        if (cursors[number] == 0 || database->expiring == 0)
            next_swept_database = (number + 1) % DATABASE_COUNT;
    }
    free(sweep.expired);
}
