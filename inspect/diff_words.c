/* diff_words.c -- laying out text and rules in lines. */
#include "diff.h"

#include <string.h>

void write_wrapped(FILE *stream, const char *text, size_t column, size_t indent, size_t width)
{
    while (*text) {
        size_t room = width > column ? width - column : 1, length = strlen(text), cut = length;

        if (length > room) {
            for (cut = room; cut > 0 && text[cut] != ' '; cut--)
                ;
            if (cut == 0) /* a word longer than the line */
                cut = strcspn(text, " ");
        }
        fwrite(text, 1, cut, stream);
        text += cut + (text[cut] == ' ');
        if (*text)
            fprintf(stream, "\n%*s", (int)indent, "");
        column = indent;
    }
}

/* The length of one statement of `code` with its semicolon, or of one comment. */
static size_t statement_length(const char *code)
{
    size_t i;
    int parentheses = 0;
    char quote = 0;

    for (i = 0; code[i]; i++) {
        if (quote) {
            if (code[i] == '\\' && code[i + 1])
                i++;
            else if (code[i] == quote)
                quote = 0;
        } else if (code[i] == '"' || code[i] == '\'') {
            quote = code[i];
        } else if (code[i] == '/' && code[i + 1] == '*') {
            const char *end = strstr(code + i + 2, "*/");

            return end ? (size_t)(end + 2 - code) : strlen(code);
        } else if (code[i] == '(') {
            parentheses++;
        } else if (code[i] == ')') {
            parentheses--;
        } else if (code[i] == ';' && !parentheses) {
            return i + 1 + (strncmp(code + i + 1, " break;", 7) == 0 ? 7 : 0);
        }
    }
    return i;
}

void write_rule(FILE *stream, const char *rule, const char *indent, size_t width)
{
    const char *open = strstr(rule, ": { "), *code;
    size_t length = strlen(rule), end;

    if (!open || strlen(indent) + length <= width) {
        fprintf(stream, "%s%s\n", indent, rule);
        return;
    }
    fprintf(stream, "%s%.*s\n", indent, (int)(open + 3 - rule), rule);
    for (code = open + 4, end = length - 2; code < rule + end;) {
        size_t statement = statement_length(code);

        if (statement > (size_t)(rule + end - code))
            statement = (size_t)(rule + end - code);
        fprintf(stream, "%s    %.*s\n", indent, (int)statement, code);
        for (code += statement; *code == ' '; code++)
            ;
    }
    fprintf(stream, "%s}\n", indent);
}
