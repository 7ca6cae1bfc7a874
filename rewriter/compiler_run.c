/* compiler_run.c -- one run of the real compiler, while it is put together.  See compiler_run.h. */
#include "compiler_run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dependencies.h"
#include "memory_file.h"
#include "own_arguments.h"
#include "prefix_map.h"
#include "real_compiler.h"
#include "record.h"
#include "whole_statics.h"

/* ---- Putting a run together ------------------------------------------------------------------ */

void run_begin(struct compiler_run *run, const struct compilation *compilation,
               const struct command *command)
{
    size_t count = compilation->command->arguments.count;
    *run = (struct compiler_run){.compilation = compilation, .records_descriptor = -1, .input = -1};
    run->replacements = allocate(count * sizeof *run->replacements);
    run->is_object = allocate(count * sizeof *run->is_object);
    run->copies = allocate(compilation->unit_count * sizeof *run->copies);
    own_arguments_make(command, compilation->installation,
                       real_compiler_is_clang(compilation->compiler), &run->before, &run->after);
}

void run_end(struct compiler_run *run)
{
    for (size_t i = 0; i < run->compilation->unit_count; i++)
        source_copy_remove(&run->copies[i]);
    source_overlay_free(&run->overlay);
    if (run->records_descriptor >= 0)
        close(run->records_descriptor);
    if (run->input >= 0)
        close(run->input);
    list_free(&run->before);
    list_free(&run->after);
    free(run->replacements);
    free(run->is_object);
    free(run->copies);
    free(run->records_path);
}

void run_keep_only_input(struct compiler_run *run, size_t index)
{
    const struct command *command = run->compilation->command;
    for (size_t i = 0; i < command->input_count; i++)
        if (command->inputs[i].index != index)
            run->replacements[command->inputs[i].index] = "";
}

/* True when the compiler will look at what is included ahead of the sources. */
static bool preprocesses_any_unit(const struct compiler_run *run)
{
    const struct compilation *compilation = run->compilation;
    for (size_t i = 0; i < compilation->unit_count; i++) {
        const char *replacement = run->replacements[compilation->units[i].index];
        bool is_left_out = replacement && !replacement[0];
        if (!is_left_out && !compilation->units[i].is_preprocessed)
            return true;
    }
    return false;
}

bool run_add_records(struct compiler_run *run, const struct string_list *records)
{
    bool keeps_statics = run->compilation->keeps_statics && preprocesses_any_unit(run);
    if (!records->count && !keeps_statics)
        return true;
    struct text source = {0};
    records_to_source(records, &source);
    if (keeps_statics)
        whole_statics_begin(&source);
    run->records_descriptor = memory_file("kitsune-annotations", &source);
    text_free(&source);
    if (run->records_descriptor < 0)
        return false;
    run->records_path = format_string("/proc/self/fd/%d", run->records_descriptor);
    list_add(&run->after, "-include");
    list_add(&run->after, run->records_path);
    return true;
}

/* gcc lets -ffile-prefix-map win over -fmacro-prefix-map wherever it stands, and the last of those
 * for debug information. */
static void add_prefix_maps(struct compiler_run *run, const struct source_copy *copy)
{
    const struct string_list *arguments = &run->compilation->command->arguments;
    char *in_macros = prefix_map_apply(arguments, "-fmacro-prefix-map=", copy->original_folder);
    char *in_debug = prefix_map_apply(arguments, "-fdebug-prefix-map=", copy->original_folder);
    list_take(&run->after, format_string("-ffile-prefix-map=%s=%s", copy->folder, in_macros));
    if (strcmp(in_macros, in_debug))
        list_take(&run->after, format_string("-fdebug-prefix-map=%s=%s", copy->folder, in_debug));
    free(in_macros);
    free(in_debug);
}

/* True when an option names a folder as "." or "./...": then such names are the user's. */
static bool uses_dot_folders(const struct string_list *arguments)
{
    static const char *const options[] = {"-I", "-iquote", "-isystem", "-idirafter"};
    for (size_t i = 0; i < arguments->count; i++)
        for (size_t k = 0; k < sizeof options / sizeof *options; k++) {
            const char *value = option_value(arguments, i, options[k]);
            if (value && value[0] == '.' && (!value[1] || value[1] == '/'))
                return true;
        }
    return false;
}

