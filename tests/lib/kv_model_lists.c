/* kv_model_lists.c -- lists and hashes in the model. */
#include "kv_model_steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Lists ----------------------------------------------------------------------------------- */

void step_push(struct step *step, bool at_start)
{
    struct key *key = step->key;
    int count = 1 + pick(step->keyspace, 3);

    begin(step, at_start ? "LPUSH" : "RPUSH");
    for (int i = 0; i < count; i++) {
        struct string text = random_text(step->keyspace, false);
        words_add_bytes(step->words, text.bytes, text.length);
        if (at_start)
            memmove(key->elements + 1, key->elements, (size_t)key->length * sizeof text);
        key->elements[at_start ? 0 : key->length] = text;
        key->length++;
    }
    key->present = true;
    expect_integer(step, key->length);
}

static void remove_elements(struct key *key, int first, int count)
{
    for (int i = first; i < first + count; i++)
        free(key->elements[i].bytes);
    memmove(key->elements + first, key->elements + first + count,
            (size_t)(key->length - first - count) * sizeof *key->elements);
    memset(key->elements + key->length - count, 0, (size_t)count * sizeof *key->elements);
    key->length -= count;
    if (key->length == 0)
        forget_value(key);
}

static void step_pop(struct step *step, bool at_start)
{
    struct key *key = step->key;

    begin(step, at_start ? "LPOP" : "RPOP");
    if (!key->present) {
        expect_null(step);
        return;
    }
    int position = at_start ? 0 : key->length - 1;
    expect_string(step, &key->elements[position]);
    remove_elements(key, position, 1);
}

static void expect_elements(struct step *step, int first, int last)
{
    struct form form = {0};

    form_begin_array(&form);
    for (int i = first; i <= last && i < step->key->length; i++)
        form_add_bulk(&form, step->key->elements[i].bytes, step->key->elements[i].length);
    expect_form(step, EXPECT_EXACTLY, form);
}

void step_lrange(struct step *step, int first, int last)
{
    begin(step, "LRANGE");
    words_add(step->words, "%d", first);
    words_add(step->words, "%d", last);
    expect_elements(step, first, last < 0 ? step->key->length + last : last);
}

static void step_lset(struct step *step)
{
    struct key *key = step->key;
    int position = pick(step->keyspace, LONGEST_LIST);
    struct string text = random_text(step->keyspace, false);

    begin(step, "LSET");
    words_add(step->words, "%d", position);
    words_add_bytes(step->words, text.bytes, text.length);
    if (key->present && position < key->length) {
        expect_status(step, "OK");
        set_string(&key->elements[position], text);
        return;
    }
    expect_error(step, key->present ? "ERR index out of range" : "ERR no such key");
    free(text.bytes);
}

/* Puts one element in a second place first, so that there is something to choose between. */
static void step_lrem(struct step *step)
{
    struct key *key = step->key;

    begin(step, "LREM");
    if (!key->present) {
        words_add(step->words, "0");
        words_add(step->words, "nothing");
        expect_integer(step, 0);
        return;
    }
    int position = pick(step->keyspace, key->length);
    bool from_end = pick(step->keyspace, 2);
    struct string wanted = copy_string(key->elements[position].bytes,
                                       key->elements[position].length);
    words_add(step->words, from_end ? "-1" : "1");
    words_add_bytes(step->words, wanted.bytes, wanted.length);
    expect_integer(step, 1);
    for (int i = 0; i < key->length; i++) {
        int at = from_end ? key->length - 1 - i : i;
        if (key->elements[at].length == wanted.length &&
            memcmp(key->elements[at].bytes, wanted.bytes, wanted.length) == 0) {
            remove_elements(key, at, 1);
            break;
        }
    }
    free(wanted.bytes);
}

static void step_ltrim(struct step *step)
{
    struct key *key = step->key;
    int first = pick(step->keyspace, 3), last = first + LONGEST_LIST / 2;

    begin(step, "LTRIM");
    words_add(step->words, "%d", first);
    words_add(step->words, "%d", last);
    expect_status(step, "OK");
    if (key->length > last + 1)
        remove_elements(key, last + 1, key->length - last - 1);
    if (first > 0 && key->length > 0)
        remove_elements(key, 0, first < key->length ? first : key->length);
}

