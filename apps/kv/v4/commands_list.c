/* commands_list.c -- commands on lists. */
#include "commands.h"
#include "reply.h"

static void push(struct client *client, struct text **arguments, int count, enum list_end end)
{
    struct object *object;
    if (!find_or_add_typed(client, arguments[1], OBJECT_LIST, &object))
        return;
    for (int i = 2; i < count; i++) {
        list_push(object->list, end, arguments[i]);
        arguments[i] = NULL;
    }
    reply_integer(client, (long long)object->list->length);
}

void command_lpush(struct client *client, struct text **arguments, int count)
{
    push(client, arguments, count, LIST_FIRST);
}

void command_rpush(struct client *client, struct text **arguments, int count)
{
    push(client, arguments, count, LIST_LAST);
}

static void pop_one(struct client *client, struct list *list, enum list_end end)
{
    struct text *value = list_pop(list, end);
    reply_text(client, value);
    text_free(value);
}

static void pop(struct client *client, struct text **arguments, int count, enum list_end end)
{
    struct object *object;
    long long wanted = 1;

    if (count > 3) {
        reply_wrong_argument_count(client, arguments[0]);
        return;
    }
    if (count == 3 && !read_integer(client, arguments[2], &wanted))
        return;
    if (wanted < 0) {
        reply_error(client, "ERR value is out of range, must be positive");
        return;
    }
    if (!find_typed(client, arguments[1], OBJECT_LIST, &object))
        return;
    if (!object) {
        if (count == 3)
            reply_null_array(client);
        else
            reply_null(client);
        return;
    }
    if (wanted > (long long)object->list->length)
        wanted = (long long)object->list->length;
    if (count == 3)
        reply_array(client, (size_t)wanted);
    while (wanted-- > 0)
        pop_one(client, object->list, end);
    delete_when_empty(client, arguments[1], object);
}

void command_lpop(struct client *client, struct text **arguments, int count)
{
    pop(client, arguments, count, LIST_FIRST);
}

void command_rpop(struct client *client, struct text **arguments, int count)
{
    pop(client, arguments, count, LIST_LAST);
}

void command_llen(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    if (find_typed(client, arguments[1], OBJECT_LIST, &object))
        reply_integer(client, object ? (long long)object->list->length : 0);
}

static void reply_element(const struct text *value, void *client)
{
    reply_text(client, value);
}

void command_lrange(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    long long first, last;
    size_t begin, end;
    if (!read_integer(client, arguments[2], &first) ||
        !read_integer(client, arguments[3], &last) ||
        !find_typed(client, arguments[1], OBJECT_LIST, &object))
        return;
    clamp_range(first, last, object ? object->list->length : 0, &begin, &end);
    reply_array(client, end - begin);
    if (object)
        list_visit(object->list, begin, end - begin, reply_element, client);
}

/* A position that may count from the end.  False: outside the list. */
static bool find_position(const struct list *list, long long index, size_t *position)
{
    if (index < 0)
        index += (long long)list->length;
    *position = (size_t)index;
    return index >= 0 && *position < list->length;
}

void command_lindex(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    long long index;
    size_t position;
    if (!read_integer(client, arguments[2], &index) ||
        !find_typed(client, arguments[1], OBJECT_LIST, &object))
        return;
    if (object && find_position(object->list, index, &position))
        reply_text(client, list_at(object->list, position));
    else
        reply_null(client);
}

void command_lset(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    long long index;
    size_t position;
    if (!read_integer(client, arguments[2], &index) ||
        !find_typed(client, arguments[1], OBJECT_LIST, &object))
        return;
    if (!object) {
        reply_error(client, "ERR no such key");
    } else if (!find_position(object->list, index, &position)) {
        reply_error(client, "ERR index out of range");
    } else {
        list_replace(object->list, position, arguments[3]);
        arguments[3] = NULL;
        reply_ok(client);
    }
}

void command_lrem(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    long long limit;
    if (!read_integer(client, arguments[2], &limit) ||
        !find_typed(client, arguments[1], OBJECT_LIST, &object))
        return;
    if (!object) {
        reply_integer(client, 0);
        return;
    }
    enum list_end from = limit < 0 ? LIST_LAST : LIST_FIRST;
    size_t most = object->list->length;
    if (limit != 0 && limit > -(long long)most && limit < (long long)most)
        most = (size_t)(limit < 0 ? -limit : limit);
    reply_integer(client, (long long)list_remove(object->list, from, most, arguments[3]));
    delete_when_empty(client, arguments[1], object);
}

/* What LPOS looks for while the list is visited. */
struct search {
    const struct text *wanted;
    long long position;
    long long found_at; /* -1: not yet */
};

static void compare_element(const struct text *value, void *context)
{
    struct search *search = context;
    if (search->found_at < 0 && text_equal(value, search->wanted))
        search->found_at = search->position;
    search->position++;
}

void command_lpos(struct client *client, struct text **arguments, int count)
{
    struct object *object;
    if (count > 3) {
        reply_error(client, "ERR LPOS knows no options yet");
        return;
    }
    if (!find_typed(client, arguments[1], OBJECT_LIST, &object))
        return;
    struct search search = {.wanted = arguments[2], .found_at = -1};
    if (object)
        list_visit(object->list, 0, object->list->length, compare_element, &search);
    if (search.found_at < 0)
        reply_null(client);
    else
        reply_integer(client, search.found_at);
}

void command_ltrim(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    long long first, last;
    size_t begin, end;
    if (!read_integer(client, arguments[2], &first) ||
        !read_integer(client, arguments[3], &last) ||
        !find_typed(client, arguments[1], OBJECT_LIST, &object))
        return;
    if (object) {
        clamp_range(first, last, object->list->length, &begin, &end);
        list_trim(object->list, begin, end - begin);
        delete_when_empty(client, arguments[1], object);
    }
    reply_ok(client);
}
