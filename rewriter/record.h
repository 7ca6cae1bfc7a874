/* record.h -- one annotation as it is stored in the .kitsune section (docs/annotations-section.md),
 * and the assembly that stores it. */
#ifndef REWRITER_RECORD_H
#define REWRITER_RECORD_H

#include "text.h"

struct record {
    const char *kind;    /* "type", "variable", "local", "function" */
    const char *subject;
    const char *path;    /* member path, or "" */
    int level;
    const char *annotation; /* the text of the attribute, after "kitsune ": "PTRARRAY self.n" */
    const char *file;
    unsigned line;
};

/* The record's seven fields, tabs between them; white space inside a field is collapsed. */
char *record_format(const struct record *record);

/* C source that puts the records into the section: to be included ahead of a compilation. */
void records_to_source(const struct string_list *records, struct text *source);

/* The text between the quotes of a C string literal that has this value. */
void add_escaped(struct text *text, const char *value);

#endif
