/* glob.c -- matching patterns.
 *
 * Linear but for the stars, and these never go back further than to the last one: a pattern with
 * many stars is no way to keep the server busy. */
#include "glob.h"

/* Matches one byte against the set that begins behind "["; *used tells how long the set is. */
static bool match_set(const char *set, const char *end, char byte, size_t *used)
{
    const char *position = set;
    bool inverted = position < end && *position == '^';
    bool found = false;

    position += inverted;
    while (position < end && *position != ']') {
        if (*position == '\\' && position + 1 < end)
            position++;
        unsigned char low = (unsigned char)*position++, high = low;
        if (position + 1 < end && *position == '-' && position[1] != ']') {
            high = (unsigned char)position[1];
            position += 2;
        }
        if (low > high) {
            unsigned char swapped = low;
            low = high;
            high = swapped;
        }
        found |= (unsigned char)byte >= low && (unsigned char)byte <= high;
    }
    position += position < end; /* the "]" */
    *used = (size_t)(position - set);
    return found != inverted;
}

/* Matches one byte against what begins at `pattern` (not a star). */
static bool match_one(const char *pattern, const char *end, char byte, size_t *used)
{
    *used = 1;
    if (*pattern == '?')
        return true;
    if (*pattern == '[') {
        bool matches = match_set(pattern + 1, end, byte, used);
        ++*used;
        return matches;
    }
    if (*pattern == '\\' && pattern + 1 < end) {
        *used = 2;
        return pattern[1] == byte;
    }
    return *pattern == byte;
}

bool glob_match(const struct text *pattern, const struct text *text)
{
    const char *wanted = pattern->bytes, *pattern_end = wanted + pattern->length;
    const char *byte = text->bytes, *text_end = byte + text->length;
    const char *after_star = NULL, *star_byte = NULL;
    size_t used;

    while (byte < text_end) {
        if (wanted < pattern_end && *wanted == '*') {
            after_star = ++wanted;
            star_byte = byte;
        } else if (wanted < pattern_end && match_one(wanted, pattern_end, *byte, &used)) {
            wanted += used;
            byte++;
        } else if (after_star) { /* let the last star take one byte more */
            wanted = after_star;
            byte = ++star_byte;
        } else {
            return false;
        }
    }
    while (wanted < pattern_end && *wanted == '*')
        wanted++;
    return wanted == pattern_end;
}
