/* kv_model.c -- what a Redis-protocol server ought to hold and answer: choosing commands, strings,
 * and what works on keys of any type. */
#include "kv_model_steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Keys of any type ------------------------------------------------------------------------ */

void forget_value(struct key *key)
{
    set_string(&key->text, (struct string){0});
    for (int i = 0; i < key->length; i++)
        set_string(&key->elements[i], (struct string){0});
    for (int i = 0; key->kind == HASH && i < FIELDS; i++)
        set_string(&key->fields[i], (struct string){0});
    key->length = 0;
    key->members = 0;
    key->number = 0;
    key->present = false;
    key->deadline = 0;
    key->expires_soon = false;
    key->last_deadline = 0;
}

static void step_delete(struct step *step)
{
    begin(step, "DEL");
    expect_integer(step, step->key->present);
    forget_value(step->key);
}

static void step_expire(struct step *step)
{
    int seconds = 1000 + pick(step->keyspace, 100000);

    begin(step, "EXPIRE");
    words_add(step->words, "%d", seconds);
    expect_integer(step, step->key->present);
    if (step->key->present)
        step->key->deadline = step->now + seconds * 1000LL;
}

static void step_persist(struct step *step)
{
    begin(step, "PERSIST");
    expect_integer(step, step->key->present && step->key->deadline != 0);
    step->key->deadline = 0;
}

/* The server counts from when it executes the command, which an update may delay: a minute is
 * certainly enough, and little beside times to live of a quarter of an hour and more. */
static void step_pttl(struct step *step)
{
    const struct key *key = step->key;

    begin(step, "PTTL");
    if (!key->present)
        expect_integer(step, -2);
    else if (key->deadline == 0)
        expect_integer(step, -1);
    else
        expect_between(step, key->deadline - step->now - 60000,
                       key->deadline - step->now + 60000);
}

static void step_type(struct step *step)
{
    static const char *const names[] = {"string", "string", "list", "hash", "set", "zset"};
    begin(step, "TYPE");
    expect_status(step, step->key->present ? names[step->key->kind] : "none");
}

static void step_exists(struct step *step)
{
    begin(step, "EXISTS");
    expect_integer(step, step->key->present);
}

static void step_wrong_type(struct step *step)
{
    bool is_string = step->key->kind == NUMBER || step->key->kind == TEXT;

    if (!step->key->present) {
        step_exists(step);
        return;
    }
    begin(step, is_string ? "LLEN" : "GET");
    expect_error(step, "WRONGTYPE Operation against a key holding the wrong kind of value");
}

/* Moves the value to a key that keeps its kind: one of the same kind in this keyspace. */
static void step_rename(struct step *step)
{
    struct keyspace *keyspace = step->keyspace;
    int target_index = (step->index + KIND_COUNT) % keyspace->key_count;
    struct key *target = &keyspace->keys[target_index];

    if (target->kind != step->key->kind || target->expires_soon || target == step->key) {
        step_exists(step);
        return;
    }
    begin(step, "RENAME");
    words_add(step->words, "%s:%d", keyspace->name, target_index);
    if (!step->key->present) {
        expect_error(step, "ERR no such key");
        return;
    }
    expect_status(step, "OK");
    forget_value(target);
    struct key moved = *step->key;
    *step->key = *target;
    *target = moved;
}

/* ---- Strings --------------------------------------------------------------------------------- */

/* Of a key set to expire soon, in milliseconds. */
#define SHORT_LIFE 1500

void key_begin_short_life(struct key *key, long long received_at)
{
    key->last_deadline = received_at + SHORT_LIFE;
}

static void put_text(struct key *key, struct string text)
{
    set_string(&key->text, text);
    key->present = true;
    key->deadline = 0;
}

