/* kv_model_steps.h -- inside the model: keys, and building one command with its expected reply.
 *
 * kv_model.c          choosing, strings, keys of any type
 * kv_model_lists.c    lists and hashes
 * kv_model_sets.c     sets and sorted sets
 * kv_model_steps.c    chance, words and expected replies
 */
#ifndef KV_MODEL_STEPS_H
#define KV_MODEL_STEPS_H

#include "kv_model.h"
#include "kv_reply.h"

#define FIELDS 12     /* of a hash; the first NUMBER_FIELDS hold integers */
#define NUMBER_FIELDS 3
#define MEMBERS 16    /* of sets and sorted sets */
#define LONGEST_LIST 40

enum kind { NUMBER, TEXT, LIST, HASH, SET, SORTED_SET, KIND_COUNT };

struct string {
    char *bytes; /* NULL: absent */
    size_t length;
};

struct key {
    enum kind kind;
    bool present;
    bool expires_soon;       /* nothing is done to it but GET, until it is surely gone */
    long long deadline;      /* milliseconds since 1970; 0: none.  The earliest one possible... */
    long long last_deadline; /* ... and, when it expires soon, the latest */
    long long number;
    struct string text;
    struct string *elements; /* of a list; LONGEST_LIST of them */
    int length;
    struct string *fields;   /* of a hash; FIELDS of them */
    unsigned members;        /* of a set or sorted set: one bit each */
    double scores[MEMBERS];
};

struct keyspace {
    char name[32];
    const char *channel;
    uint64_t random;
    long long published;
    int key_count;
    struct key *keys;
};

/* One command under construction. */
struct step {
    struct keyspace *keyspace;
    struct words *words;
    struct expectation *expectation;
    long long now;
    int index;
    struct key *key;
};

int pick(struct keyspace *keyspace, int choices); /* 0 .. choices-1 */
struct string random_text(struct keyspace *keyspace, bool may_be_long);
struct string copy_string(const char *bytes, size_t length);
struct string number_string(long long number);
void set_string(struct string *string, struct string value);

/* The command's name and its key. */
void begin(struct step *step, const char *command);
void expect_bytes(struct step *step, const char *prefix, const char *bytes, size_t length);
void expect_status(struct step *step, const char *status);
void expect_error(struct step *step, const char *message);
void expect_integer(struct step *step, long long value);
void expect_string(struct step *step, const struct string *string);
void expect_number_string(struct step *step, long long value);
void expect_null(struct step *step);
/* Takes the form. */
void expect_form(struct step *step, enum expectation_kind kind, struct form form);
void expect_between(struct step *step, long long low, long long high);

/* The key is absent now. */
void forget_value(struct key *key);

void step_list(struct step *step);
void step_push(struct step *step, bool at_start);
void step_lrange(struct step *step, int first, int last);
void step_hash(struct step *step);
void step_hset(struct step *step);
void step_hash_contents(struct step *step, bool names, bool values);
/* False: SPOP; which member it took only the reply will tell. */
bool step_members(struct step *step);
void step_change_members(struct step *step, bool adds);
void step_smembers(struct step *step);
void step_sorted_set(struct step *step);
void step_zadd(struct step *step);
void step_zrange(struct step *step, int first, int last);

#endif
