/* messages.c -- what xfgen says about a run, in the tradition of compilers:
 *
 *      server.xf:12:10: error: expected '->' after 'struct conn', found '=>'
 *      struct conn => struct connection
 *                  ^~
 *          help: write `old -> new`
 *
 * The source line is shown as far as a terminal can show it: tabs stay, so that the caret line
 * can repeat them; control characters and bytes that are not UTF-8 become '?'.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spec.h"

/* Of a longer line, this many bytes around the span are shown. */
enum { LONGEST_LINE = 160, CONTEXT_BEFORE = 60 };

static const char *const BOLD = "\033[1m";
static const char *const GREEN = "\033[1;32m";
static const char *const PLAIN = "\033[0m";

void messages_init(struct messages *messages, FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    int descriptor = stream ? fileno(stream) : -1; /* -1: a memory stream */

    memset(messages, 0, sizeof *messages);
    messages->stream = stream;
    messages->colour = descriptor >= 0 && isatty(descriptor) && !(no_colour && *no_colour) &&
                       !(terminal && strcmp(terminal, "dumb") == 0);
}

void source_position(const struct source *source, size_t offset, int *line, int *column)
{
    const char *text = source->text;
    size_t end = offset < source->length ? offset : source->length;
    size_t line_start = 0, i;

    *line = 1;
    for (i = 0; i < end; i++)
        if (text[i] == '\n') {
            ++*line;
            line_start = i + 1;
        }
    *column = (int)(end - line_start) + 1;
}

/* ---- The source line and the caret ---------------------------------------------------------- */

