/* commands.c -- finding the command that a line names. */
#include "commands.h"

#include <string.h>

#include "connection.h"
#include "item.h"

struct command {
    const char *name;
    void (*execute)(struct connection *connection, struct words words);
};

static const struct command commands[] = {
    {"get", command_get},
    {"gets", command_gets},
    {"mg", command_meta_get},
    {"set", command_set},
    {"ms", command_meta_set},
    {"md", command_meta_delete},
    {"mn", command_meta_nothing},
    {"ma", command_meta_arithmetic},
    {"me", command_meta_debug},
    {"add", command_add},
    {"replace", command_replace},
    {"append", command_append},
    {"prepend", command_prepend},
    {"cas", command_cas},
    {"incr", command_incr},
    {"decr", command_decr},
    {"delete", command_delete},
    {"touch", command_touch},
    {"gat", command_gat},
    {"gats", command_gats},
    {"stats", command_stats},
    {"flush_all", command_flush_all},
    {"version", command_version},
    {"verbosity", command_verbosity},
    {"quit", command_quit},
};

bool words_take(struct words *words, struct word *word)
{
    while (words->next < words->end && *words->next == ' ')
        words->next++;
    word->text = words->next;
    while (words->next < words->end && *words->next != ' ')
        words->next++;
    word->length = (size_t)(words->next - word->text);
    return word->length > 0;
}

bool word_is(struct word word, const char *text)
{
    return word.length == strlen(text) && memcmp(word.text, text, word.length) == 0;
}

size_t words_count(struct words words)
{
    struct word word;
    size_t count = 0;

    while (words_take(&words, &word))
        count++;
    return count;
}

void command_take_noreply(struct connection *connection, struct words *words)
{
    const char *end = words->end, *start;

    while (end > words->next && end[-1] == ' ')
        end--;
    start = end;
    while (start > words->next && start[-1] != ' ')
        start--;
    if (word_is((struct word){start, (size_t)(end - start)}, "noreply")) {
        connection->is_quiet = true;
        words->end = start;
    }
}

void command_execute(struct connection *connection, const char *line, size_t length)
{
    struct words words = {line, line + length};
    struct word name;

    words_take(&words, &name);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (word_is(name, commands[i].name)) {
            commands[i].execute(connection, words);
            return;
        }
    reply_line(connection, NO_SUCH_COMMAND);
}

void command_skip_value(struct connection *connection, size_t length)
{
    connection->to_skip = length;
    connection->state = SKIPS_VALUE;
}

void command_refuse_value(struct connection *connection, struct key key, size_t length,
                          enum item_new_result why)
{
    struct item *old;

    reply_line(connection, why == ITEM_TOO_LARGE ? TOO_LARGE : NO_MEMORY);
    command_skip_value(connection, length + 2);
    /* The client must not find what it meant to replace. */
    cache_lock();
    old = cache_find_locked(key);
    if (old)
        cache_delete_locked(old);
    cache_unlock();
}

void command_store(struct connection *connection, struct item *item)
{
    static const char *const answers[] = {
        [STORE_DONE] = "STORED",
        [STORE_NOT] = "NOT_STORED",
        [STORE_CHANGED] = "EXISTS",
        [STORE_NOT_FOUND] = "NOT_FOUND",
        [STORE_TOO_LARGE] = TOO_LARGE,
        [STORE_NO_MEMORY] = NO_MEMORY,
    };
    uint64_t version = 0;

    if (memcmp(item_value(item) + item->length, "\r\n", 2) != 0) {
        cache_item_drop(item);
        if (connection->is_meta) /* an error is told in any case */
            connection->is_quiet = false;
        reply_line(connection, BAD_DATA);
        return;
    }
    enum store_result result = cache_store(item, &connection->order, &version);
    if (connection->is_meta)
        meta_answer_store(connection, result, version);
    else
        reply_line(connection, answers[result]);
}
