/* key.c -- keys of variables and functions. */
#include "program/key.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"

const char *key_name(const char *key, size_t *file_length)
{
    const char *slash = strrchr(key, '/');
    *file_length = slash ? (size_t)(slash - key) : 0;
    return slash ? slash + 1 : key;
}

const char *key_variable(const char *key)
{
    size_t ignored;
    const char *name = key_name(key, &ignored);
    const char *hash = strchr(name, '#');
    return hash ? hash + 1 : name;
}

static bool characters_match(char a, char b)
{
    if (a == b)
        return true;
    /* An underscore may stand for what a C name cannot have. */
    return (a == '_' && !isalnum((unsigned char)b)) || (b == '_' && !isalnum((unsigned char)a));
}

bool key_file_matches(const char *file, size_t length, const char *other, size_t other_length)
{
    if (!length || !other_length)
        return length == other_length;
    /* From the end, so that one may have more folders in front than the other. */
    while (length && other_length) {
        if (!characters_match(file[length - 1], other[other_length - 1]))
            return false;
        length--;
        other_length--;
    }
    if (!length && !other_length)
        return true;
    return length ? file[length - 1] == '/' : other[other_length - 1] == '/';
}

bool key_matches(const char *key, const char *other)
{
    size_t length, other_length;
    const char *name = key_name(key, &length), *other_name = key_name(other, &other_length);
    return strcmp(name, other_name) == 0 && key_file_matches(key, length, other, other_length);
}

char *key_compose(const char *file, const char *function, const char *name)
{
    return message_format("%s%s%s%s%s", file ? file : "", file ? "/" : "",
                          function ? function : "", function ? "#" : "", name);
}

char *key_transformer_name(const char *key)
{
    size_t file_length;
    const char *name = key_name(key, &file_length);
    const char *file_end = key + file_length, *file = file_end;
    while (file > key && file[-1] != '/')
        file--; /* file names in keys may carry folders; those of transformers do not */
    const char *hash = strchr(name, '#');
    char *text = message_format(
        "_kitsune_transform_%.*s%s%.*s%s%s", (int)(file_end - file), file,
        file_length ? "___file___" : "", hash ? (int)(hash - name) : 0, name,
        hash ? "___func___" : "", hash ? hash + 1 : name);
    for (char *at = text; *at; at++)
        if (!isalnum((unsigned char)*at))
            *at = '_';
    return text;
}
