/* backtrace_text.c -- a backtrace, when nobody knows its addresses any more. */
#include "control/backtrace_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"

void backtrace_text_cut(struct backtrace_text *text, unsigned count)
{
    while (text->count > count)
        free(text->frames[--text->count]);
}

void backtrace_text_free(struct backtrace_text *text)
{
    backtrace_text_cut(text, 0);
}

unsigned backtrace_text_shorten(struct backtrace_text *text, unsigned size)
{
    unsigned used = 0, kept = 0;
    while (kept < text->count && used + strlen(text->frames[kept]) <= size)
        used += (unsigned)strlen(text->frames[kept++]);
    backtrace_text_cut(text, kept);
    return used;
}

void backtrace_text_write(const struct backtrace_text *text, const char *prefix,
                          struct text *fields)
{
    for (unsigned i = 0; i < text->count; i++) {
        char name[64];
        snprintf(name, sizeof name, "%sframe_%u", prefix, i);
        text_add_field(fields, name, "%s", text->frames[i]);
    }
}

void backtrace_text_read(const struct fields *fields, const char *prefix,
                         struct backtrace_text *text)
{
    *text = (struct backtrace_text){.count = 0};
    for (; text->count < MOST_FRAMES; text->count++) {
        char name[64];
        snprintf(name, sizeof name, "%sframe_%u", prefix, text->count);
        const char *frame = fields_get(fields, name);
        if (!frame)
            return;
        text->frames[text->count] = copy_string(frame);
    }
}
