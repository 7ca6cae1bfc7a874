/* meta_change.c -- ms, md and ma: storing, deleting and calculating with flags. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "commands.h"
#include "connection.h"
#include "item.h"
#include "lru.h"
#include "meta.h"
#include "statistics.h"

/* ---- ms -------------------------------------------------------------------------------------- */

/* In the text that is kept until the value has come: the version goes here. */
#define VERSION_MARK '\1'

static void keep_echo(struct connection *connection, const struct meta_request *request)
{
    char *end = connection->echo;

    for (size_t i = 0; i < request->flag_count; i++) {
        struct word flag = request->flags[i];
        if (!strchr("Okbc", flag.text[0]))
            continue;
        *end++ = ' ';
        if (flag.text[0] == 'c') {
            *end++ = VERSION_MARK;
            continue;
        }
        if (flag.text[0] == 'k') {
            *end++ = 'k';
            flag = request->written_key;
        }
        memcpy(end, flag.text, flag.length);
        end += flag.length;
    }
    connection->echo_length = (size_t)(end - connection->echo);
}

static void show_echo(struct connection *connection, uint64_t version)
{
    const char *text = connection->echo, *end = text + connection->echo_length;
    const char *mark = memchr(text, VERSION_MARK, connection->echo_length);

    if (mark) {
        reply_bytes(connection, text, (size_t)(mark - text));
        reply_format(connection, "c%" PRIu64, version);
        text = mark + 1;
    }
    reply_bytes(connection, text, (size_t)(end - text));
    reply_bytes(connection, "\r\n", 2);
}

void meta_answer_store(struct connection *connection, enum store_result result, uint64_t version)
{
    static const char *const codes[] = {
        [STORE_DONE] = "HD",
        [STORE_NOT] = "NS",
        [STORE_CHANGED] = "EX",
        [STORE_NOT_FOUND] = "NF",
    };
    bool is_quiet = connection->is_quiet;

    connection->is_quiet = false;
    if (result == STORE_TOO_LARGE || result == STORE_NO_MEMORY) {
        reply_line(connection, result == STORE_TOO_LARGE ? TOO_LARGE : NO_MEMORY);
    } else if (!is_quiet || result != STORE_DONE) {
        reply_bytes(connection, codes[result], 2);
        show_echo(connection, version);
    }
}

static bool mode_of(char letter, enum store_mode *mode)
{
    switch (letter) {
    case 0:
    case 'S':
        *mode = STORE_SET;
        return true;
    case 'E':
        *mode = STORE_ADD;
        return true;
    case 'R':
        *mode = STORE_REPLACE;
        return true;
    case 'A':
        *mode = STORE_APPEND;
        return true;
    case 'P':
        *mode = STORE_PREPEND;
        return true;
    default:
        return false;
    }
}

void command_meta_set(struct connection *connection, struct words words)
{
    struct meta_request request;
    struct item *item;
    enum store_mode mode = STORE_SET;
    int64_t length = -1;
    const char *error = meta_parse(words, "bckqCFIMOST", &length, &request);

    COUNT(meta_commands);
    COUNT(set_commands);
    if (!error && !mode_of(request.mode, &mode))
        error = "CLIENT_ERROR invalid mode for ms M token";
    if (error) {
        reply_line(connection, error);
        if (length >= 0)
            command_skip_value(connection, (size_t)length + 2);
        return;
    }
    enum item_new_result result = cache_item_new(request.key, request.client_flags,
                                                 request.time_to_live_at, (size_t)length, &item);
    if (result != ITEM_NEW) {
        command_refuse_value(connection, request.key, (size_t)length, result);
        return;
    }
    keep_echo(connection, &request);
    connection->is_quiet = meta_has(&request, 'q');
    connection->order = (struct store_order){
        .mode = mode,
        .compares = meta_has(&request, 'C'),
        .invalidates = meta_has(&request, 'I'),
        .version = request.version,
    };
    connection->storing = item;
    connection->stored = 0;
    connection->is_meta = true;
    connection->state = READS_VALUE;
}

/* ---- md -------------------------------------------------------------------------------------- */

static const char *delete_or_invalidate(const struct meta_request *request)
{
    struct item *item = cache_find_locked(request->key);

    if (!item) {
        COUNT(delete_misses);
        return "NF";
    }
    if (meta_has(request, 'C') && item->version != request->version)
        return "EX";
    if (!meta_has(request, 'I')) {
        cache_delete_locked(item);
        COUNT(delete_hits);
        return "HD";
    }
    if (meta_has(request, 'T'))
        item->expires_at = request->time_to_live_at;
    item->state |= ITEM_STALE;
    item->state &= (uint8_t)~ITEM_WON;
    cache_renew_locked(item);
    return "HD";
}

