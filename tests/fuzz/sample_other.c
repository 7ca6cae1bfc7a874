/* sample_other.c -- the second file of sample.c: the same types once more, and one of the same name
 * that is another. */
#include "sample_types.h"

struct private {
    struct private *self;
    struct node node;
};

number shared = 7;
static struct private private;
static int table;

static int compare(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right + table;
}

compare_function use_other(struct private *other);
compare_function use_other(struct private *other)
{
    private = *other;
    return compare;
}
