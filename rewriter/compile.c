/* compile.c -- carries out a compiler command, with annotations and inserted code.  See compile.h.
 *
 * The records go in by -include of a file in memory, so the source itself is compiled untouched:
 * names, lines and columns are the user's.  Only sources with code put in (E_NOTELOCALS) are
 * compiled from a copy.
 *
 * One command of the user's is one command of the real compiler, except:
 *   - several sources with -c or -S are compiled one after the other, each with its own records;
 *   - linking from sources in different folders, copies are compiled to objects first: each needs
 *     its own folder for #include "..." and must not lend it to the others.
 */
#include "compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dependencies.h"
#include "own_arguments.h"
#include "prefix_map.h"
#include "real_compiler.h"
#include "record.h"
#include "source_copy.h"

/* One run of the real compiler, while it is put together. */
struct run {
    const struct compilation *compilation;
    struct string_list before; /* ahead of the user's arguments */
    struct string_list after;
    const char **replacements; /* for each of the user's arguments: NULL as it is, "" left out */
    bool *is_object;           /* the replacement is an object, whatever -x says */
    struct source_copy *copies; /* one for each unit, mostly empty */
    char *records_path;
    int records_descriptor;
    int input;                 /* what standard input is to be, or -1 */
};

bool compilation_has_findings(const struct compilation *compilation)
{
    for (size_t i = 0; i < compilation->unit_count; i++) {
        const struct findings *findings = &compilation->units[i].findings;
        if (findings->records.count || findings->insertion_count || findings->problems.count)
            return true;
    }
    return false;
}

/* ---- Putting a run together ------------------------------------------------------------------ */

static void run_begin(struct run *run, const struct compilation *compilation)
{
    size_t count = compilation->command->arguments.count;
    *run = (struct run){.compilation = compilation, .records_descriptor = -1, .input = -1};
    run->replacements = allocate(count * sizeof *run->replacements);
    run->is_object = allocate(count * sizeof *run->is_object);
    run->copies = allocate(compilation->unit_count * sizeof *run->copies);
}

