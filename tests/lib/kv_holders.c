/* kv_holders.c -- clients in the middle of something while the server is updated.
 *
 * Whatever the server keeps for them (queued commands, half a request, replies not yet sent, the
 * chosen database, a name) has to be there in the next version. */
#include "kv_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGE_VALUE (1024 * 1024)
#define LARGE_READS 12

enum holder { IN_TRANSACTION, IN_REQUEST, NOT_READING, NAMED, HOLDER_COUNT };

static const char *const names[] = {"in a transaction", "in a request", "not reading", "named"};
static redisContext *contexts[HOLDER_COUNT];
static char *large_value;
static int round_number;

int holders_count(void)
{
    return HOLDER_COUNT;
}

int holders_alive(void)
{
    int alive = 0;
    for (int i = 0; i < HOLDER_COUNT; i++)
        alive += contexts[i] && contexts[i]->err == 0;
    return alive;
}

/* True when the next reply is of that type and, for those with text, has that text. */
static void expect(enum holder holder, redisReply *reply, int type, const char *text)
{
    if (!reply)
        count_wrong("the client %s lost its connection: %s", names[holder],
                    contexts[holder]->errstr);
    else if (reply->type != type || (text && strcmp(reply->str, text) != 0))
        count_wrong("the client %s expected %.60s, got %.60s (type %d)", names[holder],
                    text ? text : "something else", reply->str ? reply->str : "no text",
                    reply->type);
    else
        count_reply(NULL);
    freeReplyObject(reply);
}

static redisReply *next_reply(enum holder holder)
{
    void *reply = NULL;
    redisGetReply(contexts[holder], &reply);
    return reply;
}

static void expect_status(enum holder holder, const char *status)
{
    expect(holder, next_reply(holder), REDIS_REPLY_STATUS, status);
}

bool holders_connect(const char *host, int port)
{
    struct timeval patience = {60, 0};

    for (int i = 0; i < HOLDER_COUNT; i++) {
        contexts[i] = redisConnectWithTimeout(host, port, patience);
        if (!contexts[i] || contexts[i]->err)
            return false;
        redisSetTimeout(contexts[i], patience);
    }
    large_value = malloc(LARGE_VALUE);
    if (!large_value)
        return false;
    for (int i = 0; i < LARGE_VALUE; i++)
        large_value[i] = (char)(i * 7 % 251);
    redisAppendCommand(contexts[NOT_READING], "SET holder:large %b", large_value,
                       (size_t)LARGE_VALUE);
    expect_status(NOT_READING, "OK");
    redisAppendCommand(contexts[IN_TRANSACTION], "SELECT 3");
    expect_status(IN_TRANSACTION, "OK");
    redisAppendCommand(contexts[NAMED], "CLIENT SETNAME the-named-one");
    expect_status(NAMED, "OK");
    return true;
}

/* Writes without waiting for a reply. */
static void send_bytes(enum holder holder, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(contexts[holder]->fd, bytes, length);
        if (written <= 0) {
            count_wrong("the client %s cannot write", names[holder]);
            return;
        }
        bytes += written;
        length -= (size_t)written;
    }
}

static void send_string(enum holder holder, const char *string)
{
    send_bytes(holder, string, strlen(string));
}

void holders_begin(void)
{
    char line[128];

    round_number++;
    redisAppendCommand(contexts[IN_TRANSACTION], "MULTI");
    redisAppendCommand(contexts[IN_TRANSACTION], "SET holder:text round-%d", round_number);
    redisAppendCommand(contexts[IN_TRANSACTION], "INCR holder:count");
    redisAppendCommand(contexts[IN_TRANSACTION], "GET holder:text");
    expect_status(IN_TRANSACTION, "OK");
    for (int i = 0; i < 3; i++)
        expect_status(IN_TRANSACTION, "QUEUED");

    snprintf(line, sizeof line, "*3\r\n$3\r\nSET\r\n$11\r\nholder:half\r\n$8\r\n%04d",
             round_number);
    send_string(IN_REQUEST, line);

    for (int i = 0; i < LARGE_READS; i++)
        send_string(NOT_READING, "*2\r\n$3\r\nGET\r\n$12\r\nholder:large\r\n");
}

static void finish_transaction(void)
{
    char text[32];
    redisReply *reply = redisCommand(contexts[IN_TRANSACTION], "EXEC");
    bool right = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 3 &&
                 reply->element[1]->integer == round_number && reply->element[2]->str;

    snprintf(text, sizeof text, "round-%d", round_number);
    if (right && strcmp(reply->element[2]->str, text) == 0)
        count_reply(NULL);
    else
        count_wrong("EXEC of what was queued before the update: got %s",
                    reply ? "another result" : "no reply");
    freeReplyObject(reply);
}

static void finish_request(void)
{
    char text[32];

    snprintf(text, sizeof text, "%04d%04d", round_number, round_number);
    send_string(IN_REQUEST, text + 4);
    send_string(IN_REQUEST, "\r\n");
    expect_status(IN_REQUEST, "OK");
    redisAppendCommand(contexts[IN_REQUEST], "GET holder:half");
    expect(IN_REQUEST, next_reply(IN_REQUEST), REDIS_REPLY_STRING, text);
}

static void finish_reading(void)
{
    for (int i = 0; i < LARGE_READS; i++) {
        redisReply *reply = next_reply(NOT_READING);
        if (!reply || reply->type != REDIS_REPLY_STRING || reply->len != LARGE_VALUE ||
            memcmp(reply->str, large_value, LARGE_VALUE) != 0)
            count_wrong("a reply that waited for its reader during the update is damaged");
        else
            count_reply(NULL);
        freeReplyObject(reply);
    }
}

void holders_finish(void)
{
    finish_transaction();
    finish_request();
    finish_reading();
    redisAppendCommand(contexts[NAMED], "CLIENT GETNAME");
    expect(NAMED, next_reply(NAMED), REDIS_REPLY_STRING, "the-named-one");
}

void holders_disconnect(void)
{
    for (int i = 0; i < HOLDER_COUNT; i++)
        redisFree(contexts[i]);
    free(large_value);
}
