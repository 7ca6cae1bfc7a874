/* html.c -- writing text into HTML. */
#include "html.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The length of the UTF-8 sequence that begins here; 0: none does, or it is of a code point that is
 * no character. */
static size_t sequence_length(const unsigned char *at, size_t room)
{
    static const unsigned long smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = *at < 0x80 ? 1 : *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : *at >= 0xc2 ? 2 : 0, i;
    unsigned long point;

    if (length == 1)
        return *at >= 0x20 && *at != 0x7f ? 1 : *at == '\n' || *at == '\t' ? 1 : 0;
    if (!length || length > room || *at >= 0xf5)
        return 0;
    point = *at & (0x7fu >> length);
    for (i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (at[i] & 0x3f);
    }
    if (point < smallest[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000) ||
        (point & 0xfffe) == 0xfffe || (point >= 0x80 && point < 0xa0) ||
        (point >= 0xfdd0 && point < 0xfdf0))
        return 0;
    return length;
}

static const char *entity(char character)
{
    switch (character) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_bytes(FILE *stream, const char *bytes, size_t length)
{
    size_t i, sequence;

    for (i = 0; i < length; i += sequence ? sequence : 1) {
        sequence = sequence_length((const unsigned char *)bytes + i, length - i);
        if (!sequence)
            fputs("\xef\xbf\xbd", stream);
        else if (entity(bytes[i]))
            fputs(entity(bytes[i]), stream);
        else
            fwrite(bytes + i, 1, sequence, stream);
    }
}

void html_text(FILE *stream, const char *text)
{
    html_bytes(stream, text, strlen(text));
}

void html_print(FILE *stream, const char *format, ...)
{
    va_list arguments;
    const char *at;

    va_start(arguments, format);
    for (at = format; *at; at++) {
        if (*at != '%') {
            fputc(*at, stream);
        } else if (*++at == 's') {
            html_text(stream, va_arg(arguments, const char *));
        } else if (*at == 'd') {
            fprintf(stream, "%d", va_arg(arguments, int));
        } else if (*at == 'u') {
            fprintf(stream, "%u", va_arg(arguments, unsigned));
        } else if (*at == 'c') {
            html_bytes(stream, &(char){(char)va_arg(arguments, int)}, 1);
        } else if (strncmp(at, "zu", 2) == 0) {
            fprintf(stream, "%zu", va_arg(arguments, size_t));
            at++;
        } else if (strncmp(at, "llu", 3) == 0) {
            fprintf(stream, "%llu", va_arg(arguments, unsigned long long));
            at += 2;
        } else if (*at == '%') {
            fputc('%', stream);
        } else {
            abort(); /* no such directive */
        }
    }
    va_end(arguments);
}