static void run_end(struct run *run)
{
    for (size_t i = 0; i < run->compilation->unit_count; i++)
        source_copy_remove(&run->copies[i]);
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

/* Leaves out every input but this one. */
static void keep_only_input(struct run *run, size_t index)
{
    const struct command *command = run->compilation->command;
    for (size_t i = 0; i < command->input_count; i++)
        if (command->inputs[i].index != index)
            run->replacements[command->inputs[i].index] = "";
}

static bool add_records(struct run *run, const struct string_list *records)
{
    if (!records->count)
        return true;
    struct text source = {0};
    records_to_source(records, &source);
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
static void add_prefix_maps(struct run *run, const struct source_copy *copy)
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
static void add_copy_arguments(struct run *run, const struct source_copy *copy)
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

static bool use_copy(struct run *run, size_t unit_number)
{
    const struct unit *unit = &run->compilation->units[unit_number];
    struct source_copy *copy = &run->copies[unit_number];
    if (unit_is_standard_input(unit)) {
        struct text changed = {0};
        source_copy_text(unit_name(unit), unit->contents.bytes, unit->contents.length,
                         &unit->findings, &changed);
        run->input = memory_file("source", &changed);
        text_free(&changed);
        return run->input >= 0;
    }
    if (!source_copy_make(copy, unit->path, &unit->contents, &unit->findings))
        return false;
    run->replacements[unit->index] = copy->path;
    add_copy_arguments(run, copy);
    return true;
}

/* The source itself, or a copy of it when code is to be put in. */
static bool use_unit(struct run *run, size_t unit_number)
{
    const struct unit *unit = &run->compilation->units[unit_number];
    if (unit->findings.insertion_count)
        return use_copy(run, unit_number);
    if (unit_is_standard_input(unit) && unit->was_read) {
        run->input = memory_file("source", &unit->contents);
        return run->input >= 0;
    }
    return true;
}

/* ---- Running --------------------------------------------------------------------------------- */

static void add_user_arguments(const struct run *run, struct string_list *words)
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

static void fix_dependencies(const struct run *run, size_t unit_number)
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

static int run_now(struct run *run)
{
    struct string_list words = {0};
    list_add_all(&words, run->compilation->compiler);
    list_add_all(&words, &run->before);
    add_user_arguments(run, &words);
    list_add_all(&words, &run->after);
    int status = run_command(&words, run->input);
    list_free(&words);
    if (run->records_path || run->before.count)
        for (size_t i = 0; i < run->compilation->unit_count; i++)
            fix_dependencies(run, i);
    return status;
}

static void show_problems(const struct unit *unit)
{
    for (size_t i = 0; i < unit->findings.problems.count; i++)
        fprintf(stderr, "%s\n", unit->findings.problems.items[i]);
}

/* -c or -S of one source of the command. */
static int compile_one(const struct compilation *compilation, size_t unit_number)
{
    const struct unit *unit = &compilation->units[unit_number];
    struct run run;
    run_begin(&run, compilation);
    own_arguments_make(compilation->command, compilation->installation,
                       real_compiler_is_clang(compilation->compiler), &run.before, &run.after);
    keep_only_input(&run, unit->index);
    int status = 1;
    if (add_records(&run, &unit->findings.records) && use_unit(&run, unit_number))
        status = run_now(&run);
    run_end(&run);
    if (!status)
        show_problems(unit);
    return status;
}

/* -c or -S of whatever in the command is not C. */
static int compile_others(const struct compilation *compilation)
{
    const struct command *command = compilation->command;
    if (command->input_count == compilation->unit_count)
        return 0;
    struct run run;
    run_begin(&run, compilation);
    own_arguments_make(command, compilation->installation,
                       real_compiler_is_clang(compilation->compiler), &run.before, &run.after);
    for (size_t i = 0; i < compilation->unit_count; i++)
        run.replacements[compilation->units[i].index] = "";
    int status = run_now(&run);
    run_end(&run);
    return status;
}

static int compile_each(const struct compilation *compilation)
{
    int result = 0;
    for (size_t i = 0; i < compilation->unit_count; i++) {
        int status = compile_one(compilation, i);
        if (!result)
            result = status;
        end_by_pending_signal();
    }
    int status = compile_others(compilation);
    return result ? result : status;
}

/* ---- Linking from sources -------------------------------------------------------------------- */

static bool are_in_one_folder(const struct compilation *compilation)
{
    bool result = true;
    char *first = folder_of(compilation->units[0].path);
    for (size_t i = 1; i < compilation->unit_count && result; i++) {
        char *folder = folder_of(compilation->units[i].path);
        result = !strcmp(folder, first);
        free(folder);
    }
    free(first);
    return result;
}

/* Compiles one copy to an object beside it. */
static int compile_apart(const struct compilation *compilation, size_t unit_number,
                         const char *object)
{
    const struct command *command = compilation->command;
    const struct unit *unit = &compilation->units[unit_number];
    struct command compiling = *command;
    compiling.mode = MODE_OBJECT;
    struct run run;
    run_begin(&run, compilation);
    own_arguments_make(&compiling, compilation->installation,
                       real_compiler_is_clang(compilation->compiler), &run.before, &run.after);
    keep_only_input(&run, unit->index);
    int status = 1;
    if (use_unit(&run, unit_number)) {
        if (command->writes_dependencies && !command->dependency_file) {
            struct string_list paths = {0};
            dependencies_candidates(command, unit->path, &paths);
            list_add(&run.after, "-MF");
            list_add(&run.after, paths.items[paths.count > 1 ? paths.count - 2 : 0]);
            list_free(&paths);
        }
        list_add(&run.after, "-c");
        list_add(&run.after, "-o");
        list_add(&run.after, object);
        status = run_now(&run);
    }
    run_end(&run);
    return status;
}

struct apart {
    char *folder;
    struct string_list objects; /* one for each unit; "" when it stays in the command */
};

static int compile_copies_apart(const struct compilation *compilation, struct apart *apart,
                                struct run *run)
{
    apart->folder = copy_string("/tmp/kitcc-objects-XXXXXX");
    if (!mkdtemp(apart->folder)) {
        perror("kitcc: cannot make a folder in /tmp");
        return 1;
    }
    for (size_t i = 0; i < compilation->unit_count; i++) {
        const struct unit *unit = &compilation->units[i];
        list_take(&apart->objects, unit->findings.insertion_count
                                       ? format_string("%s/%zu.o", apart->folder, i)
                                       : copy_string(""));
        const char *object = apart->objects.items[i];
        if (!object[0])
            continue;
        int status = compile_apart(compilation, i, object);
        if (status)
            return status;
        run->replacements[unit->index] = object;
        run->is_object[unit->index] = true;
    }
    return 0;
}

static void remove_apart(struct apart *apart)
{
    for (size_t i = 0; i < apart->objects.count; i++)
        if (apart->objects.items[i][0])
            unlink(apart->objects.items[i]);
    if (apart->folder)
        rmdir(apart->folder);
    free(apart->folder);
    list_free(&apart->objects);
}

static void collect_records(const struct compilation *compilation, struct string_list *records)
{
    for (size_t i = 0; i < compilation->unit_count; i++) {
        const struct string_list *own = &compilation->units[i].findings.records;
        for (size_t k = 0; k < own->count; k++)
            if (!list_contains(records, own->items[k]))
                list_add(records, own->items[k]);
    }
}

/* The whole command at once; also -c and -S of a single source. */
static int compile_together(const struct compilation *compilation)
{
    struct run run;
    struct apart apart = {0};
    struct string_list records = {0};
    run_begin(&run, compilation);
    own_arguments_make(compilation->command, compilation->installation,
                       real_compiler_is_clang(compilation->compiler), &run.before, &run.after);
    collect_records(compilation, &records);
    bool is_ready = add_records(&run, &records);
    int status = !is_ready;
    if (is_ready && compilation->unit_count > 1 && !are_in_one_folder(compilation))
        status = compile_copies_apart(compilation, &apart, &run);
    for (size_t i = 0; i < compilation->unit_count && !status; i++)
        if (!run.is_object[compilation->units[i].index])
            status = !use_unit(&run, i);
    if (!status)
        status = run_now(&run);
    run_end(&run);
    remove_apart(&apart);
    list_free(&records);
    for (size_t i = 0; i < compilation->unit_count && !status; i++)
        show_problems(&compilation->units[i]);
    return status;
}

int compile_with_findings(const struct compilation *compilation)
{
    const struct command *command = compilation->command;
    bool is_separate = command->mode != MODE_LINK && command->input_count > 1;
    int status = is_separate ? compile_each(compilation) : compile_together(compilation);
    end_by_pending_signal();
    return status;
}

int compile_plainly(const struct compilation *compilation)
{
    struct run run;
    struct string_list words = {0};
    run_begin(&run, compilation);
    own_arguments_make(compilation->command, compilation->installation,
                       real_compiler_is_clang(compilation->compiler), &run.before, &run.after);
    for (size_t i = 0; i < compilation->unit_count; i++)
        use_unit(&run, i);
    list_add_all(&words, compilation->compiler);
    list_add_all(&words, &run.before);
    add_user_arguments(&run, &words);
    list_add_all(&words, &run.after);
    int status;
    if (compilation->is_not_last) {
        status = run_command(&words, run.input);
    } else {
        if (run.input >= 0)
            dup2(run.input, STDIN_FILENO);
        status = real_compiler_become(&words);
    }
    list_free(&words);
    run_end(&run);
    return status;
}
