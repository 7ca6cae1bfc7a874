/* cache_model.c -- a client's keys as they ought to be, commands about them, and the answers. */
#include "cache_model.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Bytes ----------------------------------------------------------------------------------- */

static void reserve(struct text *text, size_t more)
{
    if (text->length + more <= text->capacity)
        return;
    text->capacity = 2 * (text->length + more);
    text->bytes = realloc(text->bytes, text->capacity);
    if (!text->bytes)
        abort();
}

void text_append(struct text *text, const void *bytes, size_t length)
{
    reserve(text, length);
    if (length > 0)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments;

    reserve(text, 512);
    va_start(arguments, format);
    text->length += (size_t)vsnprintf(text->bytes + text->length, 512, format, arguments);
    va_end(arguments);
}

void text_clear(struct text *text)
{
    text->length = 0;
}

/* ---- Entries --------------------------------------------------------------------------------- */

void model_open(struct model *model, unsigned number, size_t count, uint64_t seed)
{
    snprintf(model->prefix, sizeof model->prefix, "c%u", number);
    model->entries = calloc(count, sizeof *model->entries);
    if (!model->entries)
        abort();
    model->count = count;
    model->random = (seed * 1000 + number + 1) * 0x9e3779b97f4a7c15ULL;
}

/* xorshift64* (Marsaglia, Vigna). */
uint64_t model_random(struct model *model, uint64_t below)
{
    model->random ^= model->random >> 12;
    model->random ^= model->random << 25;
    model->random ^= model->random >> 27;
    return (model->random * 0x2545f4914f6cdd1dULL >> 32) % below;
}

static void set_value(struct entry *entry, const char *bytes, size_t length)
{
    char *value = malloc(length + 1);

    if (!value)
        abort();
    memcpy(value, bytes, length);
    free(entry->value);
    entry->value = value;
    entry->length = length;
    entry->version = 0;
    entry->changes++;
}

static size_t choose_length(struct model *model)
{
    switch (model_random(model, 40)) {
    case 0:
        return 0;
    case 1:
        return 5000 + model_random(model, 60000);
    case 2:
    case 3:
    case 4:
        return model_random(model, 4000);
    default:
        return model_random(model, 300);
    }
}

/* Any bytes, line ends and NULs among them; or a number, which may be incremented. */
static void choose_value(struct model *model, struct entry *entry)
{
    entry->is_number = model_random(model, 4) == 0;
    if (entry->is_number) {
        char digits[24];
        entry->number = model_random(model, 1000000000);
        int length = snprintf(digits, sizeof digits, "%" PRIu64, entry->number);
        set_value(entry, digits, (size_t)length);
        return;
    }
    size_t length = choose_length(model);
    char *bytes = malloc(length + 1);
    if (!bytes)
        abort();
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)model_random(model, 256);
    set_value(entry, bytes, length);
    free(bytes);
}

static void forget(struct entry *entry)
{
    free(entry->value);
    *entry = (struct entry){.changes = entry->changes + 1};
}

/* `fresh` takes the place of what was there. */
static void replace(struct entry *entry, const struct entry *fresh)
{
    unsigned changes = entry->changes + 1;

    free(entry->value);
    *entry = *fresh;
    entry->is_there = true;
    entry->changes = changes;
}

/* ---- Commands and answers -------------------------------------------------------------------- */

struct step {
    struct model *model;
    struct entry *entry;
    char key[32];
    struct text *out;
    struct expectation *expected;
};

static void begin(struct step *step, const char *name)
{
    snprintf(step->expected->command, sizeof step->expected->command, "%s %s", name, step->key);
    text_clear(&step->expected->bytes);
    step->expected->version_at = SIZE_MAX;
    step->expected->entry = NULL;
}

static void answer(struct step *step, const char *line)
{
    text_format(&step->expected->bytes, "%s\r\n", line);
}

static void send_value(struct step *step, const char *value, size_t length)
{
    text_append(step->out, value, length);
    text_append(step->out, "\r\n", 2);
}

