/* commands.h -- what clients can ask for: the commands, and running one.
 *
 * A command gets the client to answer and the request's texts, its own name first.  A text it
 * keeps it takes out of the array by putting NULL there. */
#ifndef KV_COMMANDS_H
#define KV_COMMANDS_H

#include <stdbool.h>

#include "client.h"
#include "database.h"

enum command_flags {
    COMMAND_READS = 1,
    COMMAND_WRITES = 2,
    COMMAND_WHILE_SUBSCRIBED = 4, /* allowed to a client that listens to channels */
    COMMAND_NOT_QUEUED = 8,       /* runs at once even inside MULTI */
};

struct command {
    const char *E_SZ name; /* in lower case */
    void (*execute)(struct client *client, struct text **arguments, int count);
    int arity; /* arguments with the name; negative: at least that many */
    int flags;
    long long calls; /* since the server's first start, whatever its release was then */
};

/* Makes the commands of this release known.  After an update the ones that the release before
 * knew keep their counts. */
void commands_register(void);
/* Finds the command, and runs it, queues it, or answers with an error. */
void commands_execute(struct client *client, struct text **arguments, int count);

/* ---- For the commands themselves ------------------------------------------------------------- */

/* The object of that type at the key; *object is NULL when there is no such key.  False: there is
 * something else; the client has its answer. */
bool find_typed(struct client *client, const struct text *key, enum object_type type,
                struct object **object);
/* The same, but puts an empty object of that type there when there is no such key. */
bool find_or_add_typed(struct client *client, const struct text *key, enum object_type type,
                       struct object **object);
/* A list, hash or set from which something was taken: an empty one goes away. */
void delete_when_empty(struct client *client, const struct text *key,
                       const struct object *object);
/* False: it is not an integer; the client has its answer. */
bool read_integer(struct client *client, const struct text *text, long long *value);
/* Positions from `first` to `last`, negative ones counted from the end, as the half-open range
 * *begin .. *end within 0 .. length. */
void clamp_range(long long first, long long last, size_t length, size_t *begin, size_t *end);

#define COMMAND(name) void command_##name(struct client *, struct text **arguments, int count)

/* commands_string.c */
COMMAND(get); COMMAND(set); COMMAND(setnx); COMMAND(mset); COMMAND(mget); COMMAND(incr);
COMMAND(decr); COMMAND(incrby); COMMAND(decrby); COMMAND(append); COMMAND(strlen);
COMMAND(getset); COMMAND(getrange); COMMAND(getdel);
/* commands_key.c */
COMMAND(del); COMMAND(exists); COMMAND(type); COMMAND(keys); COMMAND(scan); COMMAND(rename);
COMMAND(expire); COMMAND(pexpire); COMMAND(pexpireat); COMMAND(pexpiretime);
COMMAND(ttl); COMMAND(pttl); COMMAND(persist);
COMMAND(randomkey); COMMAND(dbsize); COMMAND(flushdb); COMMAND(flushall); COMMAND(object);
/* commands_list.c */
COMMAND(lpush); COMMAND(rpush); COMMAND(lpop); COMMAND(rpop); COMMAND(llen); COMMAND(lrange);
COMMAND(lindex); COMMAND(lset); COMMAND(lrem); COMMAND(ltrim); COMMAND(lpos);
/* commands_hash.c */
COMMAND(hset); COMMAND(hmset); COMMAND(hget); COMMAND(hmget); COMMAND(hgetall); COMMAND(hdel);
COMMAND(hlen); COMMAND(hexists); COMMAND(hincrby); COMMAND(hkeys); COMMAND(hvals);
/* commands_set.c */
COMMAND(sadd); COMMAND(srem); COMMAND(smembers); COMMAND(sismember); COMMAND(scard);
COMMAND(spop); COMMAND(sinter); COMMAND(sunion); COMMAND(sdiff);
/* commands_sorted_set.c */
COMMAND(zadd); COMMAND(zscore); COMMAND(zrange); COMMAND(zrangebyscore); COMMAND(zrem);
COMMAND(zcard); COMMAND(zrank); COMMAND(zincrby); COMMAND(zpopmin);
/* commands_connection.c */
COMMAND(ping); COMMAND(echo); COMMAND(quit); COMMAND(select); COMMAND(client); COMMAND(shutdown);
/* commands_server.c */
COMMAND(info); COMMAND(config); COMMAND(time);
/* commands.c */
COMMAND(command);
/* transaction.c, pubsub.c, snapshot.c */
COMMAND(multi); COMMAND(exec); COMMAND(discard);
COMMAND(subscribe); COMMAND(unsubscribe); COMMAND(publish);
COMMAND(save);

#undef COMMAND

#endif
