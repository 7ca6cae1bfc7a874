/* reply.c -- answers on their way into a connection's output. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "connection.h"
#include "memory.h"

#define LONGEST_FORMATTED 512

static char *room_for(struct connection *connection, size_t length)
{
    if (connection->output_start == connection->output_end)
        connection->output_start = connection->output_end = 0;
    if (connection->output_size - connection->output_end < length) {
        size_t unsent = connection->output_end - connection->output_start;
        if (connection->output_start > 0)
            memmove(connection->output, connection->output + connection->output_start, unsent);
        connection->output_start = 0;
        connection->output_end = unsent;
        if (connection->output_size - unsent < length) {
            connection->output_size = 2 * (unsent + length);
            connection->output = reallocate(connection->output, connection->output_size);
        }
    }
    return connection->output + connection->output_end;
}

void reply_bytes(struct connection *connection, const char *bytes, size_t length)
{
    memcpy(room_for(connection, length), bytes, length);
    connection->output_end += length;
}

void reply_format(struct connection *connection, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *room = room_for(connection, LONGEST_FORMATTED);
    int length = vsnprintf(room, LONGEST_FORMATTED, format, arguments);
    va_end(arguments);
    connection->output_end += (size_t)length < LONGEST_FORMATTED ? (size_t)length
                                                                 : LONGEST_FORMATTED - 1;
}

void reply_line(struct connection *connection, const char *line)
{
    if (connection->is_quiet)
        return;
    reply_bytes(connection, line, strlen(line));
    reply_bytes(connection, "\r\n", 2);
}
