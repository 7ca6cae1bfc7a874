/* database.h -- the numbered key spaces, and keys that expire. */
#ifndef KV_DATABASE_H
#define KV_DATABASE_H

#include <stdbool.h>

#include "dictionary.h"
#include "object.h"

#define DATABASE_COUNT 16

struct database {
    struct dictionary E_G(struct object) *keys;
    size_t expiring; /* keys with a time to live */
};

void databases_open(void);
/* NULL when there is none, or when its time is over (then it is deleted). */
struct object *database_find(struct database *database, const struct text *key);
/* Adds or replaces; the object is taken, the key is copied. */
void database_put(struct database *database, const struct text *key, struct object *object);
bool database_delete(struct database *database, const struct text *key);
/* Takes the object out of the database: it is the caller's.  NULL: no such key. */
struct object *database_take(struct database *database, const struct text *key);
void database_clear(struct database *database);

/* Milliseconds since 1970. */
long long time_now(void);
/* Milliseconds since 1970, 0 for never. */
void database_expire(struct database *database, struct object *object, long long when);
bool object_is_expired(const struct object *object, long long now);

/* Deletes some of the keys whose time is over, for at most about a millisecond.  Called often. */
void databases_delete_expired(void);
/* Whose turn is next; INFO shows it. */
extern int next_swept_database;

#endif
