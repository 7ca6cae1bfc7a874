/* text.c -- length-counted strings. */
#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"

struct text *text_new_empty(size_t length)
{
    struct text *text = allocate(sizeof *text + length + 1);
    text->length = (unsigned)length;
    text->capacity = (unsigned)length;
    text->bytes[length] = '\0';
    return text;
}

struct text *text_new(const char *bytes, size_t length)
{
    struct text *text = text_new_empty(length);
    memcpy(text->bytes, bytes, length);
    return text;
}

struct text *text_from_integer(long long value)
{
    char digits[NUMBER_SPACE];
    size_t length = format_integer(digits, value);
    return text_new(digits, length);
}

struct text *text_copy(const struct text *text)
{
    return text_new(text->bytes, text->length);
}

void text_free(struct text *text)
{
    free(text);
}

void text_release(void *text)
{
    free(text);
}

struct text *text_append(struct text *text, const char *bytes, size_t length)
{
    size_t needed = text->length + length;
    if (needed > text->capacity) {
        size_t capacity = needed < 1024 * 1024 ? needed * 2 : needed + 1024 * 1024;
        text = reallocate(text, sizeof *text + capacity + 1);
        text->capacity = (unsigned)capacity;
    }
    memcpy(text->bytes + text->length, bytes, length);
    text->length = (unsigned)needed;
    text->bytes[needed] = '\0';
    return text;
}

bool text_equal(const struct text *left, const struct text *right)
{
    return left->length == right->length && memcmp(left->bytes, right->bytes, left->length) == 0;
}

int text_compare(const struct text *left, const struct text *right)
{
    unsigned shorter = left->length < right->length ? left->length : right->length;
    int order = memcmp(left->bytes, right->bytes, shorter);
    if (order != 0)
        return order;
    return (left->length > right->length) - (left->length < right->length);
}

bool text_is(const struct text *text, const char *word)
{
    return strlen(word) == text->length && strncasecmp(text->bytes, word, text->length) == 0;
}

/* Only the form that format_integer writes counts as an integer: no spaces, no '+', no leading
 * zeros; so "007" and " 7" stay the texts they are. */
bool text_to_integer(const struct text *text, long long *value)
{
    const char *bytes = text->bytes;
    const char *digits = bytes + (bytes[0] == '-');
    size_t digit_count = text->length - (size_t)(digits - bytes);

    if (text->length == 0 || digit_count == 0 || digit_count > 19)
        return false;
    if (digits[0] == '0' && text->length > 1)
        return false;
    for (size_t i = 0; i < digit_count; i++)
        if (digits[i] < '0' || digits[i] > '9')
            return false;
    errno = 0;
    long long result = strtoll(bytes, NULL, 10);
    if (errno != 0)
        return false;
    *value = result;
    return true;
}

bool text_to_double(const struct text *text, double *value)
{
    char *end;

    if (text->length == 0 || text->bytes[0] == ' ' || text->bytes[0] == '\t')
        return false;
    double result = strtod(text->bytes, &end);
    if (end != text->bytes + text->length || isnan(result))
        return false;
    *value = result;
    return true;
}

size_t format_integer(char out[NUMBER_SPACE], long long value)
{
    char reversed[NUMBER_SPACE];
    size_t length = 0, count = 0;
    /* Through unsigned: the smallest integer has no positive twin. */
    unsigned long long rest = value < 0 ? 0ULL - (unsigned long long)value
                                        : (unsigned long long)value;
    do {
        reversed[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0)
        out[length++] = '-';
    while (count > 0)
        out[length++] = reversed[--count];
    out[length] = '\0';
    return length;
}

size_t format_double(char out[NUMBER_SPACE], double value)
{
    if (isinf(value))
        return (size_t)snprintf(out, NUMBER_SPACE, value > 0 ? "inf" : "-inf");
    if (value == floor(value) && fabs(value) < 1e17)
        return format_integer(out, (long long)value);
    for (int precision = 15; precision < 17; precision++) {
        snprintf(out, NUMBER_SPACE, "%.*g", precision, value);
        if (strtod(out, NULL) == value)
            return strlen(out);
    }
    return (size_t)snprintf(out, NUMBER_SPACE, "%.17g", value);
}
