/* commands_sorted_set.c -- commands on sorted sets. */
#include <math.h>
#include <stdlib.h>

#include "commands.h"
#include "reply.h"

static bool read_score(struct client *client, const struct text *text, double *score)
{
    if (text_to_double(text, score))
        return true;
    reply_error(client, "ERR value is not a valid float");
    return false;
}

static void reply_member(struct client *client, const struct skip_node *node, bool with_score)
{
    reply_text(client, node->member);
    if (with_score)
        reply_double(client, node->score);
}

/* ---- ZADD, ZINCRBY --------------------------------------------------------------------------- */

struct zadd_options {
    bool only_if_absent;
    bool only_if_present;
    bool only_if_greater;
    bool only_if_less;
    bool counts_changes;
    bool increments;
};

/* Returns the number of the first argument behind the options. */
static int read_zadd_options(struct text **arguments, int count, struct zadd_options *options)
{
    int i;
    for (i = 2; i < count; i++) {
        if (text_is(arguments[i], "nx"))
            options->only_if_absent = true;
        else if (text_is(arguments[i], "xx"))
            options->only_if_present = true;
        else if (text_is(arguments[i], "gt"))
            options->only_if_greater = true;
        else if (text_is(arguments[i], "lt"))
            options->only_if_less = true;
        else if (text_is(arguments[i], "ch"))
            options->counts_changes = true;
        else if (text_is(arguments[i], "incr"))
            options->increments = true;
        else
            break;
    }
    return i;
}

static bool zadd_options_agree(struct client *client, const struct zadd_options *options,
                               int pairs)
{
    int directions = options->only_if_greater + options->only_if_less + options->only_if_absent;

    if (options->only_if_absent && options->only_if_present)
        reply_error(client, "ERR XX and NX options at the same time are not compatible");
    else if (directions > 1)
        reply_error(client,
                    "ERR GT, LT, and/or NX options at the same time are not compatible");
    else if (options->increments && pairs != 1)
        reply_error(client, "ERR INCR option supports a single increment-element pair");
    else
        return true;
    return false;
}

struct zadd_outcome {
    long long added;
    long long changed;
    bool applied; /* for INCR: the last one */
    double score;
};

static void add_member(struct sorted_set *set, const struct text *member, double score,
                       const struct zadd_options *options, struct zadd_outcome *outcome)
{
    struct skip_node *node = sorted_set_find(set, member);

    outcome->applied = false;
    if (node ? options->only_if_absent : options->only_if_present)
        return;
    if (node && options->increments)
        score += node->score;
    if (node && ((options->only_if_greater && score <= node->score) ||
                 (options->only_if_less && score >= node->score)))
        return;
    outcome->applied = true;
    outcome->score = score;
    outcome->added += !node;
    outcome->changed += node && node->score != score;
    if (!isnan(score))
        sorted_set_put(set, member, score);
}

static void reply_zadd(struct client *client, const struct zadd_options *options,
                       const struct zadd_outcome *outcome)
{
    if (!options->increments)
        reply_integer(client, outcome->added + (options->counts_changes ? outcome->changed : 0));
    else if (!outcome->applied)
        reply_null(client);
    else if (isnan(outcome->score))
        reply_error(client, "ERR resulting score is not a number (NaN)");
    else
        reply_double(client, outcome->score);
}

void command_zadd(struct client *client, struct text **arguments, int count)
{
    struct zadd_options options = {0};
    struct zadd_outcome outcome = {0};
    struct object *object;
    double score;
    int first = read_zadd_options(arguments, count, &options);

    if (first == count || (count - first) % 2 != 0) {
        reply_syntax_error(client);
        return;
    }
    if (!zadd_options_agree(client, &options, (count - first) / 2))
        return;
    for (int i = first; i < count; i += 2)
        if (!read_score(client, arguments[i], &score))
            return;
    if (!find_or_add_typed(client, arguments[1], OBJECT_SORTED_SET, &object))
        return;
    for (int i = first; i < count; i += 2) {
        text_to_double(arguments[i], &score);
        add_member(object->sorted_set, arguments[i + 1], score, &options, &outcome);
    }
    delete_when_empty(client, arguments[1], object);
    reply_zadd(client, &options, &outcome);
}

