/* client.c -- one connection, and the thread that serves it. */
#include "client.h"

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
static pthread_mutex_t clients_lock = PTHREAD_MUTEX_INITIALIZER;
static struct client *clients;
static int client_count, last_id;
static bool is_ending;

/* ---- Receiving and sending ------------------------------------------------------------------- */

/* An update interrupts this; then the caller's caller comes to its update point. */
static bool wait_until(struct client *client, short events)
{
    struct pollfd entry = {client->socket, events, 0};
    return poll(&entry, 1, WAIT_MILLISECONDS) > 0;
}

enum received client_receive(struct client *client, size_t limit)
{
    if (!wait_until(client, POLLIN))
        return RECEIVED_NOTHING;
    char *space = buffer_reserve(&client->input, limit);
    ssize_t received = recv(client->socket, space, limit, 0);
    if (received > 0) {
        client->input.end += (size_t)received;
        return RECEIVED_DATA;
    }
    if (received < 0 && (errno == EAGAIN || errno == EINTR))
        return RECEIVED_NOTHING;
    return RECEIVED_END;
}

size_t client_send(struct client *client, const char *bytes, size_t length)
{
    ssize_t sent = send(client->socket, bytes, length, MSG_NOSIGNAL);

    if (sent >= 0) {
        client->bytes += (unsigned long long)sent;
        return (size_t)sent;
    }
    if (errno == EAGAIN)
        wait_until(client, POLLOUT);
    else if (errno != EINTR)
        client->stage = STAGE_ENDED;
    return 0;
}

void client_send_output(struct client *client)
{
    struct buffer *output = &client->output;
    buffer_consume(output, client_send(client, buffer_data(output), buffer_length(output)));
}

/* ---- The stages ------------------------------------------------------------------------------ */

static void answer(struct client *client, const struct request *request)
{
    snprintf(client->request, sizeof client->request, "%s", request->line);
    if (strcmp(request->method, "SOURCE") == 0 || strcmp(request->method, "PUT") == 0)
        source_begin(client, request);
    else if (strcmp(request->method, "OPTIONS") == 0)
        reply_options(client);
    else if (strcmp(request->method, "HEAD") == 0)
        listener_describe(client, request);
    else if (strcmp(request->method, "GET") != 0)
        reply_text(client, 405, "GET, HEAD, OPTIONS, PUT and SOURCE are understood");
    else if (strncmp(request->path, "/admin/", 7) == 0)
        admin_answer(client, request);
    else if (!status_answer(client, request))
        listener_begin(client, request);
}

static void read_request(struct client *client)
{
    struct buffer *input = &client->input;
    enum received received = client_receive(client, REQUEST_LIMIT - buffer_length(input));

    if (received == RECEIVED_END) {
        client->stage = STAGE_ENDED;
        return;
    }
    if (received == RECEIVED_NOTHING &&
        time_now() - client->begun_at >= settings.header_timeout * 1000LL) {
        reply_text(client, 408, "the request has taken too long");
        return;
    }
    size_t length = buffer_length(input) > 0
                        ? request_head_length(buffer_data(input), buffer_length(input))
                        : 0;
    struct request request;
    if (length > 0 && request_parse(&request, buffer_data(input), length)) {
        answer(client, &request);
        buffer_consume(input, length);
    } else if (length > 0 || buffer_length(input) == REQUEST_LIMIT) {
        reply_text(client, 400, "this is not understood");
    }
}

static void send_answer(struct client *client)
{
    unsigned long long before = client->bytes;

    client_send_output(client);
    if (buffer_length(&client->output) == 0) {
        shutdown(client->socket, SHUT_WR);
        client->stage = STAGE_ENDED;
    } else if (client->bytes == before &&
               time_now() - client->begun_at >= settings.header_timeout * 2000LL) {
        client->stage = STAGE_ENDED;
    }
}

static void step(struct client *client)
{
    switch (client->stage) {
    case STAGE_READING: read_request(client); break;
    case STAGE_ANSWERING: send_answer(client); break;
    case STAGE_SOURCE: source_step(client); break;
    case STAGE_LISTENER: listener_step(client); break;
    case STAGE_ENDED: break;
    }
}

/* ---- The beginning and the end --------------------------------------------------------------- */

/* False when the server ends. */
static bool add(struct client *client)
{
    pthread_mutex_lock(&clients_lock);
    bool is_added = !is_ending;
    if (is_added) {
        client->id = ++last_id;
        client->next = clients;
        if (clients)
            clients->previous = client;
        clients = client;
        client_count++;
    }
    pthread_mutex_unlock(&clients_lock);
    return is_added;
}

static void drop(struct client *client)
{
    pthread_mutex_lock(&clients_lock);
    if (client->previous)
        client->previous->next = client->next;
    else
        clients = client->next;
    if (client->next)
        client->next->previous = client->previous;
    client_count--;
    close(client->socket);
    pthread_mutex_unlock(&clients_lock);
    buffer_release(&client->input);
    buffer_release(&client->output);
    free(client);
}

static void *run_client(void *E_T(struct client) argument)
{
    struct client *client = argument;

    while (client->stage != STAGE_ENDED) {
        kitsune_update("connection");
        step(client);
    }
    if (client->request[0])
        log_access(client->address, client->request, client->status,
                   client->bytes, (long)(time(NULL) - client->since));
    if (client->source)
        source_free(client->source);
    if (client->listener)
        listener_free(client->listener);
    drop(client);
    return NULL;
}

void client_start(int socket, const struct sockaddr_in *address)
{
    struct client *client = allocate_zeroed(sizeof *client);
    char host[INET_ADDRSTRLEN] = "?";
    pthread_attr_t attributes;
    pthread_t thread;

    inet_ntop(AF_INET, &address->sin_addr, host, sizeof host);
    snprintf(client->address, sizeof client->address, "%s:%d", host,
             ntohs(address->sin_port));
    client->socket = socket;
    client->since = time(NULL);
    client->begun_at = time_now();
    statistics_count_connection();
    if (!add(client)) {
        close(socket);
        free(client);
        return;
    }
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    int error = pthread_create(&thread, &attributes, run_client, client);
    pthread_attr_destroy(&attributes);
    if (error) {
        log_message("no thread for %s: %s", client->address, strerror(error));
        drop(client);
    }
}

static int count(void)
{
    pthread_mutex_lock(&clients_lock);
    int result = client_count;
    pthread_mutex_unlock(&clients_lock);
    return result;
}

void clients_end(void)
{
    pthread_mutex_lock(&clients_lock);
    is_ending = true;
    for (struct client *client = clients; client; client = client->next)
        shutdown(client->socket, SHUT_RDWR);
    pthread_mutex_unlock(&clients_lock);
    for (int tries = 0; count() > 0 && tries < 500; tries++) {
        mounts_wake();
        usleep(10000);
    }
}
