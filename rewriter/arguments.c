/* arguments.c -- what a compiler command line asks for.  See arguments.h. */
#include "arguments.h"

#include <stdlib.h>
#include <string.h>

/* Options of gcc and clang whose value is the next word, when they are written exactly so. */
static const char *const options_with_next_word[] = {
    "-o", "-x", "-D", "-U", "-I", "-L", "-l", "-T", "-u", "-z", "-e", "-A", "-B", "-G", "-F",
    "-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-iprefix", "-iwithprefix",
    "-iwithprefixbefore", "-isysroot", "-imultilib", "-iframework", "-include-pch",
    "-ivfsoverlay", "-MF", "-MT", "-MQ", "-MJ", "-Xlinker", "-Xassembler", "-Xpreprocessor",
    "-Xclang", "-Xanalyzer", "-mllvm", "-aux-info", "--param", "-wrapper", "-dumpbase",
    "-dumpbase-ext", "-dumpdir", "-arch", "-target", "-Ttext", "-Tdata", "-Tbss", "-framework",
    "-install_name", "-working-directory", "-resource-dir", "-serialize-diagnostics",
    "--serialize-diagnostics", "--output", "--include", "--imacros", "--language", "--sysroot",
    "--define-macro", "--undefine-macro", "--include-directory", "--include-directory-after",
    "--include-prefix", "--include-with-prefix", "--include-with-prefix-after",
    "--include-with-prefix-before", "--library-directory", "--entry", "--for-linker",
    "--for-assembler", "--assert", "--dumpbase", "--dumpdir", "--prefix", "--force-link",
};

int option_length(const char *argument)
{
    size_t count = sizeof options_with_next_word / sizeof *options_with_next_word;
    for (size_t i = 0; i < count; i++)
        if (!strcmp(argument, options_with_next_word[i]))
            return 2;
    return 1;
}

struct name_of_language {
    const char *name;
    enum input_language language;
};

static bool find_language(const struct name_of_language *table, size_t count, const char *name,
                          enum input_language *language)
{
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(table[i].name, name)) {
            *language = table[i].language;
            return true;
        }
    }
    return false;
}

enum input_language language_of_name(const char *path)
{
    static const struct name_of_language suffixes[] = {
        {"c", LANGUAGE_C}, {"i", LANGUAGE_C_PREPROCESSED}, {"h", LANGUAGE_C_HEADER},
        {"s", LANGUAGE_ASSEMBLY}, {"S", LANGUAGE_ASSEMBLY}, {"sx", LANGUAGE_ASSEMBLY},
        {"ii", LANGUAGE_OTHER}, {"cc", LANGUAGE_OTHER}, {"cp", LANGUAGE_OTHER},
        {"cxx", LANGUAGE_OTHER}, {"cpp", LANGUAGE_OTHER}, {"CPP", LANGUAGE_OTHER},
        {"c++", LANGUAGE_OTHER}, {"C", LANGUAGE_OTHER}, {"m", LANGUAGE_OTHER},
        {"mi", LANGUAGE_OTHER}, {"mm", LANGUAGE_OTHER}, {"M", LANGUAGE_OTHER},
        {"hh", LANGUAGE_OTHER}, {"H", LANGUAGE_OTHER}, {"hp", LANGUAGE_OTHER},
        {"hxx", LANGUAGE_OTHER}, {"hpp", LANGUAGE_OTHER}, {"h++", LANGUAGE_OTHER},
        {"f", LANGUAGE_OTHER}, {"F", LANGUAGE_OTHER}, {"f90", LANGUAGE_OTHER},
        {"F90", LANGUAGE_OTHER}, {"ada", LANGUAGE_OTHER}, {"adb", LANGUAGE_OTHER},
        {"d", LANGUAGE_OTHER}, {"go", LANGUAGE_OTHER},
    };
    const char *name = base_name(path);
    const char *dot = strrchr(name, '.');
    enum input_language language;
    if (dot && find_language(suffixes, sizeof suffixes / sizeof *suffixes, dot + 1, &language))
        return language;
    return LANGUAGE_LINKER;
}

enum input_language language_of_option(const char *value)
{
    static const struct name_of_language names[] = {
        {"c", LANGUAGE_C}, {"c-header", LANGUAGE_C_HEADER},
        {"cpp-output", LANGUAGE_C_PREPROCESSED}, {"assembler", LANGUAGE_ASSEMBLY},
        {"assembler-with-cpp", LANGUAGE_ASSEMBLY},
    };
    enum input_language language;
    if (find_language(names, sizeof names / sizeof *names, value, &language))
        return language;
    return LANGUAGE_OTHER;
}

const char *input_path(const struct command *command, const struct input *input)
{
    return command->arguments.items[input->index];
}

const char *option_value(const struct string_list *arguments, size_t index, const char *option)
{
    const char *argument = arguments->items[index];
    if (!starts_with(argument, option))
        return NULL;
    const char *rest = argument + strlen(option);
    if (*rest)
        return rest;
    return index + 1 < arguments->count ? arguments->items[index + 1] : NULL;
}

static void add_input(struct command *command, size_t index, const char *forced_language)
{
    const char *path = command->arguments.items[index];
    enum input_language language = forced_language && strcmp(forced_language, "none")
                                       ? language_of_option(forced_language)
                                       : language_of_name(path);
    command->inputs = reallocate(command->inputs,
                                 (command->input_count + 1) * sizeof *command->inputs);
    command->inputs[command->input_count++] = (struct input){index, language};
}

