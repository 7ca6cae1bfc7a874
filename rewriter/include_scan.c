/* include_scan.c -- can this source file contain annotations at all?  See include_scan.h. */
#include "include_scan.h"

#include "misspelt.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- One file's text ------------------------------------------------------------------------- */

static bool is_word_character(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* True when `name` stands at `position` and does not go on. */
static bool is_annotation_name(const char *position, const char *end)
{
    static const char *const names[] = {
        "PTR", "PTRARRAY", "ARRAY", "SZ", "OPAQUE", "IGNORE", "CUSTOM", "GENERIC", "T", "G",
        "CONTAINER", "TAGGED", "MANUAL_MIGRATE", "AUTO_MIGRATE", "NOTELOCALS",
    };
    const char *stop = position;
    while (stop < end && is_word_character(*stop))
        stop++;
    size_t length = (size_t)(stop - position);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && !memcmp(names[i], position, length))
            return true;
    /* E_ ## x: a name pasted together. */
    while (stop < end && isspace((unsigned char)*stop))
        stop++;
    return length == 0 && stop < end && *stop == '#';
}

bool has_annotation_words(const char *text, size_t length)
{
    static const char *const words[] = {"KITSUNE_ANNOTATE", "ENTER_FUNC", "NOTE_LOCAL",
                                        "NOTE_AND_MIGRATE_LOCAL", "kitsune_enter_function",
                                        "kitsune_link_local", "kitsune_update"};
    const char *end = text + length;
    for (const char *p = text; (p = memmem(p, (size_t)(end - p), "E_", 2)); p += 2)
        if ((p == text || !is_word_character(p[-1])) && is_annotation_name(p + 2, end))
            return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (memmem(text, length, words[i], strlen(words[i])))
            return true;
    return false;
}

/* Only white space, or the end of a comment, may stand before the # of a directive. */
static bool is_directive(const char *text, const char *mark)
{
    while (mark > text && (mark[-1] == ' ' || mark[-1] == '\t'))
        mark--;
    return mark == text || mark[-1] == '\n' || mark[-1] == '\r' ||
           (mark - text >= 2 && mark[-1] == '/' && mark[-2] == '*');
}

/* After the word include: what it names. */
static void read_include_name(const char *p, const char *end, struct include_line *line)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    *line = (struct include_line){.name = p};
    if (p >= end || (*p != '"' && *p != '<'))
        return;
    const char *stop = memchr(p + 1, *p == '"' ? '"' : '>', (size_t)(end - p - 1));
    const char *newline = memchr(p, '\n', (size_t)(end - p));
    if (!stop || (newline && newline < stop))
        return;
    *line = (struct include_line){p + 1, (size_t)(stop - p - 1), true, *p == '"'};
}

/* After the # of a directive: the place behind include, include_next or import; NULL when it is
 * another directive. */
static const char *skip_include_word(const char *p, const char *end)
{
    static const char *const words[] = {"include_next", "include", "import"};
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(end - p) > length && !memcmp(p, words[i], length) &&
            !is_word_character(p[length]))
            return p + length;
    }
    /* A comment or a line splice between # and the word: rare enough not to read. */
    return p + 1 < end && ((*p == '/' && p[1] == '*') || *p == '\\') ? p : NULL;
}

/* What may stand behind the word include: a file, a macro, or a comment or splice before them.
 * Anything else is prose in a comment, as in glibc's <limits.h>: "other #include's protect". */
static bool can_name_file(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p < end && (isalpha((unsigned char)*p) || strchr("_$\"</\\", *p) ||
                       (unsigned char)*p >= 0x80);
}

bool next_include(const char *text, size_t length, size_t *position, struct include_line *line)
{
    const char *end = text + length;
    for (const char *p = text + *position; p < end && (p = memchr(p, '#', (size_t)(end - p)));) {
        const char *mark = p++;
        const char *name = is_directive(text, mark) ? skip_include_word(p, end) : NULL;
        if (name && can_name_file(name, end)) {
            read_include_name(name, end, line);
            *position = (size_t)(name - text);
            return true;
        }
    }
    *position = length;
    return false;
}

