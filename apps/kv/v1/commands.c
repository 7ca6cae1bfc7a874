/* commands.c -- the table of commands, and running one. */
#include "commands.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pubsub.h"
#include "reply.h"
#include "transaction.h"

struct command {
    const char *E_SZ name;
    void (*execute)(struct client *client, struct text **arguments, int count);
    int arity; /* arguments with the name; negative: at least that many */
    int flags;
};

#define R COMMAND_READS
#define W COMMAND_WRITES
#define S COMMAND_WHILE_SUBSCRIBED
#define N COMMAND_NOT_QUEUED

/* In alphabetical order, for bsearch. */
static const struct command commands[] = {
    {"append", command_append, 3, W},
    {"client", command_client, -2, 0},
    {"command", command_command, -1, 0},
    {"config", command_config, -2, 0},
    {"dbsize", command_dbsize, 1, R},
    {"decr", command_decr, 2, W},
    {"decrby", command_decrby, 3, W},
    {"del", command_del, -2, W},
    {"discard", command_discard, 1, N},
    {"echo", command_echo, 2, 0},
    {"exec", command_exec, 1, N},
    {"exists", command_exists, -2, R},
    {"expire", command_expire, 3, W},
    {"flushall", command_flushall, -1, W},
    {"flushdb", command_flushdb, -1, W},
    {"get", command_get, 2, R},
    {"getrange", command_getrange, 4, R},
    {"getset", command_getset, 3, W},
    {"hdel", command_hdel, -3, W},
    {"hexists", command_hexists, 3, R},
    {"hget", command_hget, 3, R},
    {"hgetall", command_hgetall, 2, R},
    {"hincrby", command_hincrby, 4, W},
    {"hkeys", command_hkeys, 2, R},
    {"hlen", command_hlen, 2, R},
    {"hmget", command_hmget, -3, R},
    {"hmset", command_hmset, -4, W},
    {"hset", command_hset, -4, W},
    {"hvals", command_hvals, 2, R},
    {"incr", command_incr, 2, W},
    {"incrby", command_incrby, 3, W},
    {"info", command_info, -1, 0},
    {"keys", command_keys, 2, R},
    {"lindex", command_lindex, 3, R},
    {"llen", command_llen, 2, R},
    {"lpop", command_lpop, -2, W},
    {"lpush", command_lpush, -3, W},
    {"lrange", command_lrange, 4, R},
    {"lrem", command_lrem, 4, W},
    {"lset", command_lset, 4, W},
    {"ltrim", command_ltrim, 4, W},
    {"mget", command_mget, -2, R},
    {"mset", command_mset, -3, W},
    {"multi", command_multi, 1, N},
    {"persist", command_persist, 2, W},
    {"pexpire", command_pexpire, 3, W},
    {"ping", command_ping, -1, S},
    {"pttl", command_pttl, 2, R},
    {"publish", command_publish, 3, 0},
    {"quit", command_quit, -1, S | N},
    {"randomkey", command_randomkey, 1, R},
    {"rename", command_rename, 3, W},
    {"rpop", command_rpop, -2, W},
    {"rpush", command_rpush, -3, W},
    {"sadd", command_sadd, -3, W},
    {"save", command_save, 1, 0},
    {"scan", command_scan, -2, R},
    {"scard", command_scard, 2, R},
    {"select", command_select, 2, 0},
    {"set", command_set, -3, W},
    {"setnx", command_setnx, 3, W},
    {"shutdown", command_shutdown, -1, N},
    {"sismember", command_sismember, 3, R},
    {"smembers", command_smembers, 2, R},
    {"spop", command_spop, -2, W},
    {"srem", command_srem, -3, W},
    {"strlen", command_strlen, 2, R},
    {"subscribe", command_subscribe, -2, S},
    {"substr", command_getrange, 4, R}, /* the name that GETRANGE had once */
    {"time", command_time, 1, 0},
    {"ttl", command_ttl, 2, R},
    {"type", command_type, 2, R},
    {"unsubscribe", command_unsubscribe, -1, S},
    {"zadd", command_zadd, -4, W},
    {"zcard", command_zcard, 2, R},
    {"zincrby", command_zincrby, 4, W},
    {"zpopmin", command_zpopmin, -2, W},
    {"zrange", command_zrange, -4, R},
    {"zrangebyscore", command_zrangebyscore, -4, R},
    {"zrank", command_zrank, 3, R},
    {"zrem", command_zrem, -3, W},
    {"zscore", command_zscore, 3, R},
};

#undef R
#undef W
#undef S
#undef N

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static long long executed;

long long commands_executed(void)
{
    return executed;
}

