/* kv_reply.c -- replies in a canonical form, and comparing them with what was expected.
 *
 * Canonical form: "+OK", "-ERR ...", ":5", "$hello" and "$" for null, and for arrays the elements'
 * canonical forms, each with its length before it ("*2:5:$hello2::7").  Two replies are equal
 * exactly when their forms are.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kv_reply.h"

static void *checked(void *memory)
{
    if (!memory) {
        fprintf(stderr, "kv_check: out of memory\n");
        exit(2);
    }
    return memory;
}

/* ---- Growing text ---------------------------------------------------------------------------- */

void form_add(struct form *form, const char *bytes, size_t length)
{
    if (form->length + length + 1 > form->capacity) {
        form->capacity = 2 * (form->length + length + 1);
        form->bytes = checked(realloc(form->bytes, form->capacity));
    }
    if (length > 0)
        memcpy(form->bytes + form->length, bytes, length);
    form->length += length;
    form->bytes[form->length] = '\0';
}

void form_begin_array(struct form *form)
{
    form_add(form, "*", 1);
}

static void add_element(struct form *form, const struct form *element)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%zu:", element->length);

    form_add(form, digits, (size_t)length);
    form_add(form, element->bytes, element->length);
}

void form_add_bulk(struct form *form, const char *bytes, size_t length)
{
    struct form element = {0};

    form_add(&element, "$", 1);
    if (bytes) {
        form_add(&element, "=", 1);
        form_add(&element, bytes, length);
    }
    add_element(form, &element);
    free(element.bytes);
}

void form_add_string(struct form *form, const char *string)
{
    form_add_bulk(form, string, strlen(string));
}

void form_add_status(struct form *form, const char *status)
{
    struct form element = {0};

    form_add(&element, "+", 1);
    form_add(&element, status, strlen(status));
    add_element(form, &element);
    free(element.bytes);
}

/* ---- Replies in canonical form --------------------------------------------------------------- */

enum element_order { AS_SENT, SORTED, SORTED_PAIRS };

static int compare_forms(const void *left, const void *right)
{
    const struct form *a = left, *b = right;
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->bytes, b->bytes, shorter);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static void reply_to_form(const redisReply *reply, enum element_order order, struct form *form);

/* The elements, or pairs of elements, each as a form of its own, so that they can be sorted. */
static void array_to_form(const redisReply *reply, enum element_order order, struct form *form)
{
    size_t step = order == SORTED_PAIRS && reply->elements % 2 == 0 ? 2 : 1;
    size_t count = reply->elements / step;
    struct form *parts = checked(calloc(count + 1, sizeof *parts));

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < step; j++) {
            struct form element = {0};
            reply_to_form(reply->element[i * step + j], AS_SENT, &element);
            add_element(&parts[i], &element);
            free(element.bytes);
        }
    if (order != AS_SENT)
        qsort(parts, count, sizeof *parts, compare_forms);
    form_begin_array(form);
    for (size_t i = 0; i < count; i++) {
        form_add(form, parts[i].bytes, parts[i].length);
        free(parts[i].bytes);
    }
    free(parts);
}

static void reply_to_form(const redisReply *reply, enum element_order order, struct form *form)
{
    char digits[32];

    switch (reply->type) {
    case REDIS_REPLY_STATUS:
        form_add(form, "+", 1);
        form_add(form, reply->str, reply->len);
        break;
    case REDIS_REPLY_ERROR:
        form_add(form, "-", 1);
        form_add(form, reply->str, reply->len);
        break;
    case REDIS_REPLY_INTEGER:
        form_add(form, digits, (size_t)snprintf(digits, sizeof digits, ":%lld", reply->integer));
        break;
    case REDIS_REPLY_STRING:
        form_add(form, "$=", 2);
        form_add(form, reply->str, reply->len);
        break;
    case REDIS_REPLY_NIL:
        form_add(form, "$", 1);
        break;
    case REDIS_REPLY_ARRAY:
        array_to_form(reply, order, form);
        break;
    default:
        form_add(form, "?", 1);
    }
}

/* ---- Expectations ---------------------------------------------------------------------------- */

void expectation_clear(struct expectation *expectation)
{
    free(expectation->text);
    expectation->text = NULL;
}

/* Prints what can be printed, and not too much of it. */
static void describe(char *out, size_t space, const char *bytes, size_t length)
{
    size_t used = 0;

    for (size_t i = 0; i < length && used + 8 < space; i++)
        used += (size_t)(bytes[i] >= ' ' && bytes[i] <= '~'
                             ? snprintf(out + used, space - used, "%c", bytes[i])
                             : snprintf(out + used, space - used, "\\x%02x",
                                        (unsigned char)bytes[i]));
    out[used] = '\0';
}