/* ---- Following them -------------------------------------------------------------------------- */

struct scan {
    struct string_list folders; /* every folder an #include may be found in, with final slash */
    struct string_list visited; /* files read or waiting, in order: also the work list */
    char **slots;               /* open addressing hash of `visited`; borrowed strings */
    size_t slot_count;
    const char *kitsune_folder;
    struct include_findings findings;
};

static size_t hash_of(const char *path)
{
    size_t hash = 5381;
    while (*path)
        hash = hash * 33 + (unsigned char)*path++;
    return hash;
}

static void insert_slot(struct scan *scan, char *path)
{
    size_t i = hash_of(path) % scan->slot_count;
    while (scan->slots[i])
        i = (i + 1) % scan->slot_count;
    scan->slots[i] = path;
}

static bool was_visited(const struct scan *scan, const char *path)
{
    if (!scan->slot_count)
        return false;
    for (size_t i = hash_of(path) % scan->slot_count; scan->slots[i];
         i = (i + 1) % scan->slot_count)
        if (!strcmp(scan->slots[i], path))
            return true;
    return false;
}

static void remember(struct scan *scan, char *path)
{
    list_take(&scan->visited, path);
    if (scan->visited.count * 2 > scan->slot_count) {
        scan->slot_count = scan->slot_count ? scan->slot_count * 2 : 256;
        free(scan->slots);
        scan->slots = allocate(scan->slot_count * sizeof *scan->slots);
        for (size_t i = 0; i < scan->visited.count; i++)
            insert_slot(scan, scan->visited.items[i]);
    } else {
        insert_slot(scan, path);
    }
}

/* Puts the file into the work list when it exists. */
static void visit_later(struct scan *scan, const char *folder, const char *name, size_t length)
{
    char *path = name[0] == '/' ? copy_bytes(name, length)
                                : format_string("%s%.*s", folder, (int)length, name);
    struct stat status;
    if (was_visited(scan, path) || stat(path, &status) || !S_ISREG(status.st_mode))
        free(path);
    else
        remember(scan, path);
}

static void follow(struct scan *scan, const char *own_folder, const char *name, size_t length)
{
    visit_later(scan, own_folder, name, length);
    if (name[0] == '/')
        return;
    for (size_t i = 0; i < scan->folders.count; i++)
        visit_later(scan, scan->folders.items[i], name, length);
}

static bool is_kitsune_header(const char *name, size_t length)
{
    const char *wanted = "kitsune.h";
    size_t wanted_length = strlen(wanted);
    return length >= wanted_length && !memcmp(name + length - wanted_length, wanted,
                                              wanted_length) &&
           (length == wanted_length || name[length - wanted_length - 1] == '/');
}

static void scan_text(struct scan *scan, const char *path, const char *text, size_t length)
{
    bool is_ours = starts_with(path, scan->kitsune_folder) ||
                   is_kitsune_header(path, strlen(path));
    if (!is_ours && has_annotation_words(text, length))
        scan->findings.has_annotation_words = true;
    if (!is_ours && !starts_with(path, "/usr/"))
        misspelt_find(path, text, length, &scan->findings.misspelt);

    /* %: is another spelling of #. */
    if (memmem(text, length, "%:include", 9) || memmem(text, length, "%: include", 10))
        scan->findings.has_unknown_includes = true;
    char *own_folder = folder_of(path);
    size_t position = 0;
    struct include_line line;
    while (next_include(text, length, &position, &line)) {
        if (!line.is_known) {
            scan->findings.has_unknown_includes = true;
            continue;
        }
        if (is_kitsune_header(line.name, line.length))
            scan->findings.reaches_kitsune_header = true;
        follow(scan, own_folder, line.name, line.length);
    }
    free(own_folder);
}

