/* text.h -- length-counted strings: keys, values, arguments.  Any bytes may occur in them; a NUL
 * is kept behind the last one for the convenience of the C library. */
#ifndef KV_TEXT_H
#define KV_TEXT_H

#include <kitsune.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
    unsigned length;
    unsigned capacity; /* bytes that fit, the final NUL not counted */
    char bytes[] E_ARRAY(self.capacity + 1);
};

/* The longest text a client may send or build: 512 MB, as in Redis. */
#define TEXT_LIMIT (512u * 1024 * 1024)

struct text *text_new(const char *bytes, size_t length);
/* Zero bytes of this length, to be filled by the caller. */
struct text *text_new_empty(size_t length);
struct text *text_from_integer(long long value);
struct text *text_copy(const struct text *text);
void text_free(struct text *text);
/* For containers that release their values through a function on void *. */
void text_release(void *text);

/* These may move the text: use what they return. */
struct text *text_append(struct text *text, const char *bytes, size_t length);

bool text_equal(const struct text *left, const struct text *right);
/* Like strcmp, by bytes, the shorter first when one begins with the other. */
int text_compare(const struct text *left, const struct text *right);
/* Equal to a word, without regard to case. */
bool text_is(const struct text *text, const char *word);

/* False when the text is not exactly one number. */
bool text_to_integer(const struct text *text, long long *value);
bool text_to_double(const struct text *text, double *value);

/* Both return the length written. */
#define NUMBER_SPACE 40
size_t format_integer(char out[NUMBER_SPACE], long long value);
/* The shortest decimal form that reads back as the same number. */
size_t format_double(char out[NUMBER_SPACE], double value);

#endif
