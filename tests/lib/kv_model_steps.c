/* kv_model_steps.c -- chance, words and expected replies. */
#include "kv_model_steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Chance ---------------------------------------------------------------------------------- */

static uint64_t next_random(struct keyspace *keyspace)
{
    keyspace->random ^= keyspace->random << 13;
    keyspace->random ^= keyspace->random >> 7;
    keyspace->random ^= keyspace->random << 17;
    return keyspace->random;
}

int pick(struct keyspace *keyspace, int choices)
{
    return (int)((next_random(keyspace) >> 16) % (uint64_t)choices);
}

/* Mostly short, sometimes long, now and then very long and of any bytes.  Begins with a letter, so
 * it is never a number. */
struct string random_text(struct keyspace *keyspace, bool may_be_long)
{
    int size = pick(keyspace, 1000);
    int length = size < 800 || !may_be_long ? 1 + pick(keyspace, 40)
                 : size < 998               ? 1 + pick(keyspace, 400)
                                            : 1 + pick(keyspace, 60000);
    bool any_bytes = may_be_long && size >= 990;
    struct string text = {malloc((size_t)length + 1), (size_t)length};

    if (!text.bytes)
        exit(2);
    for (int i = 0; i < length; i++)
        text.bytes[i] = (char)(any_bytes && i > 0 ? pick(keyspace, 256)
                                                  : 'a' + pick(keyspace, 26));
    text.bytes[length] = '\0';
    return text;
}

void set_string(struct string *string, struct string value)
{
    free(string->bytes);
    *string = value;
}

struct string copy_string(const char *bytes, size_t length)
{
    struct string copy = {malloc(length + 1), length};
    if (!copy.bytes)
        exit(2);
    memcpy(copy.bytes, bytes, length);
    copy.bytes[length] = '\0';
    return copy;
}

struct string number_string(long long number)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%lld", number);
    return copy_string(digits, (size_t)length);
}

/* ---- Expected replies ------------------------------------------------------------------------ */

void expect_bytes(struct step *step, const char *prefix, const char *bytes, size_t length)
{
    struct form form = {0};
    form_add(&form, prefix, strlen(prefix));
    form_add(&form, bytes, length);
    free(step->expectation->text);
    step->expectation->kind = EXPECT_EXACTLY;
    step->expectation->text = form.bytes;
    step->expectation->length = form.length;
}

void expect_status(struct step *step, const char *status)
{
    expect_bytes(step, "+", status, strlen(status));
}

void expect_error(struct step *step, const char *message)
{
    expect_bytes(step, "-", message, strlen(message));
}

void expect_integer(struct step *step, long long value)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%lld", value);
    expect_bytes(step, ":", digits, (size_t)length);
}

void expect_string(struct step *step, const struct string *string)
{
    if (string->bytes)
        expect_bytes(step, "$=", string->bytes, string->length);
    else
        expect_bytes(step, "$", "", 0);
}

void expect_number_string(struct step *step, long long value)
{
    struct string string = number_string(value);
    expect_string(step, &string);
    free(string.bytes);
}

void expect_null(struct step *step)
{
    expect_bytes(step, "$", "", 0);
}

void expect_form(struct step *step, enum expectation_kind kind, struct form form)
{
    if (kind != EXPECT_EXACTLY)
        form_sort(&form, kind == EXPECT_PAIRS ? 2 : 1);
    free(step->expectation->text);
    step->expectation->kind = kind;
    step->expectation->text = form.bytes;
    step->expectation->length = form.length;
}

void expect_between(struct step *step, long long low, long long high)
{
    step->expectation->kind = EXPECT_BETWEEN;
    step->expectation->low = low;
    step->expectation->high = high;
}

void begin(struct step *step, const char *command)
{
    words_add(step->words, "%s", command);
    words_add(step->words, "%s:%d", step->keyspace->name, step->index);
}
