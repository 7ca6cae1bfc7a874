/* compile.c -- carries out a compiler command, with annotations and inserted code.  See compile.h.
 *
 * One command of the user's is one run of the real compiler (compiler_run.h), except:
 *   - several sources with -c or -S are compiled one after the other, each with its own records;
 *   - linking from sources in different folders, copies are compiled to objects first: each needs
 *     its own folder for #include "..." and must not lend it to the others.
 */
#include "compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler_run.h"
#include "dependencies.h"
#include "real_compiler.h"

static bool has_findings(const struct compilation *compilation)
{
    for (size_t i = 0; i < compilation->unit_count; i++) {
        const struct findings *findings = &compilation->units[i].findings;
        if (findings->records.count || findings->insertion_count || findings->problems.count)
            return true;
    }
    return false;
}

bool compilation_changes_sources(const struct compilation *compilation)
{
    return compilation->keeps_statics || has_findings(compilation);
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
    struct compiler_run run;
    run_begin(&run, compilation, compilation->command);
    run_keep_only_input(&run, unit->index);
    int status = 1;
    if (run_add_records(&run, &unit->findings.records) && run_use_unit(&run, unit_number) &&
        run_is_complete(&run))
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
    struct compiler_run run;
    run_begin(&run, compilation, command);
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
    struct compiler_run run;
    run_begin(&run, compilation, &compiling);
    run_keep_only_input(&run, unit->index);
    int status = 1;
    if (run_use_unit(&run, unit_number)) {
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
                                struct compiler_run *run)
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
    struct compiler_run run;
    struct apart apart = {0};
    struct string_list records = {0};
    run_begin(&run, compilation, compilation->command);
    collect_records(compilation, &records);
    bool is_ready = run_add_records(&run, &records);
    int status = !is_ready;
    if (is_ready && compilation->unit_count > 1 && !compilation->keeps_statics &&
        !are_in_one_folder(compilation))
        status = compile_copies_apart(compilation, &apart, &run);
    for (size_t i = 0; i < compilation->unit_count && !status; i++)
        if (!run.is_object[compilation->units[i].index])
            status = !run_use_unit(&run, i);
    if (!status)
        status = !run_is_complete(&run);
    if (!status)
        status = run_now(&run);
    run_end(&run);
    remove_apart(&apart);
    list_free(&records);
    for (size_t i = 0; i < compilation->unit_count && !status; i++)
        show_problems(&compilation->units[i]);
    return status;
}

int compile_changed(const struct compilation *compilation)
{
    const struct command *command = compilation->command;
    bool is_separate = command->mode != MODE_LINK && command->input_count > 1 &&
                       has_findings(compilation);
    int status = is_separate ? compile_each(compilation) : compile_together(compilation);
    end_by_pending_signal();
    return status;
}

int compile_plainly(const struct compilation *compilation)
{
    struct compiler_run run;
    run_begin(&run, compilation, compilation->command);
    for (size_t i = 0; i < compilation->unit_count; i++)
        run_use_unit(&run, i);
    int status = compilation->is_not_last ? run_now(&run) : run_become(&run);
    run_end(&run);
    return status;
}
