/* fields.h -- the text that the tool and running programs exchange: one `name value` per line.
 *
 *      deadline 81264839201
 *      path /srv/app/server-2.so
 *      (an empty line ends it)
 *
 * Names are words; in values a newline is written \n and a backslash \\.  Unknown names are
 * ignored, so that one side may be older.
 */
#ifndef KITSUNE_RUNTIME_FIELDS_H
#define KITSUNE_RUNTIME_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

struct field {
    const char *name;
    const char *value;
};

struct fields {
    char *text; /* owns names and values */
    struct field *list;
    size_t count;
};

/* Reads up to the empty line; *used (may be NULL) tells how many bytes that was.  False when
 * there is no complete, well-formed block; then nothing needs freeing. */
bool fields_parse(struct fields *fields, const char *text, size_t size, size_t *used);
void fields_free(struct fields *fields);

/* What another user's program says goes to terminals: control characters in values, but for
 * newlines and tabs, become question marks. */
void fields_make_printable(struct fields *fields);

/* NULL when there is none. */
const char *fields_get(const struct fields *fields, const char *name);
/* `otherwise` when there is none or it is not a number. */
long long fields_number(const struct fields *fields, const char *name, long long otherwise);

/* A growing text, for writing. */
struct text {
    char *bytes;
    size_t length, capacity;
};
void text_add_field(struct text *text, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void text_end_fields(struct text *text);
void text_free(struct text *text);

#endif
