/* diff_html.h -- between the files that draw what changed as a page for a browser.
 *
 *      diff_html.c            the page: head, summary, what is to be decided, the rules' text
 *      diff_html_columns.c    where each member's box stands in the picture of a layout
 *      diff_html_types.c      a type: two columns of boxes, and the bands between them
 *      diff_html_variables.c  variables and functions
 *      diff_html.css, .js     compiled in as text (part.mk)
 *
 * The page needs nothing but itself, and no JavaScript: that only adds folding and filtering.
 */
#ifndef KITSUNE_INSPECT_DIFF_HTML_H
#define KITSUNE_INSPECT_DIFF_HTML_H

#include "diff.h"
#include "html.h"

struct html {
    struct diff *diff;
    FILE *stream;
};

/* What becomes of a member, as one colour. */
enum flow { FLOW_NONE, FLOW_COPIED, FLOW_MOVED, FLOW_RENAMED, FLOW_CONVERTED, FLOW_RULE,
            FLOW_INITIAL, FLOW_DROPPED, FLOW_NEEDED, FLOW_COUNT };

/* The class in the style sheet, and what the legend says. */
const char *flow_class(enum flow flow);
const char *flow_words(enum flow flow);
enum flow flow_of(unsigned changes, const struct decision *decision);

/* One box in the picture of a layout: a member, or bytes that belong to none. */
struct box {
    const struct member_change *row; /* NULL: padding */
    int depth;
    uint64_t bit, bits; /* from the start of the type */
    int top, height;    /* pixels */
};

/* The boxes of one version, from the lowest address up; what is in a member of an unnamed type
 * comes behind that member. */
struct column {
    struct box *boxes;
    size_t count, capacity;
    int height;
};

void column_make(struct diff *diff, const struct type_change *type, bool is_new,
                 struct column *column);
/* NULL: the row has no member in that version. */
const struct box *column_find(const struct column *column, const struct member_change *row);

/* "widened, <a>v2-v3.xf:12</a>", "needs <a>decision 1</a>". */
void html_decision(const struct html *html, const struct decision *decision, const char *origin);
/* '+', '-', '~' in its colour. */
void html_mark(const struct html *html, unsigned changes);
void html_place(const struct html *html, const struct source_place *place);

void html_types(const struct html *html);
void html_variables(const struct html *html);
void html_functions(const struct html *html);

#endif