/* Makes the compiler see the copy as what it is a copy of. */
static void add_copy_arguments(struct compiler_run *run, const struct source_copy *copy)
{
    const struct compilation *compilation = run->compilation;
    size_t length = strlen(copy->original_folder);
    list_add(&run->before, "-iquote");
    if (!length)
        list_add(&run->before, ".");
    else if (length == 1)
        list_add(&run->before, "/");
    else
        list_take(&run->before, copy_bytes(copy->original_folder, length - 1));
    add_prefix_maps(run, copy);
    if (!length && !real_compiler_is_clang(compilation->compiler) &&
        !uses_dot_folders(&compilation->command->arguments))
        list_add(&run->after, "-ffile-prefix-map=./=");
}

static bool use_as_input(struct compiler_run *run, struct text *contents)
{
    run->input = memory_file("source", contents);
    return run->input >= 0;
}

static bool use_copy(struct compiler_run *run, size_t unit_number)
{
    const struct unit *unit = &run->compilation->units[unit_number];
    struct source_copy *copy = &run->copies[unit_number];
    if (unit_is_standard_input(unit)) {
        struct text changed = {0};
        source_copy_text(unit_name(unit), unit->contents.bytes, unit->contents.length,
                         &unit->findings, &changed);
        bool success = use_as_input(run, &changed);
        text_free(&changed);
        return success;
    }
    if (!source_copy_make(copy, unit->path, &unit->contents, &unit->findings))
        return false;
    run->replacements[unit->index] = copy->path;
    add_copy_arguments(run, copy);
    return true;
}

static bool use_with_whole_statics(struct compiler_run *run, const struct unit *unit)
{
    struct text changed = {0};
    whole_statics_source(unit, &changed);
    bool success = unit_is_standard_input(unit)
                       ? use_as_input(run, &changed)
                       : source_overlay_add(&run->overlay, unit->path, &changed);
    text_free(&changed);
    return success;
}

bool run_use_unit(struct compiler_run *run, size_t unit_number)
{
    struct unit *unit = &run->compilation->units[unit_number];
    if (run->compilation->keeps_statics)
        return use_with_whole_statics(run, unit);
    if (unit->findings.insertion_count)
        return use_copy(run, unit_number);
    if (unit_is_standard_input(unit) && unit->was_read)
        return use_as_input(run, &unit->contents);
    return true;
}

bool run_is_complete(struct compiler_run *run)
{
    return source_overlay_use(&run->overlay, &run->after);
}

/* ---- Running --------------------------------------------------------------------------------- */

static void add_user_arguments(const struct compiler_run *run, struct string_list *words)
{
    const struct string_list *arguments = &run->compilation->command->arguments;
    const char *language = NULL, *value;
    for (size_t i = 0; i < arguments->count; i++) {
        const char *replacement = run->replacements[i];
        if (replacement && run->is_object[i]) {
            list_add(words, "-xnone");
            list_add(words, replacement);
            if (language)
                list_take(words, format_string("-x%s", language));
            continue;
        }
        if ((value = option_value(arguments, i, "-x")))
            language = value;
        if (!replacement)
            list_add(words, arguments->items[i]);
        else if (replacement[0])
            list_add(words, replacement);
    }
}

static void fix_dependencies(const struct compiler_run *run, size_t unit_number)
{
    const struct unit *unit = &run->compilation->units[unit_number];
    const struct source_copy *copy = &run->copies[unit_number];
    struct dependency_fix fix = {run->records_path, copy->folder, copy->original_folder};
    struct string_list paths = {0};
    dependencies_candidates(run->compilation->command, unit->path, &paths);
    for (size_t i = 0; i < paths.count; i++)
        dependencies_fix_file(paths.items[i], &fix);
    list_free(&paths);
}

static void make_words(const struct compiler_run *run, struct string_list *words)
{
    list_add_all(words, run->compilation->compiler);
    list_add_all(words, &run->before);
    add_user_arguments(run, words);
    list_add_all(words, &run->after);
}

int run_now(struct compiler_run *run)
{
    struct string_list words = {0};
    make_words(run, &words);
    int status = run_command(&words, run->input);
    list_free(&words);
    if (run->records_path || run->before.count)
        for (size_t i = 0; i < run->compilation->unit_count; i++)
            fix_dependencies(run, i);
    return status;
}

int run_become(struct compiler_run *run)
{
    struct string_list words = {0};
    make_words(run, &words);
    if (run->input >= 0)
        dup2(run->input, STDIN_FILENO);
    int status = real_compiler_become(&words);
    list_free(&words);
    return status;
}