static char *mismatch(const struct expectation *expectation, const char *wanted,
                      size_t wanted_length, const struct form *got)
{
    char wanted_text[160], got_text[160], *message = NULL;

    describe(wanted_text, sizeof wanted_text, wanted, wanted_length);
    describe(got_text, sizeof got_text, got->bytes, got->length);
    if (asprintf(&message, "%s: expected %s (%zu bytes), got %s (%zu bytes)",
                 expectation->command, wanted_text, wanted_length, got_text, got->length) < 0)
        exit(2);
    return message;
}

static bool form_is(const struct form *form, const char *bytes, size_t length)
{
    return form->length == length && memcmp(form->bytes, bytes, length) == 0;
}

static char *check_between(const struct expectation *expectation, const redisReply *reply,
                           const struct form *form)
{
    char wanted[80];

    if (reply->type == REDIS_REPLY_INTEGER && reply->integer >= expectation->low &&
        reply->integer <= expectation->high)
        return NULL;
    int length = snprintf(wanted, sizeof wanted, "an integer from %lld to %lld",
                          expectation->low, expectation->high);
    return mismatch(expectation, wanted, (size_t)length, form);
}

/* Between the sending of the request and the reply the key may have expired; a second more is
 * left because servers may round up. */
static char *check_expiring(const struct expectation *expectation, const struct form *form,
                            long long received_at)
{
    bool may_be_there = expectation->sent_at <= expectation->high + 1100;
    bool may_be_gone = received_at >= expectation->low - 2;

    if (may_be_there && form_is(form, expectation->text, expectation->length))
        return NULL;
    if (may_be_gone && form_is(form, "$", 1))
        return NULL;
    if (may_be_there)
        return mismatch(expectation, expectation->text, expectation->length, form);
    return mismatch(expectation, "$", 1, form);
}

char *expectation_check(struct expectation *expectation, const redisReply *reply,
                        long long received_at)
{
    static const enum element_order orders[] = {
        [EXPECT_ANY_ORDER] = SORTED, [EXPECT_PAIRS] = SORTED_PAIRS,
        [EXPECT_MEMBER] = AS_SENT};
    struct form form = {0};
    char *message = NULL;

    reply_to_form(reply, orders[expectation->kind], &form);
    switch (expectation->kind) {
    case EXPECT_SHORT_LIFE:
        key_begin_short_life(expectation->key, received_at);
        /* fall through */
    case EXPECT_EXACTLY:
    case EXPECT_ANY_ORDER:
    case EXPECT_PAIRS:
        if (!form_is(&form, expectation->text, expectation->length))
            message = mismatch(expectation, expectation->text, expectation->length, &form);
        break;
    case EXPECT_BETWEEN:
        message = check_between(expectation, reply, &form);
        break;
    case EXPECT_EXPIRING:
        message = check_expiring(expectation, &form, received_at);
        break;
    case EXPECT_MEMBER:
        if (reply->type != REDIS_REPLY_STRING || !key_remove_member(expectation->key, reply->str))
            message = mismatch(expectation, "a member", strlen("a member"), &form);
        break;
    }
    free(form.bytes);
    return message;
}

/* Expected arrays are built in any order and sorted here, as replies are. */
void form_sort(struct form *form, size_t elements_per_part)
{
    struct form *parts = NULL;
    size_t count = 0;
    char *position = form->bytes + 1, *end = form->bytes + form->length;

    while (position < end) {
        char *start = position;
        for (size_t i = 0; i < elements_per_part; i++) {
            char *rest;
            size_t length = strtoul(position, &rest, 10);
            position = rest + 1 + length;
        }
        parts = checked(realloc(parts, (count + 1) * sizeof *parts));
        parts[count++] = (struct form){.bytes = start, .length = (size_t)(position - start)};
    }
    if (count > 0)
        qsort(parts, count, sizeof *parts, compare_forms);
    struct form sorted = {0};
    form_begin_array(&sorted);
    for (size_t i = 0; i < count; i++)
        form_add(&sorted, parts[i].bytes, parts[i].length);
    free(parts);
    free(form->bytes);
    *form = sorted;
}

/* ---- Words ----------------------------------------------------------------------------------- */

void words_add_bytes(struct words *words, const char *bytes, size_t length)
{
    if (words->count == words->capacity) {
        words->capacity = words->capacity ? 2 * words->capacity : 16;
        words->word = checked(realloc(words->word, (size_t)words->capacity * sizeof *words->word));
        words->length =
            checked(realloc(words->length, (size_t)words->capacity * sizeof *words->length));
    }
    char *copy = checked(malloc(length + 1));
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    words->word[words->count] = copy;
    words->length[words->count++] = length;
}

void words_add(struct words *words, const char *format, ...)
{
    char word[256];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(word, sizeof word, format, arguments);
    va_end(arguments);
    words_add_bytes(words, word, (size_t)length);
}

void words_clear(struct words *words)
{
    for (int i = 0; i < words->count; i++)
        free(words->word[i]);
    words->count = 0;
}
