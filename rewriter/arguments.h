/* arguments.h -- what a compiler command line asks for.
 *
 * kitcc passes every argument on.  It only has to know which arguments are source files, what is
 * to be made of them, and whether the user has already decided what kitcc would add:
 *
 *      gcc -O2 -x c -Iinc dir/a.c b.o -o app -lm
 *          ^^^ ^^^^ ^^^^^                         options
 *                         ^^^^^^^ ^^^             inputs, each with its language
 *                                     ^^^^^^      output
 *
 * Invariant: the classifier never fails.  What it does not know is an option of one word.
 */
#ifndef REWRITER_ARGUMENTS_H
#define REWRITER_ARGUMENTS_H

#include "text.h"

/* How far the compiler is to go; a later one in this list includes those before. */
enum driver_mode {
    MODE_PREPROCESS, /* -E, -M, -MM */
    MODE_CHECK,      /* -fsyntax-only */
    MODE_ASSEMBLY,   /* -S */
    MODE_OBJECT,     /* -c */
    MODE_LINK,
};

enum input_language {
    LANGUAGE_LINKER, /* objects, archives, shared objects, linker scripts */
    LANGUAGE_C,
    LANGUAGE_C_PREPROCESSED,
    LANGUAGE_C_HEADER, /* makes a precompiled header */
    LANGUAGE_ASSEMBLY,
    LANGUAGE_OTHER,    /* C++, Fortran, ...: compiled like C, not analysed */
};

struct input {
    size_t index; /* in the arguments */
    enum input_language language;
};

struct command {
    struct string_list arguments; /* without the compiler's name, @files expanded */
    struct input *inputs;
    size_t input_count;
    enum driver_mode mode;
    const char *output; /* of -o; NULL when there is none */

    bool is_incomplete;         /* the last option's value is missing: the compiler will say so */
    bool has_library;           /* -lfoo: something to link although it is no input */
    bool is_shared;             /* -shared */
    bool is_relocatable;        /* -r */
    bool is_static;             /* -static, -static-pie */
    bool has_no_libraries;      /* -nostdlib, -nodefaultlibs */
    bool shows_symbols;         /* -rdynamic, -Wl,--export-dynamic: plug-ins may use them */
    bool is_version;            /* what -shared makes is one; the classifier says yes */
    bool has_debug_option;      /* -g, -g0, -ggdb3, ... */
    bool has_visibility;        /* -fvisibility=... */
    bool wants_absolute_code;   /* the last word on it is -fno-pic, or a kernel code model */
    bool wants_executable_code; /* the last word is -fpie or -fPIE */
    bool wants_library_code;    /* the last word is -fpic or -fPIC */

    bool writes_dependencies;    /* -MD, -MMD, or either through -Wp, */
    const char *dependency_file; /* of -MF or -Wp,-MD,file; NULL: the compiler's default */
};

/* How many words the option at the start of `argument` takes: 1, or 2 when its value is the next
 * word. */
int option_length(const char *argument);
/* The language of a file by its name. */
enum input_language language_of_name(const char *path);
/* The language of a value of -x. */
enum input_language language_of_option(const char *value);

/* Takes the list over. */
void command_classify(struct command *command, struct string_list *arguments);
void command_free(struct command *command);
bool command_has_language(const struct command *command, enum input_language language);
/* The name of the input as written. */
const char *input_path(const struct command *command, const struct input *input);

/* The value of an option written either as "-Dvalue" or as "-D" "value", when arguments[index]
 * is that option; else NULL. */
const char *option_value(const struct string_list *arguments, size_t index, const char *option);

#endif
