/* radio_check.c -- sources and listeners for apps/radio that know every byte.
 *
 *      radio_check generate BYTES [BYTES-PER-SECOND]
 *          the stream, on standard output
 *      radio_check verify FILE
 *          whether a file is a piece of the stream without gaps
 *      radio_check listen PORT MOUNT [--listeners N] [--icy] [--rate BYTES] [--may-skip] [--return]
 *          listens, and checks all that comes, until the server ends the streams or "stop" comes on
 *          standard input; with --return it connects again whenever a stream ends, as players do
 *
 * While it listens it takes commands on standard input, a line each, and answers each with a line:
 *
 *      mark    begins a window in which waiting is measured
 *      end     ends it: "window longest_ms=X bytes=N"
 *      status  "status bytes=N connected=M skips=K"
 *
 * When all have got something, it says "entered".  Each new song is a line "song TITLE".  The last
 * line is
 *
 *      summary listeners=N bytes=N least=N wrong=N skips=N ended=N longest_ms=X
 *
 * `least` is what the listener with the fewest bytes has got, `ended` how many the server ended.
 * The exit status is 0 when nothing was wrong.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "radio_stream.h"

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void give_up(const char *what)
{
    fprintf(stderr, "radio_check: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* ---- generate and verify --------------------------------------------------------------------- */

static int generate(uint64_t length, double rate)
{
    char bytes[2048];
    double begin = seconds_now();

    for (uint64_t position = 0; position < length;) {
        size_t count = rate > 0 ? 512 : sizeof bytes;
        if (count > length - position)
            count = (size_t)(length - position);
        stream_generate(position, bytes, count);
        if (fwrite(bytes, 1, count, stdout) != count || fflush(stdout) != 0)
            return 1;
        position += count;
        double early = rate > 0 ? begin + (double)position / rate - seconds_now() : 0;
        if (early > 0)
            usleep((useconds_t)(early * 1e6));
    }
    return 0;
}

static int verify(const char *path)
{
    struct stream_checker checker = {0};
    char bytes[65536];
    size_t length;
    FILE *file = fopen(path, "r");

    if (!file)
        give_up(path);
    while ((length = fread(bytes, 1, sizeof bytes, file)) > 0)
        stream_check(&checker, bytes, length);
    fclose(file);
    printf("first=%" PRIu64 " bytes=%" PRIu64 " wrong=%d at=%" PRIu64 "\n", checker.first,
           checker.checked, checker.is_wrong, checker.wrong_at);
    return checker.is_wrong || checker.checked == 0;
}

/* ---- listen ---------------------------------------------------------------------------------- */

struct listener {
    int socket;
    int is_open;
    char head[4096]; /* until its empty line */
    size_t head_length;
    int has_head, has_entered;
    struct icy_filter filter;
    struct stream_checker checker;
    double last_at, longest, window_longest; /* seconds */
    double may_read_at;                      /* when it listens slowly */
    uint64_t window_bytes;
};

static struct listener *listeners;
static int listener_count = 1, entered_count, listening_port;
static const char *listening_mount;
static int wants_metadata, may_skip, returns;
static double rate;
static int is_measuring;

static void say_song(void *listener, const char *text)
{
    if (listener == listeners)
        printf("song %s\n", text);
}

/* -1: nobody is there, who may come. */
static int open_connection(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)listening_port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char request[512];
    int small = 4096, descriptor = socket(AF_INET, SOCK_STREAM, 0);

    if (descriptor < 0)
        give_up("socket");
    if (rate > 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.0\r\nHost: 127.0.0.1:%d\r\n%s\r\n", listening_mount,
                          listening_port, wants_metadata ? "Icy-MetaData: 1\r\n" : "");
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0 &&
        send(descriptor, request, (size_t)length, MSG_NOSIGNAL) == length)
        return descriptor;
    if (!returns)
        give_up("connect");
    close(descriptor);
    return -1;
}

static void begin_listening(struct listener *listener)
{
    listener->socket = open_connection();
    listener->is_open = listener->socket >= 0;
    listener->has_head = 0;
    listener->head_length = 0;
    listener->checker.may_skip = may_skip;
    listener->checker.has_place = false;
    listener->checker.begin_length = 0;
    listener->filter = (struct icy_filter){.take_text = say_song, .context = listener};
}