static void add_folder(struct scan *scan, const char *folder)
{
    if (!*folder || (folder[0] == '-' && !folder[1]))
        return;
    char *with_slash = format_string("%s%s", folder, ends_with(folder, "/") ? "" : "/");
    if (list_contains(&scan->folders, with_slash))
        free(with_slash);
    else
        list_take(&scan->folders, with_slash);
}

static void add_folders_of_environment(struct scan *scan, const char *variable)
{
    const char *value = getenv(variable);
    while (value && *value) {
        size_t length = strcspn(value, ":");
        char *folder = length ? copy_bytes(value, length) : copy_string(".");
        add_folder(scan, folder);
        free(folder);
        value += length + (value[length] == ':');
    }
}

/* Include folders, files included from the command line, and macros defined there. */
static void scan_options(struct scan *scan, const struct string_list *arguments)
{
    static const char *const folder_options[] = {
        "-I", "-iquote", "-isystem", "-idirafter", "-iwithprefix", "-iwithprefixbefore",
        "--include-directory", "-B", "-iprefix",
    };
    for (size_t i = 0; i < arguments->count; i++) {
        const char *word = arguments->items[i], *value;
        if (word[0] != '-')
            continue;
        for (size_t k = 0; k < sizeof folder_options / sizeof *folder_options; k++)
            if ((value = option_value(arguments, i, folder_options[k])))
                add_folder(scan, *value == '=' ? value + 1 : value);
        if ((value = option_value(arguments, i, "-D")) && has_annotation_words(value,
                                                                               strlen(value)))
            scan->findings.has_annotation_words = true;
        if (starts_with(word, "--sysroot=") || starts_with(word, "-Wp,") ||
            !strcmp(word, "-Xpreprocessor"))
            scan->findings.has_unknown_includes |= strstr(word, "-include") != NULL;
    }
}

static void scan_forced_includes(struct scan *scan, const struct string_list *arguments)
{
    for (size_t i = 0; i < arguments->count; i++) {
        const char *value = NULL, *word = arguments->items[i];
        if (starts_with(word, "-include"))
            value = option_value(arguments, i, "-include");
        else if (starts_with(word, "-imacros"))
            value = option_value(arguments, i, "-imacros");
        else if (!strcmp(word, "--include") || !strcmp(word, "--imacros"))
            value = arguments->items[i + 1];
        if (!value)
            continue;
        if (is_kitsune_header(value, strlen(value)))
            scan->findings.reaches_kitsune_header = true;
        follow(scan, "", value, strlen(value));
    }
}

struct include_findings include_scan(const struct command *command, const char *path,
                                     const struct text *contents, const char *kitsune_folder)
{
    struct scan scan = {.kitsune_folder = kitsune_folder};
    scan_options(&scan, &command->arguments);
    add_folder(&scan, kitsune_folder);
    add_folders_of_environment(&scan, "CPATH");
    add_folders_of_environment(&scan, "C_INCLUDE_PATH");
    add_folder(&scan, "/usr/local/include");
    add_folder(&scan, "/usr/include/x86_64-linux-gnu");
    add_folder(&scan, "/usr/include/aarch64-linux-gnu");
    add_folder(&scan, "/usr/include");

    scan_forced_includes(&scan, &command->arguments);
    scan_text(&scan, path, contents->bytes, contents->length);
    struct text text = {0};
    for (size_t next = 0; next < scan.visited.count; next++) {
        if (may_have_annotations(&scan.findings))
            break;
        text_clear(&text);
        if (text_read_file(&text, scan.visited.items[next]))
            scan_text(&scan, scan.visited.items[next], text.bytes, text.length);
    }
    text_free(&text);
    list_free(&scan.folders);
    list_free(&scan.visited);
    free(scan.slots);
    return scan.findings;
}

bool may_have_annotations(const struct include_findings *findings)
{
    return findings->has_unknown_includes ||
           (findings->reaches_kitsune_header && findings->has_annotation_words);
}