/* The length of the UTF-8 character at text[0], 0 when it is not one that can be shown. */
static size_t character_length(const char *text, size_t available)
{
    unsigned char first = (unsigned char)text[0];
    size_t length, i;

    if (first < 0x80)
        return first == '\t' || (first >= 0x20 && first != 0x7f) ? 1 : 0;
    if (first >= 0xc2 && first < 0xe0)
        length = 2;
    else if (first >= 0xe0 && first < 0xf0)
        length = 3;
    else if (first >= 0xf0 && first < 0xf5)
        length = 4;
    else
        return 0;
    if (length > available)
        return 0;
    for (i = 1; i < length; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return 0;
    /* U+0080 to U+009F are control characters too. */
    return first == 0xc2 && (unsigned char)text[1] < 0xa0 ? 0 : length;
}

static bool is_continuation_byte(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* The part of the line around `place` that is shown. */
static struct span visible_part(const struct source *source, size_t place)
{
    struct span part = {place, place};

    while (part.start > 0 && source->text[part.start - 1] != '\n')
        part.start--;
    while (part.end < source->length && source->text[part.end] != '\n')
        part.end++;
    if (part.end > place && source->text[part.end - 1] == '\r')
        part.end--;
    if (part.end - part.start <= LONGEST_LINE)
        return part;
    if (place - part.start > CONTEXT_BEFORE) {
        part.start = place - CONTEXT_BEFORE;
        while (part.start < place && is_continuation_byte(source->text[part.start]))
            part.start++;
    }
    if (part.end - part.start > LONGEST_LINE) {
        part.end = part.start + LONGEST_LINE;
        while (part.end > place && is_continuation_byte(source->text[part.end]))
            part.end--;
    }
    return part;
}

static void show_line(const struct messages *messages, const struct source *source,
                      struct span part)
{
    size_t i, length;

    for (i = part.start; i < part.end; i += length ? length : 1) {
        length = character_length(source->text + i, part.end - i);
        if (length)
            fwrite(source->text + i, 1, length, messages->stream);
        else
            putc('?', messages->stream);
    }
    putc('\n', messages->stream);
}

/* One column for each character that show_line wrote; the span's underlined. */
static void show_caret(const struct messages *messages, const struct source *source,
                       struct span part, struct span span)
{
    FILE *stream = messages->stream;
    size_t i, length;

    for (i = part.start; i < span.start && i < part.end; i += length ? length : 1) {
        length = character_length(source->text + i, part.end - i);
        putc(source->text[i] == '\t' ? '\t' : ' ', stream);
    }
    if (messages->colour)
        fputs(GREEN, stream);
    putc('^', stream);
    if (i < part.end) {
        length = character_length(source->text + i, part.end - i);
        i += length ? length : 1;
    }
    for (; i < span.end && i < part.end; i += length ? length : 1) {
        length = character_length(source->text + i, part.end - i);
        putc('~', stream);
    }
    if (messages->colour)
        fputs(PLAIN, stream);
    putc('\n', stream);
}

/* ---- Severity and place --------------------------------------------------------------------- */

static void show_severity(const struct messages *messages, enum severity severity)
{
    static const char *const words[] = {"error", "warning", "note"};
    static const char *const colours[] = {"\033[1;31m", "\033[1;35m", "\033[1;36m"};

    if (messages->colour)
        fprintf(messages->stream, "%s%s: %s", colours[severity], words[severity], PLAIN);
    else
        fprintf(messages->stream, "%s: ", words[severity]);
}

static void show_place(const struct messages *messages, const char *file, int line, int column)
{
    FILE *stream = messages->stream;

    if (messages->colour)
        fputs(BOLD, stream);
    fputs(file, stream);
    if (line > 0)
        fprintf(stream, ":%d", line);
    if (column > 0)
        fprintf(stream, ":%d", column);
    fputs(": ", stream);
    if (messages->colour)
        fputs(PLAIN, stream);
}

/* ---- Messages that are kept ----------------------------------------------------------------- */

/* Text is made once: it may be both printed and kept. */
static char *make_text(const char *format, va_list arguments)
{
    char *text = NULL;

    if (vasprintf(&text, format, arguments) < 0) {
        fputs("xfgen: error: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return text;
}

static void *allocate_or_exit(size_t size)
{
    void *memory = calloc(1, size);

    if (!memory) {
        fputs("xfgen: error: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return memory;
}

/* Takes `text`. */
static void keep_message(struct messages *messages, enum severity severity, const char *file,
                         int line, int column, char *text)
{
    struct message *message = allocate_or_exit(sizeof *message);

    message->severity = severity;
    message->file = file ? strdup(file) : NULL;
    message->line = line;
    message->column = column;
    message->text = text;
    if (messages->last)
        messages->last->next = message;
    else
        messages->first = message;
    messages->last = message;
}

static void keep_help(struct messages *messages, enum help_kind kind, const char *condition,
                      char *text)
{
    struct message_help *help, **link;

    if (!messages->last) {
        free(text);
        return;
    }
    help = allocate_or_exit(sizeof *help);
    help->kind = kind;
    help->text = text;
    help->condition = condition ? strdup(condition) : NULL;
    for (link = &messages->last->helps; *link; link = &(*link)->next)
        ;
    *link = help;
}

void messages_free(struct messages *messages)
{
    struct message *message, *next;
    struct message_help *help, *next_help;

    for (message = messages->first; message; message = next) {
        next = message->next;
        for (help = message->helps; help; help = next_help) {
            next_help = help->next;
            free(help->text);
            free(help->condition);
            free(help);
        }
        free(message->file);
        free(message->text);
        free(message);
    }
    messages->first = messages->last = NULL;
}

/* ---- Reporting ------------------------------------------------------------------------------ */

static void count(struct messages *messages, enum severity severity)
{
    if (severity == SEVERITY_ERROR)
        messages->error_count++;
    else if (severity == SEVERITY_WARNING)
        messages->warning_count++;
}

/* Takes `text`. */
static void say(struct messages *messages, enum severity severity, const char *file, int line,
                int column, char *text)
{
    count(messages, severity);
    if (messages->stream) {
        show_place(messages, file ? file : "xfgen", line, column);
        show_severity(messages, severity);
        fprintf(messages->stream, "%s\n", text);
    }
    if (messages->keep)
        keep_message(messages, severity, file, line, column, text);
    else
        free(text);
}

void report(struct messages *messages, enum severity severity, const struct source *source,
            struct span span, const char *format, ...)
{
    va_list arguments;
    int line = 0, column = 0;
    struct span part;

    if (source)
        source_position(source, span.start, &line, &column);
    va_start(arguments, format);
    say(messages, severity, source ? source->path : NULL, line, column,
        make_text(format, arguments));
    va_end(arguments);
    if (!messages->stream || !source || source->length == 0)
        return;
    if (span.start > source->length)
        span.start = source->length;
    part = visible_part(source, span.start);
    show_line(messages, source, part);
    show_caret(messages, source, part, span);
}

void report_at(struct messages *messages, enum severity severity, const char *file, int line,
               const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(messages, severity, file, line, 0, make_text(format, arguments));
    va_end(arguments);
}

void report_help(struct messages *messages, const char *format, ...)
{
    va_list arguments;
    bool has_word; /* the text may bring its own ("try: ...") */
    char *text;

    has_word = strncmp(format, "try: ", 5) == 0 || strncmp(format, "help: ", 6) == 0;
    va_start(arguments, format);
    text = make_text(format, arguments);
    va_end(arguments);
    if (messages->stream)
        fprintf(messages->stream, "    %s%s\n", has_word ? "" : "help: ", text);
    if (messages->keep)
        keep_help(messages, HELP_TEXT, NULL, text);
    else
        free(text);
}

/* Takes `rule`. */
static void say_rule(struct messages *messages, const char *condition, char *rule)
{
    if (messages->stream)
        fprintf(messages->stream, "    help: %s%swrite: %s\n", condition ? condition : "",
                condition ? ", " : "", rule);
    if (messages->keep)
        keep_help(messages, HELP_RULE, condition, rule);
    else
        free(rule);
}

void report_rule(struct messages *messages, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say_rule(messages, NULL, make_text(format, arguments));
    va_end(arguments);
}

void report_rule_if(struct messages *messages, const char *condition, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say_rule(messages, condition, make_text(format, arguments));
    va_end(arguments);
}
