/* commands.c -- the commands, and running one. */
#include "commands.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "memory.h"
#include "pubsub.h"
#include "reply.h"
#include "server.h"
#include "transaction.h"

#define R COMMAND_READS
#define W COMMAND_WRITES
#define S COMMAND_WHILE_SUBSCRIBED
#define N COMMAND_NOT_QUEUED
#define C(a_name, a_handler, an_arity, some_flags)                                                \
    {.name = a_name, .handler = a_handler, .arity = an_arity, .flags = some_flags}

/* What this release begins with; the commands in use are server.commands. */
static const struct command known_commands[] = {
    C("append", command_append, 3, W),
    C("client", command_client, -2, 0),
    C("command", command_command, -1, 0),
    C("config", command_config, -2, 0),
    C("dbsize", command_dbsize, 1, R),
    C("decr", command_decr, 2, W),
    C("decrby", command_decrby, 3, W),
    C("del", command_del, -2, W),
    C("discard", command_discard, 1, N),
    C("echo", command_echo, 2, 0),
    C("exec", command_exec, 1, N),
    C("exists", command_exists, -2, R),
    C("expire", command_expire, 3, W),
    C("flushall", command_flushall, -1, W),
    C("flushdb", command_flushdb, -1, W),
    C("get", command_get, 2, R),
    C("getdel", command_getdel, 2, W),
    C("getrange", command_getrange, 4, R),
    C("getset", command_getset, 3, W),
    C("hdel", command_hdel, -3, W),
    C("hexists", command_hexists, 3, R),
    C("hget", command_hget, 3, R),
    C("hgetall", command_hgetall, 2, R),
    C("hincrby", command_hincrby, 4, W),
    C("hkeys", command_hkeys, 2, R),
    C("hlen", command_hlen, 2, R),
    C("hmget", command_hmget, -3, R),
    C("hmset", command_hmset, -4, W),
    C("hset", command_hset, -4, W),
    C("hsetnx", command_hsetnx, 4, W),
    C("hstrlen", command_hstrlen, 3, R),
    C("hvals", command_hvals, 2, R),
    C("incr", command_incr, 2, W),
    C("incrby", command_incrby, 3, W),
    C("info", command_info, -1, 0),
    C("keys", command_keys, 2, R),
    C("lindex", command_lindex, 3, R),
    C("llen", command_llen, 2, R),
    C("lpop", command_lpop, -2, W),
    C("lpos", command_lpos, -3, R),
    C("lpush", command_lpush, -3, W),
    C("lpushx", command_lpushx, -3, W),
    C("lrange", command_lrange, 4, R),
    C("lrem", command_lrem, 4, W),
    C("lset", command_lset, 4, W),
    C("ltrim", command_ltrim, 4, W),
    C("mget", command_mget, -2, R),
    C("mset", command_mset, -3, W),
    C("multi", command_multi, 1, N),
    C("object", command_object, -2, R),
    C("persist", command_persist, 2, W),
    C("pexpire", command_pexpire, 3, W),
    C("pexpireat", command_pexpireat, 3, W),
    C("pexpiretime", command_pexpiretime, 2, R),
    C("ping", command_ping, -1, S),
    C("pttl", command_pttl, 2, R),
    C("publish", command_publish, 3, 0),
    C("quit", command_quit, -1, S | N),
    C("randomkey", command_randomkey, 1, R),
    C("rename", command_rename, 3, W),
    C("rpop", command_rpop, -2, W),
    C("rpush", command_rpush, -3, W),
    C("rpushx", command_rpushx, -3, W),
    C("sadd", command_sadd, -3, W),
    C("save", command_save, 1, 0),
    C("scan", command_scan, -2, R),
    C("scard", command_scard, 2, R),
    C("sdiff", command_sdiff, -2, R),
    C("select", command_select, 2, 0),
    C("set", command_set, -3, W),
    C("setnx", command_setnx, 3, W),
    C("shutdown", command_shutdown, -1, N),
    C("sinter", command_sinter, -2, R),
    C("sismember", command_sismember, 3, R),
    C("smembers", command_smembers, 2, R),
    C("smove", command_smove, 4, W),
    C("spop", command_spop, -2, W),
    C("srem", command_srem, -3, W),
    C("strlen", command_strlen, 2, R),
    C("subscribe", command_subscribe, -2, S),
    C("time", command_time, 1, 0),
    C("sunion", command_sunion, -2, R),
    C("ttl", command_ttl, 2, R),
    C("type", command_type, 2, R),
    C("unsubscribe", command_unsubscribe, -1, S),
    C("zadd", command_zadd, -4, W),
    C("zcard", command_zcard, 2, R),
    C("zincrby", command_zincrby, 4, W),
    C("zpopmin", command_zpopmin, -2, W),
    C("zpopmax", command_zpopmax, -2, W),
    C("zrange", command_zrange, -4, R),
    C("zrangebyscore", command_zrangebyscore, -4, R),
    C("zrank", command_zrank, 3, R),
    C("zrevrange", command_zrevrange, -4, R),
    C("zrem", command_zrem, -3, W),
    C("zscore", command_zscore, 3, R),
};