static void expect_version(struct step *step)
{
    step->expected->version_at = step->expected->bytes.length;
    step->expected->entry = step->entry;
    step->expected->changes = step->entry->changes;
}

static void store(struct step *step, const char *name, bool stores)
{
    struct entry *entry = step->entry, fresh = {0};

    begin(step, name);
    choose_value(step->model, &fresh);
    fresh.flags = (uint32_t)model_random(step->model, UINT32_MAX);
    text_format(step->out, "%s %s %" PRIu32 " %d %zu\r\n", name, step->key, fresh.flags,
                model_random(step->model, 2) ? 0 : 10000, fresh.length);
    send_value(step, fresh.value, fresh.length);
    answer(step, stores ? "STORED" : "NOT_STORED");
    if (stores) {
        replace(entry, &fresh);
    } else {
        forget(&fresh);
    }
}

static void join(struct step *step, bool at_end)
{
    struct entry *entry = step->entry;
    char piece[64], *whole;
    size_t length = 1 + model_random(step->model, sizeof piece - 1);

    for (size_t i = 0; i < length; i++)
        piece[i] = (char)model_random(step->model, 256);
    begin(step, at_end ? "append" : "prepend");
    text_format(step->out, "%s %s 0 0 %zu\r\n", at_end ? "append" : "prepend", step->key, length);
    send_value(step, piece, length);
    answer(step, entry->is_there ? "STORED" : "NOT_STORED");
    if (!entry->is_there || !(whole = malloc(entry->length + length)))
        return;
    memcpy(whole + (at_end ? 0 : length), entry->value, entry->length);
    memcpy(whole + (at_end ? entry->length : 0), piece, length);
    set_value(entry, whole, entry->length + length);
    entry->is_number = false;
    free(whole);
}

static void get(struct step *step, bool with_version)
{
    const struct entry *entry = step->entry;
    struct text *expected = &step->expected->bytes;

    begin(step, with_version ? "gets" : "get");
    text_format(step->out, "%s %s\r\n", with_version ? "gets" : "get", step->key);
    if (entry->is_there) {
        text_format(expected, "VALUE %s %" PRIu32 " %zu", step->key, entry->flags, entry->length);
        if (with_version) {
            text_append(expected, " ", 1);
            expect_version(step);
        }
        text_append(expected, "\r\n", 2);
        text_append(expected, entry->value, entry->length);
        text_append(expected, "\r\n", 2);
    }
    answer(step, "END");
}

static void meta_get(struct step *step)
{
    const struct entry *entry = step->entry;
    struct text *expected = &step->expected->bytes;

    begin(step, "mg");
    text_format(step->out, "mg %s k s f v c Oabc\r\n", step->key);
    if (!entry->is_there) {
        answer(step, "EN");
        return;
    }
    text_format(expected, "VA %zu k%s s%zu f%" PRIu32 " c", entry->length, step->key,
                entry->length, entry->flags);
    expect_version(step);
    text_append(expected, " Oabc\r\n", 7);
    text_append(expected, entry->value, entry->length);
    text_append(expected, "\r\n", 2);
}

static void meta_set(struct step *step)
{
    struct entry *entry = step->entry;

    begin(step, "ms");
    forget(entry);
    choose_value(step->model, entry);
    entry->is_there = true;
    entry->flags = 7;
    text_format(step->out, "ms %s %zu F7 c T5000\r\n", step->key, entry->length);
    send_value(step, entry->value, entry->length);
    text_append(&step->expected->bytes, "HD c", 4);
    expect_version(step);
    text_append(&step->expected->bytes, "\r\n", 2);
}

