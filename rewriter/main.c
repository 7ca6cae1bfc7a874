/* main.c -- kitcc: a C compiler driver that keeps annotations.
 *
 * Takes the command line of gcc or clang, finds out which C sources have annotations
 * (analyse.c), and lets the real compiler do the work (compile.c).  Also known as ktcc, the name
 * of the published tool, whose own options it accepts.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse.h"
#include "arguments.h"
#include "compile.h"
#include "installation.h"
#include "real_compiler.h"
#include "response_file.h"

/* Options that are ours, not the compiler's. */
struct own_options {
    char *compiler;   /* --kitsune-cc=... */
    char *types_file; /* --typesfile-out=... */
};

/* ktcc had these; what they asked for now happens always or never. */
static bool is_published_option(const char *word)
{
    static const char *const names[] = {"--doglobalreg", "--dontglobalreg", "--dostackvars",
                                        "--keepunused", "--doktsavetypes"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(word, names[i]))
            return true;
    return false;
}

static void take_own_options(const struct string_list *words, struct own_options *options,
                             struct string_list *rest)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->items[i];
        if (starts_with(word, "--kitsune-cc=")) {
            free(options->compiler);
            options->compiler = copy_string(word + strlen("--kitsune-cc="));
        } else if (starts_with(word, "--typesfile-out=")) {
            free(options->types_file);
            options->types_file = copy_string(word + strlen("--typesfile-out="));
        } else if (!is_published_option(word)) {
            list_add(rest, word);
        }
    }
}

/* Build rules of published programs expect the file; the types are in the object itself. */
static bool write_types_file(const char *path)
{
    FILE *file = fopen(path, "we");
    bool success = file && fprintf(file, "# types and annotations are in the object file\n") > 0;
    if (file)
        success = !fclose(file) && success;
    if (!success)
        fprintf(stderr, "kitcc: cannot write %s: %s\n", path, strerror(errno));
    return success;
}

static void analyse_sources(struct compilation *compilation)
{
    const struct command *command = compilation->command;
    if (command->mode < MODE_ASSEMBLY || command->is_incomplete)
        return;
    compilation->units = allocate(command->input_count * sizeof *compilation->units);
    for (size_t i = 0; i < command->input_count; i++) {
        if (command->inputs[i].language != LANGUAGE_C)
            continue;
        struct unit *unit = &compilation->units[compilation->unit_count++];
        unit->index = command->inputs[i].index;
        unit->path = input_path(command, &command->inputs[i]);
        unit_analyse(unit, command, compilation->installation);
        end_by_pending_signal();
    }
}

static int compile(const struct command *command, const struct installation *installation,
                   const struct string_list *compiler)
{
    struct compilation compilation = {command, installation, compiler, NULL, 0};
    analyse_sources(&compilation);
    int status = compilation_has_findings(&compilation) ? compile_with_findings(&compilation)
                                                        : compile_plainly(&compilation);
    for (size_t i = 0; i < compilation.unit_count; i++)
        unit_free(&compilation.units[i]);
    free(compilation.units);
    return status;
}

int main(int count, char **given)
{
    struct installation installation;
    struct string_list words = {0}, rest = {0}, compiler = {0};
    struct own_options options = {0};
    struct command command = {0};
    int status = 1;

    if (!installation_find(&installation))
        return 1;
    response_files_expand(count - 1, given + 1, &words);
    take_own_options(&words, &options, &rest);
    command_classify(&command, &rest);
    if (real_compiler_find(options.compiler, installation.program, &compiler) &&
        (!options.types_file || write_types_file(options.types_file)))
        status = compile(&command, &installation, &compiler);

    command_free(&command);
    list_free(&words);
    list_free(&compiler);
    free(options.compiler);
    free(options.types_file);
    installation_free(&installation);
    return status;
}
