/* message.c -- sentences for people, and the runtime's other memory. */
#include "common/message.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/reserve.h"

static void *from_reserve(size_t size)
{
    void *memory = reserve_take(size);
    if (!memory)
        reserve_exhausted();
    return memory;
}

void *allocate(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    return memory ? memory : from_reserve(size);
}

void *reallocate(void *old, size_t size)
{
    bool is_from_reserve = old && reserve_owns(old);
    void *memory = realloc(is_from_reserve ? NULL : old, size ? size : 1);
    if (memory && !is_from_reserve)
        return memory;
    if (!memory)
        memory = from_reserve(size);
    if (!old)
        return memory;
    size_t old_size = is_from_reserve ? reserve_size_of(old) : malloc_usable_size(old);
    memcpy(memory, old, old_size < size ? old_size : size);
    free(old);
    return memory;
}

char *copy_string(const char *text)
{
    char *copy = strdup(text);
    return copy ? copy : strcpy(from_reserve(strlen(text) + 1), text);
}

char *message_format_list(const char *format, va_list arguments)
{
    char *text;
    va_list again;
    va_copy(again, arguments);
    int length = vasprintf(&text, format, arguments);
    if (length < 0) {
        /* Long enough for any sentence, and if not, the beginning says what matters. */
        enum { LONGEST = 4096 };
        text = from_reserve(LONGEST);
        vsnprintf(text, LONGEST, format, again);
    }
    va_end(again);
    return text;
}

char *message_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = message_format_list(format, arguments);
    va_end(arguments);
    return text;
}
