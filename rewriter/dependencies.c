/* dependencies.c -- makes a dependency file read as if the original had been compiled.  See
 * dependencies.h. */
#include "dependencies.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Takes white space and line continuations off the end. */
static void trim_end(struct text *text)
{
    while (text->length > 0) {
        char last = text->bytes[text->length - 1];
        bool is_continuation = last == '\n' && text->length > 1 &&
                               text->bytes[text->length - 2] == '\\';
        if (is_continuation)
            text->length -= 2;
        else if (last == ' ' || last == '\t')
            text->length--;
        else
            break;
    }
    text->bytes[text->length] = '\0';
}

static void add_for_make(struct text *result, const char *path)
{
    for (; *path; path++) {
        if (*path == ' ' || *path == '#' || *path == '\t')
            text_add(result, "\\");
        else if (*path == '$')
            text_add(result, "$");
        text_add_bytes(result, path, 1);
    }
}

static size_t word_length(const char *p)
{
    size_t length = 0;
    while (p[length] && !strchr(" \t\n", p[length])) {
        if (p[length] == '\\' && p[length + 1] == '\n')
            break;
        length += p[length] == '\\' && p[length + 1] ? 2 : 1;
    }
    return length;
}

static void add_word(struct text *result, const char *word, size_t length,
                     const struct dependency_fix *fix)
{
    if (fix->copy_folder && starts_with(word, fix->copy_folder)) {
        size_t skipped = strlen(fix->copy_folder);
        add_for_make(result, fix->original_folder);
        text_add_bytes(result, word + skipped, length - skipped);
    } else if (fix->copy_folder && !fix->original_folder[0] && length > 2 &&
               starts_with(word, "./")) {
        /* Found by -iquote of the working folder, where the original needed no option. */
        text_add_bytes(result, word + 2, length - 2);
    } else {
        text_add_bytes(result, word, length);
    }
}

void dependencies_fix_text(const char *contents, const struct dependency_fix *fix,
                           struct text *result)
{
    size_t records_length = fix->records_path ? strlen(fix->records_path) : 0;
    text_add(result, "");
    for (const char *p = contents; *p;) {
        size_t length = word_length(p);
        if (length == 0) {
            length = *p == '\\' && p[1] ? 2 : 1;
            text_add_bytes(result, p, length);
        } else if (records_length && starts_with(p, fix->records_path) &&
                   (length == records_length ||
                    (length == records_length + 1 && p[records_length] == ':'))) {
            trim_end(result);
            if (length == records_length + 1 && p[length] == '\n')
                length++; /* -MP: a target of its own line */
        } else {
            add_word(result, p, length, fix);
        }
        p += length;
    }
}

/* "dir/a.o" or "a" -> "dir/a.d" */
static char *with_dependency_suffix(const char *path)
{
    const char *name = base_name(path);
    const char *dot = strrchr(name, '.');
    size_t length = dot && dot != name ? (size_t)(dot - path) : strlen(path);
    return format_string("%.*s.d", (int)length, path);
}

static void add_from_environment(const char *variable, struct string_list *paths)
{
    const char *value = getenv(variable);
    if (value && *value)
        list_take(paths, copy_bytes(value, strcspn(value, " ")));
}

void dependencies_candidates(const struct command *command, const char *input,
                             struct string_list *paths)
{
    add_from_environment("DEPENDENCIES_OUTPUT", paths);
    add_from_environment("SUNPRO_DEPENDENCIES", paths);
    if (command->dependency_file) {
        list_add(paths, command->dependency_file);
        return;
    }
    char *own = with_dependency_suffix(base_name(input));
    if (command->output) {
        list_take(paths, with_dependency_suffix(command->output));
        if (command->mode == MODE_LINK)
            list_take(paths, format_string("%s-%s", command->output, own));
    } else if (command->mode == MODE_LINK) {
        list_take(paths, format_string("a-%s", own));
    }
    list_take(paths, own);
}

static bool is_concerned(const char *contents, const struct dependency_fix *fix)
{
    return (fix->records_path && strstr(contents, fix->records_path)) ||
           (fix->copy_folder && strstr(contents, fix->copy_folder));
}

void dependencies_fix_file(const char *path, const struct dependency_fix *fix)
{
    struct text contents = {0}, fixed = {0};
    struct stat status;
    if (stat(path, &status) || !S_ISREG(status.st_mode))
        return; /* not there, or a pipe that must not be read */
    if (text_read_file(&contents, path) && is_concerned(contents.bytes, fix)) {
        dependencies_fix_text(contents.bytes, fix, &fixed);
        FILE *file = fopen(path, "we");
        bool success = file && fwrite(fixed.bytes, 1, fixed.length, file) == fixed.length;
        if (file)
            success = !fclose(file) && success;
        if (!success)
            fprintf(stderr, "kitcc: cannot correct the dependency file %s: %s; remove it before "
                            "the next make\n", path, strerror(errno));
    }
    text_free(&contents);
    text_free(&fixed);
}
