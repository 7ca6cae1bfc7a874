/* diff_text.h -- between the files that print what changed for people. */
#ifndef KITSUNE_INSPECT_DIFF_TEXT_H
#define KITSUNE_INSPECT_DIFF_TEXT_H

#include "diff.h"

enum { TEXT_WIDTH = 98 };

struct text {
    struct diff *diff;
    FILE *stream;
    bool colour;
    const struct text_options *options;
};

enum style { STYLE_PLAIN, STYLE_HEADING, STYLE_ADDED, STYLE_GONE, STYLE_CHANGED, STYLE_NEEDED,
             STYLE_FAINT };

/* Both are "" without colours. */
const char *style_on(const struct text *text, enum style style);
const char *style_off(const struct text *text, enum style style);
void text_heading(const struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* '+', '-', '~', or ' ' for what is unchanged. */
char mark_of(unsigned changes);
enum style style_of(unsigned changes);
/* "widened, server.xf:12", "needs decision 1"; in the arena. */
const char *decision_words(const struct text *text, const struct decision *decision,
                           const char *origin);

void text_questions(const struct text *text);
void text_types(const struct text *text);
void text_variables(const struct text *text);
void text_functions(const struct text *text);

#endif
