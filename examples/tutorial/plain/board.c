/* board.c -- a message board: clients post lines of text, read them all, and like the good ones. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_LIMIT = 80 };

struct post {
    int number;
    int likes;
    char text[TEXT_LIMIT];
    struct post *next; /* the one before it: the newest is the first */
};

struct client {
    int socket;
    int length;
    char line[TEXT_LIMIT + 8]; /* what has come of the line so far */
};

static struct post *posts;
static struct client *clients;
static int client_count;
static int listener = -1;

static void *allocated(void *memory)
{
    if (!memory) {
        perror("board");
        exit(1);
    }
    return memory;
}

/* ---- Posts ----------------------------------------------------------------------------------- */

static struct post *find_post(int number)
{
    struct post *post = posts;

    while (post && post->number != number)
        post = post->next;
    return post;
}

static void add_post(int socket, const char *text)
{
    struct post *post = allocated(calloc(1, sizeof *post));

    snprintf(post->text, sizeof post->text, "%s", text);
    post->number = posts ? posts->number + 1 : 1;
    post->next = posts;
    posts = post;
    dprintf(socket, "posted %d\n", post->number);
}

static void like_post(int socket, int number)
{
    struct post *post = find_post(number);

    if (post)
        dprintf(socket, "%d: %d likes\n", number, ++post->likes);
    else
        dprintf(socket, "there is no post %d\n", number);
}

static void show_posts(int socket)
{
    for (struct post *post = posts; post; post = post->next)
        dprintf(socket, "%d: %s (%d likes)\n", post->number, post->text, post->likes);
    dprintf(socket, "end\n");
}

/* ---- Clients --------------------------------------------------------------------------------- */

static void obey(int socket, const char *line)
{
    if (strncmp(line, "post ", 5) == 0)
        add_post(socket, line + 5);
    else if (strncmp(line, "like ", 5) == 0)
        like_post(socket, atoi(line + 5));
    else if (strcmp(line, "read") == 0)
        show_posts(socket);
    else
        dprintf(socket, "post TEXT, like NUMBER or read\n");
}

/* Reads what has come, a line at most.  False when the client has gone. */
static int read_client(struct client *client)
{
    char letter;

    if (read(client->socket, &letter, 1) != 1)
        return 0;
    if (letter != '\n') {
        if (client->length < (int)sizeof client->line - 1)
            client->line[client->length++] = letter;
        return 1;
    }
    client->line[client->length] = '\0';
    client->length = 0;
    obey(client->socket, client->line);
    return 1;
}

static void accept_client(void)
{
    int socket = accept(listener, NULL, NULL);

    if (socket < 0)
        return;
    clients = allocated(realloc(clients, (client_count + 1) * sizeof *clients));
    clients[client_count++] = (struct client){.socket = socket};
}

static void serve(void)
{
    struct pollfd ready[client_count + 1];
    int count = client_count;

    for (int i = 0; i < count; i++)
        ready[i] = (struct pollfd){.fd = clients[i].socket, .events = POLLIN};
    ready[count] = (struct pollfd){.fd = listener, .events = POLLIN};
    if (poll(ready, count + 1, -1) <= 0)
        return;
    for (int i = count - 1; i >= 0; i--)
        if (ready[i].revents && !read_client(&clients[i])) {
            close(clients[i].socket);
            clients[i] = clients[--client_count];
        }
    if (ready[count].revents)
        accept_client();
}

static void start_listening(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;

    signal(SIGPIPE, SIG_IGN); /* a client that has gone shall not take us along */
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 16)) {
        perror("board: cannot listen");
        exit(1);
    }
}

int main(int argc, char **argv)
{
    start_listening(argc > 1 ? atoi(argv[1]) : 7070);
    for (;;)
        serve();
}
