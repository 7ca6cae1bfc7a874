/* cache_check.c -- a client of the memcached server that knows every answer.
 *
 * Opens many connections, stores its own keys, and keeps sending batches of commands over all of
 * them, checking every byte of every answer against a model (cache_model.h).  A quarter of the
 * batches stop in the middle of a command, or of a value, and go on some time later, so whatever
 * happens to the server finds connections in every state.  On its standard input and output:
 *
 *      loaded keys=N connections=N
 *      mark NAME   -->  mark NAME                                     a window begins
 *      end         -->  window NAME longest_ms=4.21 replies=8123      it ends
 *      stop        -->  summary connections=N alive=N checked=N wrong=N
 *
 * `stop` reads everything back first, when all that was to expire has.  Exits with 0 when no answer
 * was wrong and no connection was lost, 1 otherwise, 2 for bad usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cache_model.h"

#define LONGEST_BATCH 12
#define LONGEST_REST 40 /* milliseconds in the middle of a batch */
#define REPORTED_WRONG 20
#define DRAIN_MILLISECONDS 60000
#define EXPIRY_MILLISECONDS 2500

enum phase { LOADING, RUNNING, READING_BACK, DONE };

struct client {
    int socket;
    struct model model;
    enum phase phase;
    bool is_alive;
    size_t next_key; /* to be loaded, or read back */
    struct text output, input;
    size_t sent, hold_at; /* bytes of the output; where to rest, SIZE_MAX: nowhere */
    double rests_until, sent_at;
    struct expectation expected[LONGEST_BATCH];
    int count, answered;
};

static struct client *clients;
static struct pollfd *polled; /* one for each, and standard input */
static int client_count = 20;
static size_t key_count = 2000; /* of all clients */
static double pace;             /* milliseconds between batches of a client */
static unsigned long checked, wrong;
static bool is_stopping;
static double window_longest;
static unsigned long window_replies;
static char window_name[64];

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* ---- What is wrong --------------------------------------------------------------------------- */

static void print_bytes(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length && i < 60; i++)
        fprintf(stderr, bytes[i] >= ' ' && bytes[i] <= '~' ? "%c" : "\\%02x",
                (unsigned char)bytes[i]);
}

static void report_wrong(const struct client *client, const struct expectation *expected,
                         size_t at)
{
    if (++wrong > REPORTED_WRONG)
        return;
    fprintf(stderr, "%s: at byte %zu expected \"", expected->command, at);
    print_bytes(expected->bytes.bytes + at, expected->bytes.length - at);
    fprintf(stderr, "\", got \"");
    if (at < client->input.length)
        print_bytes(client->input.bytes + at, client->input.length - at);
    fprintf(stderr, "\"\n");
}

static void lose(struct client *client, const char *why)
{
    if (client->count > client->answered)
        fprintf(stderr, "%s: connection lost (%s) waiting for: %s\n", client->model.prefix, why,
                client->expected[client->answered].command);
    else
        fprintf(stderr, "%s: connection lost (%s)\n", client->model.prefix, why);
    client->is_alive = false;
    client->phase = DONE;
    close(client->socket);
}

/* ---- Sending --------------------------------------------------------------------------------- */

static void fill_batch(struct client *client)
{
    size_t count = 1 + model_random(&client->model, LONGEST_BATCH);

    text_clear(&client->output);
    client->sent = 0;
    client->count = client->answered = 0;
    while ((size_t)client->count < count && client->phase != DONE) {
        struct expectation *expected = &client->expected[client->count];
        if (client->phase == RUNNING) {
            model_step(&client->model, &client->output, expected);
        } else if (client->next_key == client->model.count) {
            client->phase = client->phase == LOADING ? RUNNING : DONE;
            break;
        } else if (client->phase == LOADING) {
            model_store(&client->model, client->next_key++, &client->output, expected);
        } else {
            model_ask(&client->model, client->next_key++, true, &client->output, expected);
        }
        client->count++;
    }
    client->hold_at = SIZE_MAX;
    if (client->phase == RUNNING && client->output.length > 1 &&
        model_random(&client->model, 4) == 0)
        client->hold_at = 1 + model_random(&client->model, client->output.length - 1);
}