#undef R
#undef W
#undef S
#undef N
#undef C

void commands_register(void)
{
    if (!server.commands)
        server.commands = dictionary_new();
    for (size_t i = 0; i < sizeof known_commands / sizeof known_commands[0]; i++) {
        const struct command *known = &known_commands[i];
        struct text *name = text_new(known->name, strlen(known->name));
        if (dictionary_find(server.commands, name)) {
            text_free(name);
            continue;
        }
        struct command *command = allocate(sizeof *command);
        *command = *known;
        dictionary_add(server.commands, name, command);
    }
}

/* Turns the name to lower case on the way.  NULL: there is no such command. */
static struct command *find_command(struct text *name)
{
    for (unsigned i = 0; i < name->length; i++)
        name->bytes[i] = (char)tolower((unsigned char)name->bytes[i]);
    struct entry *entry = dictionary_find(server.commands, name);
    return entry ? entry->value : NULL;
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

static long long monotonic_microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void commands_execute(struct client *client, struct text **arguments, int count)
{
    struct command *command = find_command(arguments[0]);

    if (refuse(client, command, arguments, count))
        return;
    if (client->transaction.open && !(command->flags & COMMAND_NOT_QUEUED)) {
        transaction_queue(client, arguments, count);
        reply_status(client, "QUEUED");
        return;
    }
    server.commands_executed++;
    client->commands++;
    client->last_command = command;
    long long errors_before = client->errors;
    long long started_at = monotonic_microseconds();
    command->handler(client, arguments, count);
    command->calls++;
    command->failed_calls += client->errors != errors_before;
    command->microseconds += monotonic_microseconds() - started_at;
}

/* ---- For the commands themselves ------------------------------------------------------------- */

bool find_typed(struct client *client, const struct text *key, enum object_type type,
                struct object **object)
{
    *object = database_find(client->database, key);
    if (!*object || object_visible_type(*object) == type)
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

static void reply_all_commands(struct client *client, bool only_names)
{
    struct dictionary_iterator iterator = dictionary_iterate(server.commands);
    struct entry *entry;

    reply_array(client, server.commands->count);
    while ((entry = dictionary_next(&iterator))) {
        const struct command *command = entry->value;
        if (only_names)
            reply_string(client, command->name);
        else
            reply_command(client, command);
    }
}

void command_command(struct client *client, struct text **arguments, int count)
{
    if (count == 1) {
        reply_all_commands(client, false);
    } else if (text_is(arguments[1], "count")) {
        reply_integer(client, (long long)server.commands->count);
    } else if (text_is(arguments[1], "list")) {
        reply_all_commands(client, true);
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
