/* reply.c -- writing RESP2 replies into a client's output. */
#include "reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client.h"

static void append(struct client *client, const char *bytes, size_t length)
{
    output_append(&client->output, bytes, length);
}

/* "$12\r\n": a kind, a number, the end of the line. */
static void append_number(struct client *client, char kind, long long value)
{
    char line[NUMBER_SPACE + 3];
    line[0] = kind;
    size_t length = 1 + format_integer(line + 1, value);
    line[length++] = '\r';
    line[length++] = '\n';
    append(client, line, length);
}

void reply_status(struct client *client, const char *status)
{
    append(client, "+", 1);
    append(client, status, strlen(status));
    append(client, "\r\n", 2);
}

void reply_error(struct client *client, const char *format, ...)
{
    char message[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    /* A line break from the client's own words would end the reply too early. */
    for (char *byte = message; *byte; byte++)
        if (*byte == '\r' || *byte == '\n')
            *byte = ' ';
    client->errors++;
    append(client, "-", 1);
    append(client, message, strlen(message));
    append(client, "\r\n", 2);
}

void reply_integer(struct client *client, long long value)
{
    append_number(client, ':', value);
}

void reply_bytes(struct client *client, const char *bytes, size_t length)
{
    append_number(client, '$', (long long)length);
    append(client, bytes, length);
    append(client, "\r\n", 2);
}

void reply_string(struct client *client, const char *string)
{
    reply_bytes(client, string, strlen(string));
}

void reply_text(struct client *client, const struct text *text)
{
    if (text)
        reply_bytes(client, text->bytes, text->length);
    else
        reply_null(client);
}

void reply_object(struct client *client, const struct object *object)
{
    char digits[NUMBER_SPACE];

    if (object && object->type == OBJECT_INTEGER)
        reply_bytes(client, digits, format_integer(digits, object->integer));
    else
        reply_text(client, object ? object->string : NULL);
}

void reply_double(struct client *client, double value)
{
    char digits[NUMBER_SPACE];
    size_t length = format_double(digits, value);
    reply_bytes(client, digits, length);
}

void reply_null(struct client *client)
{
    append(client, "$-1\r\n", 5);
}

void reply_null_array(struct client *client)
{
    append(client, "*-1\r\n", 5);
}

void reply_array(struct client *client, size_t count)
{
    append_number(client, '*', (long long)count);
}

void reply_ok(struct client *client)
{
    append(client, "+OK\r\n", 5);
}

void reply_syntax_error(struct client *client)
{
    reply_error(client, "ERR syntax error");
}

void reply_not_an_integer(struct client *client)
{
    reply_error(client, "ERR value is not an integer or out of range");
}

void reply_wrong_type(struct client *client)
{
    reply_error(client, "WRONGTYPE Operation against a key holding the wrong kind of value");
}

void reply_wrong_argument_count(struct client *client, const struct text *command)
{
    reply_error(client, "ERR wrong number of arguments for '%s' command", command->bytes);
}
