/* text.h -- growing strings and lists of strings, the two things a compiler driver is made of.
 *
 * Memory that runs out ends the program with a message: a compiler driver has nothing better to
 * do.  Both start zeroed ({0}) and are always NUL- or NULL-terminated once something was added.
 */
#ifndef REWRITER_TEXT_H
#define REWRITER_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
    char *bytes;
    size_t length;
    size_t capacity;
};

struct string_list {
    char **items; /* owned; items[count] is NULL */
    size_t count;
    size_t capacity;
};

void *allocate(size_t size);
void *reallocate(void *old, size_t size);
char *copy_string(const char *string);
char *copy_bytes(const char *bytes, size_t length);
char *format_string(const char *format, ...) __attribute__((format(printf, 1, 2)));

void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add(struct text *text, const char *string);
void text_add_format(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Empties the text but keeps its memory. */
void text_clear(struct text *text);
void text_free(struct text *text);
/* The whole of an open file.  False with errno set when it cannot be read. */
bool text_read_descriptor(struct text *text, int descriptor);
bool text_read_file(struct text *text, const char *path);

/* The list takes the string over. */
void list_take(struct string_list *list, char *string);
void list_add(struct string_list *list, const char *string);
void list_add_all(struct string_list *list, const struct string_list *other);
bool list_contains(const struct string_list *list, const char *string);
void list_free(struct string_list *list);

bool starts_with(const char *string, const char *prefix);
bool ends_with(const char *string, const char *suffix);
/* The part after the last slash. */
const char *base_name(const char *path);
/* The part up to and with the last slash; "" when there is none. */
char *folder_of(const char *path);

#endif
