/* own_arguments.c -- what kitcc adds to a command of the user's.  See own_arguments.h.
 *
 * Compiling:
 *   -fPIC                         a version is a shared object
 *   -g                            xfgen reads types from the debug information
 *   -fvisibility=hidden -fno-semantic-interposition
 *                                 calls and variables inside the version cost what they cost in
 *                                 an executable.  Not when the user says -fPIC: that is how
 *                                 programs compile a shared library of their own, whose functions
 *                                 others call, and may define themselves
 *   -fno-plt                      calls into libraries go straight through the address table: a
 *                                 version is bound when it is loaded anyway
 *   -fno-ipa-reference-addressable (gcc)
 *                                 a static that this version never writes is still written, by
 *                                 the migration from the version before: it is not a constant.
 *                                 Linking, too: -flto compiles there.  For clang there is
 *                                 whole_statics.c
 * Linking a version (a shared object with main, or a transformer):
 *   entry.o                       hands main() to the runtime; of no effect where there is none
 *   -Bsymbolic                    the version's own symbols are bound to itself
 *   --build-id                    what a transformer is tied to
 * Linking anything: libkitsune, if anything asks for it.
 */
#include "own_arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool compiles_anything(const struct command *command)
{
    return command_has_language(command, LANGUAGE_C) ||
           command_has_language(command, LANGUAGE_C_PREPROCESSED) ||
           command_has_language(command, LANGUAGE_C_HEADER) ||
           command_has_language(command, LANGUAGE_OTHER);
}

static void add_for_compiling(const struct command *command, struct string_list *before,
                              struct string_list *after)
{
    list_add(before, "-fno-plt");
    if (!command->wants_absolute_code)
        list_add(before, "-fPIC");
    if (command->wants_executable_code)
        list_add(after, "-fPIC"); /* code for an executable would not link into a version */
    if (!command->has_debug_option && command->mode >= MODE_ASSEMBLY)
        list_add(before, "-g");
    if (command->has_visibility || command->wants_library_code)
        return;
    if (command->mode != MODE_LINK || !command->shows_symbols)
        list_add(before, "-fvisibility=hidden");
    list_add(before, "-fno-semantic-interposition");
}

static bool is_same_folder(const char *one, const char *other)
{
    struct stat first, second;
    return !stat(one, &first) && !stat(other, &second) && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* Naming a folder twice would take it from its place in the search order. */
static bool is_searched_anyway(const struct string_list *arguments, const char *folder)
{
    static const char *const options[] = {"-I", "-isystem", "-idirafter"};
    if (is_same_folder(folder, "/usr/include") || is_same_folder(folder, "/usr/local/include"))
        return true;
    for (size_t i = 0; i < arguments->count; i++)
        for (size_t k = 0; k < sizeof options / sizeof *options; k++) {
            const char *value = option_value(arguments, i, options[k]);
            if (value && is_same_folder(folder, value))
                return true;
        }
    return false;
}

/* A version that is shipped in a package shall not name folders that are searched without it. */
static bool is_searched_by_loader(const char *folder)
{
    static const char *const folders[] = {"/lib", "/usr/lib", "/lib/" MULTIARCH,
                                          "/usr/lib/" MULTIARCH};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (is_same_folder(folders[i], folder))
            return true;
    return false;
}

static void add_library(const struct installation *installation, struct string_list *after)
{
    list_take(after, format_string("-L%s", installation->library_folder));
    if (!is_searched_by_loader(installation->library_folder))
        list_take(after, format_string("-Wl,-rpath,%s", installation->library_folder));
    list_add(after, "-Wl,--push-state,--as-needed");
    list_add(after, "-lkitsune");
    list_add(after, "-Wl,--pop-state");
}

static bool is_there(const char *path)
{
    bool exists = !access(path, R_OK);
    if (!exists)
        fprintf(stderr, "kitcc: warning: %s is missing, so this shared object cannot run as a "
                        "version; build or install Kitsune completely\n", path);
    return exists;
}

static void add_for_linking(const struct command *command,
                            const struct installation *installation, struct string_list *before,
                            struct string_list *after)
{
    if (command->is_relocatable || command->is_static)
        return;
    list_add(before, "-Wl,--build-id");
    if (command->has_no_libraries)
        return;
    if (command->is_shared && command->is_version) {
        list_add(before, "-Wl,-Bsymbolic");
        if (is_there(installation->entry_object) && is_there(installation->library)) {
            list_add(before, installation->entry_object);
            add_library(installation, after);
        }
    } else if (!access(installation->library, R_OK)) {
        add_library(installation, after);
    }
}

void own_arguments_make(const struct command *command, const struct installation *installation,
                        bool is_clang, struct string_list *before, struct string_list *after)
{
    if ((!command->input_count && !command->has_library) || command->is_incomplete)
        return; /* --version and the like */
    if (!is_clang)
        list_add(before, "-fno-ipa-reference-addressable");
    if (compiles_anything(command))
        add_for_compiling(command, before, after);
    bool is_preprocessed = command_has_language(command, LANGUAGE_C_PREPROCESSED) &&
                           !command_has_language(command, LANGUAGE_C) &&
                           !command_has_language(command, LANGUAGE_OTHER);
    if (!is_preprocessed && /* clang would complain of what is of no use */
        !is_searched_anyway(&command->arguments, installation->include_folder)) {
        list_add(after, "-isystem");
        list_add(after, installation->include_folder);
    }
    bool makes_header = command_has_language(command, LANGUAGE_C_HEADER);
    if (command->mode == MODE_LINK && !makes_header)
        add_for_linking(command, installation, before, after);
}