/* False: the key will expire soon; how soon only the time of the reply will tell. */
static bool step_set(struct step *step)
{
    struct key *key = step->key;
    struct string text = random_text(step->keyspace, true);
    int form = pick(step->keyspace, 8);
    bool refused = (form == 1 && key->present) || (form == 2 && !key->present);

    begin(step, "SET");
    words_add_bytes(step->words, text.bytes, text.length);
    if (form == 1)
        words_add(step->words, "NX");
    else if (form == 2)
        words_add(step->words, "xx");
    else if (form == 3)
        words_add(step->words, "EX"), words_add(step->words, "5000");
    else if (form == 4)
        words_add(step->words, "PX"), words_add(step->words, "%d", SHORT_LIFE);
    if (refused) {
        expect_null(step);
        free(text.bytes);
        return true;
    }
    expect_status(step, "OK");
    put_text(key, text);
    if (form == 3)
        key->deadline = step->now + 5000000;
    if (form != 4)
        return true;
    key->deadline = step->now + SHORT_LIFE;
    key->expires_soon = true;
    step->expectation->kind = EXPECT_SHORT_LIFE;
    step->expectation->key = key;
    return false;
}

static void step_get(struct step *step)
{
    begin(step, "GET");
    expect_string(step, &step->key->text);
}

static void step_append(struct step *step)
{
    struct string *text = &step->key->text;
    struct string more = random_text(step->keyspace, false);

    begin(step, "APPEND");
    words_add_bytes(step->words, more.bytes, more.length);
    char *joined = realloc(text->bytes, text->length + more.length + 1);
    if (!joined)
        exit(2);
    memcpy(joined + text->length, more.bytes, more.length + 1);
    *text = (struct string){joined, text->length + more.length};
    step->key->present = true;
    expect_integer(step, (long long)text->length);
    free(more.bytes);
}

static void step_getrange(struct step *step)
{
    int first = pick(step->keyspace, 20), count = pick(step->keyspace, 20);
    const struct string *text = &step->key->text;
    size_t begin_at = (size_t)first < text->length ? (size_t)first : text->length;
    size_t length = text->length - begin_at;

    begin(step, "GETRANGE");
    words_add(step->words, "%d", first);
    words_add(step->words, "%d", first + count);
    if (length > (size_t)count + 1)
        length = (size_t)count + 1;
    expect_bytes(step, "$=", text->bytes ? text->bytes + begin_at : "", length);
}

static void step_getset(struct step *step)
{
    struct string text = random_text(step->keyspace, false);

    begin(step, "GETSET");
    words_add_bytes(step->words, text.bytes, text.length);
    expect_string(step, &step->key->text);
    put_text(step->key, text);
}

static void step_setnx(struct step *step)
{
    struct string text = random_text(step->keyspace, false);

    begin(step, "SETNX");
    words_add_bytes(step->words, text.bytes, text.length);
    expect_integer(step, !step->key->present);
    if (step->key->present)
        free(text.bytes);
    else
        put_text(step->key, text);
}

static bool step_text(struct step *step)
{
    switch (pick(step->keyspace, 10)) {
    case 0: case 1: return step_set(step);
    case 2: case 3: step_get(step); break;
    case 4: step_append(step); break;
    case 5: step_getrange(step); break;
    case 6: step_getset(step); break;
    case 7: step_setnx(step); break;
    case 8:
        begin(step, "STRLEN");
        expect_integer(step, (long long)step->key->text.length);
        break;
    default:
        if (step->key->present) { /* texts are no numbers */
            begin(step, "INCR");
            expect_error(step, "ERR value is not an integer or out of range");
        } else {
            step_exists(step);
        }
    }
    return true;
}

