/* key.h -- keys of variables and functions: "global", "file.c/static", "func#local",
 * "file.c/func#static_local".
 *
 * The file is compared with tolerance, because it is written in several ways: as the compiler was
 * given it ("src/main.c"), without folders ("main.c"), and as part of a C name ("main_c").
 */
#ifndef KITSUNE_RUNTIME_KEY_H
#define KITSUNE_RUNTIME_KEY_H

#include <stdbool.h>
#include <stddef.h>

/* The part behind the file ("func#static_local"); the file's length without the slash, 0: none. */
const char *key_name(const char *key, size_t *file_length);
/* The part behind '#' as well, or the whole name. */
const char *key_variable(const char *key);

/* The same thing, whichever way each one's file is written. */
bool key_matches(const char *key, const char *other);
bool key_file_matches(const char *file, size_t length, const char *other, size_t other_length);

/* "file.c/func#name" from its parts; file and function may be NULL.  malloc. */
char *key_compose(const char *file, const char *function, const char *name);

/* The name of the hand-written transformer for this key: "_kitsune_transform_main_c___file___y".
 * malloc. */
char *key_transformer_name(const char *key);

#endif
