/* board.c -- a message board: clients post texts with #tags, read and rate them. */
#include <kitsune.h>

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct link {
    struct link *next, *previous;
};

struct post {
    int number;
    long score;
    time_t posted_at;
    char *E_SZ text;
    int tag_count;
    char **tags E_PTRARRAY(self.tag_count);
    struct link favourite E_CONTAINER(struct post, favourite); /* NULLs: not among them */
    struct post *next; /* the one before it: the newest is the first */
};

struct client {
    int socket;
    int length, size;
    char *line E_PTRARRAY(self.size); /* what has come of the line so far */
};

static struct post *posts;
static int post_count;
static struct link favourites E_CONTAINER(struct post, favourite) = {&favourites, &favourites};
static struct client *clients E_PTRARRAY(client_count);
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

/* ---- Tags and favourites --------------------------------------------------------------------- */

int count_tags(const char *text)
{
    int count = 0;

    for (; *text; text++)
        count += *text == '#';
    return count;
}

char **copy_tags(const char *text)
{
    char **tags = allocated(calloc(count_tags(text) + 1, sizeof *tags));
    int count = 0;

    for (text = strchr(text, '#'); text; text = strchr(text + 1, '#'))
        tags[count++] = allocated(strndup(text, 1 + strcspn(text + 1, " #")));
    return tags;
}

static int has_tag(struct post *post, const char *tag)
{
    for (int i = 0; i < post->tag_count; i++)
        if (strcmp(post->tags[i], tag) == 0)
            return 1;
    return 0;
}

/* Whoever has a score above zero is a favourite; the latest one comes first. */
void note_favourite(struct post *post)
{
    struct link *link = &post->favourite;

    if (link->next) {
        link->previous->next = link->next;
        link->next->previous = link->previous;
    }
    *link = (struct link){0};
    if (post->score > 0) {
        *link = (struct link){favourites.next, &favourites};
        favourites.next = favourites.next->previous = link;
    }
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

    post->text = allocated(strdup(text));
    post->tag_count = count_tags(text);
    post->tags = copy_tags(text);
    post->number = ++post_count;
    post->posted_at = time(NULL);
    post->next = posts;
    posts = post;
    dprintf(socket, "posted %d\n", post->number);
}

static void rate_post(int socket, int number, int points)
{
    struct post *post = find_post(number);

    if (!post) {
        dprintf(socket, "there is no post %d\n", number);
        return;
    }
    post->score += points;
    note_favourite(post);
    dprintf(socket, "%d: score %ld\n", number, post->score);
}

static void show_post(int socket, struct post *post)
{
    dprintf(socket, "%d: %s (score %ld, %ld s old)\n", post->number, post->text, post->score,
            (long)(time(NULL) - post->posted_at));
}

/* All, or those with a tag. */
static void show_posts(int socket, const char *tag)
{
    for (struct post *post = posts; post; post = post->next)
        if (!tag || has_tag(post, tag))
            show_post(socket, post);
    dprintf(socket, "end of %d posts\n", post_count);
}

static void show_favourites(int socket)
{
    for (struct link *link = favourites.next; link != &favourites; link = link->next)
        show_post(socket, (struct post *)((char *)link - offsetof(struct post, favourite)));
    dprintf(socket, "end\n");
}

/* ---- Clients --------------------------------------------------------------------------------- */

static void obey(int socket, const char *line)
{
    if (strncmp(line, "post ", 5) == 0)
        add_post(socket, line + 5);
    else if (strncmp(line, "like ", 5) == 0)
        rate_post(socket, atoi(line + 5), 1);
    else if (strncmp(line, "dislike ", 8) == 0)
        rate_post(socket, atoi(line + 8), -1);
    else if (strcmp(line, "read") == 0)
        show_posts(socket, NULL);
    else if (strncmp(line, "read #", 6) == 0)
        show_posts(socket, line + 5);
    else if (strcmp(line, "favourites") == 0)
        show_favourites(socket);
    else
        dprintf(socket, "post TEXT, like NUMBER, dislike NUMBER, read, read #TAG or favourites\n");
}

/* Reads what has come, a line at most.  False when the client has gone. */
static int read_client(struct client *client)
{
    char letter;

    if (read(client->socket, &letter, 1) != 1)
        return 0;
    if (client->length == client->size) {
        client->size = 2 * client->size + 64;
        client->line = allocated(realloc(client->line, client->size));
    }
    if (letter != '\n') {
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
            free(clients[i].line);
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
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        start_listening(argc > 1 ? atoi(argv[1]) : 7070);
    for (;;) {
        kitsune_update("serving");
        serve();
    }
}
