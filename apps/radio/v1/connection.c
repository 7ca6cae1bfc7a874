/* connection.c -- one connection, and the thread that serves it. */
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin.h"
#include "listener.h"
#include "log.h"
#include "memory.h"
#include "reply.h"
#include "source.h"
#include "statistics.h"
#include "status.h"

#define STACK_SIZE (256u * 1024)
#define WAIT_MILLISECONDS 1000

/* All of them, and their number, under the lock. */
static pthread_mutex_t connections_lock = PTHREAD_MUTEX_INITIALIZER;
static struct connection *connections;
static int connection_count, last_id;
static bool is_ending;

/* ---- Receiving and sending ------------------------------------------------------------------- */

/* An update interrupts this; then the caller's caller comes to its update point. */
static bool wait_until(struct connection *connection, short events)
{
    struct pollfd entry = {connection->socket, events, 0};
    return poll(&entry, 1, WAIT_MILLISECONDS) > 0;
}

enum received connection_receive(struct connection *connection, size_t limit)
{
    if (!wait_until(connection, POLLIN))
        return RECEIVED_NOTHING;
    char *space = buffer_reserve(&connection->input, limit);
    ssize_t received = recv(connection->socket, space, limit, 0);
    if (received > 0) {
        connection->input.end += (size_t)received;
        return RECEIVED_DATA;
    }
    if (received < 0 && (errno == EAGAIN || errno == EINTR))
        return RECEIVED_NOTHING;
    return RECEIVED_END;
}

size_t connection_send(struct connection *connection, const char *bytes, size_t length)
{
    ssize_t sent = send(connection->socket, bytes, length, MSG_NOSIGNAL);

    if (sent >= 0) {
        connection->bytes += (unsigned long long)sent;
        return (size_t)sent;
    }
    if (errno == EAGAIN)
        wait_until(connection, POLLOUT);
    else if (errno != EINTR)
        connection->stage = STAGE_ENDED;
    return 0;
}

void connection_send_output(struct connection *connection)
{
    struct buffer *output = &connection->output;
    buffer_consume(output, connection_send(connection, buffer_data(output), buffer_length(output)));
}

/* ---- The stages ------------------------------------------------------------------------------ */

static void answer(struct connection *connection, const struct request *request)
{
    snprintf(connection->request, sizeof connection->request, "%s", request->line);
    if (strcmp(request->method, "SOURCE") == 0 || strcmp(request->method, "PUT") == 0)
        source_begin(connection, request);
    else if (strcmp(request->method, "GET") != 0)
        reply_text(connection, 405, "GET, PUT and SOURCE are understood");
    else if (strncmp(request->path, "/admin/", 7) == 0)
        admin_answer(connection, request);
    else if (!status_answer(connection, request))
        listener_begin(connection, request);
}

static void read_request(struct connection *connection)
{
    struct buffer *input = &connection->input;
    enum received received = connection_receive(connection, REQUEST_LIMIT - buffer_length(input));

    if (received == RECEIVED_END) {
        connection->stage = STAGE_ENDED;
        return;
    }
    if (received == RECEIVED_NOTHING &&
        time_now() - connection->begun_at >= settings.header_timeout * 1000LL) {
        reply_text(connection, 408, "the request has taken too long");
        return;
    }
    size_t length = buffer_length(input) > 0
                        ? request_head_length(buffer_data(input), buffer_length(input))
                        : 0;
    struct request request;
    if (length > 0 && request_parse(&request, buffer_data(input), length)) {
        answer(connection, &request);
        buffer_consume(input, length);
    } else if (length > 0 || buffer_length(input) == REQUEST_LIMIT) {
        reply_text(connection, 400, "this is not understood");
    }
}

static void send_answer(struct connection *connection)
{
    unsigned long long before = connection->bytes;

    connection_send_output(connection);
    if (buffer_length(&connection->output) == 0) {
        shutdown(connection->socket, SHUT_WR);
        connection->stage = STAGE_ENDED;
    } else if (connection->bytes == before &&
               time_now() - connection->begun_at >= settings.header_timeout * 2000LL) {
        connection->stage = STAGE_ENDED;
    }
}

static void step(struct connection *connection)
{
    switch (connection->stage) {
    case STAGE_READING: read_request(connection); break;
    case STAGE_ANSWERING: send_answer(connection); break;
    case STAGE_SOURCE: source_step(connection); break;
    case STAGE_LISTENER: listener_step(connection); break;
    case STAGE_ENDED: break;
    }
}

/* ---- The beginning and the end --------------------------------------------------------------- */

/* False when the server ends. */
static bool add(struct connection *connection)
{
    pthread_mutex_lock(&connections_lock);
    bool is_added = !is_ending;
    if (is_added) {
        connection->id = ++last_id;
        connection->next = connections;
        if (connections)
            connections->previous = connection;
        connections = connection;
        connection_count++;
    }
    pthread_mutex_unlock(&connections_lock);
    return is_added;
}

static void drop(struct connection *connection)
{
    pthread_mutex_lock(&connections_lock);
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    connection_count--;
    close(connection->socket);
    pthread_mutex_unlock(&connections_lock);
    buffer_release(&connection->input);
    buffer_release(&connection->output);
    free(connection);
}

static void *serve_connection(void *E_T(struct connection) argument)
{
    struct connection *connection = argument;

    while (connection->stage != STAGE_ENDED) {
        kitsune_update("connection");
        step(connection);
    }
    if (connection->request[0])
        log_access(connection->address, connection->request, connection->status,
                   connection->bytes, (long)(time(NULL) - connection->since));
    if (connection->source)
        source_free(connection->source);
    if (connection->listener)
        listener_free(connection->listener);
    drop(connection);
    return NULL;
}

void connection_start(int socket, const struct sockaddr_in *address)
{
    struct connection *connection = allocate_zeroed(sizeof *connection);
    char host[INET_ADDRSTRLEN] = "?";
    pthread_attr_t attributes;
    pthread_t thread;

    inet_ntop(AF_INET, &address->sin_addr, host, sizeof host);
    snprintf(connection->address, sizeof connection->address, "%s:%d", host,
             ntohs(address->sin_port));
    connection->socket = socket;
    connection->since = time(NULL);
    connection->begun_at = time_now();
    statistics_count_connection();
    if (!add(connection)) {
        close(socket);
        free(connection);
        return;
    }
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    int error = pthread_create(&thread, &attributes, serve_connection, connection);
    pthread_attr_destroy(&attributes);
    if (error) {
        log_message("no thread for %s: %s", connection->address, strerror(error));
        drop(connection);
    }
}

static int count(void)
{
    pthread_mutex_lock(&connections_lock);
    int result = connection_count;
    pthread_mutex_unlock(&connections_lock);
    return result;
}

void connections_end(void)
{
    pthread_mutex_lock(&connections_lock);
    is_ending = true;
    for (struct connection *connection = connections; connection; connection = connection->next)
        shutdown(connection->socket, SHUT_RDWR);
    pthread_mutex_unlock(&connections_lock);
    for (int tries = 0; count() > 0 && tries < 500; tries++) {
        mounts_wake();
        usleep(10000);
    }
}
