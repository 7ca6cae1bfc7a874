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
#include <unistd.h>

#include "analyse.h"
#include "arguments.h"
#include "compile.h"
#include "installation.h"
#include "link_command.h"
#include "real_compiler.h"
#include "response_file.h"
#include "types_copy.h"
#include "whole_statics.h"

/* Options that are ours, not the compiler's. */
struct own_options {
    char *compiler;   /* --kitsune-cc=... */
    char *types_file; /* --typesfile-out=... */
    bool links_version; /* -kitsune-app: beside an executable, the version too */
    char *version_path; /* -kitsune-app=... */
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
        } else if (!strcmp(word, "-kitsune-app")) {
            options->links_version = true;
        } else if (starts_with(word, "-kitsune-app=")) {
            options->links_version = true;
            free(options->version_path);
            options->version_path = copy_string(word + strlen("-kitsune-app="));
        } else if (!is_published_option(word)) {
            list_add(rest, word);
        }
    }
}

static void analyse_sources(struct compilation *compilation)
{
    const struct command *command = compilation->command;
    bool is_clang = real_compiler_is_clang(compilation->compiler);
    if (command->mode < MODE_ASSEMBLY || command->is_incomplete)
        return;
    compilation->units = allocate(command->input_count * sizeof *compilation->units);
    for (size_t i = 0; i < command->input_count; i++) {
        enum input_language language = command->inputs[i].language;
        if (language != LANGUAGE_C && (language != LANGUAGE_C_PREPROCESSED || !is_clang))
            continue;
        struct unit *unit = &compilation->units[compilation->unit_count++];
        unit->index = command->inputs[i].index;
        unit->path = input_path(command, &command->inputs[i]);
        unit->is_preprocessed = language == LANGUAGE_C_PREPROCESSED;
        unit_read(unit);
        if (!unit->is_preprocessed)
            unit_analyse(unit, command, compilation->installation);
        end_by_pending_signal();
    }
    compilation->keeps_statics = is_clang && compilation->unit_count;
    for (size_t i = 0; i < compilation->unit_count; i++)
        if (!whole_statics_possible(&compilation->units[i], command))
            compilation->keeps_statics = false;
}

static void show_misspelt(const struct unit *unit)
{
    for (size_t i = 0; i < unit->misspelt.count; i++)
        fprintf(stderr, "%s\n", unit->misspelt.items[i]);
}

static int compile(const struct command *command, const struct installation *installation,
                   const struct string_list *compiler, bool is_not_last)
{
    struct compilation compilation = {.command = command, .installation = installation,
                                      .compiler = compiler, .is_not_last = is_not_last};
    analyse_sources(&compilation);
    for (size_t i = 0; i < compilation.unit_count; i++)
        if (compilation.units[i].misspelt.count)
            compilation.is_not_last = true; /* there may be something to add */
    int status = compilation_changes_sources(&compilation) ? compile_changed(&compilation)
                                                           : compile_plainly(&compilation);
    for (size_t i = 0; i < compilation.unit_count; i++) {
        if (status)
            show_misspelt(&compilation.units[i]);
        unit_free(&compilation.units[i]);
    }
    free(compilation.units);
    return status;
}

/* Links the version.  A build that asks for versions of whatever it links goes on without one
 * that cannot be linked. */
static int link_version(struct string_list *arguments, const char *path, bool is_demanded,
                        const struct installation *installation,
                        const struct string_list *compiler)
{
    struct command command;
    command_classify(&command, arguments);
    int status = compile(&command, installation, compiler, true);
    end_by_pending_signal();
    command_free(&command);
    if (!status)
        return 0;
    unlink(path);
    fprintf(stderr, "kitcc: %s: the version %s cannot be linked, for the reasons above; the "
                    "executable itself can\n", is_demanded ? "error" : "warning", path);
    return is_demanded ? status : 0;
}

/* An executable that cannot be a version at all. */
static bool can_be_version(const struct command *command)
{
    bool is_certain = !command->is_static && !command->has_no_libraries;
    for (size_t i = 0; i < command->input_count; i++)
        if (!strcmp(input_path(command, &command->inputs[i]), "-"))
            is_certain = false; /* standard input cannot be read twice */
    return is_certain;
}

static int carry_out(struct command *command, const struct own_options *options,
                     const struct installation *installation, const struct string_list *compiler)
{
    bool is_executable = links_executable(command), links_too = false;
    struct string_list version = {0};
    char *path = NULL;
    if (options->links_version && is_executable && can_be_version(command)) {
        links_too = true;
        path = options->version_path ? copy_string(options->version_path)
                                     : format_string("%s.so", command->output ? command->output
                                                                              : "a.out");
        version_command_make(command, path, &version);
    } else if (options->version_path && is_executable) {
        fprintf(stderr, "kitcc: error: no version can be made of this: it is linked statically, "
                        "without the C library, or from standard input\n");
        return 1;
    }
    if (command->mode == MODE_LINK && command->is_shared && !options->links_version)
        command->is_version = links_version(command);
    if (is_executable && command->shows_symbols)
        show_symbols(command);
    int status = compile(command, installation, compiler, links_too || options->types_file);
    if (links_too && !status)
        status = link_version(&version, path, options->version_path, installation, compiler);
    list_free(&version);
    free(path);
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
    if (real_compiler_find(options.compiler, installation.program, &compiler))
        status = carry_out(&command, &options, &installation, &compiler);
    if (!status && options.types_file && !types_copy(&command, options.types_file))
        status = 1;

    command_free(&command);
    list_free(&words);
    list_free(&compiler);
    free(options.compiler);
    free(options.types_file);
    free(options.version_path);
    installation_free(&installation);
    return status;
}