void command_zincrby(struct client *client, struct text **arguments, int count)
{
    (void)count;
    static const struct zadd_options options = {.increments = true};
    struct zadd_outcome outcome = {0};
    struct object *object;
    double by;

    if (!read_score(client, arguments[2], &by) ||
        !find_or_add_typed(client, arguments[1], OBJECT_SORTED_SET, &object))
        return;
    add_member(object->sorted_set, arguments[3], by, &options, &outcome);
    reply_zadd(client, &options, &outcome);
}

/* ---- Reading --------------------------------------------------------------------------------- */

void command_zscore(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    if (!find_typed(client, arguments[1], OBJECT_SORTED_SET, &object))
        return;
    struct skip_node *node = object ? sorted_set_find(object->sorted_set, arguments[2]) : NULL;
    if (node)
        reply_double(client, node->score);
    else
        reply_null(client);
}

void command_zrank(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    if (!find_typed(client, arguments[1], OBJECT_SORTED_SET, &object))
        return;
    struct skip_node *node = object ? sorted_set_find(object->sorted_set, arguments[2]) : NULL;
    if (node)
        reply_integer(client, (long long)sorted_set_rank(object->sorted_set, node));
    else
        reply_null(client);
}

void command_zcard(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    if (find_typed(client, arguments[1], OBJECT_SORTED_SET, &object))
        reply_integer(client, object ? (long long)sorted_set_count(object->sorted_set) : 0);
}

void command_zrange(struct client *client, struct text **arguments, int count)
{
    struct object *object;
    long long first, last;
    size_t begin, end;
    bool with_scores = count == 5 && text_is(arguments[4], "withscores");

    if (count > 4 && !with_scores) {
        reply_syntax_error(client);
        return;
    }
    if (!read_integer(client, arguments[2], &first) ||
        !read_integer(client, arguments[3], &last) ||
        !find_typed(client, arguments[1], OBJECT_SORTED_SET, &object))
        return;
    clamp_range(first, last, object ? sorted_set_count(object->sorted_set) : 0, &begin, &end);
    reply_array(client, (end - begin) * (with_scores ? 2 : 1));
    if (begin == end)
        return;
    struct skip_node *node = sorted_set_at(object->sorted_set, begin);
    for (; begin < end; begin++, node = skip_node_next(node))
        reply_member(client, node, with_scores);
}

void command_zrevrange(struct client *client, struct text **arguments, int count)
{
    struct object *object;
    long long first, last;
    size_t begin, end;
    bool with_scores = count == 5 && text_is(arguments[4], "withscores");

    if (count > 4 && !with_scores) {
        reply_syntax_error(client);
        return;
    }
    if (!read_integer(client, arguments[2], &first) ||
        !read_integer(client, arguments[3], &last) ||
        !find_typed(client, arguments[1], OBJECT_SORTED_SET, &object))
        return;
    size_t members = object ? sorted_set_count(object->sorted_set) : 0;
    clamp_range(first, last, members, &begin, &end);
    reply_array(client, (end - begin) * (with_scores ? 2 : 1));
    if (begin == end)
        return;
    struct skip_node *node = sorted_set_at(object->sorted_set, members - 1 - begin);
    for (; begin < end; begin++, node = node->previous)
        reply_member(client, node, with_scores);
}

/* "1.5", "(1.5", "-inf", "+inf". */
static bool read_bound(const struct text *text, double *value, bool *excluded)
{
    *excluded = text->bytes[0] == '(';
    if (!*excluded)
        return text_to_double(text, value);
    struct text *number = text_new(text->bytes + 1, text->length - 1);
    bool valid = text_to_double(number, value);
    text_free(number);
    return valid;
}

