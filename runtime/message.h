/* message.h -- sentences for people: made by printf rules, owned by the caller. */
#ifndef KITSUNE_RUNTIME_MESSAGE_H
#define KITSUNE_RUNTIME_MESSAGE_H

#include <stddef.h>

/* Allocated with malloc; never NULL (without memory it ends the process). */
char *message_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* strdup, malloc, realloc that end the process without memory: for the small things of which a
 * program that cannot have them is dying anyway. */
void *allocate(size_t size);
void *reallocate(void *old, size_t size);
char *copy_string(const char *text);

#endif
