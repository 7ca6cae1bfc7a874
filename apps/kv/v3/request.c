/* request.c -- one request while it arrives. */
#include "request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define LONGEST_LINE (64u * 1024)
#define MOST_ARGUMENTS (1024 * 1024)

void request_init(struct request *request)
{
    *request = (struct request){.bulk_length = -1};
}

void request_clear(struct request *request)
{
    for (int i = 0; i < request->count; i++) {
        text_free(request->arguments[i]);
        request->arguments[i] = NULL;
    }
    request->count = 0;
    request->expected = 0;
    request->bulk_length = -1;
}

void request_release(struct request *request)
{
    request_clear(request);
    free(request->arguments);
    request->arguments = NULL;
    request->capacity = 0;
}

static void add_argument(struct request *request, struct text *argument)
{
    if (request->count == request->capacity) {
        int capacity = request->capacity ? 2 * request->capacity : 8;
        request->arguments =
            reallocate(request->arguments, (size_t)capacity * sizeof *request->arguments);
        memset(request->arguments + request->capacity, 0,
               (size_t)(capacity - request->capacity) * sizeof *request->arguments);
        request->capacity = capacity;
    }
    request->arguments[request->count++] = argument;
}

/* The line at the start of the input, without its end; `used` counts the end too. */
static enum request_state take_line(struct buffer *input, size_t *length, size_t *used,
                                    const char **error)
{
    char *start = buffer_data(input);
    char *newline = buffer_length(input) ? memchr(start, '\n', buffer_length(input)) : NULL;

    if (!newline) {
        if (buffer_length(input) <= LONGEST_LINE)
            return REQUEST_INCOMPLETE;
        *error = "Protocol error: too big inline request";
        return REQUEST_MALFORMED;
    }
    *used = (size_t)(newline - start) + 1;
    *length = *used - 1;
    if (*length > 0 && start[*length - 1] == '\r')
        (*length)--;
    return REQUEST_COMPLETE;
}

/* "*12" or "$12": the number behind the first byte. */
static bool read_count(const char *line, size_t length, long long limit, long long *count)
{
    long long value = 0;
    bool negative = length > 1 && line[1] == '-';

    if (length < 2u + negative)
        return false;
    for (size_t i = 1u + negative; i < length; i++) {
        if (!isdigit((unsigned char)line[i]))
            return false;
        value = value * 10 + (line[i] - '0');
        if (value > limit)
            return false;
    }
    *count = negative ? -value : value;
    return true;
}

/* What a backslash and the next characters stand for inside double quotes; returns how many
 * characters of the line were used. */
static size_t read_escape(const char *line, size_t left, char *out)
{
    static const char names[] = "nrtba", values[] = "\n\r\t\b\a";

    if (left >= 4 && line[1] == 'x' && isxdigit((unsigned char)line[2]) &&
        isxdigit((unsigned char)line[3])) {
        char digits[3] = {line[2], line[3], '\0'};
        *out = (char)strtol(digits, NULL, 16);
        return 4;
    }
    const char *name = strchr(names, line[1]);
    *out = name && *name ? values[name - names] : line[1];
    return 2;
}

/* One word of a line, quotes resolved, from *position on.  False: unbalanced quotes. */
static bool read_word(const char *line, size_t length, size_t *position, struct text *word)
{
    char quote = '\0';
    size_t i = *position;

    for (; i < length; i++) {
        char byte = line[i];
        if (!quote && isspace((unsigned char)byte))
            break;
        if (!quote && (byte == '"' || byte == '\'')) {
            quote = byte;
        } else if (quote && byte == quote) {
            quote = '\0';
        } else if (quote == '"' && byte == '\\' && i + 1 < length) {
            i += read_escape(line + i, length - i, &word->bytes[word->length++]) - 1;
        } else if (quote == '\'' && byte == '\\' && i + 1 < length && line[i + 1] == '\'') {
            word->bytes[word->length++] = line[++i];
        } else {
            word->bytes[word->length++] = byte;
        }
    }
    word->bytes[word->length] = '\0';
    *position = i;
    return !quote;
}

static enum request_state parse_inline(struct request *request, struct buffer *input,
                                       const char **error)
{
    size_t length, used;
    enum request_state state = take_line(input, &length, &used, error);
    const char *line = buffer_data(input);

    if (state != REQUEST_COMPLETE)
        return state;
    for (size_t position = 0;;) {
        while (position < length && isspace((unsigned char)line[position]))
            position++;
        if (position == length)
            break;
        struct text *word = text_new_empty(length - position);
        word->length = 0;
        add_argument(request, word);
        if (!read_word(line, length, &position, word)) {
            *error = "Protocol error: unbalanced quotes in request";
            return REQUEST_MALFORMED;
        }
    }
    buffer_consume(input, used);
    return REQUEST_COMPLETE;
}

static enum request_state parse_array_header(struct request *request, struct buffer *input,
                                             const char **error)
{
    size_t length, used;
    long long count;
    enum request_state state = take_line(input, &length, &used, error);

    if (state != REQUEST_COMPLETE)
        return state;
    if (!read_count(buffer_data(input), length, MOST_ARGUMENTS, &count)) {
        *error = "Protocol error: invalid multibulk length";
        return REQUEST_MALFORMED;
    }
    buffer_consume(input, used);
    request->expected = count > 0 ? (int)count : 0;
    return REQUEST_COMPLETE;
}

static enum request_state parse_bulk_header(struct request *request, struct buffer *input,
                                            const char **error)
{
    size_t length, used;
    long long count;
    enum request_state state = take_line(input, &length, &used, error);

    if (state != REQUEST_COMPLETE)
        return state;
    if (length == 0 || buffer_data(input)[0] != '$') {
        *error = "Protocol error: expected '$'";
        return REQUEST_MALFORMED;
    }
    if (!read_count(buffer_data(input), length, TEXT_LIMIT, &count) || count < 0) {
        *error = "Protocol error: invalid bulk length";
        return REQUEST_MALFORMED;
    }
    buffer_consume(input, used);
    request->bulk_length = (long)count;
    return REQUEST_COMPLETE;
}

static enum request_state parse_arguments(struct request *request, struct buffer *input,
                                          const char **error)
{
    while (request->count < request->expected) {
        if (request->bulk_length < 0) {
            enum request_state state = parse_bulk_header(request, input, error);
            if (state != REQUEST_COMPLETE)
                return state;
        }
        size_t length = (size_t)request->bulk_length;
        if (buffer_length(input) < length + 2)
            return REQUEST_INCOMPLETE;
        add_argument(request, text_new(buffer_data(input), length));
        buffer_consume(input, length + 2);
        request->bulk_length = -1;
    }
    return REQUEST_COMPLETE;
}

enum request_state request_parse(struct request *request, struct buffer *input,
                                 const char **error)
{
    if (request->expected == 0) {
        if (buffer_length(input) == 0)
            return REQUEST_INCOMPLETE;
        if (buffer_data(input)[0] != '*')
            return parse_inline(request, input, error);
        enum request_state state = parse_array_header(request, input, error);
        if (state != REQUEST_COMPLETE || request->expected == 0)
            return state;
    }
    return parse_arguments(request, input, error);
}
