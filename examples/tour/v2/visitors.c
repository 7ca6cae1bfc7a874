/* visitors.c -- a tiny server: a client sends a name, the server says how often it has come. */
#include <kitsune.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CLIENT_LIMIT = 16 };

struct visitor {
    char name[32];
    long count; /* was: int visits */
    time_t last_seen;
    struct visitor *next;
};

struct client {
    int socket;
    size_t length;
    char line[sizeof ((struct visitor *)0)->name];
};

static struct visitor *visitors;
static struct client clients[CLIENT_LIMIT];
static int client_count;
static int listener;

static struct visitor *find_visitor(const char *name)
{
    struct visitor *visitor;

    for (visitor = visitors; visitor; visitor = visitor->next)
        if (strcmp(visitor->name, name) == 0)
            return visitor;
    visitor = calloc(1, sizeof *visitor);
    if (!visitor)
        abort();
    strcpy(visitor->name, name);
    visitor->next = visitors;
    visitors = visitor;
    return visitor;
}

static void answer(struct client *client)
{
    struct visitor *visitor = find_visitor(client->line);
    time_t now = time(NULL);

    visitor->count++;
    if (visitor->last_seen)
        dprintf(client->socket, "%s: visit %ld, %ld s after the last\n", visitor->name,
                visitor->count, (long)(now - visitor->last_seen));
    else
        dprintf(client->socket, "%s: welcome\n", visitor->name);
    visitor->last_seen = now;
}

/* Reads one byte; answers when that ends a line.  False when the client has gone. */
static int read_client(struct client *client)
{
    char letter;

    if (read(client->socket, &letter, 1) != 1)
        return 0;
    if (letter == '\n') {
        client->line[client->length] = 0;
        client->length = 0;
        answer(client);
    } else if (client->length < sizeof client->line - 1) {
        client->line[client->length++] = letter;
    }
    return 1;
}

static void start_listening(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t length = sizeof address;
    int on = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 16)) {
        perror("visitors: cannot listen");
        exit(1);
    }
    getsockname(listener, (struct sockaddr *)&address, &length); /* port 0: any that is free */
    printf("listening on port %d\n", ntohs(address.sin_port));
    fflush(stdout);
}

static void serve(void)
{
    struct pollfd ready[CLIENT_LIMIT + 1];

    for (int i = 0; i < client_count; i++)
        ready[i] = (struct pollfd){.fd = clients[i].socket, .events = POLLIN};
    ready[client_count] = (struct pollfd){.fd = client_count < CLIENT_LIMIT ? listener : -1,
                                          .events = POLLIN};
    if (poll(ready, client_count + 1, -1) <= 0)
        return; /* a signal: back to the update point */
    int someone_is_new = ready[client_count].revents != 0;
    for (int i = client_count - 1; i >= 0; i--)
        if (ready[i].revents && !read_client(&clients[i])) {
            close(clients[i].socket);
            clients[i] = clients[--client_count];
        }
    if (someone_is_new)
        clients[client_count++] = (struct client){.socket = accept(listener, NULL, NULL)};
}

int main(int argc, char **argv)
{
    kitsune_do_automigrate(); /* in an update: takes over the old version's variables */
    if (!kitsune_is_updating())
        start_listening(argc > 1 ? atoi(argv[1]) : 7070);
    for (;;) {
        kitsune_update("serving"); /* here the program may become its next version */
        serve();
    }
}
