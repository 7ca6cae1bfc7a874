/* meta.h -- what the meta commands have in common: a key, and flags of one letter, some with a
 * token behind the letter.
 *
 *      mg key v t Oabc\r\n            the answer repeats or fills in flags in the order they came
 *      VA 5 t-1 Oabc\r\nhello\r\n
 */
#ifndef CACHE_META_H
#define CACHE_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache.h"
#include "commands.h"
#include "item.h"

#define META_FLAG_LIMIT 20

struct meta_request {
    struct word written_key; /* as the client wrote it */
    struct key key;
    char decoded_key[KEY_LENGTH_LIMIT];
    struct word flags[META_FLAG_LIMIT]; /* in order */
    size_t flag_count;
    uint64_t seen[2]; /* letters, by bit */
    int64_t time_to_live_at; /* T: when it expires */
    int64_t vivify_at;       /* N */
    uint32_t recache;         /* R */
    uint32_t client_flags;    /* F */
    uint64_t version;         /* C */
    uint64_t delta, initial;  /* D, J */
    char mode;                /* M, in upper case; 0: none */
};

/* The key and flags of a command that knows the flags in `known`; with a number between the two
 * when `length` is given.  NULL, or the answer that says what is wrong. */
const char *meta_parse(struct words words, const char *known, int64_t *length,
                       struct meta_request *request);
bool meta_has(const struct meta_request *request, char flag);

/* O, k and b, which every answer repeats; false: the flag is another one. */
bool meta_repeat(struct connection *connection, const struct meta_request *request,
                 struct word flag);
/* An answer of two letters and what is repeated. */
void meta_answer(struct connection *connection, const struct meta_request *request,
                 const char *code);
/* What is left to live, as the answers show it. */
void meta_show_time_to_live(struct connection *connection, const struct item *item);

#endif
