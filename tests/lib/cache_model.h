/* cache_model.h -- what a memcached server ought to hold and answer, for a client whose keys nobody
 * else touches.  Part of cache_check. */
#ifndef CACHE_MODEL_H
#define CACHE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that grow. */
struct text {
    char *bytes;
    size_t length, capacity;
};

void text_append(struct text *text, const void *bytes, size_t length);
void text_format(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_clear(struct text *text);

struct entry {
    bool is_there, is_number, expires;
    uint32_t flags;
    uint64_t number;
    uint64_t version; /* 0: changed since it was last seen */
    unsigned changes;
    char *value;
    size_t length;
};

/* The keys of one connection: "PREFIX:0" and so on. */
struct model {
    char prefix[16];
    struct entry *entries;
    size_t count;
    uint64_t random;
};

/* One answer: exact bytes, with a version ("cas unique") in the middle or none. */
struct expectation {
    struct text bytes;
    size_t version_at;    /* in `bytes`: there the digits of a version come; SIZE_MAX: none */
    struct entry *entry;  /* whose version it is, if that has not changed since then: */
    unsigned changes;
    char command[80];     /* for messages */
};

void model_open(struct model *model, unsigned number, size_t count, uint64_t seed);
uint64_t model_random(struct model *model, uint64_t below);
/* Stores key number `i`, with a new value. */
void model_store(struct model *model, size_t i, struct text *out, struct expectation *expected);
/* Anything. */
void model_step(struct model *model, struct text *out, struct expectation *expected);
/* Asks for key number `i`; `expired`: time enough has passed. */
void model_ask(struct model *model, size_t i, bool expired, struct text *out,
               struct expectation *expected);

#endif