static void end_listening(struct listener *listener)
{
    listener->is_open = 0;
    close(listener->socket);
}

/* The head of the answer: what is behind it is the stream. */
static void read_head(struct listener *listener)
{
    char *end = memmem(listener->head, listener->head_length, "\r\n\r\n", 4);
    const char *field;

    if (!end)
        return;
    *end = '\0';
    if (!strstr(listener->head, " 200 ") && returns) {
        end_listening(listener);
        return;
    }
    if (!strstr(listener->head, " 200 ")) {
        fprintf(stderr, "radio_check: %s\n", listener->head);
        exit(2);
    }
    listener->has_head = 1;
    if ((field = strcasestr(listener->head, "icy-metaint:")))
        listener->filter.interval = listener->filter.until_metadata = (size_t)atoi(field + 12);
    icy_filter_check(&listener->filter, &listener->checker, end + 4,
                     listener->head_length - (size_t)(end + 4 - listener->head));
}

static void note_time(struct listener *listener, size_t length)
{
    double now = seconds_now();
    double waited = now - listener->last_at;

    listener->last_at = now;
    if (listener->checker.checked > 0 && waited > listener->longest)
        listener->longest = waited;
    if (is_measuring) {
        if (waited > listener->window_longest)
            listener->window_longest = waited;
        listener->window_bytes += length;
    }
}

static void receive(struct listener *listener)
{
    char bytes[65536];
    size_t limit = rate > 0 ? 1024 : sizeof bytes;
    char *place = listener->has_head ? bytes : listener->head + listener->head_length;

    if (!listener->has_head)
        limit = sizeof listener->head - listener->head_length;
    ssize_t length = recv(listener->socket, place, limit, 0);
    if (length <= 0) {
        end_listening(listener);
        return;
    }
    if (rate > 0)
        listener->may_read_at = seconds_now() + (double)length / rate;
    if (listener->has_head) {
        icy_filter_check(&listener->filter, &listener->checker, bytes, (size_t)length);
    } else {
        listener->head_length += (size_t)length;
        read_head(listener);
    }
    if (listener->has_head)
        note_time(listener, (size_t)length);
    if (!listener->has_entered && listener->checker.has_place) {
        listener->has_entered = 1;
        if (++entered_count == listener_count)
            printf("entered\n");
    }
}

static void end_window(void)
{
    double longest = 0, now = seconds_now();
    uint64_t bytes = 0;

    for (int i = 0; i < listener_count; i++) {
        if (now - listeners[i].last_at > listeners[i].window_longest)
            listeners[i].window_longest = now - listeners[i].last_at;
        if (listeners[i].window_longest > longest)
            longest = listeners[i].window_longest;
        bytes += listeners[i].window_bytes;
    }
    printf("window longest_ms=%.1f bytes=%" PRIu64 "\n", longest * 1000, bytes);
    is_measuring = 0;
}

static void begin_window(void)
{
    for (int i = 0; i < listener_count; i++) {
        listeners[i].window_longest = 0;
        listeners[i].window_bytes = 0;
    }
    is_measuring = 1;
    printf("marked\n");
}

static void say_status(void)
{
    uint64_t bytes = 0;
    unsigned skips = 0;
    int connected = 0;

    for (int i = 0; i < listener_count; i++) {
        bytes += listeners[i].checker.checked;
        connected += listeners[i].is_open;
        skips += listeners[i].checker.skips;
    }
    printf("status bytes=%" PRIu64 " connected=%d skips=%u\n", bytes, connected, skips);
}

/* False when it says stop, or ends. */
static int obey(void)
{
    static char line[64];
    static size_t length;
    char byte;

    while (read(STDIN_FILENO, &byte, 1) == 1) {
        if (byte != '\n' && length + 1 < sizeof line) {
            line[length++] = byte;
            continue;
        }
        line[length] = '\0';
        length = 0;
        if (strcmp(line, "mark") == 0)
            begin_window();
        else if (strcmp(line, "end") == 0)
            end_window();
        else if (strcmp(line, "status") == 0)
            say_status();
        else if (strcmp(line, "stop") == 0)
            return 0;
        return 1;
    }
    return 0;
}

