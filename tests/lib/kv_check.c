/* kv_check.c -- a client that knows every answer.
 *
 * Opens many connections, fills its own keys, and keeps sending commands of all types over all of
 * them, checking every single reply against a model (kv_model.h).  Told on its standard input
 * that something is about to happen to the server, it measures how long clients waited meanwhile:
 *
 *      mark NAME   a window begins: some clients get into the middle of something
 *      end         it ends: they finish, and the longest wait is reported
 *      read NAME   from now on all connections only read, all their keys, over and over
 *      change      they change them again
 *      rest        they send nothing until they are to read or to change
 *      stop        read everything back, report, exit
 *
 * and answers on its standard output with lines of words and name=value pairs:
 *
 *      loaded keys=100000 connections=55
 *      mark NAME
 *      window NAME longest_ms=4.21 replies=8123
 *      read NAME wrong=0                           each key has been read since, by its connection
 *      resting                                     all requests have been answered
 *      summary connections=55 alive=55 checked=912345 wrong=0 messages=1234
 *
 * Exits with 0 when no reply was wrong and no connection was lost, 1 otherwise, 2 for bad usage.
 */
#include "kv_check.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kv_model.h"

#define LONGEST_BATCH 8
#define BULK_BATCH 64 /* while loading and reading back */
#define REPORTED_WRONG 20
#define DRAIN_MILLISECONDS 60000

enum phase { LOADING, RUNNING, READING_BACK, DONE };

/* A request under way. */
struct request {
    struct expectation expectation;
    double sent_at; /* monotonic milliseconds */
};

/* One connection with its own keys.  Requests are answered in order: a ring. */
struct worker {
    redisContext *context;
    struct keyspace *keyspace;
    bool is_alive;
    bool has_output; /* hiredis holds bytes that the socket did not take yet */
    enum phase phase;
    int next_key;    /* to be loaded, or to be read back */
    int passes_left; /* of reading back: values, then times to live */
    int reading;     /* for which order that was begun, and the last one that it has fulfilled */
    int has_read;
    double rests_until;
    struct request requests[BULK_BATCH];
    int count;
    int answered;
};

struct window {
    bool is_open;
    char name[64];
    double began_at;
    double longest;
    long long replies_before;
};

static struct {
    const char *host;
    int port;
    int connections;
    int keys;
    unsigned long seed;
    double pace; /* milliseconds a connection rests between two batches */
    int seconds;
} options = {.host = "127.0.0.1", .connections = 50, .keys = 100000, .seed = 1, .pace = 5,
             .seconds = 300};

struct tally tally;
static struct worker *workers;
static struct window window;

/* ---- What all count and report --------------------------------------------------------------- */

double monotonic_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

long long wall_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void count_reply(char *problem)
{
    tally.checked++;
    if (problem)
        count_wrong("%s", problem);
    free(problem);
}

void count_wrong(const char *format, ...)
{
    va_list arguments;

    if (++tally.wrong > REPORTED_WRONG)
        return;
    fprintf(stderr, "kv_check: wrong: ");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s\n", tally.wrong == REPORTED_WRONG ? " (no more of these are shown)" : "");
}

static void lose(struct worker *worker, const char *doing)
{
    fprintf(stderr, "kv_check: connection %d lost while %s: %s\n", (int)(worker - workers), doing,
            worker->context->errstr[0] ? worker->context->errstr : strerror(errno));
    worker->is_alive = false;
    worker->phase = DONE;
}

/* ---- Sending --------------------------------------------------------------------------------- */

/* The next command in whatever the worker is busy with.  False: the last of this batch. */
static bool choose(struct worker *worker, struct words *words, struct request *request)
{
    struct expectation *expectation = &request->expectation;
    long long now = wall_milliseconds();

    switch (worker->phase) {
    case LOADING:
        keyspace_load(worker->keyspace, worker->next_key++, now, words, expectation);
        return worker->next_key < options.keys;
    case RUNNING:
        return keyspace_choose(worker->keyspace, now, words, expectation) &&
               worker->count + 1 < LONGEST_BATCH && rand() % 4 != 0;
    case READING_BACK:
        if (worker->passes_left == 2)
            keyspace_read(worker->keyspace, worker->next_key++, now, words, expectation);
        else
            keyspace_read_expiry(worker->keyspace, worker->next_key++, now, words, expectation);
        return worker->next_key < options.keys;
    default:
        return false;
    }
}