void command_meta_delete(struct connection *connection, struct words words)
{
    struct meta_request request;
    const char *error = meta_parse(words, "bkqCIOT", NULL, &request);

    COUNT(meta_commands);
    if (error) {
        reply_line(connection, error);
        return;
    }
    cache_lock();
    const char *code = delete_or_invalidate(&request);
    cache_unlock();
    if (!meta_has(&request, 'q') || strcmp(code, "HD") != 0)
        meta_answer(connection, &request, code);
}

/* ---- ma -------------------------------------------------------------------------------------- */

static void show_number(struct connection *connection, const struct meta_request *request,
                        const struct item *item, uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number);

    if (meta_has(request, 'v'))
        reply_format(connection, "VA %d", length);
    else
        reply_bytes(connection, "HD", 2);
    for (size_t i = 0; i < request->flag_count; i++) {
        struct word flag = request->flags[i];
        if (flag.text[0] == 'c')
            reply_format(connection, " c%" PRIu64, item->version);
        else if (flag.text[0] == 't')
            meta_show_time_to_live(connection, item);
        else
            meta_repeat(connection, request, flag);
    }
    reply_bytes(connection, "\r\n", 2);
    if (meta_has(request, 'v')) {
        reply_bytes(connection, digits, (size_t)length);
        reply_bytes(connection, "\r\n", 2);
    }
}

static enum store_result make_number(const struct meta_request *request)
{
    static const struct store_order order = {.mode = STORE_ADD};
    struct item *item;
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, request->initial);

    if (cache_item_new(request->key, 0, request->vivify_at, (size_t)length, &item) != ITEM_NEW)
        return STORE_NO_MEMORY;
    memcpy(item_value(item), digits, (size_t)length);
    return cache_store(item, &order, NULL);
}

static enum change_result calculate(struct connection *connection,
                                    const struct meta_request *request, bool decrements)
{
    struct change_order order = {
        .decrements = decrements,
        .compares = meta_has(request, 'C'),
        .delta = request->delta,
        .version = request->version,
    };
    struct item *item = cache_find_locked(request->key);
    uint64_t number;

    if (!item)
        return CHANGE_NOT_FOUND;
    enum change_result result = cache_change_locked(item, &order, &number);
    if (result != CHANGE_DONE)
        return result;
    item = cache_find_locked(request->key); /* a longer number is another item */
    if (meta_has(request, 'T'))
        item->expires_at = request->time_to_live_at;
    if (!meta_has(request, 'q'))
        show_number(connection, request, item, number);
    return CHANGE_DONE;
}

/* The number was not there before: that is told whoever asked to be spared. */
static void show_made(struct connection *connection, const struct meta_request *request)
{
    cache_lock();
    struct item *item = cache_find_locked(request->key);
    if (!item)
        meta_answer(connection, request, "NS");
    else
        show_number(connection, request, item, request->initial);
    cache_unlock();
}

static void count_change(bool decrements, enum change_result result)
{
    if (result == CHANGE_NOT_FOUND && decrements)
        COUNT(decrement_misses);
    else if (result == CHANGE_NOT_FOUND)
        COUNT(increment_misses);
    else if (decrements)
        COUNT(decrement_hits);
    else
        COUNT(increment_hits);
}

void command_meta_arithmetic(struct connection *connection, struct words words)
{
    struct meta_request request;
    const char *error = meta_parse(words, "bckqtvCDJMNOT", NULL, &request);
    bool decrements = request.mode == 'D' || request.mode == '-';

    COUNT(meta_commands);
    if (!error && request.mode && !decrements && request.mode != 'I' && request.mode != '+')
        error = "CLIENT_ERROR invalid mode for ma M token";
    if (error) {
        reply_line(connection, error);
        return;
    }
    cache_lock();
    enum change_result result = calculate(connection, &request, decrements);
    cache_unlock();
    count_change(decrements, result);
    if (result == CHANGE_NOT_FOUND && meta_has(&request, 'N')) {
        if (make_number(&request) == STORE_NO_MEMORY)
            reply_line(connection, NO_MEMORY);
        else
            show_made(connection, &request);
    } else if (result == CHANGE_NOT_FOUND) {
        meta_answer(connection, &request, "NF");
    } else if (result == CHANGE_MISMATCH) {
        meta_answer(connection, &request, "EX");
    } else if (result == CHANGE_NO_NUMBER) {
        reply_line(connection, "CLIENT_ERROR cannot increment or decrement non-numeric value");
    } else if (result == CHANGE_NO_MEMORY) {
        reply_line(connection, NO_MEMORY);
    }
}
