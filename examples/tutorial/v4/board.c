/* board.c -- a message board: clients post texts with #tags, read and rate them,
 * and are told of what is new.  A thread for each, and one for the news. */
#include <kitsune.h>

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
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
    int watches;                      /* wants to be told of new posts */
    struct client *next;
};

static struct post *posts;
static int post_count;
static struct link favourites E_CONTAINER(struct post, favourite) = {&favourites, &favourites};
static int announced_count; /* posts that the watching clients have been told of */
static struct client *clients;
static int listener = -1;
static int has_threads;

/* Held by whoever does something with the above, or writes to a client. */
static pthread_mutex_t board_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t something_new = PTHREAD_COND_INITIALIZER;

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
    pthread_cond_signal(&something_new);
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

static void obey(struct client *client)
{
    const char *line = client->line;
    int socket = client->socket;

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
    else if (strcmp(line, "watch") == 0)
        client->watches = 1;
    else
        dprintf(socket, "post TEXT, like NUMBER, dislike NUMBER, read, read #TAG, favourites or "
                        "watch\n");
}

static void take_letter(struct client *client, char letter)
{
    if (client->length == client->size) {
        client->size = 2 * client->size + 64;
        client->line = allocated(realloc(client->line, client->size));
    }
    if (letter != '\n') {
        client->line[client->length++] = letter;
        return;
    }
    client->line[client->length] = '\0';
    client->length = 0;
    obey(client);
}

static void forget_client(struct client *client)
{
    struct client **link = &clients;

    while (*link != client)
        link = &(*link)->next;
    *link = client->next;
    close(client->socket);
    free(client->line);
    free(client);
}

/* ---- Threads --------------------------------------------------------------------------------- */

static void *serve_client(void *E_T(struct client) argument)
{
    struct client *client = argument;
    ssize_t count;
    char letter;

    for (;;) {
        kitsune_update("client");
        count = read(client->socket, &letter, 1);
        if (count < 0 && errno == EINTR)
            continue; /* an update, perhaps */
        pthread_mutex_lock(&board_lock);
        if (count != 1)
            break;
        take_letter(client, letter);
        pthread_mutex_unlock(&board_lock);
    }
    forget_client(client);
    pthread_mutex_unlock(&board_lock);
    return NULL;
}

static void *announce(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&board_lock);
    for (;;) {
        kitsune_update_holding("announcer", &board_lock);
        if (announced_count == post_count) {
            pthread_cond_wait(&something_new, &board_lock);
            continue;
        }
        announced_count = post_count;
        for (struct client *client = clients; client; client = client->next)
            if (client->watches)
                dprintf(client->socket, "new: %d\n", announced_count);
    }
    return NULL;
}

static void start_thread(void *(*function)(void *), void *argument)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, function, argument) || pthread_detach(thread)) {
        fprintf(stderr, "board: cannot start a thread\n");
        exit(1);
    }
}

static void start_threads(void)
{
    start_thread(announce, NULL);
    for (struct client *client = clients; client; client = client->next)
        start_thread(serve_client, client);
    has_threads = 1;
}

static void accept_client(void)
{
    int socket = accept(listener, NULL, NULL);

    if (socket < 0)
        return; /* an update, perhaps */
    struct client *client = allocated(calloc(1, sizeof *client));
    client->socket = socket;
    pthread_mutex_lock(&board_lock);
    client->next = clients;
    clients = client;
    pthread_mutex_unlock(&board_lock);
    start_thread(serve_client, client);
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
    if (!has_threads)
        start_threads();
    for (;;) {
        kitsune_update("serving");
        accept_client();
    }
}
