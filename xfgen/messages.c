/* messages.c -- collecting, counting and ordering what is said about a run. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "messages.h"

static void *have_memory(void *memory)
{
    if (!memory) {
        fputs("xfgen: error: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return memory;
}

bool takes_colour(FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    int descriptor = stream ? fileno(stream) : -1; /* -1: a memory stream */

    return descriptor >= 0 && isatty(descriptor) && !(no_colour && *no_colour) &&
           !(terminal && strcmp(terminal, "dumb") == 0);
}

void messages_init(struct messages *messages, FILE *stream)
{
    memset(messages, 0, sizeof *messages);
    messages->stream = stream;
    messages->colour = takes_colour(stream);
}

/* ---- Lines ---------------------------------------------------------------------------------- */

void source_index_lines(struct source *source)
{
    const char *end = source->text + source->length, *at = source->text;
    size_t capacity = 64;

    source->line_starts = have_memory(malloc(capacity * sizeof *source->line_starts));
    source->line_starts[0] = 0;
    source->line_count = 1;
    while ((at = memchr(at, '\n', (size_t)(end - at)))) {
        if (source->line_count == capacity)
            source->line_starts = have_memory(realloc(source->line_starts, (capacity *= 2) *
                                                      sizeof *source->line_starts));
        source->line_starts[source->line_count++] = (size_t)(++at - source->text);
    }
}

static void count_lines(const struct source *source, size_t end, int *line, size_t *line_start)
{
    size_t i;

    *line = 1;
    *line_start = 0;
    for (i = 0; i < end; i++)
        if (source->text[i] == '\n') {
            ++*line;
            *line_start = i + 1;
        }
}

void source_position(const struct source *source, size_t offset, int *line, int *column)
{
    size_t end = offset < source->length ? offset : source->length;
    size_t low = 0, high = source->line_count, line_start;

    if (!source->line_starts) {
        count_lines(source, end, line, &line_start);
    } else {
        while (high - low > 1) { /* line_starts[low] <= end < line_starts[high] */
            size_t middle = low + (high - low) / 2;

            if (source->line_starts[middle] <= end)
                low = middle;
            else
                high = middle;
        }
        *line = (int)low + 1;
        line_start = source->line_starts[low];
    }
    *column = (int)(end - line_start) + 1;
}

/* ---- The list ------------------------------------------------------------------------------- */

static bool is_listed(const struct messages *messages)
{
    return messages->keep || messages->hold;
}

static bool same_text(const char *left, const char *right)
{
    return left && right ? strcmp(left, right) == 0 : left == right;
}

static const struct message *find_same(const struct messages *messages,
                                       const struct message *message)
{
    const struct message *said;

    for (said = messages->first; said; said = said->next)
        if (said->line == message->line && said->column == message->column &&
            said->severity == message->severity && same_text(said->file, message->file) &&
            strcmp(said->text, message->text) == 0)
            return said;
    return NULL;
}

static void message_free(struct message *message)
{
    struct message_help *help, *next;

    for (help = message->helps; help; help = next) {
        next = help->next;
        free(help->text);
        free(help->condition);
        free(help);
    }
    free(message->file);
    free(message->text);
    free(message);
}

void messages_free(struct messages *messages)
{
    struct message *message, *next;

    for (message = messages->first; message; message = next) {
        next = message->next;
        message_free(message);
    }
    messages->first = messages->last = NULL;
    declarations_free(messages);
}

static void keep_help(struct messages *messages, const struct message_help *help)
{
    struct message_help *kept = have_memory(malloc(sizeof *kept)), **link;

    *kept = *help;
    for (link = &messages->last->helps; *link; link = &(*link)->next)
        ;
    *link = kept;
}

/* ---- Reporting ------------------------------------------------------------------------------ */

static char *make_text(const char *format, va_list arguments)
{
    char *text = NULL;

    return have_memory(vasprintf(&text, format, arguments) < 0 ? NULL : text);
}

static struct message *message_new(enum severity severity, enum message_subject subject,
                                   const char *file, int line, char *text)
{
    struct message *message = have_memory(calloc(1, sizeof *message));

    message->severity = severity;
    message->subject = subject;
    message->file = file ? have_memory(strdup(file)) : NULL;
    message->line = line;
    message->text = text;
    return message;
}

/* Takes the message. */
static void say(struct messages *messages, struct message *message)
{
    if (message->severity != SEVERITY_NOTE) {
        messages->said = find_same(messages, message);
        messages->is_repeated = messages->said != NULL;
    }
    if (messages->is_repeated) {
        message_free(message);
        return;
    }
    if (message->severity == SEVERITY_ERROR)
        messages->error_count++;
    else if (message->severity == SEVERITY_WARNING)
        messages->warning_count++;
    if (messages->stream && !messages->hold)
        message_show(messages, message);
    if (!is_listed(messages)) {
        message_free(message);
        return;
    }
    if (messages->last)
        messages->last->next = message;
    else
        messages->first = message;
    messages->last = message;
    if (message->severity != SEVERITY_NOTE)
        messages->said = message;
}