static void step_number(struct step *step)
{
    struct key *key = step->key;
    int by = pick(step->keyspace, 2000) - 1000;

    switch (pick(step->keyspace, 6)) {
    case 0:
        begin(step, "INCR");
        expect_integer(step, ++key->number);
        key->present = true;
        break;
    case 1:
        begin(step, "DECR");
        expect_integer(step, --key->number);
        key->present = true;
        break;
    case 2:
        begin(step, "INCRBY");
        words_add(step->words, "%d", by);
        expect_integer(step, key->number += by);
        key->present = true;
        break;
    case 3:
        begin(step, "SET");
        words_add(step->words, "%d", by);
        expect_status(step, "OK");
        key->number = by;
        key->present = true;
        key->deadline = 0;
        break;
    case 4: {
        struct string digits = number_string(key->number);
        begin(step, "STRLEN");
        expect_integer(step, key->present ? (long long)digits.length : 0);
        free(digits.bytes);
        break;
    }
    default:
        begin(step, "GET");
        if (key->present)
            expect_number_string(step, key->number);
        else
            expect_null(step);
    }
}

/* ---- Choosing -------------------------------------------------------------------------------- */

static void step_ping(struct step *step)
{
    struct string text = random_text(step->keyspace, false);

    words_add(step->words, "ECHO");
    words_add_bytes(step->words, text.bytes, text.length);
    expect_string(step, &text);
    free(text.bytes);
}

/* "name 17": a subscriber can tell that no message is missing. */
static void step_publish(struct step *step)
{
    words_add(step->words, "PUBLISH");
    words_add(step->words, "%s", step->keyspace->channel);
    words_add(step->words, "%s %lld", step->keyspace->name, step->keyspace->published++);
    expect_integer(step, 1);
}

static void step_mget(struct step *step)
{
    struct form form = {0};

    words_add(step->words, "MGET");
    form_begin_array(&form);
    for (int i = step->index; i < step->index + 3 && i < step->keyspace->key_count; i++) {
        const struct key *key = &step->keyspace->keys[i];
        if (key->kind == NUMBER || key->expires_soon)
            continue;
        words_add(step->words, "%s:%d", step->keyspace->name, i);
        form_add_bulk(&form, key->text.bytes, key->text.length);
    }
    if (step->words->count > 1) {
        expect_form(step, EXPECT_EXACTLY, form);
        return;
    }
    free(form.bytes);
    words_clear(step->words);
    step_ping(step);
}

static void step_expiring(struct step *step)
{
    begin(step, "GET");
    expect_string(step, &step->key->text);
    step->expectation->kind = EXPECT_EXPIRING;
    step->expectation->low = step->key->deadline;
    step->expectation->high = step->key->last_deadline;
}

static bool step_of_kind(struct step *step)
{
    switch (step->key->kind) {
    case NUMBER: step_number(step); break;
    case TEXT: return step_text(step);
    case LIST: step_list(step); break;
    case HASH: step_hash(step); break;
    case SET: return step_members(step);
    default: step_sorted_set(step);
    }
    return true;
}

static struct step begin_step(struct keyspace *keyspace, int index, long long now,
                              struct words *words, struct expectation *expectation)
{
    memset(expectation, 0, sizeof *expectation);
    expectation->sent_at = now;
    return (struct step){keyspace, words, expectation, now, index, &keyspace->keys[index]};
}

/* For the report of a wrong reply. */
static void note_command(struct step *step)
{
    size_t used = 0, space = sizeof step->expectation->command;
    char *out = step->expectation->command;

    for (int i = 0; i < step->words->count && used + 1 < space; i++)
        used += (size_t)snprintf(out + used, space - used, "%s%.30s", i ? " " : "",
                                 step->words->word[i]);
}

static bool step_any(struct step *step)
{
    struct key *key = step->key;

    if (key->expires_soon && step->now > key->last_deadline + 2100)
        forget_value(key);
    if (key->expires_soon) {
        step_expiring(step);
        return true;
    }
    switch (pick(step->keyspace, 40)) {
    case 0: step_delete(step); break;
    case 1: step_expire(step); break;
    case 2: step_persist(step); break;
    case 3: step_pttl(step); break;
    case 4: step_type(step); break;
    case 5: step_exists(step); break;
    case 6: step_wrong_type(step); break;
    case 7: step_rename(step); break;
    case 8: step_ping(step); break;
    case 9: step_mget(step); break;
    case 10:
        if (step->keyspace->channel) {
            step_publish(step);
            break;
        }
        /* fall through */
    default: return step_of_kind(step);
    }
    return true;
}

