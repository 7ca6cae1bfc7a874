/* pubsub.c -- SUBSCRIBE, UNSUBSCRIBE, PUBLISH. */
#include "pubsub.h"

#include <stdlib.h>

#include "commands.h"
#include "memory.h"
#include "reply.h"
#include "server.h"

bool pubsub_is_subscribed(const struct client *client)
{
    return client->channels && client->channels->count > 0;
}

/* True when the client was not yet a listener. */
static bool join(struct client *client, const struct text *name)
{
    if (!client->channels)
        client->channels = dictionary_new();
    if (dictionary_find(client->channels, name))
        return false;
    dictionary_add(client->channels, text_copy(name), NULL);

    struct entry *channel = dictionary_find(server.channels, name);
    if (!channel)
        channel = dictionary_add(server.channels, text_copy(name), NULL);
    struct listener *listener = allocate(sizeof *listener);
    listener->client = client;
    listener->next = channel->value;
    channel->value = listener;
    return true;
}

static void leave(struct client *client, const struct text *name)
{
    if (!client->channels || !dictionary_remove(client->channels, name, NULL))
        return;
    struct entry *channel = dictionary_find(server.channels, name);
    struct listener *first = channel->value;
    struct listener **link = &first;
    while ((*link)->client != client)
        link = &(*link)->next;
    struct listener *leaving = *link;
    *link = leaving->next;
    free(leaving);
    channel->value = first;
    if (!first)
        dictionary_remove(server.channels, name, NULL);
}

/* Any channel the client listens to, as a copy; NULL: none. */
static struct text *some_channel(const struct client *client)
{
    if (!pubsub_is_subscribed(client))
        return NULL;
    struct dictionary_iterator iterator = dictionary_iterate(client->channels);
    return text_copy(dictionary_next(&iterator)->key);
}

void pubsub_leave_all(struct client *client)
{
    struct text *name;

    while ((name = some_channel(client))) {
        leave(client, name);
        text_free(name);
    }
    dictionary_free(client->channels, NULL);
    client->channels = NULL;
}

static void reply_membership(struct client *client, const char *event, const struct text *name)
{
    reply_array(client, 3);
    reply_string(client, event);
    reply_text(client, name);
    reply_integer(client, client->channels ? (long long)client->channels->count : 0);
}

void command_subscribe(struct client *client, struct text **arguments, int count)
{
    for (int i = 1; i < count; i++) {
        join(client, arguments[i]);
        reply_membership(client, "subscribe", arguments[i]);
    }
}

void command_unsubscribe(struct client *client, struct text **arguments, int count)
{
    for (int i = 1; i < count; i++) {
        leave(client, arguments[i]);
        reply_membership(client, "unsubscribe", arguments[i]);
    }
    if (count > 1)
        return;
    struct text *name = some_channel(client);
    if (!name)
        reply_membership(client, "unsubscribe", NULL);
    for (; name; name = some_channel(client)) {
        leave(client, name);
        reply_membership(client, "unsubscribe", name);
        text_free(name);
    }
}

void command_publish(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct entry *channel = dictionary_find(server.channels, arguments[1]);
    struct listener *listener = channel ? channel->value : NULL;
    long long receivers = 0;

    for (; listener; listener = listener->next, receivers++) {
        struct client *receiver = listener->client;
        reply_array(receiver, 3);
        reply_string(receiver, "message");
        reply_text(receiver, arguments[1]);
        reply_text(receiver, arguments[2]);
        if (receiver != client)
            client_flush(receiver);
    }
    reply_integer(client, receivers);
}