static void send_some(struct client *client)
{
    while (client->sent < client->output.length && client->rests_until <= now()) {
        size_t end = client->sent < client->hold_at && client->hold_at < client->output.length
                         ? client->hold_at : client->output.length;
        ssize_t sent = send(client->socket, client->output.bytes + client->sent,
                            end - client->sent, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (sent < 0) {
            lose(client, strerror(errno));
            return;
        }
        client->sent += (size_t)sent;
        client->sent_at = now();
        if (client->sent == client->hold_at)
            client->rests_until =
                client->sent_at + (double)model_random(&client->model, LONGEST_REST);
    }
}

/* ---- Checking -------------------------------------------------------------------------------- */

enum match { MATCHES, INCOMPLETE, DIFFERS };

/* What was seen before must be seen again; what was changed meanwhile will tell later. */
static bool version_is_right(const struct expectation *expected, uint64_t version)
{
    struct entry *entry = expected->entry;

    if (expected->changes != entry->changes)
        return true;
    if (entry->version && entry->version != version)
        return false;
    entry->version = version;
    return true;
}

/* How many bytes of the input the answer takes goes to `length`. */
static enum match match(const struct client *client, const struct expectation *expected,
                        size_t *length)
{
    const struct text *input = &client->input;
    size_t i = 0, at = 0;

    for (; i < expected->bytes.length; i++, at++) {
        if (i == expected->version_at) {
            size_t start = at;
            uint64_t version = 0;
            while (at < input->length && input->bytes[at] >= '0' && input->bytes[at] <= '9')
                version = version * 10 + (uint64_t)(input->bytes[at++] - '0');
            *length = start;
            if (at == input->length)
                return INCOMPLETE;
            if (at == start || !version_is_right(expected, version))
                return DIFFERS;
        }
        *length = at;
        if (at >= input->length)
            return INCOMPLETE;
        if (input->bytes[at] != expected->bytes.bytes[i])
            return DIFFERS;
    }
    *length = at;
    return MATCHES;
}

static void check_answers(struct client *client)
{
    while (client->is_alive && client->answered < client->count) {
        const struct expectation *expected = &client->expected[client->answered];
        size_t length;
        enum match result = match(client, expected, &length);

        if (result == INCOMPLETE)
            return;
        if (result == DIFFERS) {
            report_wrong(client, expected, length);
            lose(client, "after a wrong answer nothing can be told apart");
            return;
        }
        memmove(client->input.bytes, client->input.bytes + length, client->input.length - length);
        client->input.length -= length;
        checked++;
        window_replies++;
        client->answered++;
    }
    if (client->is_alive && client->input.length > 0) {
        wrong++;
        lose(client, "more came than was asked for");
    }
}

static void receive_some(struct client *client)
{
    char bytes[65536];
    ssize_t length = recv(client->socket, bytes, sizeof bytes, 0);

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0) {
        lose(client, length == 0 ? "closed" : strerror(errno));
        return;
    }
    text_append(&client->input, bytes, (size_t)length);
    check_answers(client);
    if (client->is_alive && client->answered == client->count &&
        client->sent == client->output.length) {
        double waited = now() - client->sent_at;
        window_longest = waited > window_longest ? waited : window_longest;
        client->rests_until = pace > 0 ? now() + pace : 0;
    }
}

static bool is_idle(const struct client *client)
{
    return client->answered == client->count && client->sent == client->output.length;
}

/* ---- Who drives the test --------------------------------------------------------------------- */

static void obey(const char *order)
{
    if (strncmp(order, "mark ", 5) == 0) {
        snprintf(window_name, sizeof window_name, "%.60s", order + 5);
        window_longest = 0;
        window_replies = 0;
        printf("mark %s\n", window_name);
    } else if (strcmp(order, "end") == 0) {
        for (int i = 0; i < client_count; i++) /* who waits still */
            if (clients[i].is_alive && clients[i].sent == clients[i].output.length &&
                !is_idle(&clients[i]) && now() - clients[i].sent_at > window_longest)
                window_longest = now() - clients[i].sent_at;
        printf("window %s longest_ms=%.2f replies=%lu\n", window_name, window_longest,
               window_replies);
    } else if (strcmp(order, "stop") == 0) {
        is_stopping = true;
    }
    fflush(stdout);
}

static void read_orders(void)
{
    static char line[128];
    static size_t length;
    ssize_t count;
    char byte;

    while ((count = read(STDIN_FILENO, &byte, 1)) == 1) {
        if (byte != '\n' && length < sizeof line - 1) {
            line[length++] = byte;
            continue;
        }
        line[length] = '\0';
        length = 0;
        obey(line);
    }
    if (count == 0) /* whoever drives the test has gone */
        obey("stop");
}