struct range_options {
    bool with_scores;
    long long offset;
    long long limit; /* negative: all */
};

static bool read_range_options(struct client *client, struct text **arguments, int count,
                               struct range_options *options)
{
    for (int i = 4; i < count; i++) {
        if (text_is(arguments[i], "withscores")) {
            options->with_scores = true;
        } else if (text_is(arguments[i], "limit") && i + 2 < count) {
            if (!read_integer(client, arguments[i + 1], &options->offset) ||
                !read_integer(client, arguments[i + 2], &options->limit))
                return false;
            i += 2;
        } else {
            reply_syntax_error(client);
            return false;
        }
    }
    return true;
}

static size_t count_in_range(const struct skip_node *node, const struct score_range *range,
                             long long limit)
{
    size_t found = 0;
    for (; node && score_in_range(range, node->score) && limit != 0; node = skip_node_next(node)) {
        found++;
        limit--;
    }
    return found;
}

void command_zrangebyscore(struct client *client, struct text **arguments, int count)
{
    struct object *object;
    struct score_range range;
    struct range_options options = {.limit = -1};

    if (!read_bound(arguments[2], &range.lowest, &range.without_lowest) ||
        !read_bound(arguments[3], &range.highest, &range.without_highest)) {
        reply_error(client, "ERR min or max is not a float");
        return;
    }
    if (!read_range_options(client, arguments, count, &options) ||
        !find_typed(client, arguments[1], OBJECT_SORTED_SET, &object))
        return;
    struct skip_node *node = object ? sorted_set_first_in(object->sorted_set, &range) : NULL;
    if (options.offset < 0)
        node = NULL;
    for (; node && options.offset > 0; options.offset--)
        node = skip_node_next(node);
    size_t found = count_in_range(node, &range, options.limit);
    reply_array(client, found * (options.with_scores ? 2 : 1));
    for (; found > 0; found--, node = skip_node_next(node))
        reply_member(client, node, options.with_scores);
}

/* ---- Removing -------------------------------------------------------------------------------- */

void command_zrem(struct client *client, struct text **arguments, int count)
{
    struct object *object;
    long long removed = 0;

    if (!find_typed(client, arguments[1], OBJECT_SORTED_SET, &object))
        return;
    for (int i = 2; object && i < count; i++)
        removed += sorted_set_remove(object->sorted_set, arguments[i]);
    if (object)
        delete_when_empty(client, arguments[1], object);
    reply_integer(client, removed);
}

enum sorted_end { LOWEST, HIGHEST };

static void pop(struct client *client, struct text **arguments, int count, enum sorted_end end)
{
    struct object *object;
    long long wanted = 1;

    if (count > 3) {
        reply_syntax_error(client);
        return;
    }
    if (count == 3 && !read_integer(client, arguments[2], &wanted))
        return;
    if (wanted < 0) {
        reply_error(client, "ERR value is out of range, must be positive");
        return;
    }
    if (!find_typed(client, arguments[1], OBJECT_SORTED_SET, &object))
        return;
    size_t members = object ? sorted_set_count(object->sorted_set) : 0;
    if (wanted > (long long)members)
        wanted = (long long)members;
    reply_array(client, (size_t)wanted * 2);
    for (; wanted > 0; wanted--) {
        struct skip_node *node = end == LOWEST ? sorted_set_at(object->sorted_set, 0)
                                               : sorted_set_last(object->sorted_set);
        reply_member(client, node, true);
        sorted_set_remove(object->sorted_set, node->member);
    }
    if (object)
        delete_when_empty(client, arguments[1], object);
}

void command_zpopmin(struct client *client, struct text **arguments, int count)
{
    pop(client, arguments, count, LOWEST);
}

void command_zpopmax(struct client *client, struct text **arguments, int count)
{
    pop(client, arguments, count, HIGHEST);
}
