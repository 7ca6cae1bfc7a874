/* sample.c -- a small program with symbols, types and annotation records of every kind: what the
 * fuzz targets start from.  sample_other.c is its second file. */
#include "sample_types.h"

#define RECORD(text) __asm__(".pushsection .kitsune,\"MS\",@progbits,1\n\t.asciz \"" text \
                             "\"\n\t.popsection")

RECORD("type\\tstruct node\\tname\\t0\\tSZ\\t\\tsample_types.h:18");
RECORD("type\\tstruct node\\tinner.strings.text\\t1\\tPTRARRAY\\tself.length\\tsample_types.h:8");
RECORD("type\\tstruct node\\tvalue^\\t0\\tTAGGED\\tself.low\\tsample_types.h:20");
RECORD("type\\ttypedef string\\t\\t0\\tOPAQUE\\t\\tsample_types.h:10");
RECORD("variable\\tsample.c/table\\t\\t1\\tPTR\\t\\tsample.c:20");
RECORD("local\\tsample.c/count_nodes#node\\t\\t0\\tPTR\\t\\tsample.c:30");
RECORD("function\\tsample.c/count_nodes\\t\\t0\\tNOTELOCALS\\t\\tsample.c:29");
RECORD("point\\tsample.c/count_nodes\\t\\t0\\tPOINT\\tcounting\\tsample.c:35");

struct node first = {.name = "first", .colour = BLUE};
static struct table *table;
static const char *const words[] = {"one", "two"};
static __thread int calls;
int (*count_in_use)(struct node *, int, ...);
extern number shared;

static size_t count_nodes(const struct node *node)
{
    static size_t last;
    size_t count = 0;

    for (; node; node = node->next)
        if (node->name == words[calls++ & 1])
            count++;
    return last = count + shared;
}

size_t use(void);
size_t use(void)
{
    return table ? count_nodes(table->nodes[0]) : count_nodes(&first);
}
