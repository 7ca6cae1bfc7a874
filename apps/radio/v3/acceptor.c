/* acceptor.c -- the listening socket, and the thread that accepts connections. */
#include "acceptor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <kitsune.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "log.h"
#include "settings.h"

static int listening_socket = -1;
static atomic_bool is_stopping;

static void fail(const char *what, int error)
{
    fprintf(stderr, "radio: %s %s:%d: %s\n", what, settings.bind, settings.port, strerror(error));
    exit(1);
}

static int listening_port(void)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;

    if (getsockname(listening_socket, (struct sockaddr *)&address, &length) != 0)
        fail("cannot tell the port of", errno);
    return ntohs(address.sin_port);
}

static void open_socket(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)settings.port)};
    int yes = 1;

    if (inet_pton(AF_INET, settings.bind, &address.sin_addr) != 1)
        fail("no IPv4 address:", EINVAL);
    listening_socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listening_socket < 0)
        fail("cannot open a socket for", errno);
    setsockopt(listening_socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listening_socket, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listening_socket, 511) != 0)
        fail("cannot listen at", errno);
}

static void accept_one(void)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int yes = 1;
    int descriptor = accept4(listening_socket, (struct sockaddr *)&address, &length,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (descriptor >= 0) {
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (settings.send_buffer > 0)
            setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &settings.send_buffer,
                       sizeof settings.send_buffer);
        connection_start(descriptor, &address);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
        log_message("cannot accept a connection: %s", strerror(errno));
        usleep(100000);
    }
}

static void *accept_connections(void *argument)
{
    while (!is_stopping) {
        kitsune_update("acceptor");
        struct pollfd entry = {listening_socket, POLLIN, 0};
        if (poll(&entry, 1, -1) > 0 && !is_stopping)
            accept_one();
    }
    return argument;
}

void acceptor_start(void)
{
    pthread_t thread;

    open_socket();
    settings_announce(listening_port());
    int error = pthread_create(&thread, NULL, accept_connections, NULL);
    if (error)
        fail("no thread for", error);
    pthread_detach(thread);
}

void acceptor_stop(void)
{
    is_stopping = true;
    shutdown(listening_socket, SHUT_RDWR);
}
