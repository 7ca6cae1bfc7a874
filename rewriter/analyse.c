/* analyse.c -- what kitcc knows about one C source file.  See analyse.h. */
#include "analyse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clang_arguments.h"
#include "include_scan.h"
#include "memory_file.h"
#include "prefix_map.h"
#include "real_compiler.h"

bool unit_is_standard_input(const struct unit *unit)
{
    return !strcmp(unit->path, "-");
}

const char *unit_name(const struct unit *unit)
{
    return unit_is_standard_input(unit) ? "<stdin>" : unit->path;
}

void unit_free(struct unit *unit)
{
    text_free(&unit->contents);
    list_free(&unit->misspelt);
    findings_free(&unit->findings);
}

/* Only what can be read twice: a pipe's contents would be gone for the compiler. */
void unit_read(struct unit *unit)
{
    struct stat status;
    if (unit_is_standard_input(unit))
        unit->was_read = text_read_descriptor(&unit->contents, STDIN_FILENO);
    else
        unit->was_read = !stat(unit->path, &status) && S_ISREG(status.st_mode) &&
                         text_read_file(&unit->contents, unit->path);
}

static void make_analysis_command(const struct unit *unit, const struct command *command,
                                  const struct installation *installation, int descriptor,
                                  struct string_list *words)
{
    list_add(words, installation->analysis_program);
    if (descriptor >= 0) {
        list_take(words, format_string("--name=%s", unit_name(unit)));
        list_take(words, format_string("--contents-from=/proc/self/fd/%d", descriptor));
    }
    list_add(words, unit_name(unit));
    clang_arguments_make(command, installation->include_folder, words);
}

static void run_analysis(struct unit *unit, const struct command *command,
                         const struct installation *installation)
{
    struct string_list words = {0};
    struct text output = {0};
    int descriptor = -1;
    if (unit_is_standard_input(unit))
        descriptor = memory_file("source", &unit->contents);
    make_analysis_command(unit, command, installation, descriptor, &words);
    int status = run_and_read(&words, &output);
    if (!findings_read(&unit->findings, output.bytes) || status) {
        fprintf(stderr, "%s: warning: kitcc: annotations of this file may be lost: %s ended with "
                        "status %d\n", unit_name(unit), installation->analysis_program, status);
    }
    if (descriptor >= 0)
        close(descriptor);
    unit->was_analysed = true;
    text_free(&output);
    list_free(&words);
}

/* Places in records are called what debug information calls them. */
static void map_places(struct string_list *records, const struct string_list *arguments)
{
    for (size_t i = 0; i < records->count; i++) {
        char *record = records->items[i];
        const char *place = strrchr(record, '\t') + 1;
        char *mapped = prefix_map_apply(arguments, "-fdebug-prefix-map=", place);
        records->items[i] = format_string("%.*s%s", (int)(place - record), record, mapped);
        free(mapped);
        free(record);
    }
}

void unit_analyse(struct unit *unit, const struct command *command,
                  const struct installation *installation)
{
    if (!unit->was_read)
        return; /* the compiler has the right message */
    struct include_findings includes =
        include_scan(command, unit_is_standard_input(unit) ? "" : unit->path, &unit->contents,
                     installation->include_folder);
    if (includes.reaches_kitsune_header)
        unit->misspelt = includes.misspelt;
    else
        list_free(&includes.misspelt);
    if (!may_have_annotations(&includes))
        return;
    run_analysis(unit, command, installation);
    map_places(&unit->findings.records, &command->arguments);
    for (size_t i = 0; i < unit->findings.warnings.count; i++)
        fprintf(stderr, "%s\n", unit->findings.warnings.items[i]);
}
