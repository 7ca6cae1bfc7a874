/* response_file.c -- "@file" on the command line.  See response_file.h. */
#include "response_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A response file may name itself; gcc gives up at some depth as well. */
enum { DEEPEST_NESTING = 64 };

/* Reads one argument from `position` into `argument`; returns where it ended. */
static const char *split_one(const char *position, struct text *argument)
{
    char quote = '\0';
    for (; *position; position++) {
        if (*position == '\\' && position[1]) {
            position++;
            text_add_bytes(argument, position, 1);
        } else if (quote) {
            if (*position == quote)
                quote = '\0';
            else
                text_add_bytes(argument, position, 1);
        } else if (*position == '\'' || *position == '"') {
            quote = *position;
        } else if (isspace((unsigned char)*position)) {
            break;
        } else {
            text_add_bytes(argument, position, 1);
        }
    }
    return position;
}

void response_file_split(const char *contents, struct string_list *arguments)
{
    struct text argument = {0};
    for (;;) {
        while (isspace((unsigned char)*contents))
            contents++;
        if (!*contents)
            break;
        text_clear(&argument);
        contents = split_one(contents, &argument);
        list_add(arguments, argument.bytes ? argument.bytes : "");
    }
    text_free(&argument);
}

void response_file_join(const struct string_list *arguments, struct text *contents)
{
    for (size_t i = 0; i < arguments->count; i++) {
        if (!arguments->items[i][0])
            text_add(contents, "\"\"");
        for (const char *p = arguments->items[i]; *p; p++) {
            if (isspace((unsigned char)*p) || *p == '\\' || *p == '"' || *p == '\'')
                text_add(contents, "\\");
            text_add_bytes(contents, p, 1);
        }
        text_add(contents, "\n");
    }
}

static void expand(char *const *given, size_t count, int depth, struct string_list *arguments)
{
    for (size_t i = 0; i < count; i++) {
        struct text contents = {0};
        if (given[i][0] != '@' || depth >= DEEPEST_NESTING ||
            !text_read_file(&contents, given[i] + 1)) {
            list_add(arguments, given[i]);
        } else {
            struct string_list inner = {0};
            response_file_split(contents.bytes, &inner);
            expand(inner.items, inner.count, depth + 1, arguments);
            list_free(&inner);
        }
        text_free(&contents);
    }
}

void response_files_expand(int count, char *const *given, struct string_list *arguments)
{
    expand(given, count > 0 ? (size_t)count : 0, 0, arguments);
}