static int compare_name(const void *name, const void *command)
{
    return strcasecmp(name, ((const struct command *)command)->name);
}

static const struct command *find_command(const struct text *name)
{
    const struct command *command =
        bsearch(name->bytes, commands, COMMAND_COUNT, sizeof commands[0], compare_name);
    /* The name may hold a NUL behind which it goes on. */
    return command && strlen(command->name) == name->length ? command : NULL;
}

/* True: the command may not run, and the client has been told why. */
static bool refuse(struct client *client, const struct command *command,
                   struct text **arguments, int count)
{
    if (!command) {
        reply_error(client, "ERR unknown command '%.128s'", arguments[0]->bytes);
    } else if (command->arity >= 0 ? count != command->arity : count < -command->arity) {
        reply_wrong_argument_count(client, arguments[0]);
    } else if (pubsub_is_subscribed(client) && !(command->flags & COMMAND_WHILE_SUBSCRIBED)) {
        reply_error(client, "ERR Can't execute '%s': only (UN)SUBSCRIBE / PING / QUIT are allowed "
                            "in this context", command->name);
    } else {
        return false;
    }
    client->transaction.failed = client->transaction.open;
    return true;
}

void commands_execute(struct client *client, struct text **arguments, int count)
{
    const struct command *command = find_command(arguments[0]);

    if (refuse(client, command, arguments, count))
        return;
    if (client->transaction.open && !(command->flags & COMMAND_NOT_QUEUED)) {
        transaction_queue(client, arguments, count);
        reply_status(client, "QUEUED");
        return;
    }
    executed++;
    command->execute(client, arguments, count);
}

/* ---- For the commands themselves ------------------------------------------------------------- */

bool find_typed(struct client *client, const struct text *key, enum object_type type,
                struct object **object)
{
    *object = database_find(client->database, key);
    if (!*object || (*object)->type == type)
        return true;
    reply_wrong_type(client);
    return false;
}

bool find_or_add_typed(struct client *client, const struct text *key, enum object_type type,
                       struct object **object)
{
    if (!find_typed(client, key, type, object))
        return false;
    if (!*object) {
        *object = object_new(type);
        database_put(client->database, key, *object);
    }
    return true;
}

void delete_when_empty(struct client *client, const struct text *key,
                       const struct object *object)
{
    if (object_length(object) == 0)
        database_delete(client->database, key);
}

bool read_integer(struct client *client, const struct text *text, long long *value)
{
    if (text_to_integer(text, value))
        return true;
    reply_not_an_integer(client);
    return false;
}

void clamp_range(long long first, long long last, size_t length, size_t *begin, size_t *end)
{
    long long count = (long long)length;

    if (first < 0)
        first = first < -count ? 0 : first + count;
    if (last < 0)
        last = last < -count ? -1 : last + count;
    if (last >= count)
        last = count - 1;
    *begin = (size_t)(first > last ? 0 : first);
    *end = (size_t)(first > last ? 0 : last + 1);
}

/* ---- COMMAND --------------------------------------------------------------------------------- */

static void reply_command(struct client *client, const struct command *command)
{
    if (!command) {
        reply_null_array(client);
        return;
    }
    bool reads = command->flags & COMMAND_READS, writes = command->flags & COMMAND_WRITES;
    int first_key = reads || writes ? 1 : 0;

    reply_array(client, 6);
    reply_string(client, command->name);
    reply_integer(client, command->arity);
    reply_array(client, (size_t)(reads + writes));
    if (reads)
        reply_status(client, "readonly");
    if (writes)
        reply_status(client, "write");
    reply_integer(client, first_key);
    reply_integer(client, first_key);
    reply_integer(client, first_key);
}

void command_command(struct client *client, struct text **arguments, int count)
{
    if (count == 1) {
        reply_array(client, COMMAND_COUNT);
        for (size_t i = 0; i < COMMAND_COUNT; i++)
            reply_command(client, &commands[i]);
    } else if (text_is(arguments[1], "count")) {
        reply_integer(client, COMMAND_COUNT);
    } else if (text_is(arguments[1], "list")) {
        reply_array(client, COMMAND_COUNT);
        for (size_t i = 0; i < COMMAND_COUNT; i++)
            reply_string(client, commands[i].name);
    } else if (text_is(arguments[1], "info")) {
        reply_array(client, (size_t)count - 2);
        for (int i = 2; i < count; i++)
            reply_command(client, find_command(arguments[i]));
    } else if (text_is(arguments[1], "docs")) {
        reply_array(client, 0);
    } else {
        reply_error(client, "ERR unknown subcommand '%.128s' of COMMAND", arguments[1]->bytes);
    }
}
