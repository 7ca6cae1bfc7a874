/* messages_show.c -- messages as they are printed, in the tradition of compilers:
 *
 *      server.xf:12:10: error: expected '->' after 'struct conn', found '=>'
 *      struct conn => struct connection
 *                  ^~
 *          help: write `old -> new`
 *
 * The source line is shown as far as a terminal can show it: tabs stay, so that the caret line
 * can repeat them; control characters and bytes that are not UTF-8 become '?'.
 */
#include <string.h>

#include "messages.h"

/* Of a longer line, this many bytes around the span are shown. */
enum { LONGEST_LINE = 160, CONTEXT_BEFORE = 60 };

static const char *const BOLD = "\033[1m";
static const char *const GREEN = "\033[1;32m";
static const char *const PLAIN = "\033[0m";

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

/* ---- Whole messages -------------------------------------------------------------------------- */

static void show_excerpt(const struct messages *messages, const struct source *source,
                         struct span span)
{
    struct span part;

    if (source->length == 0)
        return;
    if (span.start > source->length)
        span.start = source->length;
    part = visible_part(source, span.start);
    show_line(messages, source, part);
    show_caret(messages, source, part, span);
}

void message_show(const struct messages *messages, const struct message *message)
{
    const struct message_help *help;

    show_place(messages, message->file ? message->file : "xfgen", message->line, message->column);
    show_severity(messages, message->severity);
    fprintf(messages->stream, "%s\n", message->text);
    if (message->source)
        show_excerpt(messages, message->source, message->span);
    for (help = message->helps; help; help = help->next)
        message_show_help(messages, help);
}

void message_show_help(const struct messages *messages, const struct message_help *help)
{
    const char *text = help->text;
    bool has_word = strncmp(text, "try: ", 5) == 0 || strncmp(text, "help: ", 6) == 0;

    if (help->kind == HELP_RULE)
        fprintf(messages->stream, "    help: %s%swrite: %s\n",
                help->condition ? help->condition : "", help->condition ? ", " : "", text);
    else
        fprintf(messages->stream, "    %s%s\n", has_word ? "" : "help: ", text);
}
