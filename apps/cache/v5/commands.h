/* commands.h -- the commands of the protocol, by the files that hold them.
 *
 * Every command gets the words that follow its name.  It answers at once, but for those that store:
 * they leave behind what is to be done (connection.h) when the value has come.
 */
#ifndef CACHE_COMMANDS_H
#define CACHE_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "cache.h"

struct connection;
struct item;

/* What is left of a line. */
struct words {
    const char *next, *end;
};

struct word {
    const char *text;
    size_t length;
};

/* False: there are no more. */
bool words_take(struct words *words, struct word *word);
bool word_is(struct word word, const char *text);
size_t words_count(struct words words);

/* Serves one line, which may begin a longer command. */
void command_execute(struct connection *connection, const char *line, size_t length);
/* The value has come. */
void command_store(struct connection *connection, struct item *item);

/* The last word is "noreply": takes it away, and keeps the connection quiet. */
void command_take_noreply(struct connection *connection, struct words *words);
/* Skips a value that is not wanted. */
void command_skip_value(struct connection *connection, size_t length);
/* Says that no item could be made, and forgets the one that is there. */
void command_refuse_value(struct connection *connection, struct key key, size_t length,
                          enum item_new_result why);

#define NO_SUCH_COMMAND "ERROR"
#define BAD_FORMAT "CLIENT_ERROR bad command line format"
#define BAD_DATA "CLIENT_ERROR bad data chunk"
#define TOO_LARGE "SERVER_ERROR object too large for cache"
#define NO_MEMORY "SERVER_ERROR out of memory storing object"

/* commands_text.c */
void command_get(struct connection *connection, struct words words);
void command_gets(struct connection *connection, struct words words);
void command_gat(struct connection *connection, struct words words);
void command_gats(struct connection *connection, struct words words);
void command_set(struct connection *connection, struct words words);
void command_add(struct connection *connection, struct words words);
void command_replace(struct connection *connection, struct words words);
void command_append(struct connection *connection, struct words words);
void command_prepend(struct connection *connection, struct words words);
void command_cas(struct connection *connection, struct words words);
void command_incr(struct connection *connection, struct words words);
void command_decr(struct connection *connection, struct words words);
void command_touch(struct connection *connection, struct words words);
void command_delete(struct connection *connection, struct words words);

/* commands_server.c */
void command_flush_all(struct connection *connection, struct words words);
void command_memory_limit(struct connection *connection, struct words words);
void command_verbosity(struct connection *connection, struct words words);
void command_version(struct connection *connection, struct words words);
void command_quit(struct connection *connection, struct words words);
void command_stats(struct connection *connection, struct words words);

/* meta_get.c, meta_change.c */
void command_meta_get(struct connection *connection, struct words words);
void command_meta_set(struct connection *connection, struct words words);
void command_meta_delete(struct connection *connection, struct words words);
void command_meta_arithmetic(struct connection *connection, struct words words);
void command_meta_debug(struct connection *connection, struct words words);
void command_meta_nothing(struct connection *connection, struct words words);
/* The answer of `ms`. */
void meta_answer_store(struct connection *connection, enum store_result result, uint64_t version);

#endif
