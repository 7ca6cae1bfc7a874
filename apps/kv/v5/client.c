/* client.c -- connections: accepting, reading, answering, ending. */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "commands.h"
#include "memory.h"
#include "pubsub.h"
#include "reply.h"
#include "server.h"
#include "transaction.h"

#define READ_SIZE (32u * 1024)
/* A client that does not read its replies is not served further beyond this. */
#define OUTPUT_PAUSE (1024u * 1024)
/* A subscriber that does not read: given up. */
#define OUTPUT_LIMIT (256u * 1024 * 1024)

/* The clients by descriptor; NULL where there is none. */
static struct descriptor_table {
    struct client **E_PTRARRAY(self.capacity) clients;
    int capacity;
} by_descriptor;

static long long connections_accepted;

long long clients_accepted(void)
{
    return connections_accepted;
}

struct client *client_by_descriptor(int descriptor)
{
    if (descriptor < 0 || descriptor >= by_descriptor.capacity)
        return NULL;
    return by_descriptor.clients[descriptor];
}

static void remember_descriptor(struct client *client)
{
    struct descriptor_table *table = &by_descriptor;

    if (client->descriptor >= table->capacity) {
        int capacity = table->capacity ? table->capacity : 64;
        while (capacity <= client->descriptor)
            capacity *= 2;
        table->clients = reallocate(table->clients, (size_t)capacity * sizeof *table->clients);
        memset(table->clients + table->capacity, 0,
               (size_t)(capacity - table->capacity) * sizeof *table->clients);
        table->capacity = capacity;
    }
    table->clients[client->descriptor] = client;
}

static void client_new(int descriptor, const struct sockaddr_in *address)
{
    struct client *client = allocate_zeroed(1, sizeof *client);
    char host[INET_ADDRSTRLEN] = "?";

    inet_ntop(AF_INET, &address->sin_addr, host, sizeof host);
    snprintf(client->address, sizeof client->address, "%s:%d", host, ntohs(address->sin_port));
    client->id = server.next_client_id++;
    client->descriptor = descriptor;
    client->connected_at = time_now();
    client->database = &server.databases[0];
    request_init(&client->request);

    client->next = server.clients;
    if (server.clients)
        server.clients->previous = client;
    server.clients = client;
    server.client_count++;
    remember_descriptor(client);
    client->watched_events = EPOLLIN;
    server_watch(descriptor, EPOLLIN);
}

void clients_accept(int listening_socket)
{
    for (;;) {
        struct sockaddr_in address;
        socklen_t length = sizeof address;
        int yes = 1;
        int descriptor = accept4(listening_socket, (struct sockaddr *)&address, &length,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                fprintf(stderr, "kv: cannot accept a connection: %s\n", strerror(errno));
            return;
        }
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        client_new(descriptor, &address);
        connections_accepted++;
    }
}

static void client_free(struct client *client)
{
    if (client->previous)
        client->previous->next = client->next;
    else
        server.clients = client->next;
    if (client->next)
        client->next->previous = client->previous;
    server.client_count--;
    by_descriptor.clients[client->descriptor] = NULL;
    close(client->descriptor); /* and with it goes the watch */

    pubsub_leave_all(client);
    transaction_discard(client);
    text_free(client->name);
    request_release(&client->request);
    buffer_release(&client->input);
    output_release(&client->output);
    free(client);
}

void client_close(struct client *client)
{
    client->is_closed = true;
    server.some_are_closed = true;
}

void clients_free_closed(void)
{
    if (!server.some_are_closed)
        return;
    server.some_are_closed = false;
    for (struct client *client = server.clients, *next; client; client = next) {
        next = client->next;
        if (client->is_closed)
            client_free(client);
    }
}

bool client_set_name(struct client *client, const struct text *name)
{
    for (unsigned i = 0; i < name->length; i++)
        if (name->bytes[i] < '!' || name->bytes[i] > '~')
            return false;
    text_free(client->name);
    client->name = name->length > 0 ? text_copy(name) : NULL;
    return true;
}

/* Asks epoll for what the client can do next: it may send as long as it reads its replies. */
static void watch_for_events(struct client *client)
{
    size_t unsent = client->output.length;
    unsigned events = (unsent < OUTPUT_PAUSE ? EPOLLIN : 0u) | (unsent > 0 ? EPOLLOUT : 0u);

    if (events != client->watched_events) {
        server_rewatch(client->descriptor, events);
        client->watched_events = events;
    }
}

void client_flush(struct client *client)
{
    struct output *output = &client->output;

    if (client->is_closed)
        return;
    if (!output_send(output, client->descriptor)) {
        client_close(client);
    } else if (output->length > OUTPUT_LIMIT) {
        fprintf(stderr, "kv: client %lld (%s) does not read its %zu bytes: disconnected\n",
                client->id, client->address, output->length);
        client_close(client);
    } else if (output->length == 0 && client->ends_after_output) {
        client_close(client);
    } else {
        watch_for_events(client);
    }
}

/* Serves what has been received, as long as the replies are being read.  True: there may be
 * requests left to serve when the output has been sent. */
static bool serve_requests(struct client *client)
{
    while (!client->is_closed && !client->ends_after_output) {
        if (client->output.length >= OUTPUT_PAUSE)
            return true;
        const char *error = NULL;
        enum request_state state = request_parse(&client->request, &client->input, &error);
        if (state == REQUEST_INCOMPLETE)
            return false;
        if (state == REQUEST_MALFORMED) {
            reply_error(client, "ERR %s", error);
            client->ends_after_output = true;
            return false;
        }
        if (client->request.count > 0)
            commands_execute(client, client->request.arguments, client->request.count);
        request_clear(&client->request);
    }
    return false;
}

static void serve(struct client *client)
{
    bool unserved;
    do {
        unserved = serve_requests(client);
        client_flush(client);
    } while (unserved && !client->is_closed && client->output.length < OUTPUT_PAUSE);
}

void client_readable(struct client *client)
{
    char *space = buffer_reserve(&client->input, READ_SIZE);
    ssize_t received = recv(client->descriptor, space, READ_SIZE, 0);

    if (received > 0) {
        client->input.end += (size_t)received;
        serve(client);
    } else if (received == 0 || (errno != EAGAIN && errno != EINTR)) {
        client_close(client);
    }
}

void client_writable(struct client *client)
{
    client_flush(client);
    serve(client);
}
