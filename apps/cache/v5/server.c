/* server.c -- main(): the listener.
 *
 * Accepts connections and hands them to the workers; keeps the clock; ends the server at SIGTERM
 * and SIGINT.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <kitsune.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cache.h"
#include "clock.h"
#include "lru_thread.h"
#include "maintenance.h"
#include "settings.h"
#include "statistics.h"
#include "worker.h"

#define ACCEPTED_AT_A_TIME 64

static struct event_base *base;
static int listening_socket = -1;
static int bell = -1; /* rung for updates */
static struct event *listening_event, *bell_event, *clock_event, *terminate_event, *interrupt_event;
static bool is_stopping;

static void fail(const char *what)
{
    fprintf(stderr, "cache: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- Events ---------------------------------------------------------------------------------- */

static void turn_away(int socket)
{
    static const char sorry[] = "ERROR Too many open connections\r\n";

    send(socket, sorry, sizeof sorry - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(socket);
    COUNT(rejected_connections);
}

static void on_connection(int listener, short what, void *nothing)
{
    (void)what;
    (void)nothing;
    for (int i = 0; i < ACCEPTED_AT_A_TIME; i++) {
        int yes = 1;
        int socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR && errno != ECONNABORTED)
                fprintf(stderr, "cache: cannot accept a connection: %s\n", strerror(errno));
            return;
        }
        if (workers_connection_count() >= settings.connection_limit) {
            turn_away(socket);
            continue;
        }
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        COUNT(total_connections);
        workers_hand_over(socket);
    }
}

static void on_bell(int descriptor, short what, void *nothing)
{
    uint64_t rung;

    (void)what;
    (void)nothing;
    if (read(descriptor, &rung, sizeof rung) < 0)
        return;
}

static void ring(void *nothing)
{
    uint64_t one = 1;

    (void)nothing;
    if (write(bell, &one, sizeof one) < 0)
        return; /* it rings already */
}

static void on_second(int descriptor, short what, void *nothing)
{
    (void)descriptor;
    (void)what;
    (void)nothing;
    clock_tick();
}

static void on_signal(int number, short what, void *nothing)
{
    (void)number;
    (void)what;
    (void)nothing;
    is_stopping = true;
}

static void watch(struct event **event, int what, short events, event_callback_fn callback,
                  const struct timeval *interval)
{
    if (*event) {
        event_del(*event);
        event_assign(*event, base, what, events, callback, NULL);
    } else {
        *event = event_new(base, what, events, callback, NULL);
    }
    if (!*event || event_add(*event, interval) != 0)
        fail("cannot watch for events");
}

/* Again in each release: libevent remembers addresses of callbacks. */
static void watch_everything(void)
{
    static const struct timeval second = {.tv_sec = 1};

    watch(&listening_event, listening_socket, EV_READ | EV_PERSIST, on_connection, NULL);
    watch(&bell_event, bell, EV_READ | EV_PERSIST, on_bell, NULL);
    watch(&clock_event, -1, EV_PERSIST, on_second, &second);
    watch(&terminate_event, SIGTERM, EV_SIGNAL | EV_PERSIST, on_signal, NULL);
    watch(&interrupt_event, SIGINT, EV_SIGNAL | EV_PERSIST, on_signal, NULL);
    ktthreads_update_callback(ring, NULL);
}

/* ---- Start and end --------------------------------------------------------------------------- */

static void open_listening_socket(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)settings.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;

    listening_socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listening_socket < 0)
        fail("cannot open a socket");
    setsockopt(listening_socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listening_socket, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listening_socket, 1024) != 0) {
        fprintf(stderr, "cache: cannot listen at 127.0.0.1:%d: %s; choose another port with -p "
                "(0: any)\n", settings.port, strerror(errno));
        exit(1);
    }
}

static int listening_port(void)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;

    if (getsockname(listening_socket, (struct sockaddr *)&address, &length) != 0)
        fail("cannot tell the port");
    return ntohs(address.sin_port);
}

/* The first start, as opposed to taking over from an older release. */
static void start(int argc, char **argv)
{
    settings_parse(argc, argv);
    clock_start();
    cache_open();
    open_listening_socket();
    base = event_base_new();
    bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!base || bell < 0)
        fail("cannot make an event base");
    maintenance_start();
    workers_start();
    settings_announce(listening_port());
}

static void stop(void)
{
    struct event *events[] = {listening_event, bell_event, clock_event, terminate_event,
                              interrupt_event};

    workers_stop();
    lru_thread_stop();
    maintenance_stop();
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        event_free(events[i]);
    event_base_free(base);
    close(listening_socket);
}

int main(int argc, char **argv)
{
    bool is_watching = false;

    kitsune_do_automigrate(); /* in an update: takes over what the old release has */
    my_statistics = &statistics_of_listener;
    if (!kitsune_is_updating())
        start(argc, argv);
    lru_thread_start();

    while (!is_stopping) {
        kitsune_update("listener"); /* here the server may become its next release */
        if (!is_watching) {
            watch_everything();
            is_watching = true;
        }
        event_base_loop(base, EVLOOP_ONCE);
    }
    stop();
    return 0;
}
