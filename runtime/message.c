/* message.c -- sentences for people, and the allocations behind them. */
#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory)
{
    if (!memory) {
        static const char text[] = "kitsune: out of memory\n";
        fwrite(text, 1, sizeof text - 1, stderr);
        abort();
    }
    return memory;
}

void *allocate(size_t size)
{
    return checked(calloc(1, size ? size : 1));
}

void *reallocate(void *old, size_t size)
{
    return checked(realloc(old, size ? size : 1));
}

char *copy_string(const char *text)
{
    return checked(strdup(text));
}

char *message_format(const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    return checked(text);
}