bool keyspace_choose(struct keyspace *keyspace, long long now, struct words *words,
                     struct expectation *expectation)
{
    struct step step =
        begin_step(keyspace, pick(keyspace, keyspace->key_count), now, words, expectation);
    bool is_certain = step_any(&step);
    note_command(&step);
    return is_certain;
}

void keyspace_load(struct keyspace *keyspace, int index, long long now, struct words *words,
                   struct expectation *expectation)
{
    struct step step = begin_step(keyspace, index, now, words, expectation);
    struct string text;

    switch (step.key->kind) {
    case NUMBER:
        begin(&step, "INCRBY");
        step.key->number = pick(keyspace, 1000000);
        step.key->present = true;
        words_add(words, "%lld", step.key->number);
        expect_integer(&step, step.key->number);
        break;
    case TEXT:
        text = random_text(keyspace, true);
        begin(&step, "SET");
        words_add_bytes(words, text.bytes, text.length);
        put_text(step.key, text);
        expect_status(&step, "OK");
        break;
    case LIST: step_push(&step, false); break;
    case HASH: step_hset(&step); break;
    case SET: step_change_members(&step, true); break;
    default: step_zadd(&step);
    }
    note_command(&step);
}

void keyspace_read(struct keyspace *keyspace, int index, long long now, struct words *words,
                   struct expectation *expectation)
{
    struct step step = begin_step(keyspace, index, now, words, expectation);

    if (step.key->expires_soon) {
        step_expiring(&step);
        note_command(&step);
        return;
    }
    switch (step.key->kind) {
    case NUMBER:
        begin(&step, "GET");
        if (step.key->present)
            expect_number_string(&step, step.key->number);
        else
            expect_null(&step);
        break;
    case TEXT: step_get(&step); break;
    case LIST: step_lrange(&step, 0, -1); break;
    case HASH: step_hash_contents(&step, true, true); break;
    case SET: step_smembers(&step); break;
    default: step_zrange(&step, 0, -1);
    }
    note_command(&step);
}

void keyspace_read_expiry(struct keyspace *keyspace, int index, long long now,
                          struct words *words, struct expectation *expectation)
{
    struct step step = begin_step(keyspace, index, now, words, expectation);

    if (step.key->expires_soon)
        step_expiring(&step);
    else
        step_pttl(&step);
    note_command(&step);
}

long long keyspace_published(const struct keyspace *keyspace)
{
    return keyspace->published;
}

/* ---- Making and freeing ---------------------------------------------------------------------- */

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        exit(2);
    return memory;
}

struct keyspace *keyspace_new(const char *name, int key_count, uint64_t seed,
                              const char *channel)
{
    struct keyspace *keyspace = zeroed(1, sizeof *keyspace);

    snprintf(keyspace->name, sizeof keyspace->name, "%s", name);
    keyspace->channel = channel;
    keyspace->random = seed * 0x9e3779b97f4a7c15ULL + 1;
    keyspace->key_count = key_count;
    keyspace->keys = zeroed((size_t)key_count, sizeof *keyspace->keys);
    for (int i = 0; i < key_count; i++) {
        struct key *key = &keyspace->keys[i];
        key->kind = (enum kind)(i % KIND_COUNT);
        if (key->kind == LIST)
            key->elements = zeroed(LONGEST_LIST, sizeof *key->elements);
        else if (key->kind == HASH)
            key->fields = zeroed(FIELDS, sizeof *key->fields);
    }
    for (int i = 0; i < 20; i++)
        pick(keyspace, 2); /* the first numbers after a small seed are not random */
    return keyspace;
}

void keyspace_free(struct keyspace *keyspace)
{
    for (int i = 0; i < keyspace->key_count; i++) {
        forget_value(&keyspace->keys[i]);
        free(keyspace->keys[i].elements);
        free(keyspace->keys[i].fields);
    }
    free(keyspace->keys);
    free(keyspace);
}
