/* server.c -- main(), the event loop, and what happens from time to time.
 *
 * One thread.  Each round of the loop: take the next version when there is one, wait for events,
 * serve them, free the clients that ended, delete expired keys when it is time.
 */
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <kitsune.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hash.h"
#include "options.h"
#include "snapshot.h"
#include "version.h"

#define EVENTS_PER_ROUND 128
#define MILLISECONDS_PER_SWEEP 100

struct server server = {.event_queue = -1, .listening_socket = -1, .signal_queue = -1,
                        .next_client_id = 1};

static void fail(const char *what)
{
    fprintf(stderr, "kv: %s: %s\n", what, strerror(errno));
    exit(1);
}

void server_watch(int descriptor, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = descriptor};
    if (epoll_ctl(server.event_queue, EPOLL_CTL_ADD, descriptor, &event) != 0)
        fail("cannot watch a descriptor");
}

void server_rewatch(int descriptor, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = descriptor};
    if (epoll_ctl(server.event_queue, EPOLL_CTL_MOD, descriptor, &event) != 0)
        fail("cannot watch a descriptor");
}

int server_port(void)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    if (getsockname(server.listening_socket, (struct sockaddr *)&address, &length) != 0)
        fail("cannot tell the port");
    return ntohs(address.sin_port);
}

static void open_listening_socket(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    int yes = 1;

    if (inet_pton(AF_INET, options.bind, &address.sin_addr) != 1) {
        fprintf(stderr, "kv: --bind %s: not an IPv4 address\n", options.bind);
        exit(2);
    }
    server.listening_socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server.listening_socket < 0)
        fail("cannot open a socket");
    setsockopt(server.listening_socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(server.listening_socket, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server.listening_socket, 511) != 0) {
        fprintf(stderr, "kv: cannot listen at %s:%d: %s; choose another --port (0: any)\n",
                options.bind, options.port, strerror(errno));
        exit(1);
    }
    server_watch(server.listening_socket, EPOLLIN);
}

/* SIGTERM and SIGINT end the event loop in an orderly way.  They come as events: there is no
 * handler of which somebody outside this program would hold the address. */
static void open_signal_queue(void)
{
    sigset_t ending;

    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    sigprocmask(SIG_BLOCK, &ending, NULL);
    server.signal_queue = signalfd(-1, &ending, SFD_NONBLOCK | SFD_CLOEXEC);
    if (server.signal_queue < 0)
        fail("cannot receive signals");
    server_watch(server.signal_queue, EPOLLIN);
}

/* The first start, as opposed to taking over from an older version. */
static void start(int argc, char **argv)
{
    options_parse(argc, argv);
    hash_choose_secret();
    databases_open();
    server.channels = dictionary_new();
    server.started_at = time_now();
    if (options.load && !snapshot_load(options.load))
        exit(1);

    server.event_queue = epoll_create1(EPOLL_CLOEXEC);
    if (server.event_queue < 0)
        fail("cannot make an epoll descriptor");
    open_signal_queue();
    open_listening_socket();
    options_announce(server_port());
}

static void serve_event(const struct epoll_event *event)
{
    int descriptor = event->data.fd;

    if (descriptor == server.listening_socket) {
        clients_accept(server.listening_socket);
    } else if (descriptor == server.signal_queue) {
        server.is_stopping = true;
    } else {
        struct client *client = client_by_descriptor(descriptor);
        if (client && !client->is_closed && event->events & EPOLLOUT)
            client_writable(client);
        if (client && !client->is_closed && event->events & (EPOLLIN | EPOLLERR | EPOLLHUP))
            client_readable(client);
    }
}

static void serve_events(void)
{
    struct epoll_event events[EVENTS_PER_ROUND];
    int count = epoll_wait(server.event_queue, events, EVENTS_PER_ROUND, MILLISECONDS_PER_SWEEP);

    if (count < 0 && errno != EINTR)
        fail("cannot wait for events");
    for (int i = 0; i < count; i++)
        serve_event(&events[i]);
    clients_free_closed();
}

static void sweep_when_due(void)
{
    static long long next_sweep;
    long long now = time_now();

    if (now < next_sweep)
        return;
    databases_delete_expired();
    next_sweep = now + MILLISECONDS_PER_SWEEP;
}

int main(int argc, char **argv)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        start(argc, argv);
    commands_register();

    while (!server.is_stopping) {
        kitsune_update("loop");
        serve_events();
        sweep_when_due();
    }
    return options.save && !snapshot_save(options.save) ? 1 : 0;
}
