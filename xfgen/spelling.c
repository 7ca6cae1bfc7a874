/* spelling.c -- "did you mean ...?": the nearest of a set of names.
 *
 * The measure is the optimal string alignment distance: insertions, deletions, replacements and
 * exchanges of two neighbours cost one each.  Letters that differ only in case count as a half
 * mistake, which is rounded up at the end, so "init" is near "INIT".
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "spelling.h"

/* Longer names are not compared: nobody mistypes those by hand. */
enum { LONGEST_NAME = 255 };

static unsigned replacement_cost(char left, char right)
{
    if (left == right)
        return 0;
    return tolower((unsigned char)left) == tolower((unsigned char)right) ? 1 : 2;
}

static unsigned smaller(unsigned left, unsigned right)
{
    return left < right ? left : right;
}

/* Twice the distance.  Both names are at most LONGEST_NAME long. */
static unsigned alignment_distance(const char *left, size_t left_length, const char *right,
                                   size_t right_length)
{
    unsigned rows[3][LONGEST_NAME + 1];
    unsigned *before_last = rows[0], *last = rows[1], *current = rows[2], *unused;
    size_t i, j;

    for (j = 0; j <= right_length; j++)
        last[j] = 2 * (unsigned)j;
    for (i = 1; i <= left_length; i++) {
        current[0] = 2 * (unsigned)i;
        for (j = 1; j <= right_length; j++) {
            current[j] = smaller(smaller(last[j] + 2, current[j - 1] + 2),
                                 last[j - 1] + replacement_cost(left[i - 1], right[j - 1]));
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                current[j] = smaller(current[j], before_last[j - 2] + 2);
        }
        unused = before_last;
        before_last = last;
        last = current;
        current = unused;
    }
    return last[right_length];
}

const char *did_you_mean(const char *name, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    unsigned nearest_distance = ~0u;
    size_t name_length = strlen(name), i;

    if (name_length == 0 || name_length > LONGEST_NAME)
        return NULL;
    for (i = 0; i < count; i++) {
        size_t length = candidates[i] ? strlen(candidates[i]) : 0;
        size_t longer = length > name_length ? length : name_length;
        size_t shorter = length > name_length ? name_length : length;
        unsigned distance;

        if (length == 0 || length > LONGEST_NAME || longer - shorter > longer / 3)
            continue;
        if (strcasecmp(name, candidates[i]) == 0)
            distance = strcmp(name, candidates[i]) != 0;
        else
            distance = alignment_distance(name, name_length, candidates[i], length);
        if (distance < nearest_distance && (distance <= 2 * (longer / 3) || distance == 1)) {
            nearest = candidates[i];
            nearest_distance = distance;
        }
    }
    return nearest;
}
