/* message.h -- sentences for people: made by printf rules, owned by the caller; and the runtime's
 * other memory.
 *
 * None of these ever returns NULL: where malloc has no memory the reserve has (see reserve.h), and
 * without that the update is given up or, outside of one, the process ends.  All of it goes
 * back by free().
 */
#ifndef KITSUNE_RUNTIME_MESSAGE_H
#define KITSUNE_RUNTIME_MESSAGE_H

#include <stdarg.h>
#include <stddef.h>

char *message_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *message_format_list(const char *format, va_list arguments)
    __attribute__((format(printf, 1, 0)));

/* calloc of one, realloc, strdup. */
void *allocate(size_t size);
void *reallocate(void *old, size_t size);
char *copy_string(const char *text);

#endif
