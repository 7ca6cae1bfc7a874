/* declarations.c -- the line of the program's own source that a message is about.
 *
 * The debug information says where a declaration was, not what the file says today.  So a line is
 * shown only when the file is there, has not been changed since the program was built, and holds
 * at that line one of the names that the message speaks of, which the caret is then put under.
 * Otherwise the message does without, silently: its file and line are right in any case.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "messages.h"

/* Larger than any source that people write. */
enum { LARGEST_SOURCE = 16 << 20 };

void declarations_add(struct messages *messages, const char *shown, const char *full, time_t built)
{
    if (messages->file_count == messages->file_capacity) {
        size_t capacity = messages->file_capacity ? 2 * messages->file_capacity : 64;
        struct declaration_file *files = realloc(messages->files, capacity * sizeof *files);

        if (!files)
            return; /* messages will do without */
        messages->files = files;
        messages->file_capacity = capacity;
    }
    messages->files[messages->file_count++] =
        (struct declaration_file){.shown = shown, .full = full, .built = built};
}

static void source_free(struct source *source)
{
    if (!source)
        return;
    free(source->text);
    free(source->line_starts);
    free(source);
}

void declarations_free(struct messages *messages)
{
    size_t i;

    for (i = 0; i < messages->file_count; i++)
        source_free(messages->files[i].source);
    free(messages->files);
    messages->files = NULL;
    messages->file_count = messages->file_capacity = 0;
}

/* ---- Reading a source ------------------------------------------------------------------------ */

static struct source *read_source(const struct declaration_file *file)
{
    struct stat status;
    struct source *source;
    FILE *stream;

    if (stat(file->full, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0 ||
        status.st_size > LARGEST_SOURCE || status.st_mtime > file->built)
        return NULL;
    stream = fopen(file->full, "re");
    if (!stream)
        return NULL;
    source = calloc(1, sizeof *source);
    if (source) {
        source->path = file->shown;
        source->text = malloc((size_t)status.st_size);
        source->length = source->text ? fread(source->text, 1, (size_t)status.st_size, stream) : 0;
        if (source->length) {
            source_index_lines(source);
        } else {
            source_free(source);
            source = NULL;
        }
    }
    fclose(stream);
    return source;
}

static const struct source *source_of_file(struct declaration_file *file)
{
    if (!file->is_looked_for) {
        file->is_looked_for = true;
        file->source = read_source(file);
    }
    return file->source;
}

/* ---- What the message speaks of -------------------------------------------------------------- */

static bool is_name_byte(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || (unsigned char)byte >= 0x80;
}

/* The last name in text[start, end): "data" of "server.clients->data[]". */
static struct span last_name(const char *text, size_t start, size_t end)
{
    struct span name;

    while (end > start && !is_name_byte(text[end - 1]))
        end--;
    name = (struct span){end, end};
    while (name.start > start && is_name_byte(text[name.start - 1]))
        name.start--;
    return name;
}

/* The next of the names that a message quotes; an annotation's at its start counts as one.  False
 * when there is none from *at on. */
static bool next_name(const char *text, size_t *at, struct span *name)
{
    const char *open, *close;

    if (*at == 0 && strncmp(text, "E_", 2) == 0) {
        while (is_name_byte(text[*at]))
            ++*at;
        *name = (struct span){0, *at};
        return true;
    }
    open = strchr(text + *at, '\'');
    close = open ? strchr(open + 1, '\'') : NULL;
    if (!close)
        return false;
    *name = last_name(text, (size_t)(open + 1 - text), (size_t)(close - text));
    *at = (size_t)(close + 1 - text);
    return true;
}

/* A whole word in the line; an empty span when it is not there. */
static struct span find_word(const struct source *source, struct span line, const char *word,
                             size_t length)
{
    size_t i;

    for (i = line.start; length && i + length <= line.end; i++)
        if (memcmp(source->text + i, word, length) == 0 &&
            (i == line.start || !is_name_byte(source->text[i - 1])) &&
            (i + length == line.end || !is_name_byte(source->text[i + length])))
            return (struct span){i, i + length};
    return (struct span){0, 0};
}

static bool find_in_source(const struct source *source, struct message *message)
{
    size_t index = (size_t)message->line - 1, at = 0;
    struct span line, name, found;

    if (index >= source->line_count)
        return false;
    line.start = source->line_starts[index];
    line.end = index + 1 < source->line_count ? source->line_starts[index + 1] : source->length;
    while (next_name(message->text, &at, &name)) {
        found = find_word(source, line, message->text + name.start, name.end - name.start);
        if (found.end == 0)
            continue;
        message->source = source;
        message->span = found;
        message->column = (int)(found.start - line.start) + 1;
        return true;
    }
    return false;
}

/* Both versions have a server.c, as a rule: the pointer tells whose it is; where the name came
 * from elsewhere (an annotation's record), the first that fits will do. */
void declaration_find(struct messages *messages, struct message *message)
{
    bool is_certain = false, is_it;
    size_t i;

    for (i = 0; i < messages->file_count; i++)
        is_certain |= messages->files[i].shown == message->file;
    for (i = 0; i < messages->file_count; i++) {
        struct declaration_file *file = &messages->files[i];

        is_it = is_certain ? file->shown == message->file
                           : strcmp(file->shown, message->file) == 0;
        if (is_it && source_of_file(file) && find_in_source(file->source, message))
            return;
    }
}
