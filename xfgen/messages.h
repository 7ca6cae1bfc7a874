/* messages.h -- what xfgen says about a run: errors, warnings, and what to write instead.
 *
 *      report(), report_at(), report_help() ...        messages.c: collected, counted, put in order
 *              |
 *      server.xf:12:10: error: expected '->' ...       messages_show.c: as they are printed
 *              |
 *      struct conn => struct connection                declarations.c: the line of the program's
 *                  ^~                                  own source that a message is about
 *
 * A message is printed at once, or held until the run is over and then printed in the order of the
 * files and lines they are about (messages_print_held).  One thing said twice about one place is
 * said once when messages are held or kept.
 */
#ifndef XFGEN_MESSAGES_H
#define XFGEN_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "spelling.h"

/* A stretch of a source file: byte offsets; line and column are worked out when a message is
 * printed. */
struct span {
    size_t start, end;
};

/* The text of one file. */
struct source {
    const char *path;
    char *text;
    size_t length;
    size_t *line_starts; /* source_index_lines(); NULL: lines are counted each time */
    size_t line_count;
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

/* What a message adds below itself: advice, or a whole rule (or annotation) to write. */
enum help_kind { HELP_TEXT, HELP_RULE };

struct message_help {
    enum help_kind kind;
    char *text;
    char *condition; /* HELP_RULE: when the rule is right ("if it moved"); NULL: it is safe */
    struct message_help *next;
};

/* What a message is about, in the order in which they are printed. */
enum message_subject { ABOUT_RUN, ABOUT_SPEC, ABOUT_PROGRAM };

struct message {
    enum severity severity;
    enum message_subject subject;
    char *file; /* NULL when it has no place */
    int line, column; /* 1-based; 0: none */
    char *text;
    const struct source *source; /* the line to show is in this; NULL: none is shown */
    struct span span;
    struct message_help *helps;
    struct message *next;
};

/* A source file of one of the programs, as its debug information names it. */
struct declaration_file {
    const char *shown;      /* as the compiler was given it; the same pointer as in the places */
    const char *full;       /* where that is */
    time_t built;           /* the program's file: what was changed later is not in it */
    struct source *source;  /* once it was looked for; NULL when it cannot be shown */
    bool is_looked_for;
};

struct messages {
    FILE *stream;      /* stderr, or a memory stream in tests; NULL: nothing is printed */
    bool colour;       /* set by messages_init: takes_colour() */
    bool keep;         /* keep them in the list below: for `kitsune diff` and `check` */
    bool hold;         /* print nothing before messages_print_held(); implies keep */
    bool is_quiet;     /* warnings are counted, not printed */
    int most_errors;   /* how many messages_print_held() prints; 0: all */
    int error_count;
    int warning_count;
    bool is_repeated;  /* the last message was said before: so were its helps and notes */
    struct message *first, *last;
    const struct message *said; /* the last one, or the one that it repeats; NULL: not kept */
    struct declaration_file *files;
    size_t file_count, file_capacity;
};

/* A terminal that knows colours, and whose user wants them (NO_COLOR). */
bool takes_colour(FILE *stream);
void messages_init(struct messages *messages, FILE *stream);
/* Frees the messages that were kept, and the sources that were read. */
void messages_free(struct messages *messages);
/* Prints what was held: by subject, file, line and column; notes stay below what they belong to. */
void messages_print_held(const struct messages *messages);

/* file:line:column: error: text, the source line, and a caret under the span.  `source` may be
 * NULL: then just "xfgen: error: text". */
void report(struct messages *messages, enum severity severity, const struct source *source,
            struct span span, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same for a place in the program's own source ("server.c:12: error: ..."), with the line and a
 * caret when the file is known (declarations_add) and is still the one the program was made of.
 * Line 0: about the file as a whole; `file` NULL: about the run. */
void report_at(struct messages *messages, enum severity severity, const char *file, int line,
               const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds a line "    try: text" or "    help: text" below the last message. */
void report_help(struct messages *messages, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for a rule that would decide the matter, ready to paste: "    help: write: RULE".
 * `kitsune diff --skeleton` writes these rules into a file. */
void report_rule(struct messages *messages, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for a rule that is right under a condition only the user can judge:
 * "    help: if it moved, write: RULE". */
void report_rule_if(struct messages *messages, const char *condition, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* 1-based line and column of an offset. */
void source_position(const struct source *source, size_t offset, int *line, int *column);
void source_index_lines(struct source *source);

/* ---- messages_show.c ------------------------------------------------------------------------- */

/* Message, source line and caret; the helps of a held message too. */
void message_show(const struct messages *messages, const struct message *message);
void message_show_help(const struct messages *messages, const struct message_help *help);

/* ---- declarations.c -------------------------------------------------------------------------- */

/* Makes a source file known.  Both strings must live as long as the messages. */
void declarations_add(struct messages *messages, const char *shown, const char *full,
                      time_t built);
/* Sets the message's source, span and column when the line can be shown. */
void declaration_find(struct messages *messages, struct message *message);
void declarations_free(struct messages *messages);

#endif
