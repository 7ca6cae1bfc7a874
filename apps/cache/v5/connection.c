/* connection.c -- receiving, finding the commands in what was received, sending. */
#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "commands.h"
#include "item.h"
#include "memory.h"
#include "statistics.h"

#define READ_SIZE (16u * 1024)
/* A client that does not read its answers is not served further beyond this. */
#define OUTPUT_PAUSE (1024u * 1024)
/* What is kept for a connection that has nothing to do. */
#define BUFFER_KEPT (64u * 1024)
#define LINE_LIMIT 8192
/* `get` may name many keys. */
#define GET_LINE_LIMIT (1024u * 1024)

/* ---- Events ---------------------------------------------------------------------------------- */

static void on_event(int socket, short what, void *argument);

static void watch(struct connection *connection, short events)
{
    connection->watched = events;
    connection_watch_again(connection);
}

void connection_watch_again(struct connection *connection)
{
    event_del(connection->event);
    event_assign(connection->event, connection->worker->base, connection->socket,
                 (short)(connection->watched | EV_PERSIST), on_event, connection);
    event_add(connection->event, NULL);
}

void connection_open(struct worker *worker, int socket)
{
    struct connection *connection = allocate_zeroed(1, sizeof *connection);

    connection->worker = worker;
    connection->socket = socket;
    connection->opened_at = clock_now();
    connection->event = event_new(worker->base, socket, EV_READ | EV_PERSIST, on_event, connection);
    connection->next = worker->connections;
    if (connection->next)
        connection->next->previous = connection;
    worker->connections = connection;
    if (!connection->event) {
        connection_close(connection);
        return;
    }
    watch(connection, EV_READ);
}

void connection_close(struct connection *connection)
{
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        connection->worker->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    if (connection->event)
        event_free(connection->event);
    close(connection->socket);
    if (connection->storage.item)
        cache_item_drop(connection->storage.item);
    buffer_release(&connection->input);
    buffer_release(&connection->output);
    free(connection);
    workers_forget_connection();
}

/* ---- Sending --------------------------------------------------------------------------------- */

/* False: the connection is broken. */
static bool send_output(struct connection *connection)
{
    struct buffer *output = &connection->output;

    while (buffer_length(output) > 0) {
        ssize_t sent =
            send(connection->socket, buffer_data(output), buffer_length(output), MSG_NOSIGNAL);
        if (sent >= 0) {
            buffer_consume(output, (size_t)sent);
            COUNT_MORE(bytes_written, sent);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return true;
        } else if (errno != EINTR) {
            return false;
        }
    }
    buffer_shrink(output, BUFFER_KEPT);
    return true;
}

/* ---- What has been received ------------------------------------------------------------------ */

static bool line_is_too_long(const struct connection *connection)
{
    const struct buffer *input = &connection->input;
    bool is_get = buffer_length(input) > 5 && memcmp(buffer_data(input), "get", 3) == 0;

    return buffer_length(input) > (is_get ? GET_LINE_LIMIT : LINE_LIMIT);
}

/* False: there is no whole line yet. */
static bool serve_line(struct connection *connection)
{
    const char *line = buffer_data(&connection->input);
    size_t waiting = buffer_length(&connection->input);
    const char *end = waiting > 0 ? memchr(line, '\n', waiting) : NULL;

    if (!end) {
        if (line_is_too_long(connection)) {
            connection->is_quiet = false;
            reply_line(connection, "CLIENT_ERROR line too long");
            connection->state = ENDS;
        }
        return false;
    }
    buffer_consume(&connection->input, (size_t)(end - line) + 1);
    if (end > line && end[-1] == '\r')
        end--;
    connection->is_quiet = false;
    connection->commands++;
    command_execute(connection, line, (size_t)(end - line));
    return true;
}

/* False: the value is not complete yet. */
static bool receive_value(struct connection *connection)
{
    struct storage *storage = &connection->storage;
    struct item *item = storage->item;
    size_t missing = item->length + 2 - storage->received;
    size_t waiting = buffer_length(&connection->input);
    size_t count = waiting < missing ? waiting : missing;

    memcpy(item_value(item) + storage->received, buffer_data(&connection->input), count);
    buffer_consume(&connection->input, count);
    storage->received += count;
    if (count < missing)
        return false;
    connection->state = READS_COMMAND;
    storage->item = NULL;
    command_store(connection, item);
    return true;
}

static bool skip_value(struct connection *connection)
{
    size_t waiting = buffer_length(&connection->input);
    size_t count = waiting < connection->to_skip ? waiting : connection->to_skip;

    buffer_consume(&connection->input, count);
    connection->to_skip -= count;
    if (connection->to_skip > 0)
        return false;
    connection->state = READS_COMMAND;
    return true;
}

/* True when more of the input can be served as soon as the output has been sent. */
static bool serve_input(struct connection *connection)
{
    bool goes_on = true;

    while (goes_on && connection->state != ENDS) {
        if (buffer_length(&connection->output) >= OUTPUT_PAUSE)
            return true;
        if (connection->state == READS_COMMAND)
            goes_on = serve_line(connection);
        else if (connection->state == READS_VALUE)
            goes_on = receive_value(connection);
        else
            goes_on = skip_value(connection);
    }
    return false;
}

/* False: it has ended, or is broken. */
static bool receive(struct connection *connection)
{
    char *room = buffer_room(&connection->input, READ_SIZE);
    ssize_t count = recv(connection->socket, room, READ_SIZE, 0);

    if (count > 0) {
        connection->input.end += (size_t)count;
        COUNT_MORE(bytes_read, count);
        return true;
    }
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static void on_event(int socket, short what, void *argument)
{
    struct connection *connection = argument;
    bool is_alive = true, has_more;

    (void)socket;
    if (what & EV_READ)
        is_alive = receive(connection);
    do {
        has_more = serve_input(connection);
        is_alive = send_output(connection) && is_alive;
    } while (is_alive && has_more && buffer_length(&connection->output) < OUTPUT_PAUSE);

    if (!is_alive || (connection->state == ENDS && buffer_length(&connection->output) == 0)) {
        connection_close(connection);
        return;
    }
    size_t unsent = buffer_length(&connection->output);
    short events = (short)((unsent < OUTPUT_PAUSE ? EV_READ : 0) | (unsent > 0 ? EV_WRITE : 0));
    if (events != connection->watched)
        watch(connection, events);
}