static void flush(struct worker *worker)
{
    int is_done = 0;
    if (redisBufferWrite(worker->context, &is_done) != REDIS_OK)
        lose(worker, "writing");
    worker->has_output = !is_done;
}

static void send_batch(struct worker *worker)
{
    struct words words = {0};
    bool goes_on = true;

    worker->count = worker->answered = 0;
    while (goes_on && worker->count < BULK_BATCH) {
        struct request *request = &worker->requests[worker->count];
        goes_on = choose(worker, &words, request);
        redisAppendCommandArgv(worker->context, words.count, (const char **)words.word,
                               words.length);
        words_clear(&words);
        request->sent_at = monotonic_milliseconds();
        worker->count++;
    }
    free(words.word);
    free(words.length);
    flush(worker);
}

static void begin_reading(struct worker *worker)
{
    worker->phase = READING_BACK;
    worker->next_key = 0;
    worker->passes_left = 2;
    worker->reading = orders.reading;
}

/* What was begun for an earlier order does not count. */
static void end_reading(struct worker *worker)
{
    worker->has_read = worker->reading;
    if (orders.is_stopping && worker->has_read == orders.reading)
        worker->phase = DONE;
    else
        begin_reading(worker);
}

/* All requests are answered: what comes next? */
static void advance(struct worker *worker)
{
    bool at_end = worker->next_key >= options.keys;

    if (worker->phase == LOADING && at_end) {
        worker->phase = DONE; /* until all others have loaded too */
    } else if (worker->phase == RUNNING && (orders.is_stopping || orders.only_reads)) {
        begin_reading(worker);
    } else if (worker->phase == READING_BACK && !orders.is_stopping && !orders.only_reads) {
        worker->phase = RUNNING;
    } else if (worker->phase == READING_BACK && at_end) {
        worker->next_key = 0;
        if (--worker->passes_left == 0)
            end_reading(worker);
    }
    bool is_urgent = worker->phase != RUNNING && worker->has_read != orders.reading;
    worker->rests_until = is_urgent ? 0 : monotonic_milliseconds() + options.pace;
}

static void tell_rest(void)
{
    if (!orders.rests || orders.is_rest_told)
        return;
    for (int i = 0; i < options.connections; i++)
        if (workers[i].is_alive && workers[i].answered != workers[i].count)
            return;
    printf("resting\n");
    orders.is_rest_told = true;
}

/* Each connection has read all its keys: once for each order. */
static void tell_reading(void)
{
    if (!orders.reading_name[0])
        return;
    for (int i = 0; i < options.connections; i++)
        if (workers[i].is_alive && workers[i].has_read != orders.reading)
            return;
    printf("read %s wrong=%lld\n", orders.reading_name, tally.wrong);
    orders.reading_name[0] = '\0';
}

/* ---- Receiving ------------------------------------------------------------------------------- */

static void note_wait(const struct request *request)
{
    if (!window.is_open)
        return;
    double began = request->sent_at > window.began_at ? request->sent_at : window.began_at;
    double waited = monotonic_milliseconds() - began;
    if (waited > window.longest)
        window.longest = waited;
}

/* Requests that are still waiting when the window ends have waited too. */
static void note_unanswered(void)
{
    for (int i = 0; i < options.connections; i++)
        for (int j = workers[i].answered; j < workers[i].count && workers[i].is_alive; j++)
            note_wait(&workers[i].requests[j]);
}

