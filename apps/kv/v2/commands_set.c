/* commands_set.c -- commands on sets. */
#include "commands.h"
#include "reply.h"

void command_sadd(struct client *client, struct text **arguments, int count)
{
    struct object *object;
    long long added = 0;

    if (!find_or_add_typed(client, arguments[1], OBJECT_SET, &object))
        return;
    for (int i = 2; i < count; i++) {
        if (dictionary_find(object->set, arguments[i]))
            continue;
        dictionary_add(object->set, arguments[i], NULL);
        arguments[i] = NULL;
        added++;
    }
    reply_integer(client, added);
}

void command_srem(struct client *client, struct text **arguments, int count)
{
    struct object *object;
    long long removed = 0;

    if (!find_typed(client, arguments[1], OBJECT_SET, &object))
        return;
    for (int i = 2; object && i < count; i++)
        removed += dictionary_remove(object->set, arguments[i], NULL);
    if (object)
        delete_when_empty(client, arguments[1], object);
    reply_integer(client, removed);
}

void command_smembers(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;

    if (!find_typed(client, arguments[1], OBJECT_SET, &object))
        return;
    reply_array(client, object ? object->set->count : 0);
    if (!object)
        return;
    struct dictionary_iterator iterator = dictionary_iterate(object->set);
    struct entry *entry;
    while ((entry = dictionary_next(&iterator)))
        reply_text(client, entry->key);
}

void command_sismember(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    if (find_typed(client, arguments[1], OBJECT_SET, &object))
        reply_integer(client, object && dictionary_find(object->set, arguments[2]));
}

void command_scard(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *object;
    if (find_typed(client, arguments[1], OBJECT_SET, &object))
        reply_integer(client, object ? (long long)object->set->count : 0);
}

static void pop_one(struct client *client, struct dictionary *set)
{
    struct text *member = text_copy(dictionary_random(set)->key);
    dictionary_remove(set, member, NULL);
    reply_text(client, member);
    text_free(member);
}

void command_spop(struct client *client, struct text **arguments, int count)
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
    if (!find_typed(client, arguments[1], OBJECT_SET, &object))
        return;
    if (!object && count == 2) {
        reply_null(client);
        return;
    }
    size_t members = object ? object->set->count : 0;
    if (wanted > (long long)members)
        wanted = (long long)members;
    if (count == 3)
        reply_array(client, (size_t)wanted);
    while (wanted-- > 0)
        pop_one(client, object->set);
    if (object)
        delete_when_empty(client, arguments[1], object);
}
