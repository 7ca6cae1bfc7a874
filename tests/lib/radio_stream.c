/* radio_stream.c -- making and checking a stream whose bytes tell their places. */
#include "radio_stream.h"

#include <string.h>

/* Each step can be undone: multiplication by an odd number, and x ^= x >> 32. */
#define MULTIPLIER 0x9e3779b97f4a7c15u
#define INVERSE 0xf1de83e19937733du
#define GREATEST_BLOCK (UINT64_C(1) << 40)

static uint64_t mix(uint64_t block)
{
    uint64_t value = (block + 1) * MULTIPLIER;
    value ^= value >> 32;
    value *= MULTIPLIER;
    return value ^ value >> 32;
}

static uint64_t unmix(uint64_t value)
{
    value ^= value >> 32;
    value *= INVERSE;
    value ^= value >> 32;
    return value * INVERSE - 1;
}

void stream_generate(uint64_t position, char *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        uint64_t value = mix((position + i) / 8);
        size_t within = (position + i) % 8;
        size_t count = 8 - within < length - i ? 8 - within : length - i;
        memcpy(bytes + i, (const char *)&value + within, count);
        i += count;
    }
}

/* Of 24 bytes, wherever they begin, two whole blocks follow each other. */
static bool find_place(struct stream_checker *checker)
{
    for (size_t shift = 0; shift < 8; shift++) {
        uint64_t first, second;
        memcpy(&first, checker->begin + shift, 8);
        memcpy(&second, checker->begin + shift + 8, 8);
        uint64_t block = unmix(first);
        if (block >= GREATEST_BLOCK || block * 8 < shift || unmix(second) != block + 1)
            continue;
        uint64_t place = block * 8 - shift;
        char expected[sizeof checker->begin];
        stream_generate(place, expected, sizeof expected);
        if (memcmp(expected, checker->begin, sizeof expected) != 0)
            continue;
        if (checker->checked == 0)
            checker->first = place;
        checker->next = place + sizeof expected;
        checker->checked += sizeof expected;
        checker->has_place = true;
        checker->begin_length = 0;
        return true;
    }
    return false;
}

static void go_wrong(struct stream_checker *checker, uint64_t position)
{
    checker->is_wrong = true;
    checker->wrong_at = position;
}

/* The number of bytes that were used. */
static size_t look_for_place(struct stream_checker *checker, const char *bytes, size_t length)
{
    size_t count = sizeof checker->begin - checker->begin_length;

    if (count > length)
        count = length;
    memcpy(checker->begin + checker->begin_length, bytes, count);
    checker->begin_length += count;
    if (checker->begin_length == sizeof checker->begin && !find_place(checker))
        go_wrong(checker, checker->next);
    return count;
}

static size_t first_difference(const char *left, const char *right, size_t length)
{
    size_t i = 0;
    while (i < length && left[i] == right[i])
        i++;
    return i;
}

void stream_check(struct stream_checker *checker, const char *bytes, size_t length)
{
    while (length > 0 && !checker->is_wrong) {
        char expected[4096];
        size_t count = length < sizeof expected ? length : sizeof expected;
        if (!checker->has_place) {
            count = look_for_place(checker, bytes, length);
        } else {
            stream_generate(checker->next, expected, count);
            size_t same = first_difference(bytes, expected, count);
            checker->next += same;
            checker->checked += same;
            if (same < count) {
                if (!checker->may_skip)
                    go_wrong(checker, checker->next);
                checker->has_place = false;
                checker->skips++;
                count = same;
            }
        }
        bytes += count;
        length -= count;
    }
}

/* ---- Metadata -------------------------------------------------------------------------------- */

static void end_metadata(struct icy_filter *filter)
{
    filter->text[filter->text_length] = '\0';
    if (filter->text_length > 0)
        filter->take_text(filter->context, filter->text);
    filter->is_in_metadata = false;
    filter->text_length = 0;
    filter->until_metadata = filter->interval;
}

static size_t take_metadata(struct icy_filter *filter, const char *bytes, size_t length)
{
    if (!filter->is_in_metadata) {
        filter->is_in_metadata = true;
        filter->metadata_left = (unsigned char)*bytes * 16u;
        length = 1;
    } else {
        if (length > filter->metadata_left)
            length = filter->metadata_left;
        memcpy(filter->text + filter->text_length, bytes, length);
        filter->text_length += length;
        filter->metadata_left -= length;
    }
    if (filter->metadata_left == 0)
        end_metadata(filter);
    return length;
}

void icy_filter_check(struct icy_filter *filter, struct stream_checker *checker, const char *bytes,
                      size_t length)
{
    while (length > 0) {
        size_t count = length;
        if (filter->interval > 0 && filter->until_metadata == 0) {
            count = take_metadata(filter, bytes, length);
        } else {
            if (filter->interval > 0 && count > filter->until_metadata)
                count = filter->until_metadata;
            stream_check(checker, bytes, count);
            filter->until_metadata -= filter->interval > 0 ? count : 0;
        }
        bytes += count;
        length -= count;
    }
}
