/* probe.c -- how long a client of the memcached server has to do without its items.
 *
 *      probe PORT ITEMS < PIPE
 *
 * Stores so many items, says "ready", and asks for one after the other until its standard input
 * ends; then says how long it waited at most between two that it got, in milliseconds.  A
 * connection that is lost is made again, and the items are stored again: as a cache's
 * client has to do when the cache was restarted.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define VALUE_LENGTH 100
#define BATCH 1000

static int port;
static long item_count;
static FILE *connection_in, *connection_out;
static char value[VALUE_LENGTH + 1];

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static bool try_to_connect(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        close(descriptor);
        return false;
    }
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    connection_in = fdopen(descriptor, "r");
    connection_out = fdopen(dup(descriptor), "w");
    return connection_in && connection_out;
}

static bool line_is(const char *expected)
{
    char line[256];
    return fgets(line, sizeof line, connection_in) &&
           strncmp(line, expected, strlen(expected)) == 0;
}

static bool store_all(void)
{
    for (long i = 0; i < item_count; i++) {
        fprintf(connection_out, "set probe%ld 0 0 %d noreply\r\n%s\r\n", i, VALUE_LENGTH, value);
        if (i % BATCH == BATCH - 1 || i == item_count - 1) {
            fprintf(connection_out, "mn\r\n");
            if (fflush(connection_out) != 0 || !line_is("MN"))
                return false;
        }
    }
    return true;
}

/* False: the connection is lost.  An item that is not there any more is no answer. */
static bool ask(long i)
{
    fprintf(connection_out, "get probe%ld\r\n", i);
    return fflush(connection_out) == 0 && line_is("VALUE") && line_is(value) && line_is("END");
}

static void begin_again(void)
{
    const struct timespec pause = {.tv_nsec = 1000000};

    do {
        if (connection_in) {
            fclose(connection_in);
            fclose(connection_out);
            connection_in = connection_out = NULL;
        }
        while (!try_to_connect())
            nanosleep(&pause, NULL);
    } while (!store_all());
}

int main(int argc, char **argv)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    double longest = 0;
    long losses = -1;

    if (argc != 3 || (port = atoi(argv[1])) <= 0 || (item_count = atol(argv[2])) <= 0) {
        fprintf(stderr, "usage: probe PORT ITEMS\n");
        return 2;
    }
    memset(value, 'x', VALUE_LENGTH);
    begin_again();
    printf("ready\n");
    fflush(stdout);
    for (long i = 0; poll(&input, 1, 0) == 0; i++) {
        double asked = now();
        while (!ask(i * 7919 % item_count)) {
            losses++;
            begin_again();
        }
        if (now() - asked > longest)
            longest = now() - asked;
    }
    printf("longest %.2f\nlosses %ld\n", longest, losses + 1);
    return 0;
}
