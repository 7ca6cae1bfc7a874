/* dns_query.c -- asks a name server for addresses and checks every answer.
 *
 *      dns_query PORT COUNT NAME=ADDRESS...
 *
 * Asks for one name after the other, COUNT times altogether (0: until SIGTERM), and prints how
 * many answers were right.  A wrong answer, or none within five seconds, ends it with status 1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { HEADER = 12, TYPE_A = 1, CLASS_IN = 1 };

static volatile sig_atomic_t is_over;

static void end(int number)
{
    (void)number;
    is_over = 1;
}

/* A name as the protocol has it: each label behind its length. */
static size_t put_name(unsigned char *at, const char *name, size_t length)
{
    unsigned char *start = at;
    while (length) {
        const char *dot = memchr(name, '.', length);
        size_t label = dot ? (size_t)(dot - name) : length;
        *at++ = (unsigned char)label;
        memcpy(at, name, label);
        at += label;
        name += label + (dot != NULL);
        length -= label + (dot != NULL);
    }
    *at++ = 0;
    return (size_t)(at - start);
}

static size_t put_question(unsigned char *message, unsigned id, const char *name, size_t length)
{
    static const unsigned char header[HEADER] = {0, 0, 1, 0, 0, 1};
    static const unsigned char type[4] = {0, TYPE_A, 0, CLASS_IN};
    memcpy(message, header, sizeof header);
    message[0] = (unsigned char)(id >> 8);
    message[1] = (unsigned char)id;
    size_t name_length = put_name(message + HEADER, name, length);
    memcpy(message + HEADER + name_length, type, sizeof type);
    return HEADER + name_length + sizeof type;
}

/* The address is the end of the answer: there is one record, and nothing behind it but what the
 * server repeats of the question. */
static int is_right(const unsigned char *answer, size_t length, unsigned id, size_t question,
                    struct in_addr expected)
{
    static const size_t record = 2 + 2 + 2 + 4 + 2; /* name, type, class, time, length */
    return length >= question + record + 4 && answer[0] == id >> 8 && answer[1] == (id & 255) &&
           (answer[3] & 15) == 0 && answer[7] == 1 &&
           !memcmp(answer + question + record, &expected, 4);
}

static int ask(int server, unsigned id, const char *pair)
{
    unsigned char message[512];
    const char *equals = strchr(pair, '=');
    struct in_addr expected;
    if (!equals || !inet_aton(equals + 1, &expected))
        return fprintf(stderr, "dns_query: %s is not NAME=ADDRESS\n", pair), 0;
    size_t question = put_question(message, id, pair, (size_t)(equals - pair));
    if (send(server, message, question, 0) != (ssize_t)question)
        return perror("dns_query: send"), 0;
    ssize_t length;
    do
        length = recv(server, message, sizeof message, 0);
    while (length < 0 && errno == EINTR);
    if (length < 0)
        return perror("dns_query: no answer"), 0;
    if (!is_right(message, (size_t)length, id, question, expected))
        return fprintf(stderr, "dns_query: wrong answer for %s\n", pair), 0;
    return 1;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return fprintf(stderr, "usage: dns_query PORT COUNT NAME=ADDRESS...\n"), 2;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((unsigned short)atoi(argv[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 5};
    int server = socket(AF_INET, SOCK_DGRAM, 0);
    if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof address))
        return perror("dns_query"), 1;
    setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    struct sigaction action = {.sa_handler = end, .sa_flags = SA_RESTART};
    sigaction(SIGTERM, &action, NULL);

    unsigned long most = strtoul(argv[2], NULL, 10), count = 0;
    while (!is_over && (!most || count < most)) {
        if (!ask(server, (unsigned)(count & 0xffff), argv[3 + count % (unsigned)(argc - 3)]))
            return 1;
        count++;
    }
    printf("%lu right\n", count);
    return 0;
}
