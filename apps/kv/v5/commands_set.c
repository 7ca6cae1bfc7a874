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

void command_smove(struct client *client, struct text **arguments, int count)
{
    (void)count;
    struct object *from, *to;
    if (!find_typed(client, arguments[1], OBJECT_SET, &from) ||
        !find_typed(client, arguments[2], OBJECT_SET, &to))
        return;
    bool present = from && dictionary_find(from->set, arguments[3]);
    if (present && from != to) {
        dictionary_remove(from->set, arguments[3], NULL);
        delete_when_empty(client, arguments[1], from);
        find_or_add_typed(client, arguments[2], OBJECT_SET, &to);
        if (!dictionary_find(to->set, arguments[3])) {
            dictionary_add(to->set, arguments[3], NULL);
            arguments[3] = NULL;
        }
    }
    reply_integer(client, present);
}

/* ---- SINTER, SUNION, SDIFF ------------------------------------------------------------------- */

/* A missing key is an empty set: *set is NULL then.  False: the client has its answer. */
static bool find_set(struct client *client, const struct text *key, struct dictionary **set)
{
    struct object *object;
    if (!find_typed(client, key, OBJECT_SET, &object))
        return false;
    *set = object ? object->set : NULL;
    return true;
}

/* The first set, copied. */
static struct dictionary *copy_set(const struct dictionary *set)
{
    struct dictionary *copy = dictionary_new();
    if (!set)
        return copy;
    struct dictionary_iterator iterator = dictionary_iterate(set);
    struct entry *entry;
    while ((entry = dictionary_next(&iterator)))
        dictionary_add(copy, text_copy(entry->key), NULL);
    return copy;
}

static void add_members(struct dictionary *result, const struct dictionary *set)
{
    if (!set)
        return;
    struct dictionary_iterator iterator = dictionary_iterate(set);
    struct entry *entry;
    while ((entry = dictionary_next(&iterator)))
        if (!dictionary_find(result, entry->key))
            dictionary_add(result, text_copy(entry->key), NULL);
}

/* The members that are in the set, or the ones that are not. */
static struct dictionary *filter_members(struct dictionary *members,
                                         const struct dictionary *set, bool in_set)
{
    struct dictionary *result = dictionary_new();
    struct dictionary_iterator iterator = dictionary_iterate(members);
    struct entry *entry;

    while ((entry = dictionary_next(&iterator)))
        if ((set && dictionary_find(set, entry->key)) == in_set)
            dictionary_add(result, text_copy(entry->key), NULL);
    dictionary_free(members, NULL);
    return result;
}

static void reply_members(struct client *client, const struct dictionary *set)
{
    struct dictionary_iterator iterator = dictionary_iterate(set);
    struct entry *entry;

    reply_array(client, set->count);
    while ((entry = dictionary_next(&iterator)))
        reply_text(client, entry->key);
}

enum set_operation { INTERSECTION, UNION, DIFFERENCE };

static void combine(struct client *client, struct text **arguments, int count,
                    enum set_operation operation)
{
    struct dictionary *set = NULL;

    for (int i = 1; i < count; i++)
        if (!find_set(client, arguments[i], &set))
            return;
    find_set(client, arguments[1], &set);
    struct dictionary *result = copy_set(set);
    for (int i = 2; i < count; i++) {
        find_set(client, arguments[i], &set);
        if (operation == UNION)
            add_members(result, set);
        else
            result = filter_members(result, set, operation == INTERSECTION);
    }
    reply_members(client, result);
    dictionary_free(result, NULL);
}

void command_sinter(struct client *client, struct text **arguments, int count)
{
    combine(client, arguments, count, INTERSECTION);
}

void command_sunion(struct client *client, struct text **arguments, int count)
{
    combine(client, arguments, count, UNION);
}

void command_sdiff(struct client *client, struct text **arguments, int count)
{
    combine(client, arguments, count, DIFFERENCE);
}
