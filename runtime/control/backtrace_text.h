/* backtrace_text.h -- a backtrace as a report tells it. */
#ifndef KITSUNE_RUNTIME_BACKTRACE_TEXT_H
#define KITSUNE_RUNTIME_BACKTRACE_TEXT_H

#include "common/fields.h"

enum { MOST_FRAMES = 32 };

/* Innermost first, "0x12af conn_convert+0x12 /srv/app/server-2.so": see report.h.  malloc. */
struct backtrace_text {
    char *frames[MOST_FRAMES];
    unsigned count;
};

void backtrace_text_free(struct backtrace_text *text);
/* The outer frames are dropped, so that `count` stay. */
void backtrace_text_cut(struct backtrace_text *text, unsigned count);
/* The same, so that what stays has at most `size` bytes; how many it has. */
unsigned backtrace_text_shorten(struct backtrace_text *text, unsigned size);
/* As fields PREFIXframe_N. */
void backtrace_text_write(const struct backtrace_text *text, const char *prefix,
                          struct text *fields);
/* The other way round. */
void backtrace_text_read(const struct fields *fields, const char *prefix,
                         struct backtrace_text *text);

#endif
