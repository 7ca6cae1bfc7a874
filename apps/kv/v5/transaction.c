/* transaction.c -- MULTI, EXEC, DISCARD. */
#include "transaction.h"

#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "memory.h"
#include "reply.h"

static void queued_command_free(struct queued_command *queued)
{
    for (int i = 0; i < queued->count; i++)
        text_free(queued->arguments[i]);
    free(queued->arguments);
    free(queued);
}

void transaction_queue(struct client *client, struct text **arguments, int count)
{
    struct transaction *transaction = &client->transaction;
    struct queued_command *queued = allocate_zeroed(1, sizeof *queued);
    size_t size = (size_t)count * sizeof *arguments;

    queued->arguments = allocate(size);
    memcpy(queued->arguments, arguments, size);
    memset(arguments, 0, size);
    queued->count = count;
    if (transaction->last)
        transaction->last->next = queued;
    else
        transaction->first = queued;
    transaction->last = queued;
}

void transaction_discard(struct client *client)
{
    struct queued_command *queued = client->transaction.first;

    while (queued) {
        struct queued_command *next = queued->next;
        queued_command_free(queued);
        queued = next;
    }
    client->transaction = (struct transaction){0};
}

size_t transaction_length(const struct client *client)
{
    size_t length = 0;
    for (struct queued_command *queued = client->transaction.first; queued; queued = queued->next)
        length++;
    return length;
}

void command_multi(struct client *client, struct text **arguments, int count)
{
    (void)arguments;
    (void)count;
    if (client->transaction.open) {
        reply_error(client, "ERR MULTI calls can not be nested");
        return;
    }
    client->transaction.open = true;
    reply_ok(client);
}

void command_discard(struct client *client, struct text **arguments, int count)
{
    (void)arguments;
    (void)count;
    if (!client->transaction.open) {
        reply_error(client, "ERR DISCARD without MULTI");
        return;
    }
    transaction_discard(client);
    reply_ok(client);
}

void command_exec(struct client *client, struct text **arguments, int count)
{
    (void)arguments;
    (void)count;
    struct transaction transaction = client->transaction;
    size_t length = transaction_length(client);

    if (!transaction.open) {
        reply_error(client, "ERR EXEC without MULTI");
        return;
    }
    if (transaction.failed) {
        transaction_discard(client);
        reply_error(client, "EXECABORT Transaction discarded because of previous errors.");
        return;
    }
    /* Closed before the commands run, so that they run and are not queued again. */
    client->transaction = (struct transaction){0};
    reply_array(client, length);
    while (transaction.first) {
        struct queued_command *queued = transaction.first;
        transaction.first = queued->next;
        commands_execute(client, queued->arguments, queued->count);
        queued_command_free(queued);
    }
}
