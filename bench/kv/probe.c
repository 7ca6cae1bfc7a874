/* probe.c -- how long is a server away?  Sends PING after PING and prints the longest time between
 * two answers, in milliseconds.
 *
 *      probe PORT [LIMIT_SECONDS]
 *
 * Begins when the server answers first, says "ready", and ends when its standard input does.  A
 * lost connection is made again as soon as somebody listens: what a client without a retry delay
 * would see. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double monotonic_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void rest(long microseconds)
{
    struct timespec pause = {0, microseconds * 1000};
    nanosleep(&pause, NULL);
}

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1, connection = socket(AF_INET, SOCK_STREAM, 0);

    if (connection < 0)
        return -1;
    if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
        close(connection);
        return -1;
    }
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return connection;
}

static bool ping(int connection)
{
    static const char request[] = "*1\r\n$4\r\nPING\r\n", answer[] = "+PONG\r\n";
    char received[sizeof answer];
    size_t length = 0;

    if (send(connection, request, sizeof request - 1, MSG_NOSIGNAL) != sizeof request - 1)
        return false;
    while (length < sizeof answer - 1) {
        ssize_t got = recv(connection, received + length, sizeof answer - 1 - length, 0);
        if (got <= 0)
            return false;
        length += (size_t)got;
    }
    return memcmp(received, answer, length) == 0;
}

static bool input_has_ended(void)
{
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    char byte;
    return poll(&input, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

int main(int argc, char **argv)
{
    int port = argc > 1 ? atoi(argv[1]) : 0, connection = -1;
    double limit = (argc > 2 ? atof(argv[2]) : 120) * 1e3, longest = 0;
    double began = monotonic_milliseconds(), last = 0;

    if (port <= 0) {
        fprintf(stderr, "usage: probe PORT [LIMIT_SECONDS]\n");
        return 2;
    }
    while (!input_has_ended() && monotonic_milliseconds() - began < limit) {
        if (connection < 0 && (connection = connect_to(port)) < 0) {
            rest(200);
            continue;
        }
        if (!ping(connection)) {
            close(connection);
            connection = -1;
            continue;
        }
        double now = monotonic_milliseconds();
        if (last == 0) {
            printf("ready\n");
            fflush(stdout);
        } else if (now - last > longest) {
            longest = now - last;
        }
        last = now;
        rest(100);
    }
    printf("longest %.2f\n", longest);
    return 0;
}