/* ---- The loop -------------------------------------------------------------------------------- */

static void serve(struct client *client)
{
    if (is_idle(client) && client->rests_until <= now() &&
        (client->phase == LOADING || client->phase == READING_BACK ||
         (client->phase == RUNNING && !is_stopping)))
        fill_batch(client);
    if (client->is_alive)
        send_some(client);
}

static void round_of_all(void)
{
    double soonest = now() + 100;

    for (int i = 0; i < client_count; i++) {
        struct client *client = &clients[i];
        if (client->is_alive)
            serve(client);
        polled[i] = (struct pollfd){.fd = client->is_alive ? client->socket : -1,
                                    .events = POLLIN};
        bool has_more = client->sent < client->output.length || is_idle(client);
        if (has_more && client->rests_until > now())
            soonest = client->rests_until < soonest ? client->rests_until : soonest;
        else if (client->sent < client->output.length)
            polled[i].events |= POLLOUT;
        else if (is_idle(client) && client->phase == RUNNING && !is_stopping)
            soonest = 0;
    }
    polled[client_count] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    double wait = soonest - now();
    poll(polled, (nfds_t)client_count + 1, wait < 0 ? 0 : (int)wait + 1);
    for (int i = 0; i < client_count; i++)
        if (clients[i].is_alive && polled[i].revents & (POLLIN | POLLERR | POLLHUP))
            receive_some(&clients[i]);
    if (polled[client_count].revents)
        read_orders();
}

/* Who is through with loading goes on at once, and need not be idle when the last one is. */
static bool is_busy_in(const struct client *client, enum phase phase)
{
    return client->is_alive && (client->phase == phase || (phase != LOADING && !is_idle(client)));
}

/* Until all are through with a phase, or that takes too long. */
static void settle(enum phase from)
{
    double limit = now() + DRAIN_MILLISECONDS;
    bool is_busy = true;

    while (is_busy && now() < limit) {
        round_of_all();
        is_busy = false;
        for (int i = 0; i < client_count; i++)
            is_busy |= is_busy_in(&clients[i], from);
    }
    for (int i = 0; is_busy && i < client_count; i++)
        if (is_busy_in(&clients[i], from))
            lose(&clients[i], "no answer for a minute");
}

static void connect_client(struct client *client, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;

    client->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->socket < 0 ||
        connect(client->socket, (struct sockaddr *)&address, sizeof address) != 0) {
        fprintf(stderr, "cache_check: cannot connect to port %d: %s\n", port, strerror(errno));
        exit(1);
    }
    setsockopt(client->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(client->socket, F_SETFL, O_NONBLOCK);
    client->is_alive = true;
}

static int summarise(void)
{
    int alive = 0;

    for (int i = 0; i < client_count; i++)
        alive += clients[i].is_alive;
    printf("summary connections=%d alive=%d checked=%lu wrong=%lu\n", client_count, alive,
           checked, wrong);
    return wrong == 0 && alive == client_count ? 0 : 1;
}

int main(int argc, char **argv)
{
    int port = 0;
    uint64_t seed = 1;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--port") == 0)
            port = atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--keys") == 0)
            key_count = strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--connections") == 0)
            client_count = atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--seed") == 0)
            seed = strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--pace") == 0)
            pace = atof(argv[i + 1]);
        else
            port = -1;
    }
    if (port <= 0 || client_count <= 0 || key_count < (size_t)client_count) {
        fprintf(stderr, "usage: cache_check --port PORT [--keys N] [--connections N] [--seed N] "
                "[--pace MILLISECONDS]\n");
        return 2;
    }
    clients = calloc((size_t)client_count, sizeof *clients);
    polled = calloc((size_t)client_count + 1, sizeof *polled);
    if (!clients || !polled)
        return 1;
    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    for (int i = 0; i < client_count; i++) {
        model_open(&clients[i].model, (unsigned)i, key_count / (size_t)client_count, seed);
        connect_client(&clients[i], port);
    }
    settle(LOADING);
    printf("loaded keys=%zu connections=%d\n", key_count, client_count);
    fflush(stdout);
    while (!is_stopping)
        round_of_all();

    double expired_at = now() + EXPIRY_MILLISECONDS;
    while (now() < expired_at)
        round_of_all();
    for (int i = 0; i < client_count; i++)
        if (clients[i].is_alive) {
            clients[i].phase = READING_BACK;
            clients[i].next_key = 0;
        }
    settle(READING_BACK);
    return summarise();
}