static int summarize(void)
{
    uint64_t bytes = 0, least = UINT64_MAX;
    unsigned wrong = 0, skips = 0, ended = 0;
    double longest = 0;

    for (int i = 0; i < listener_count; i++) {
        const struct stream_checker *checker = &listeners[i].checker;
        bytes += checker->checked;
        least = checker->checked < least ? checker->checked : least;
        skips += checker->skips;
        ended += !listeners[i].is_open;
        longest = listeners[i].longest > longest ? listeners[i].longest : longest;
        if (checker->is_wrong) {
            wrong++;
            fprintf(stderr, "listener %d: wrong at position %" PRIu64 ", %" PRIu64
                            " bytes after it began\n",
                    i, checker->wrong_at, checker->checked);
        }
    }
    printf("summary listeners=%d bytes=%" PRIu64 " least=%" PRIu64
           " wrong=%u skips=%u ended=%u longest_ms=%.1f\n",
           listener_count, bytes, least, wrong, skips, ended, longest * 1000);
    return wrong > 0;
}

/* Those whose stream has ended, when they come back.  The number of those that are connected. */
static int count_open(void)
{
    int count = 0;

    for (int i = 0; i < listener_count; i++) {
        if (!listeners[i].is_open && returns)
            begin_listening(&listeners[i]);
        count += listeners[i].is_open;
    }
    return count;
}

static int listen_to_all(void)
{
    struct pollfd *entries = calloc((size_t)listener_count + 1, sizeof *entries);
    int open_count = listener_count;

    listeners = calloc((size_t)listener_count, sizeof *listeners);
    if (!entries || !listeners)
        give_up("memory");
    for (int i = 0; i < listener_count; i++) {
        begin_listening(&listeners[i]);
        listeners[i].last_at = seconds_now();
    }
    entries[listener_count] = (struct pollfd){STDIN_FILENO, POLLIN, 0};
    while (open_count > 0 || returns) {
        double now = seconds_now();
        for (int i = 0; i < listener_count; i++) {
            int may_read = listeners[i].is_open && now >= listeners[i].may_read_at;
            entries[i] = (struct pollfd){may_read ? listeners[i].socket : -1, POLLIN, 0};
        }
        int pause = rate > 0 ? 10 : open_count < listener_count && returns ? 5 : 1000;
        if (poll(entries, (nfds_t)listener_count + 1, pause) < 0 && errno != EINTR)
            give_up("poll");
        for (int i = 0; i < listener_count; i++)
            if (entries[i].revents)
                receive(&listeners[i]);
        open_count = count_open();
        if (entries[listener_count].revents && !obey())
            break;
    }
    return summarize();
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc >= 3 && strcmp(argv[1], "generate") == 0) {
        setvbuf(stdout, NULL, _IOFBF, 0);
        return generate(strtoull(argv[2], NULL, 10), argc > 3 ? atof(argv[3]) : 0);
    }
    if (argc == 3 && strcmp(argv[1], "verify") == 0)
        return verify(argv[2]);
    if (argc < 4 || strcmp(argv[1], "listen") != 0) {
        fprintf(stderr, "usage: radio_check generate|verify|listen ...; see its source\n");
        return 2;
    }
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], "--listeners") == 0 && i + 1 < argc)
            listener_count = atoi(argv[++i]);
        else if (strcmp(argv[i], "--rate") == 0 && i + 1 < argc)
            rate = atof(argv[++i]);
        else if (strcmp(argv[i], "--icy") == 0)
            wants_metadata = 1;
        else if (strcmp(argv[i], "--may-skip") == 0)
            may_skip = 1;
        else if (strcmp(argv[i], "--return") == 0)
            returns = may_skip = 1;
        else
            return fprintf(stderr, "radio_check: what is %s?\n", argv[i]), 2;
    }
    listening_port = atoi(argv[2]);
    listening_mount = argv[3];
    return listen_to_all();
}
