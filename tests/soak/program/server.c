/* server.c -- clients and their commands: one a line, one line of answer each. */
#include "soak.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_CLIENTS = 64 };

struct client {
#if VERSION >= 2
    long answered;
    struct client *next;
#endif
    int socket;
    unsigned used;
    char line[128];
#if VERSION == 1
    struct client *next;
    int answered;
#endif
#if VERSION == 3
    unsigned long bytes;
#endif
};

static int listener = -1;
static struct client *clients;
static int variety; /* rules for it are in every transformer */

static void answer(struct client *client, const char *text)
{
    client->answered++;
    if (write(client->socket, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
}

static unsigned client_count(void)
{
    unsigned count = 0;
    for (const struct client *client = clients; client; client = client->next)
        count++;
    return count;
}

static void say_all(struct client *client, const char *prefix)
{
    char text[400];
    long done, total;
    unsigned count, sum = table_sum(prefix, &count);
    bool is_right = jobs_done(&done, &total);
    snprintf(text, sizeof text, "%d %u %u %s %ld %ld %ld %ld %ld %u\n", VERSION, count, sum,
             is_right && variety == 42 ? "right" : "wrong", done, threads_bytes_read(),
             (long)client->answered, threads_sleeps(), threads_ticks(), client_count());
    answer(client, text);
}

static void obey(struct client *client, char *line)
{
    char key[100], text[64];
    int value = 0;
    if (sscanf(line, "put %99s %d", key, &value) == 2) {
        table_put(key, value);
        answer(client, "done\n");
    } else if (sscanf(line, "get %99s", key) == 1) {
        bool is_there = table_get(key, &value);
        snprintf(text, sizeof text, is_there ? "%d\n" : "none\n", value);
        answer(client, text);
    } else if (sscanf(line, "remove %99s", key) == 1) {
        table_remove(key);
        answer(client, "done\n");
    } else if (sscanf(line, "job %d", &value) == 1) {
        jobs_add(value);
        answer(client, "done\n");
    } else if (sscanf(line, "write %d", &value) == 1) {
        threads_write((size_t)value);
        answer(client, "done\n");
    } else if (sscanf(line, "sum %99s", key) == 1) {
        say_all(client, key);
    } else if (strcmp(line, "wish") == 0) {
        answer(client, "done\n");
        kitsune_signal_update();
    } else if (strcmp(line, "crash") == 0) {
        answer(client, "done\n");
        crash();
    } else {
        answer(client, "what?\n");
    }
}

static void drop(struct client *client)
{
    struct client **link = &clients;
    while (*link != client)
        link = &(*link)->next;
    *link = client->next;
    close(client->socket);
    free(client);
}

static void hear(struct client *client)
{
    ssize_t length = read(client->socket, client->line + client->used,
                          sizeof client->line - 1 - client->used);
    if (length <= 0) {
        if (length == 0 || (errno != EINTR && errno != EAGAIN))
            drop(client);
        return;
    }
    client->used += (unsigned)length;
    for (;;) {
        char line[sizeof client->line];
        char *end = memchr(client->line, '\n', client->used);
        if (!end)
            return;
        unsigned size = (unsigned)(end - client->line) + 1;
        memcpy(line, client->line, size);
        line[size - 1] = '\0';
        /* First forgotten, then done: when it crashes it is not done once more. */
        client->used -= size;
        memmove(client->line, client->line + size, client->used);
        obey(client, line);
    }
}

static void let_in(void)
{
    int socket = accept(listener, NULL, NULL);
    if (socket < 0)
        return;
    struct client *client = calloc(1, sizeof *client);
    client->socket = socket;
    client->next = clients;
    clients = client;
}

static void serve(void)
{
    struct pollfd wanted[MOST_CLIENTS + 1] = {{.fd = listener, .events = POLLIN}};
    struct client *of[MOST_CLIENTS + 1];
    nfds_t count = 1;
    for (struct client *client = clients; client && count <= MOST_CLIENTS; client = client->next) {
        of[count] = client;
        wanted[count++] = (struct pollfd){.fd = client->socket, .events = POLLIN};
    }
    if (poll(wanted, count, -1) <= 0)
        return;
    for (nfds_t i = 1; i < count; i++)
        if (wanted[i].revents)
            hear(of[i]);
    if (wanted[0].revents)
        let_in();
}

static void start(const char *port_file)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 16) != 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        abort();
    variety = 42;
    threads_start();
    FILE *file = fopen(port_file, "w");
    fprintf(file, "%d\n", ntohs(address.sin_port));
    fclose(file);
}

/* On the way to the update point. */
static int go_wrong(void)
{
    if (is_mischief("arrival-crash"))
        crash();
    if (is_mischief("arrival-exit"))
        exit(3);
    while (is_mischief("arrival-never"))
        poll(NULL, 0, 10);
    return is_mischief("arrival-return") ? 4 : 0;
}

int main(int argc, char **argv)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        start(argc > 1 ? argv[1] : "port");
    else if (go_wrong())
        return 4;
    for (;;) {
        kitsune_update("loop");
        serve();
    }
}
