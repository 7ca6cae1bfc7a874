/* link_command.c -- what a link command makes.  See link_command.h. */
#include "link_command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "memory_file.h"
#include "object_file.h"

bool links_executable(const struct command *command)
{
    return command->mode == MODE_LINK && !command->is_incomplete && !command->is_shared &&
           !command->is_relocatable && (command->input_count || command->has_library) &&
           !command_has_language(command, LANGUAGE_C_HEADER);
}

/* ---- Version or library ---------------------------------------------------------------------- */

/* Only what can be read twice. */
static bool read_input(const char *path, struct text *contents)
{
    struct stat status;
    return !stat(path, &status) && S_ISREG(status.st_mode) && text_read_file(contents, path);
}

static bool has_word(const struct text *source, const char *word)
{
    static const char of_names[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    size_t length = strlen(word);
    const char *at = source->bytes;
    while (at && (at = strstr(at, word))) {
        if ((at == source->bytes || !strchr(of_names, at[-1])) &&
            (!at[length] || !strchr(of_names, at[length])))
            return true;
        at += length;
    }
    return false;
}

/* A source that includes another (#include "main.c"): who knows what is in that. */
static bool includes_source(const struct text *source)
{
    return source->bytes && (strstr(source->bytes, ".c\"") || strstr(source->bytes, ".c>"));
}

static bool may_make_version(const struct command *command, const struct input *input)
{
    struct text contents = {0};
    bool result = true;
    if (read_input(input_path(command, input), &contents)) {
        enum object_kind kind = object_kind(&contents);
        if (input->language != LANGUAGE_LINKER)
            result = has_word(&contents, "main") || has_word(&contents, "kitsune_transformer") ||
                     includes_source(&contents);
        else
            result = kind == OBJECT_INTERMEDIATE ||
                     (kind == OBJECT_PLAIN && (object_defines(&contents, "main") ||
                                               object_defines(&contents, "kitsune_transformer")));
    }
    text_free(&contents);
    return result;
}

bool links_version(const struct command *command)
{
    for (size_t i = 0; i < command->input_count; i++)
        if (may_make_version(command, &command->inputs[i]))
            return true;
    return !command->input_count;
}

/* ---- The command for a version --------------------------------------------------------------- */

static bool is_one_of(const char *word, const char *const *table)
{
    for (; *table; table++)
        if (!strcmp(word, *table))
            return true;
    return false;
}

/* Words of the linker's that make an executable, or take away what xfgen needs. */
static bool is_dropped_linker_word(const char *word)
{
    static const char *const names[] = {"-s", "-S", "--strip-all", "--strip-debug", "-pie",
                                        "--pie", "--pic-executable", "-no-pie", "--no-pie", NULL};
    return is_one_of(word, names) || starts_with(word, "-Map=");
}

static void add_linker_words(const char *option, struct string_list *arguments)
{
    struct text kept = {0};
    char *words = copy_string(option + strlen("-Wl,")), *rest = words, *word;
    while ((word = strsep(&rest, ",")))
        if (!is_dropped_linker_word(word))
            text_add_format(&kept, ",%s", word);
    if (kept.length)
        list_take(arguments, format_string("-Wl%s", kept.bytes));
    text_free(&kept);
    free(words);
}

/* The rest is about the executable's own files: its name and its dependency file. */
static bool is_dropped_option(const char *word)
{
    static const char *const names[] = {"-o", "--output", "-MD", "-MMD", "-MP", "-MF", "-MT",
                                        "-MQ", "-pie", "-no-pie", "-s", NULL};
    static const char *const beginnings[] = {"-o", "--output=", "-MF", "-MT", "-MQ", "-Wp,-MD,",
                                             "-Wp,-MMD,", NULL};
    if (is_one_of(word, names))
        return true;
    for (const char *const *beginning = beginnings; *beginning; beginning++)
        if (starts_with(word, *beginning))
            return true;
    return false;
}

void version_command_make(const struct command *executable, const char *output,
                          struct string_list *arguments)
{
    const struct string_list *words = &executable->arguments;
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->items[i];
        size_t length = word[0] == '-' && word[1] ? (size_t)option_length(word) : 1;
        if (starts_with(word, "-Wl,"))
            add_linker_words(word, arguments);
        else if (word[0] != '-' || !is_dropped_option(word))
            for (size_t k = i; k < i + length && k < words->count; k++)
                list_add(arguments, words->items[k]);
        i += length - 1;
    }
    list_add(arguments, "-shared");
    list_add(arguments, "-o");
    list_add(arguments, output);
}

/* ---- Programs with plug-ins ------------------------------------------------------------------ */

/* The archive that -lNAME means, when a folder of the program's own has one and no shared
 * object. */
static char *find_archive(const struct string_list *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->count; i++) {
        const char *folder = option_value(arguments, i, "-L");
        if (!folder)
            continue;
        struct stat status;
        char *shared = format_string("%s/lib%s.so", folder, name);
        char *archive = format_string("%s/lib%s.a", folder, name);
        bool has_shared = !stat(shared, &status), has_archive = !stat(archive, &status);
        free(shared);
        if (!has_shared && has_archive)
            return archive;
        free(archive);
        if (has_shared)
            return NULL;
    }
    return NULL;
}

static void replace_by_shown(struct string_list *arguments, size_t index, const char *path)
{
    struct text contents = {0};
    if (read_input(path, &contents) && object_kind(&contents) == OBJECT_PLAIN &&
        object_show_hidden(&contents)) {
        int descriptor = memory_file("kitsune-symbols", &contents);
        if (descriptor >= 0) {
            free(arguments->items[index]);
            arguments->items[index] = format_string("/proc/self/fd/%d", descriptor);
        }
    }
    text_free(&contents);
}

void show_symbols(struct command *command)
{
    struct string_list *arguments = &command->arguments;
    for (size_t i = 0; i < command->input_count; i++)
        if (command->inputs[i].language == LANGUAGE_LINKER)
            replace_by_shown(arguments, command->inputs[i].index,
                             input_path(command, &command->inputs[i]));
    for (size_t i = 0; i < arguments->count; i++) {
        const char *word = arguments->items[i];
        char *archive = starts_with(word, "-l") && word[2] ? find_archive(arguments, word + 2)
                                                           : NULL;
        if (archive)
            replace_by_shown(arguments, i, archive);
        free(archive);
        if (word[0] == '-')
            i += (size_t)option_length(word) - 1;
    }
}
