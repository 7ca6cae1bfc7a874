/* reply.c -- answers on their way into a connection's output. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "connection.h"

#define LONGEST_FORMATTED 512

void reply_bytes(struct connection *connection, const char *bytes, size_t length)
{
    buffer_append(&connection->output, bytes, length);
}

void reply_format(struct connection *connection, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *room = buffer_room(&connection->output, LONGEST_FORMATTED);
    int length = vsnprintf(room, LONGEST_FORMATTED, format, arguments);
    va_end(arguments);
    connection->output.end += (size_t)length < LONGEST_FORMATTED ? (size_t)length
                                                                 : LONGEST_FORMATTED - 1;
}

void reply_line(struct connection *connection, const char *line)
{
    if (connection->is_quiet)
        return;
    reply_bytes(connection, line, strlen(line));
    reply_bytes(connection, "\r\n", 2);
}
