/* commands_connection.c -- commands about the connection itself. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "options.h"
#include "pubsub.h"
#include "reply.h"
#include "server.h"
#include "transaction.h"

void command_ping(struct client *client, struct text **arguments, int count)
{
    if (count > 2) {
        reply_wrong_argument_count(client, arguments[0]);
    } else if (pubsub_is_subscribed(client)) {
        reply_array(client, 2);
        reply_string(client, "pong");
        reply_string(client, count == 2 ? arguments[1]->bytes : "");
    } else if (count == 2) {
        reply_text(client, arguments[1]);
    } else {
        reply_status(client, "PONG");
    }
}

void command_echo(struct client *client, struct text **arguments, int count)
{
    (void)count;
    reply_text(client, arguments[1]);
}

void command_quit(struct client *client, struct text **arguments, int count)
{
    (void)arguments;
    (void)count;
    reply_ok(client);
    client->ends_after_output = true;
}

void command_select(struct client *client, struct text **arguments, int count)
{
    (void)count;
    long long number;
    if (!read_integer(client, arguments[1], &number))
        return;
    if (number < 0 || number >= DATABASE_COUNT) {
        reply_error(client, "ERR DB index is out of range");
        return;
    }
    client->database = &server.databases[number];
    reply_ok(client);
}

static int describe_client(const struct client *client, char *out, size_t space)
{
    return snprintf(out, space,
                    "id=%lld addr=%s fd=%d name=%.64s age=%lld db=%d sub=%zu multi=%d "
                    "cmds=%lld cmd=%s\n",
                    client->id, client->address, client->descriptor,
                    client->name ? client->name->bytes : "",
                    (time_now() - client->connected_at) / 1000,
                    (int)(client->database - server.databases),
                    client->channels ? client->channels->count : 0,
                    client->transaction.open ? (int)transaction_length(client) : -1,
                    client->commands, client->last_command ? client->last_command->name : "");
}

static void reply_client_list(struct client *client)
{
    struct text *list = text_new("", 0);
    char line[256];

    for (struct client *each = server.clients; each; each = each->next)
        list = text_append(list, line, (size_t)describe_client(each, line, sizeof line));
    reply_text(client, list);
    text_free(list);
}

void command_client(struct client *client, struct text **arguments, int count)
{
    const struct text *what = arguments[1];

    if (text_is(what, "setname") && count == 3) {
        if (client_set_name(client, arguments[2]))
            reply_ok(client);
        else
            reply_error(client, "ERR Client names are printable and without spaces");
    } else if (text_is(what, "getname") && count == 2) {
        reply_text(client, client->name);
    } else if (text_is(what, "id") && count == 2) {
        reply_integer(client, client->id);
    } else if (text_is(what, "list") && count == 2) {
        reply_client_list(client);
    } else {
        reply_error(client, "ERR unknown subcommand or wrong number of arguments for '%.128s'",
                    what->bytes);
    }
}

void command_shutdown(struct client *client, struct text **arguments, int count)
{
    if (count > 2 || (count == 2 && !text_is(arguments[1], "save") &&
                      !text_is(arguments[1], "nosave"))) {
        reply_syntax_error(client);
        return;
    }
    if (count == 2 && text_is(arguments[1], "nosave"))
        options.save = NULL;
    server.is_stopping = true;
}
