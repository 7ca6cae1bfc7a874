/* spec_text.c -- pieces of the source text, and memory for the syntax tree. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "spec_parser.h"

/* xfgen is a command: without memory there is nothing to return to. */
static void *have_memory(void *memory)
{
    if (!memory) {
        fputs("xfgen: error: out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

void *spec_allocate(size_t size)
{
    return have_memory(calloc(1, size ? size : 1));
}

void *spec_reallocate(void *memory, size_t size)
{
    return have_memory(realloc(memory, size));
}

char *spec_copy(const char *text, size_t length)
{
    char *copy = have_memory(malloc(length + 1));

    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *spec_format(const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return have_memory(length < 0 ? NULL : text);
}

char *span_text(const struct source *source, struct span span)
{
    return spec_copy(source->text + span.start, span.end - span.start);
}

char *span_excerpt(const struct source *source, struct span span)
{
    enum { LONGEST = 40 };
    size_t length = 0, i;
    bool is_cut;
    char *text, *result;

    while (length < LONGEST && span.start + length < span.end &&
           source->text[span.start + length] != '\n')
        length++;
    is_cut = span.start + length < span.end;
    /* Not in the middle of a character. */
    if (is_cut)
        while (length > 1 && ((unsigned char)source->text[span.start + length] & 0xc0) == 0x80)
            length--;
    text = spec_copy(source->text + span.start, length);
    for (i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            text[i] = '?';
    result = spec_format("%s%s", text, is_cut ? "..." : "");
    free(text);
    return result;
}

bool span_starts_line(const struct source *source, struct span span)
{
    size_t i = span.start;

    while (i > 0 && (source->text[i - 1] == ' ' || source->text[i - 1] == '\t'))
        i--;
    return i == 0 || source->text[i - 1] == '\n' || source->text[i - 1] == '\r';
}

int span_line(const struct source *source, struct span span)
{
    int line, column;

    source_position(source, span.start, &line, &column);
    return line;
}