void step_list(struct step *step)
{
    struct key *key = step->key;
    int position = pick(step->keyspace, 8);

    if (key->length > LONGEST_LIST - 4) {
        step_ltrim(step);
        return;
    }
    switch (pick(step->keyspace, 10)) {
    case 0: case 1: step_push(step, true); break;
    case 2: case 3: step_push(step, false); break;
    case 4: step_pop(step, true); break;
    case 5: step_pop(step, false); break;
    case 6: step_lrange(step, position, position + 5); break;
    case 7: step_lset(step); break;
    case 8: step_lrem(step); break;
    default:
        begin(step, "LINDEX");
        words_add(step->words, "%d", position);
        expect_string(step, position < key->length ? &key->elements[position]
                                                   : &(struct string){0});
    }
}

/* ---- Hashes ---------------------------------------------------------------------------------- */

static int count_fields(const struct key *key)
{
    int count = 0;
    for (int i = 0; i < FIELDS; i++)
        count += key->fields[i].bytes != NULL;
    return count;
}

void step_hset(struct step *step)
{
    struct key *key = step->key;
    int first = NUMBER_FIELDS + pick(step->keyspace, FIELDS - NUMBER_FIELDS), added = 0;

    begin(step, "HSET");
    for (int i = first; i < FIELDS && i < first + 3; i++) {
        struct string text = random_text(step->keyspace, false);
        words_add(step->words, "f%d", i);
        words_add_bytes(step->words, text.bytes, text.length);
        added += key->fields[i].bytes == NULL;
        set_string(&key->fields[i], text);
    }
    key->present = true;
    expect_integer(step, added);
}

static void step_hincrby(struct step *step, int field)
{
    struct key *key = step->key;
    int by = pick(step->keyspace, 1000) - 500;

    begin(step, "HINCRBY");
    words_add(step->words, "f%d", field);
    words_add(step->words, "%d", by);
    long long value = (key->fields[field].bytes ? atoll(key->fields[field].bytes) : 0) + by;
    set_string(&key->fields[field], number_string(value));
    key->present = true;
    expect_integer(step, value);
}

void step_hash_contents(struct step *step, bool names, bool values)
{
    struct form form = {0};
    char name[16];

    begin(step, names && values ? "HGETALL" : names ? "HKEYS" : "HVALS");
    form_begin_array(&form);
    for (int i = 0; i < FIELDS; i++) {
        if (!step->key->fields[i].bytes)
            continue;
        snprintf(name, sizeof name, "f%d", i);
        if (names)
            form_add_string(&form, name);
        if (values)
            form_add_bulk(&form, step->key->fields[i].bytes, step->key->fields[i].length);
    }
    expect_form(step, names && values ? EXPECT_PAIRS : EXPECT_ANY_ORDER, form);
}

static void step_hmget(struct step *step, int field)
{
    struct form form = {0};
    const struct key *key = step->key;

    begin(step, "HMGET");
    form_begin_array(&form);
    for (int i = field; i < field + 3; i++) { /* the last ones may not exist */
        words_add(step->words, "f%d", i);
        bool exists = i < FIELDS && key->fields[i].bytes;
        form_add_bulk(&form, exists ? key->fields[i].bytes : NULL,
                      exists ? key->fields[i].length : 0);
    }
    expect_form(step, EXPECT_EXACTLY, form);
}

void step_hash(struct step *step)
{
    struct key *key = step->key;
    int field = pick(step->keyspace, FIELDS);

    switch (pick(step->keyspace, 11)) {
    case 0: case 1: step_hset(step); break;
    case 2: step_hincrby(step, pick(step->keyspace, NUMBER_FIELDS)); break;
    case 3: step_hash_contents(step, true, true); break;
    case 4: step_hash_contents(step, true, false); break;
    case 5: step_hash_contents(step, false, true); break;
    case 6: step_hmget(step, field); break;
    case 7:
        begin(step, "HEXISTS");
        words_add(step->words, "f%d", field);
        expect_integer(step, key->fields[field].bytes != NULL);
        break;
    case 8:
        begin(step, "HLEN");
        expect_integer(step, count_fields(key));
        break;
    case 9:
        begin(step, "HDEL");
        words_add(step->words, "f%d", field);
        expect_integer(step, key->fields[field].bytes != NULL);
        set_string(&key->fields[field], (struct string){0});
        if (count_fields(key) == 0)
            forget_value(key);
        break;
    default:
        begin(step, "HGET");
        words_add(step->words, "f%d", field);
        expect_string(step, &key->fields[field]);
    }
}
