/* kv_model.h -- what a Redis-protocol server ought to hold and answer.
 *
 * A keyspace is one connection's own set of keys, with a model of every value.  Each call chooses a
 * command, applies it to the model, and says what the reply must be:
 *
 *      keyspace_choose() --> words to send --> server --> reply
 *                       \--> expectation -----------------> expectation_check()
 *
 * Commands of one connection are executed in order and nobody else touches its keys, so the model
 * is exact however many requests are under way.  Everything follows from the seed.
 */
#ifndef KV_MODEL_H
#define KV_MODEL_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A command's words; freed by words_clear. */
struct words {
    int count;
    int capacity;
    char **word;
    size_t *length;
};

void words_add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));
void words_add_bytes(struct words *words, const char *bytes, size_t length);
void words_clear(struct words *words);

enum expectation_kind {
    EXPECT_EXACTLY,   /* the reply in canonical form is `text` */
    EXPECT_ANY_ORDER, /* the same after its elements are sorted */
    EXPECT_PAIRS,     /* the same after its pairs of elements are sorted */
    EXPECT_BETWEEN,   /* an integer between low and high */
    EXPECT_EXPIRING,  /* `text` before some time between low and high, null after it */
    EXPECT_SHORT_LIFE, /* like EXPECT_EXACTLY; the key's remaining time begins by the reply */
    EXPECT_MEMBER,    /* SPOP: a member of the key's set; the model loses it */
};

struct key;

struct expectation {
    enum expectation_kind kind;
    char *text;    /* canonical form, see reply_to_text; NUL-terminated for convenience */
    size_t length;
    long long low, high;
    struct key *key;
    long long sent_at; /* milliseconds since 1970 */
    char command[96];  /* for the report of a wrong reply */
};

void expectation_clear(struct expectation *expectation);
/* NULL: as it must be.  Otherwise what is wrong with it, allocated with malloc. */
char *expectation_check(struct expectation *expectation, const redisReply *reply,
                        long long received_at);

struct keyspace;

/* `name` is the prefix of the keys; `channel` is where some commands publish (NULL: nowhere). */
struct keyspace *keyspace_new(const char *name, int key_count, uint64_t seed,
                              const char *channel);
void keyspace_free(struct keyspace *keyspace);

/* A command that creates key number `index`; 0 .. key_count-1, each once, before anything else. */
void keyspace_load(struct keyspace *keyspace, int index, long long now, struct words *words,
                   struct expectation *expectation);
/* Any command.  False: the outcome is not known before its reply is, so let the connection's other
 * requests come back first and send nothing until this one has. */
bool keyspace_choose(struct keyspace *keyspace, long long now, struct words *words,
                     struct expectation *expectation);
/* Reads the whole value of key number `index`. */
void keyspace_read(struct keyspace *keyspace, int index, long long now, struct words *words,
                   struct expectation *expectation);
/* Its remaining time to live, or that it has none. */
void keyspace_read_expiry(struct keyspace *keyspace, int index, long long now,
                          struct words *words, struct expectation *expectation);
/* Messages published so far. */
long long keyspace_published(const struct keyspace *keyspace);

#endif