/* -Wp,-MD,file: the preprocessor's own spelling, used by some Makefiles. */
static void classify_preprocessor_words(struct command *command, const char *words)
{
    const char *dependency = NULL;
    if (starts_with(words, "-MD,"))
        dependency = words + 4;
    else if (starts_with(words, "-MMD,"))
        dependency = words + 5;
    if (dependency) {
        command->writes_dependencies = true;
        command->dependency_file = dependency;
    }
}

/* -Wl,-E,...: words handed to the linker. */
static void classify_linker_words(struct command *command, const char *words)
{
    static const char *const names[] = {"-E", "-export-dynamic", "--export-dynamic",
                                        "--dynamic-list", "--export-dynamic-symbol"};
    for (; *words; words += strcspn(words, ","), words += *words == ',')
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            size_t length = strlen(names[i]);
            if (starts_with(words, names[i]) && (!words[length] || strchr(",=", words[length])))
                command->shows_symbols = true;
        }
}

static void classify_code_model(struct command *command, const char *option)
{
    bool is_library = !strcasecmp(option, "-fpic");
    bool is_executable = !strcasecmp(option, "-fpie");
    bool is_absolute = !strcasecmp(option, "-fno-pic") || !strcasecmp(option, "-fno-pie") ||
                       !strcmp(option, "-mcmodel=kernel");
    if (is_library || is_executable || is_absolute) {
        command->wants_library_code = is_library;
        command->wants_executable_code = is_executable;
        command->wants_absolute_code = is_absolute;
    }
}

static void reach_mode(struct command *command, enum driver_mode mode)
{
    if (mode < command->mode)
        command->mode = mode;
}

/* Options that choose how much debug information there is; -gz, -gsplit-dwarf and the like only
 * shape what there is. */
static bool is_debug_option(const char *option)
{
    static const char *const formats[] = {"gdb", "dwarf", "stabs", "coff", "xcoff", "vms", "btf",
                                          "ctf", "lldb", "line-tables-only", "mlt", "full",
                                          "used", "modules"};
    if (!starts_with(option, "-g"))
        return false;
    const char *rest = option + 2;
    if (!*rest || (rest[0] >= '0' && rest[0] <= '9'))
        return true;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (starts_with(rest, formats[i]))
            return true;
    return false;
}

/* Options of one word (or whose value does not matter here). */
static void classify_option(struct command *command, const char *option)
{
    if (starts_with(option, "--") && (!strcmp(option, "--shared") || !strcmp(option, "--static")))
        option++;
    if (!strcmp(option, "-E") || !strcmp(option, "-M") || !strcmp(option, "-MM") ||
        !strcmp(option, "--preprocess"))
        reach_mode(command, MODE_PREPROCESS);
    else if (!strcmp(option, "-fsyntax-only"))
        reach_mode(command, MODE_CHECK);
    else if (!strcmp(option, "-S") || !strcmp(option, "--assemble"))
        reach_mode(command, MODE_ASSEMBLY);
    else if (!strcmp(option, "-c") || !strcmp(option, "--compile"))
        reach_mode(command, MODE_OBJECT);
    else if (!strcmp(option, "-MD") || !strcmp(option, "-MMD"))
        command->writes_dependencies = true;
    else if (!strcmp(option, "-shared"))
        command->is_shared = true;
    else if (!strcmp(option, "-r"))
        command->is_relocatable = true;
    else if (!strcmp(option, "-static") || !strcmp(option, "-static-pie"))
        command->is_static = true;
    else if (!strcmp(option, "-nostdlib") || !strcmp(option, "-nodefaultlibs"))
        command->has_no_libraries = true;
    else if (starts_with(option, "-l"))
        command->has_library = true;
    else if (starts_with(option, "-fvisibility="))
        command->has_visibility = true;
    else if (!strcmp(option, "-rdynamic") || !strcmp(option, "-export-dynamic"))
        command->shows_symbols = true;
    else if (starts_with(option, "-Wl,"))
        classify_linker_words(command, option + 4);
    else if (starts_with(option, "-Wp,"))
        classify_preprocessor_words(command, option + 4);
    else if (is_debug_option(option))
        command->has_debug_option = true;
    else
        classify_code_model(command, option);
}

void command_classify(struct command *command, struct string_list *arguments)
{
    *command = (struct command){.arguments = *arguments, .mode = MODE_LINK,
                                .is_version = true};
    *arguments = (struct string_list){0};
    const struct string_list *words = &command->arguments;
    const char *language = NULL, *value;

    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->items[i];
        if (word[0] != '-' || !word[1]) {
            add_input(command, i, language);
            continue;
        }
        classify_option(command, word);
        if ((value = option_value(words, i, "-Xlinker")))
            classify_linker_words(command, value);
        if ((!strcmp(word, "-MF") || starts_with(word, "-MF")) &&
            (value = option_value(words, i, "-MF")))
            command->dependency_file = value;
        else if ((value = option_value(words, i, "-x")) ||
                 (!strcmp(word, "--language") && (value = words->items[i + 1])))
            language = value;
        else if (starts_with(word, "--language="))
            language = word + strlen("--language=");
        else if (starts_with(word, "--output="))
            command->output = word + strlen("--output=");
        else if (word[1] == 'o' && (value = option_value(words, i, "-o")))
            command->output = value;
        else if (!strcmp(word, "--output"))
            command->output = words->items[i + 1];
        i += (size_t)option_length(word) - 1;
        command->is_incomplete = i >= words->count;
    }
}

void command_free(struct command *command)
{
    list_free(&command->arguments);
    free(command->inputs);
    *command = (struct command){0};
}

bool command_has_language(const struct command *command, enum input_language language)
{
    for (size_t i = 0; i < command->input_count; i++)
        if (command->inputs[i].language == language)
            return true;
    return false;
}
