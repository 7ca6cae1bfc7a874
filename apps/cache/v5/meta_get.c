/* meta_get.c -- mg, me and mn: looking at items. */
#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "commands.h"
#include "connection.h"
#include "item.h"
#include "lru.h"
#include "meta.h"
#include "statistics.h"

/* What the item was before this request changed anything about it. */
struct sight {
    struct item *item;
    bool was_fetched;
    uint32_t idle; /* seconds */
    bool wins;     /* this client is to store it anew */
    bool is_stale, has_winner;
};

static void show_flag(struct connection *connection, const struct meta_request *request,
                      struct word flag, const struct sight *sight)
{
    const struct item *item = sight->item;

    switch (flag.text[0]) {
    case 'c':
        reply_format(connection, " c%" PRIu64, item->version);
        break;
    case 'f':
        reply_format(connection, " f%" PRIu32, item->client_flags);
        break;
    case 'h':
        reply_format(connection, " h%d", sight->was_fetched);
        break;
    case 'l':
        reply_format(connection, " l%" PRIu32, sight->idle);
        break;
    case 's':
        reply_format(connection, " s%" PRIu32, item->length);
        break;
    case 't':
        meta_show_time_to_live(connection, item);
        break;
    default:
        meta_repeat(connection, request, flag);
        break;
    }
}

static void show_item(struct connection *connection, const struct meta_request *request,
                      const struct sight *sight)
{
    if (meta_has(request, 'v'))
        reply_format(connection, "VA %" PRIu32, sight->item->length);
    else
        reply_bytes(connection, "HD", 2);
    for (size_t i = 0; i < request->flag_count; i++)
        show_flag(connection, request, request->flags[i], sight);
    if (sight->has_winner)
        reply_bytes(connection, " Z", 2);
    if (sight->is_stale)
        reply_bytes(connection, " X", 2);
    if (sight->wins)
        reply_bytes(connection, " W", 2);
    reply_bytes(connection, "\r\n", 2);
    if (meta_has(request, 'v'))
        reply_bytes(connection, item_value(sight->item), sight->item->length + 2);
}

/* A stale item, or one that is about to expire, is stored anew by one client: the first to ask. */
static void choose_winner(struct item *item, const struct meta_request *request,
                          struct sight *sight)
{
    bool is_about_to_expire = meta_has(request, 'R') && item->expires_at != EXPIRES_NEVER &&
                              item->expires_at - clock_now() < request->recache;

    sight->is_stale = item_is(item, ITEM_STALE);
    if (item_is(item, ITEM_WON)) {
        sight->has_winner = true;
    } else if (sight->is_stale || is_about_to_expire) {
        item_mark(item, ITEM_WON);
        sight->wins = true;
    }
}

static void see_item(struct item *item, const struct meta_request *request, struct sight *sight)
{
    *sight = (struct sight){
        .item = item,
        .was_fetched = item_is(item, ITEM_FETCHED),
        .idle = (uint32_t)clock_now() - item_last_used(item),
    };
    choose_winner(item, request, sight);
    if (meta_has(request, 'T'))
        item->expires_at = request->time_to_live_at;
}

/* A miss with N: an empty item, which this client is to fill.  NULL: there is no memory. */
static bool vivify(const struct meta_request *request)
{
    static const struct store_order order = {.mode = STORE_ADD};
    struct item *item;

    if (cache_item_new(request->key, 0, request->vivify_at, 0, &item) != ITEM_NEW)
        return false;
    item_mark(item, ITEM_WON);
    return cache_store(item, &order, NULL) == STORE_DONE;
}

void command_meta_get(struct connection *connection, struct words words)
{
    struct meta_request request;
    struct sight sight;
    const char *error = meta_parse(words, "bcfhklqstvONRTE", NULL, &request);
    bool is_new = false;

    COUNT(meta_commands);
    if (error) {
        reply_line(connection, error);
        return;
    }
    pthread_mutex_t *lock = cache_lock(request.key);
    struct item *item = cache_get_locked(request.key);
    if (!item && meta_has(&request, 'N')) {
        cache_unlock(lock);
        is_new = vivify(&request);
        cache_lock(request.key);
        item = cache_find_locked(request.key);
    }
    if (item) {
        see_item(item, &request, &sight);
        if (is_new) {
            sight.wins = true;
            sight.has_winner = false;
        }
        show_item(connection, &request, &sight);
        if (!is_new) {
            lru_touch(item);
            item_mark(item, ITEM_FETCHED);
        }
    }
    cache_unlock(lock);
    if (!item && !meta_has(&request, 'q'))
        reply_line(connection, "EN");
}

void command_meta_debug(struct connection *connection, struct words words)
{
    struct meta_request request;
    const char *error = meta_parse(words, "b", NULL, &request);

    if (error) {
        reply_line(connection, error);
        return;
    }
    pthread_mutex_t *lock = cache_lock(request.key);
    struct item *item = cache_find_locked(request.key);
    if (item) {
        int64_t left = item->expires_at == EXPIRES_NEVER
                           ? -1 : item->expires_at - clock_now();
        reply_bytes(connection, "ME ", 3);
        reply_bytes(connection, request.written_key.text, request.written_key.length);
        reply_format(connection, " exp=%" PRId64 " la=%" PRIu32 " cas=%" PRIu64 " fetch=%s cls=%u "
                     "size=%zu\r\n", left, (uint32_t)clock_now() - item_last_used(item),
                     item->version,
                     item_is(item, ITEM_FETCHED) ? "yes" : "no", item->slab_class,
                     item_size(item->key_length, item->length));
    }
    cache_unlock(lock);
    if (!item)
        reply_line(connection, "EN");
}

void command_meta_nothing(struct connection *connection, struct words words)
{
    (void)words;
    reply_line(connection, "MN");
}