/* With the right version when it is known, else with one that never was. */
static void compare_and_swap(struct step *step)
{
    struct entry *entry = step->entry, fresh = {0};
    bool is_right = entry->is_there && entry->version != 0 && model_random(step->model, 4) > 0;

    begin(step, "cas");
    choose_value(step->model, &fresh);
    text_format(step->out, "cas %s 9 0 %zu %" PRIu64 "\r\n", step->key, fresh.length,
                is_right ? entry->version : (uint64_t)1 << 60);
    send_value(step, fresh.value, fresh.length);
    answer(step, is_right ? "STORED" : entry->is_there ? "EXISTS" : "NOT_FOUND");
    if (is_right) {
        fresh.flags = 9;
        replace(entry, &fresh);
    } else {
        forget(&fresh);
    }
}

static void increment(struct step *step)
{
    struct entry *entry = step->entry;
    uint64_t delta = model_random(step->model, 1000);
    char digits[24];

    if (entry->is_there && !entry->is_number) {
        get(step, false);
        return;
    }
    begin(step, "incr");
    text_format(step->out, "incr %s %" PRIu64 "\r\n", step->key, delta);
    if (!entry->is_there) {
        answer(step, "NOT_FOUND");
        return;
    }
    entry->number += delta;
    int length = snprintf(digits, sizeof digits, "%" PRIu64, entry->number);
    answer(step, digits);
    set_value(entry, digits, (size_t)length);
}

static void touch(struct step *step)
{
    begin(step, "touch");
    text_format(step->out, "touch %s %d\r\n", step->key, model_random(step->model, 2) ? 0 : 9000);
    answer(step, step->entry->is_there ? "TOUCHED" : "NOT_FOUND");
}

static void delete(struct step *step)
{
    begin(step, "delete");
    text_format(step->out, "delete %s\r\n", step->key);
    answer(step, step->entry->is_there ? "DELETED" : "NOT_FOUND");
    forget(step->entry);
}

/* Stored to expire in a second: asked for again only at the end. */
static void store_for_a_second(struct step *step)
{
    begin(step, "set");
    text_format(step->out, "set %s 0 1 4\r\nsoon\r\n", step->key);
    answer(step, "STORED");
    forget(step->entry);
    step->entry->expires = true;
}

static struct step step_about(struct model *model, size_t i, struct text *out,
                              struct expectation *expected)
{
    struct step step = {model, &model->entries[i], "", out, expected};

    snprintf(step.key, sizeof step.key, "%s:%zu", model->prefix, i);
    return step;
}

void model_store(struct model *model, size_t i, struct text *out, struct expectation *expected)
{
    struct step step = step_about(model, i, out, expected);

    store(&step, "set", true);
}

void model_ask(struct model *model, size_t i, bool expired, struct text *out,
               struct expectation *expected)
{
    struct step step = step_about(model, i, out, expected);

    if (step.entry->expires && !expired)
        store(&step, "set", true);
    else
        get(&step, true);
}

void model_step(struct model *model, struct text *out, struct expectation *expected)
{
    struct step step = step_about(model, model_random(model, model->count), out, expected);
    bool is_there = step.entry->is_there;

    if (step.entry->expires) { /* who knows whether it is still there? */
        store(&step, "set", true);
        return;
    }
    switch (model_random(model, 24)) {
    case 0:
    case 1:
    case 2:
        store(&step, "set", true);
        break;
    case 3:
        store(&step, "add", !is_there);
        break;
    case 4:
        store(&step, "replace", is_there);
        break;
    case 5:
        join(&step, true);
        break;
    case 6:
        join(&step, false);
        break;
    case 7:
        compare_and_swap(&step);
        break;
    case 8:
        increment(&step);
        break;
    case 9:
        touch(&step);
        break;
    case 10:
        delete(&step);
        break;
    case 11:
        meta_set(&step);
        break;
    case 12:
    case 13:
        meta_get(&step);
        break;
    case 14:
        if (model_random(model, 8) == 0)
            store_for_a_second(&step);
        else
            get(&step, true);
        break;
    case 15:
    case 16:
    case 17:
        get(&step, true);
        break;
    default:
        get(&step, false);
        break;
    }
}
