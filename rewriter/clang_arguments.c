/* clang_arguments.c -- a gcc command line for libclang.  See clang_arguments.h. */
#include "clang_arguments.h"

#include <string.h>

/* Options whose value decides what the source means; written "-Dvalue" or "-D" "value". */
static const char *const kept_with_value[] = {
    "-D", "-U", "-I", "-iquote", "-isystem", "-idirafter", "-iprefix", "-iwithprefixbefore",
    "-iwithprefix", "-isysroot", "--sysroot",
};

/* Options of one word to keep, by their beginning. */
static const char *const kept_beginnings[] = {
    "-ansi", "-m", "-O", "-pthread", "-fopenmp", "-funsigned-char", "-fsigned-char",
    "-fno-signed-char", "-fno-unsigned-char", "-fshort-enums", "-fno-short-enums",
    "-fshort-wchar", "-fms-extensions", "-fgnu89-inline", "-ffreestanding", "-fhosted",
    "-fno-builtin", "-fbuiltin", "-nostdinc", "-trigraphs", "-undef", "-fPIC", "-fpic", "-fPIE",
    "-fpie", "-fno-pic", "-fno-PIC", "-fno-pie", "-fno-PIE", "-ffast-math", "-fexceptions",
    "-fdollars-in-identifiers", "-fno-dollars-in-identifiers", "-fno-asm", "--sysroot=",
    "-Wp,-D", "-Wp,-U", "-Wp,-I",
};

/* Options that begin like a kept one, but which clang refuses or which mean nothing here. */
static const char *const dropped_beginnings[] = {
    "-mllvm", "-Ofast-", "-mtune=", "-mpreferred-stack-boundary", "-mincoming-stack-boundary",
    "-mindirect-branch", "-mfunction-return", "-maccumulate-outgoing-args", "-mrecord-mcount",
    "-mno-fp-ret-in-387", "-masm=", "-mfentry", "-mtls-dialect", "-mharden-sls",
};

static bool begins_with_one_of(const char *word, const char *const *table, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (starts_with(word, table[i]))
            return true;
    return false;
}

/* Standards that gcc knows by a later name than clang. */
static void add_standard(const char *standard, struct string_list *result)
{
    static const char *const newer[][2] = {
        {"c23", "c2x"}, {"gnu23", "gnu2x"}, {"iso9899:2024", "c2x"},
        {"c2y", "c2x"}, {"gnu2y", "gnu2x"},
    };
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++)
        if (!strcmp(standard, newer[i][0]))
            standard = newer[i][1];
    list_take(result, format_string("-std=%s", standard));
}

/* clang's driver would take a precompiled header of gcc's beside the file for one of its own;
 * its inner compiler does not look. */
static void add_forced_include(const char *option, const char *path, struct string_list *result)
{
    list_add(result, "-Xclang");
    list_add(result, option);
    list_add(result, "-Xclang");
    list_add(result, path);
}

static void add_one(const struct string_list *words, size_t index, struct string_list *result)
{
    const char *word = words->items[index], *value;
    const char *next = index + 1 < words->count ? words->items[index + 1] : NULL;

    if (starts_with(word, "-std="))
        add_standard(word + 5, result);
    else if (starts_with(word, "--std="))
        add_standard(word + 6, result);
    else if (starts_with(word, "-include") && (value = option_value(words, index, "-include")))
        add_forced_include("-include", value, result);
    else if (starts_with(word, "-imacros") && (value = option_value(words, index, "-imacros")))
        add_forced_include("-imacros", value, result);
    else if (!strcmp(word, "-Xpreprocessor") && next &&
             begins_with_one_of(next, kept_with_value, 3))
        list_add(result, next);
    else if (begins_with_one_of(word, dropped_beginnings,
                                sizeof dropped_beginnings / sizeof *dropped_beginnings))
        return;
    else if (begins_with_one_of(word, kept_beginnings,
                                sizeof kept_beginnings / sizeof *kept_beginnings))
        list_add(result, word);
    else if (begins_with_one_of(word, kept_with_value,
                                sizeof kept_with_value / sizeof *kept_with_value)) {
        list_add(result, word);
        if (option_length(word) == 2 && next)
            list_add(result, next);
    }
}

void clang_arguments_make(const struct command *command, const char *kitsune_folder,
                          struct string_list *result)
{
    list_add(result, "-xc");
    list_add(result, "-w");
    list_add(result, "-ferror-limit=0");
    list_add(result, "-DKITSUNE_ANALYSIS");
    const struct string_list *words = &command->arguments;
    for (size_t i = 0; i < words->count; i++) {
        if (words->items[i][0] != '-')
            continue;
        add_one(words, i, result);
        i += (size_t)option_length(words->items[i]) - 1;
    }
    list_add(result, "-isystem");
    list_add(result, kitsune_folder);
}
