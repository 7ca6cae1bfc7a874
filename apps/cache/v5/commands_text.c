/* commands_text.c -- the classic commands about single items. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "commands.h"
#include "connection.h"
#include "item.h"
#include "lru.h"
#include "numbers.h"
#include "statistics.h"

/* ---- get, gets, gat, gats -------------------------------------------------------------------- */

static void show_item(struct connection *connection, struct item *item, bool with_version)
{
    reply_bytes(connection, "VALUE ", 6);
    reply_bytes(connection, item_key(item), item->key_length);
    reply_format(connection, " %" PRIu32 " %" PRIu32, item->client_flags, item->length);
    if (with_version)
        reply_format(connection, " %" PRIu64, item->version);
    reply_bytes(connection, "\r\n", 2);
    reply_bytes(connection, item_value(item), item->length + 2);
}

static void get_one(struct connection *connection, struct key key, bool with_version,
                    const int64_t *expires_at)
{
    pthread_mutex_t *lock = cache_lock(key);
    struct item *item = cache_get_locked(key);
    if (item) {
        if (expires_at)
            item->expires_at = *expires_at;
        show_item(connection, item, with_version);
        lru_touch(item);
        item_mark(item, ITEM_FETCHED);
    }
    cache_unlock(lock);
    if (expires_at) {
        COUNT(touch_commands);
        if (item)
            COUNT(touch_hits);
        else
            COUNT(touch_misses);
    }
}

static void get_all(struct connection *connection, struct words words, bool with_version,
                    const int64_t *expires_at)
{
    size_t output_before = buffer_length(&connection->output);
    struct word word;

    if (words_count(words) == 0) {
        reply_line(connection, NO_SUCH_COMMAND);
        return;
    }
    while (words_take(&words, &word)) {
        if (word.length > KEY_LENGTH_LIMIT) {
            /* Nothing of the answer has been sent yet. */
            connection->output.end = connection->output.start + output_before;
            reply_line(connection, BAD_FORMAT);
            return;
        }
        get_one(connection, (struct key){word.text, word.length}, with_version, expires_at);
    }
    reply_line(connection, "END");
}

void command_get(struct connection *connection, struct words words)
{
    get_all(connection, words, false, NULL);
}

void command_gets(struct connection *connection, struct words words)
{
    get_all(connection, words, true, NULL);
}

static void get_and_touch(struct connection *connection, struct words words, bool with_version)
{
    struct word word;
    int64_t time_to_live;

    if (words_count(words) < 2) {
        reply_line(connection, NO_SUCH_COMMAND);
        return;
    }
    words_take(&words, &word);
    if (!number_signed(word.text, word.length, &time_to_live)) {
        reply_line(connection, "CLIENT_ERROR invalid exptime argument");
        return;
    }
    int64_t expires_at = clock_expiry(time_to_live);
    get_all(connection, words, with_version, &expires_at);
}

void command_gat(struct connection *connection, struct words words)
{
    get_and_touch(connection, words, false);
}

void command_gats(struct connection *connection, struct words words)
{
    get_and_touch(connection, words, true);
}

/* ---- set and its like ------------------------------------------------------------------------ */

static bool take_number(struct words *words, int64_t *number)
{
    struct word word;

    return words_take(words, &word) && number_signed(word.text, word.length, number);
}

static void await_value(struct connection *connection, struct key key, uint32_t client_flags,
                        int64_t time_to_live, size_t length)
{
    struct item *item;
    enum item_new_result result =
        cache_item_new(key, client_flags, clock_expiry(time_to_live), length, &item);

    if (result != ITEM_NEW) {
        command_refuse_value(connection, key, length, result);
        return;
    }
    connection->storage.item = item;
    connection->storage.received = 0;
    connection->storage.is_meta = false;
    connection->state = READS_VALUE;
}

static void store(struct connection *connection, struct words words, enum store_mode mode)
{
    struct word key, word;
    uint32_t client_flags;
    int64_t time_to_live, length;
    uint64_t version = 0;

    COUNT(set_commands);
    command_take_noreply(connection, &words);
    if (words_count(words) != (mode == STORE_CAS ? 5 : 4)) {
        connection->is_quiet = false;
        reply_line(connection, NO_SUCH_COMMAND);
        return;
    }
    words_take(&words, &key);
    words_take(&words, &word);
    if (key.length > KEY_LENGTH_LIMIT ||
        !number_unsigned_32(word.text, word.length, &client_flags) ||
        !take_number(&words, &time_to_live) || !take_number(&words, &length)) {
        reply_line(connection, BAD_FORMAT);
        return;
    }
    if (mode == STORE_CAS &&
        (!words_take(&words, &word) || !number_unsigned(word.text, word.length, &version))) {
        reply_line(connection, BAD_FORMAT);
        return;
    }
    if (length < 0 || length > INT_MAX - 2) {
        reply_line(connection, BAD_FORMAT);
        return;
    }
    connection->storage.order = (struct store_order){.mode = mode, .version = version};
    await_value(connection, (struct key){key.text, key.length}, client_flags, time_to_live,
                (size_t)length);
}