static void receive(struct worker *worker)
{
    redisReply *reply;

    if (redisBufferRead(worker->context) != REDIS_OK) {
        lose(worker, "reading");
        return;
    }
    while (worker->answered < worker->count) {
        if (redisGetReplyFromReader(worker->context, (void **)&reply) != REDIS_OK) {
            lose(worker, "reading a reply");
            return;
        }
        if (!reply)
            return;
        struct request *request = &worker->requests[worker->answered++];
        note_wait(request);
        count_reply(expectation_check(&request->expectation, reply, wall_milliseconds()));
        expectation_clear(&request->expectation);
        freeReplyObject(reply);
    }
    advance(worker);
}

/* ---- The loop -------------------------------------------------------------------------------- */

static bool is_idle(const struct worker *worker)
{
    return worker->answered == worker->count;
}

/* Starts the batches that are due; returns how long poll() may wait. */
static int start_batches(void)
{
    double now = monotonic_milliseconds(), until = now + 100;

    for (int i = 0; i < options.connections; i++) {
        struct worker *worker = &workers[i];
        if (worker->phase == DONE || !is_idle(worker) || (orders.rests && !orders.is_stopping))
            continue;
        if (worker->phase == RUNNING && (orders.is_stopping || orders.only_reads))
            advance(worker);
        if (worker->rests_until <= now)
            send_batch(worker);
        else if (worker->rests_until < until)
            until = worker->rests_until;
    }
    return (int)(until - now) + 1;
}

void window_begin(const char *name)
{
    holders_begin();
    snprintf(window.name, sizeof window.name, "%.60s", name);
    window.longest = 0;
    window.replies_before = tally.checked;
    window.began_at = monotonic_milliseconds();
    window.is_open = true;
    printf("mark %s\n", window.name);
}

void window_end(void)
{
    note_unanswered();
    window.is_open = false;
    printf("window %s longest_ms=%.2f replies=%lld\n", window.name, window.longest,
           tally.checked - window.replies_before);
    holders_finish();
}

bool window_is_open(void)
{
    return window.is_open;
}

static void wait_for_events(int timeout)
{
    static bool input_is_open = true;
    struct pollfd events[1024 + 2];

    for (int i = 0; i < options.connections; i++) {
        const struct worker *worker = &workers[i];
        short wanted = (short)((is_idle(worker) ? 0 : POLLIN) |
                               (worker->has_output ? POLLOUT : 0));
        events[i] = (struct pollfd){worker->is_alive ? worker->context->fd : -1, wanted, 0};
    }
    int subscriber = options.connections, input = subscriber + 1;
    events[subscriber] =
        (struct pollfd){subscriber_alive() ? subscriber_descriptor() : -1, POLLIN, 0};
    events[input] = (struct pollfd){input_is_open ? STDIN_FILENO : -1, POLLIN, 0};

    if (poll(events, (nfds_t)input + 1, timeout) <= 0)
        return;
    for (int i = 0; i < options.connections; i++) {
        if (events[i].revents & POLLOUT)
            flush(&workers[i]);
        if (events[i].revents & (POLLIN | POLLERR | POLLHUP) && workers[i].is_alive)
            receive(&workers[i]);
    }
    if (events[subscriber].revents)
        subscriber_readable();
    if (events[input].revents)
        input_is_open = orders_read();
}

static bool all_done(void)
{
    for (int i = 0; i < options.connections; i++)
        if (workers[i].phase != DONE)
            return false;
    return true;
}

