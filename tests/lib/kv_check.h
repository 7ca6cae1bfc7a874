/* kv_check.h -- between the files of the checking client: what all of them count and report. */
#ifndef KV_CHECK_H
#define KV_CHECK_H

#include <hiredis/hiredis.h>
#include <stdbool.h>

#define CHANNEL "kv_check"

/* ---- kv_check.c ------------------------------------------------------------------------------ */

struct tally {
    long long checked; /* replies */
    long long wrong;
};

extern struct tally tally;

/* Counts a reply; `problem` NULL: it was right.  Takes the message. */
void count_reply(char *problem);
/* Counts a wrong one and says why. */
void count_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
double monotonic_milliseconds(void);
long long wall_milliseconds(void);

/* A window in which waiting is measured, and in which some clients are in the middle of
 * something. */
void window_begin(const char *name);
void window_end(void);
bool window_is_open(void);

/* ---- kv_orders.c: what the client is told on its standard input ------------------------------ */

struct orders {
    bool is_stopping;
    bool only_reads;       /* all keys, over and over */
    int reading;           /* the number of the last order to read everything */
    char reading_name[64]; /* its name, until it has been fulfilled; then empty */
    bool rests, is_rest_told;
};

extern struct orders orders;

/* As at the end of the input. */
void orders_stop(void);
/* What has come by now, without waiting; false: it has ended. */
bool orders_read(void);

/* ---- kv_holders.c: clients in the middle of something while the server is updated ------------ */

bool holders_connect(const char *host, int port);
/* Each begins something that it cannot finish: a transaction, half a request, a reply not read. */
void holders_begin(void);
void holders_finish(void);
int holders_count(void);
int holders_alive(void);
void holders_disconnect(void);

/* ---- kv_subscriber.c: a client that listens to what the others publish ----------------------- */

bool subscriber_connect(const char *host, int port, int publishers);
int subscriber_descriptor(void);
void subscriber_readable(void);
bool subscriber_alive(void);
/* True when all of publisher number `publisher`'s messages have come, in order. */
bool subscriber_has_all(int publisher, long long published);
long long subscriber_messages(void);
void subscriber_disconnect(void);

#endif