void command_set(struct connection *connection, struct words words)
{
    store(connection, words, STORE_SET);
}

void command_add(struct connection *connection, struct words words)
{
    store(connection, words, STORE_ADD);
}

void command_replace(struct connection *connection, struct words words)
{
    store(connection, words, STORE_REPLACE);
}

void command_append(struct connection *connection, struct words words)
{
    store(connection, words, STORE_APPEND);
}

void command_prepend(struct connection *connection, struct words words)
{
    store(connection, words, STORE_PREPEND);
}

void command_cas(struct connection *connection, struct words words)
{
    store(connection, words, STORE_CAS);
}

/* ---- incr, decr ------------------------------------------------------------------------------ */

static void count_change(bool decrements, bool was_there)
{
    if (decrements && was_there)
        COUNT(decrement_hits);
    else if (decrements)
        COUNT(decrement_misses);
    else if (was_there)
        COUNT(increment_hits);
    else
        COUNT(increment_misses);
}

static void change(struct connection *connection, struct words words, bool decrements)
{
    struct change_order order = {.decrements = decrements};
    enum change_result result = CHANGE_NOT_FOUND;
    struct word key, delta;
    uint64_t number = 0;
    char answer[24];

    command_take_noreply(connection, &words);
    if (words_count(words) != 2) {
        connection->is_quiet = false;
        reply_line(connection, NO_SUCH_COMMAND);
        return;
    }
    words_take(&words, &key);
    words_take(&words, &delta);
    if (key.length > KEY_LENGTH_LIMIT) {
        reply_line(connection, BAD_FORMAT);
        return;
    }
    if (!number_unsigned(delta.text, delta.length, &order.delta)) {
        reply_line(connection, "CLIENT_ERROR invalid numeric delta argument");
        return;
    }
    struct key name = {key.text, key.length};
    pthread_mutex_t *lock = cache_lock(name);
    struct item *item = cache_find_locked(name);
    if (item)
        result = cache_change_locked(item, &order, &number);
    cache_unlock(lock);
    count_change(decrements, item);

    if (result == CHANGE_DONE) {
        snprintf(answer, sizeof answer, "%" PRIu64, number);
        reply_line(connection, answer);
    } else if (result == CHANGE_NOT_FOUND) {
        reply_line(connection, "NOT_FOUND");
    } else if (result == CHANGE_NO_NUMBER) {
        reply_line(connection, "CLIENT_ERROR cannot increment or decrement non-numeric value");
    } else {
        reply_line(connection, "SERVER_ERROR out of memory in incr");
    }
}

void command_incr(struct connection *connection, struct words words)
{
    change(connection, words, false);
}

void command_decr(struct connection *connection, struct words words)
{
    change(connection, words, true);
}

/* ---- touch, delete --------------------------------------------------------------------------- */

void command_touch(struct connection *connection, struct words words)
{
    struct word key;
    int64_t time_to_live;

    command_take_noreply(connection, &words);
    if (words_count(words) != 2) {
        connection->is_quiet = false;
        reply_line(connection, NO_SUCH_COMMAND);
        return;
    }
    words_take(&words, &key);
    if (key.length > KEY_LENGTH_LIMIT) {
        reply_line(connection, BAD_FORMAT);
        return;
    }
    if (!take_number(&words, &time_to_live)) {
        reply_line(connection, "CLIENT_ERROR invalid exptime argument");
        return;
    }
    COUNT(touch_commands);
    struct key name = {key.text, key.length};
    pthread_mutex_t *lock = cache_lock(name);
    struct item *item = cache_find_locked(name);
    if (item) {
        item->expires_at = clock_expiry(time_to_live);
        lru_touch(item);
    }
    cache_unlock(lock);
    if (item)
        COUNT(touch_hits);
    else
        COUNT(touch_misses);
    reply_line(connection, item ? "TOUCHED" : "NOT_FOUND");
}

void command_delete(struct connection *connection, struct words words)
{
    struct word key, zero;

    command_take_noreply(connection, &words);
    size_t count = words_count(words);
    if (count == 0 || count > 2) {
        connection->is_quiet = false;
        reply_line(connection, NO_SUCH_COMMAND);
        return;
    }
    words_take(&words, &key);
    if (words_take(&words, &zero) && !word_is(zero, "0")) {
        reply_line(connection, BAD_FORMAT ".  Usage: delete <key> [noreply]");
        return;
    }
    if (key.length > KEY_LENGTH_LIMIT) {
        reply_line(connection, BAD_FORMAT);
        return;
    }
    struct key name = {key.text, key.length};
    pthread_mutex_t *lock = cache_lock(name);
    struct item *item = cache_find_locked(name);
    if (item)
        cache_delete_locked(item);
    cache_unlock(lock);
    if (item)
        COUNT(delete_hits);
    else
        COUNT(delete_misses);
    reply_line(connection, item ? "DELETED" : "NOT_FOUND");
}
