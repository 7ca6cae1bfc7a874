/* fields.c -- `name value` lines, read and written. */
#include "common/fields.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"

/* Undoes the escapes in place. */
static bool unescape(char *value)
{
    char *to = value;
    for (const char *from = value; *from; from++) {
        if (*from != '\\') {
            *to++ = *from;
            continue;
        }
        from++;
        if (*from == 'n')
            *to++ = '\n';
        else if (*from == '\\')
            *to++ = '\\';
        else
            return false;
    }
    *to = '\0';
    return true;
}

static bool parse_line(char *line, struct field *field)
{
    char *space = strchr(line, ' ');
    if (space)
        *space = '\0';
    field->name = line;
    field->value = space ? space + 1 : "";
    for (const char *c = line; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_')
            return false;
    return *line && (!space || unescape(space + 1));
}

/* Where the block ends: behind its empty line; 0: it is not complete. */
static size_t block_length(const char *text, size_t size)
{
    if (size && text[0] == '\n')
        return 1;
    for (size_t i = 1; i < size; i++)
        if (text[i] == '\n' && text[i - 1] == '\n')
            return i + 1;
    return 0;
}

bool fields_parse(struct fields *fields, const char *text, size_t size, size_t *used)
{
    size_t length = block_length(text, size);
    if (!length || memchr(text, '\0', length))
        return false;
    *fields = (struct fields){.text = allocate(length + 1)};
    memcpy(fields->text, text, length);
    size_t lines = 0;
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    fields->list = allocate(lines * sizeof *fields->list);
    char *line = fields->text;
    while (*line != '\n') {
        char *end = strchr(line, '\n');
        *end = '\0';
        if (!parse_line(line, &fields->list[fields->count++])) {
            fields_free(fields);
            return false;
        }
        line = end + 1;
    }
    if (used)
        *used = length;
    return true;
}

void fields_free(struct fields *fields)
{
    free(fields->text);
    free(fields->list);
    *fields = (struct fields){0};
}

/* C0, DEL, and C1 in UTF-8 (0xc2, then 0x80 to 0x9f). */
static bool is_control(const char *text, size_t at)
{
    unsigned char byte = (unsigned char)text[at], before = at ? (unsigned char)text[at - 1] : 0;
    return (byte < ' ' && byte != '\n' && byte != '\t') || byte == 0x7f ||
           (before == 0xc2 && byte >= 0x80 && byte < 0xa0);
}

void fields_make_printable(struct fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        char *value = (char *)fields->list[i].value; /* in fields->text, which is ours */
        for (size_t k = 0; value[k]; k++)
            if (is_control(value, k)) {
                if ((unsigned char)value[k] >= 0x80)
                    value[k - 1] = '?';
                value[k] = '?';
            }
    }
}

const char *fields_get(const struct fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (strcmp(fields->list[i].name, name) == 0)
            return fields->list[i].value;
    return NULL;
}

long long fields_number(const struct fields *fields, const char *name, long long otherwise)
{
    const char *value = fields_get(fields, name);
    if (!value || !*value)
        return otherwise;
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    return *end || errno ? otherwise : number;
}

static void text_add(struct text *text, const char *bytes, size_t length)
{
    if (text->capacity - text->length < length + 1)
        text->bytes = reallocate(text->bytes, text->capacity = 2 * text->capacity + length + 256);
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add_field(struct text *text, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *value = message_format_list(format, arguments);
    va_end(arguments);
    text_add(text, name, strlen(name));
    text_add(text, " ", 1);
    for (const char *c = value; *c; c++) {
        if (*c == '\n')
            text_add(text, "\\n", 2);
        else if (*c == '\\')
            text_add(text, "\\\\", 2);
        else
            text_add(text, c, 1);
    }
    text_add(text, "\n", 1);
    free(value);
}

void text_end_fields(struct text *text)
{
    text_add(text, "\n", 1);
}

void text_free(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}
