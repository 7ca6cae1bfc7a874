/* kv_subscriber.c -- a client that listens to what the others publish.
 *
 * Each message is "c7 42": number 42 of connection 7.  From each connection they must come without
 * a gap and in order, whichever release of the server passes them on. */
#include "kv_check.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static redisContext *context;
static long long *next_number; /* by publisher */
static int publisher_count;
static long long messages;
static bool is_alive;

bool subscriber_connect(const char *host, int port, int publishers)
{
    struct timeval patience = {30, 0};

    publisher_count = publishers;
    next_number = calloc((size_t)publishers, sizeof *next_number);
    context = redisConnectWithTimeout(host, port, patience);
    if (!next_number || !context || context->err)
        return false;
    redisReply *reply = redisCommand(context, "SUBSCRIBE %s", CHANNEL);
    is_alive = reply && reply->type == REDIS_REPLY_ARRAY;
    freeReplyObject(reply);
    return is_alive;
}

int subscriber_descriptor(void)
{
    return context->fd;
}

bool subscriber_alive(void)
{
    return is_alive;
}

long long subscriber_messages(void)
{
    return messages;
}

bool subscriber_has_all(int publisher, long long published)
{
    return next_number[publisher] == published;
}

static void check_message(const redisReply *reply)
{
    int publisher;
    long long number;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3 ||
        reply->element[2]->type != REDIS_REPLY_STRING ||
        sscanf(reply->element[2]->str, "c%d %lld", &publisher, &number) != 2 ||
        publisher < 0 || publisher >= publisher_count) {
        count_wrong("the subscriber got something that is no message");
        return;
    }
    messages++;
    if (number != next_number[publisher])
        count_wrong("the subscriber expected message %lld of connection %d, got %lld",
                    next_number[publisher], publisher, number);
    else
        count_reply(NULL);
    next_number[publisher] = number + 1;
}

void subscriber_readable(void)
{
    redisReply *reply;

    if (redisBufferRead(context) != REDIS_OK) {
        is_alive = false;
        return;
    }
    while (redisGetReplyFromReader(context, (void **)&reply) == REDIS_OK && reply) {
        check_message(reply);
        freeReplyObject(reply);
    }
}

void subscriber_disconnect(void)
{
    redisFree(context);
    free(next_number);
}