/* Until all connections have nothing left to do.  False: the time is over. */
static bool run(double deadline)
{
    while (!all_done()) {
        if (monotonic_milliseconds() > deadline) {
            if (orders.is_stopping)
                return false;
            orders_stop();
            deadline += DRAIN_MILLISECONDS;
        }
        wait_for_events(start_batches());
        tell_reading();
        tell_rest();
    }
    return true;
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

static bool connect_all(void)
{
    struct timeval patience = {10, 0};

    workers = calloc((size_t)options.connections, sizeof *workers);
    if (!workers)
        return false;
    for (int i = 0; i < options.connections; i++) {
        char name[16];
        struct worker *worker = &workers[i];
        snprintf(name, sizeof name, "c%d", i);
        worker->keyspace =
            keyspace_new(name, options.keys, options.seed * 1000 + (unsigned long)i, CHANNEL);
        worker->context = redisConnectWithTimeout(options.host, options.port, patience);
        if (!worker->context || worker->context->err) {
            fprintf(stderr, "kv_check: cannot connect to %s:%d: %s\n", options.host,
                    options.port, worker->context ? worker->context->errstr : "out of memory");
            return false;
        }
        redisEnableKeepAlive(worker->context);
        worker->context->flags &= ~REDIS_BLOCK;
        worker->is_alive = true;
    }
    return subscriber_connect(options.host, options.port, options.connections) &&
           holders_connect(options.host, options.port);
}

/* Published messages may still be on their way. */
static void wait_for_messages(void)
{
    double deadline = monotonic_milliseconds() + 10000;

    for (int i = 0; i < options.connections; i++) {
        long long published = keyspace_published(workers[i].keyspace);
        while (!subscriber_has_all(i, published) && subscriber_alive() &&
               monotonic_milliseconds() < deadline) {
            struct pollfd event = {subscriber_descriptor(), POLLIN, 0};
            if (poll(&event, 1, 100) > 0)
                subscriber_readable();
        }
        if (!subscriber_has_all(i, published))
            count_wrong("messages of connection %d were not delivered", i);
    }
}

static int count_alive(void)
{
    int alive = holders_alive() + subscriber_alive();
    for (int i = 0; i < options.connections; i++)
        alive += workers[i].is_alive;
    return alive;
}

static int parse_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"host", required_argument, NULL, 'h'},    {"port", required_argument, NULL, 'p'},
        {"connections", required_argument, NULL, 'c'}, {"keys", required_argument, NULL, 'k'},
        {"seed", required_argument, NULL, 's'},    {"pace", required_argument, NULL, 'w'},
        {"seconds", required_argument, NULL, 't'}, {0}};
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'h': options.host = optarg; break;
        case 'p': options.port = atoi(optarg); break;
        case 'c': options.connections = atoi(optarg); break;
        case 'k': options.keys = atoi(optarg); break;
        case 's': options.seed = strtoul(optarg, NULL, 10); break;
        case 'w': options.pace = atof(optarg); break;
        case 't': options.seconds = atoi(optarg); break;
        default: return 2;
        }
    }
    if (options.port <= 0 || options.connections < 1 || options.connections > 1024 ||
        options.keys < options.connections) {
        fprintf(stderr,
                "usage: kv_check --port PORT [--host ADDRESS] [--connections 1..1024] [--keys N]\n"
                "                [--seed N] [--pace MILLISECONDS] [--seconds AT_MOST]\n");
        return 2;
    }
    options.keys = (options.keys + options.connections - 1) / options.connections;
    return 0;
}

static void begin_phase(enum phase phase)
{
    for (int i = 0; i < options.connections; i++)
        if (workers[i].is_alive)
            workers[i].phase = phase;
}

static void disconnect_all(void)
{
    for (int i = 0; i < options.connections; i++) {
        redisFree(workers[i].context);
        for (int j = workers[i].answered; j < workers[i].count; j++)
            expectation_clear(&workers[i].requests[j].expectation);
        keyspace_free(workers[i].keyspace);
    }
    free(workers);
    subscriber_disconnect();
    holders_disconnect();
}

int main(int argc, char **argv)
{
    int status = parse_options(argc, argv);
    if (status != 0)
        return status;
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!connect_all())
        return 1;

    int connections = options.connections + 1 + holders_count();
    double deadline = monotonic_milliseconds() + options.seconds * 1000.0;
    begin_phase(LOADING);
    bool completed = run(deadline);
    printf("loaded keys=%d connections=%d\n", options.keys * options.connections, connections);
    begin_phase(RUNNING);
    completed &= run(deadline);
    wait_for_messages();
    if (!completed)
        fprintf(stderr, "kv_check: not all replies came in time\n");

    int alive = count_alive();
    printf("summary connections=%d alive=%d checked=%lld wrong=%lld messages=%lld\n", connections,
           alive, tally.checked, tally.wrong, subscriber_messages());
    disconnect_all();
    return completed && tally.wrong == 0 && alive == connections ? 0 : 1;
}