void report(struct messages *messages, enum severity severity, const struct source *source,
            struct span span, const char *format, ...)
{
    struct message *message;
    va_list arguments;

    va_start(arguments, format);
    message = message_new(severity, source ? ABOUT_SPEC : ABOUT_RUN, source ? source->path : NULL,
                          0, make_text(format, arguments));
    va_end(arguments);
    if (source) {
        source_position(source, span.start, &message->line, &message->column);
        message->source = source;
        message->span = span;
    }
    say(messages, message);
}

void report_at(struct messages *messages, enum severity severity, const char *file, int line,
               const char *format, ...)
{
    struct message *message;
    va_list arguments;

    va_start(arguments, format);
    message = message_new(severity, line > 0 ? ABOUT_PROGRAM : ABOUT_RUN, file, line,
                          make_text(format, arguments));
    va_end(arguments);
    if (file && line > 0 && messages->file_count) {
        free(message->file);
        message->file = (char *)file; /* the very pointer, by which the source is found */
        declaration_find(messages, message);
        message->file = have_memory(strdup(file));
    }
    say(messages, message);
}

/* Takes `text`. */
static void say_help(struct messages *messages, enum help_kind kind, const char *condition,
                     char *text)
{
    struct message_help help = {.kind = kind, .text = text};

    if (condition)
        help.condition = have_memory(strdup(condition));
    if (messages->stream && !messages->hold && !messages->is_repeated)
        message_show_help(messages, &help);
    if (is_listed(messages) && !messages->is_repeated && messages->last) {
        keep_help(messages, &help);
    } else {
        free(help.text);
        free(help.condition);
    }
}

void report_help(struct messages *messages, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say_help(messages, HELP_TEXT, NULL, make_text(format, arguments));
    va_end(arguments);
}

void report_rule(struct messages *messages, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say_help(messages, HELP_RULE, NULL, make_text(format, arguments));
    va_end(arguments);
}

void report_rule_if(struct messages *messages, const char *condition, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say_help(messages, HELP_RULE, condition, make_text(format, arguments));
    va_end(arguments);
}

/* ---- In order ------------------------------------------------------------------------------- */

/* A message with its place in the order: that of arrival decides between equals. */
struct ordered {
    const struct message *message;
    size_t arrival;
};

static int compare_numbers(long left, long right)
{
    return (left > right) - (left < right);
}

static int compare_ordered(const void *left_, const void *right_)
{
    const struct ordered *left = left_, *right = right_;
    const struct message *a = left->message, *b = right->message;
    int order = compare_numbers(a->subject, b->subject);

    if (!order && a->subject == ABOUT_PROGRAM)
        order = strcmp(a->file ? a->file : "", b->file ? b->file : "");
    if (!order)
        order = compare_numbers(a->line, b->line);
    if (!order)
        order = compare_numbers(a->column, b->column);
    return order ? order : compare_numbers((long)left->arrival, (long)right->arrival);
}

/* Everything but notes, which go with what is before them. */
static struct ordered *put_in_order(const struct messages *messages, size_t *count)
{
    const struct message *message;
    struct ordered *list;

    *count = 0;
    for (message = messages->first; message; message = message->next)
        ++*count;
    list = have_memory(calloc(*count + 1, sizeof *list));
    *count = 0;
    for (message = messages->first; message; message = message->next)
        if (message->severity != SEVERITY_NOTE || *count == 0) {
            list[*count] = (struct ordered){message, *count};
            ++*count;
        }
    qsort(list, *count, sizeof *list, compare_ordered);
    return list;
}

static void show_with_notes(const struct messages *messages, const struct message *message)
{
    do {
        message_show(messages, message);
        message = message->next;
    } while (message && message->severity == SEVERITY_NOTE);
}

void messages_print_held(const struct messages *messages)
{
    struct ordered *list;
    size_t count, i;
    int errors = 0;

    if (!messages->stream)
        return;
    list = put_in_order(messages, &count);
    for (i = 0; i < count; i++) {
        const struct message *message = list[i].message;

        if (message->severity == SEVERITY_WARNING && messages->is_quiet)
            continue;
        if (message->severity == SEVERITY_ERROR && messages->most_errors &&
            ++errors > messages->most_errors)
            continue;
        show_with_notes(messages, message);
    }
    free(list);
    errors -= messages->most_errors;
    if (messages->most_errors && errors > 0)
        fprintf(messages->stream, "xfgen: %d more error%s; --max-errors=0 shows all\n", errors,
                errors == 1 ? "" : "s");
}
