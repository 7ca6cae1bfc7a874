/* test_model_support.c -- building, loading and looking things up, for the model's tests. */
#include "test_model.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

char *in_folder(const char *name)
{
    char *path;

    ck_assert_int_ge(asprintf(&path, "%s/%s", test_folder(), name), 0);
    return path;
}

void write_in_folder(const char *name, const char *text)
{
    char *path = in_folder(name);
    FILE *stream = fopen(path, "w");

    ck_assert_ptr_nonnull(stream);
    ck_assert_int_ge(fputs(text, stream), 0);
    ck_assert_int_eq(fclose(stream), 0);
    free(path);
}

/* One record, written with assembler. */
static void add_record(FILE *stream, const char *record)
{
    fputs("__asm__(\".pushsection .kitsune,\\\"MS\\\",@progbits,1\\n.asciz \\\"", stream);
    for (; *record; record++)
        if (*record == '|')
            fputs("\\\\t", stream);
        else
            fputc(*record, stream);
    fputs("\\\"\\n.popsection\");\n", stream);
}

char *with_records(const char *text, const char *const *records)
{
    char *source;
    size_t length;
    FILE *stream = open_memstream(&source, &length);

    fputs(text, stream);
    for (; *records; records++)
        add_record(stream, *records);
    fclose(stream);
    return source;
}

void run(const char *format, ...)
{
    char *command, *whole;
    va_list arguments;

    va_start(arguments, format);
    ck_assert_int_ge(vasprintf(&command, format, arguments), 0);
    va_end(arguments);
    ck_assert_int_ge(asprintf(&whole, "cd %s && %s", test_folder(), command), 0);
    ck_assert_msg(system(whole) == 0, "failed: %s", whole);
    free(whole);
    free(command);
}

struct program *load_or_fail(const char *path)
{
    char *message;
    struct program *program = model_load(path, &message);

    ck_assert_msg(program != NULL, "%s", message);
    ck_assert_ptr_null(message);
    return program;
}

struct program *load_sample(int setting)
{
    return load_or_fail(sample_path(setting));
}

struct program *load_text(const char *text, const char *options)
{
    char *object = in_folder("file.so");
    struct program *program;

    write_in_folder("file.c", text);
    run("gcc -g -w -fPIC -shared -Wl,--build-id %s -o file.so file.c", options);
    program = load_or_fail(object);
    free(object);
    return program;
}

char *load_message(const char *path)
{
    char *message;
    struct program *program = model_load(path, &message);

    ck_assert_msg(program == NULL, "%s was loaded", path);
    ck_assert_ptr_nonnull(message);
    return message;
}

struct type *need_type(const struct program *program, enum type_kind kind, const char *name)
{
    struct type *type = model_find_type(program, kind, name);

    ck_assert_msg(type != NULL, "no type %s", name);
    ck_assert_str_eq(type->name, name);
    return type;
}

struct member *need_member(const struct type *type, const char *name)
{
    size_t i;

    for (i = 0; i < type->member_count; i++)
        if (type->members[i].name ? strcmp(type->members[i].name, name) == 0 : !name[0])
            return &type->members[i];
    ck_abort_msg("no member %s", name);
}

struct variable *need_variable(const struct program *program, const char *key)
{
    struct variable *variable = model_find_variable(program, key);

    ck_assert_msg(variable != NULL, "no variable %s", key);
    ck_assert_str_eq(variable->key, key);
    return variable;
}

const struct annotation *find_annotation(const struct annotation *list,
                                         enum annotation_kind kind)
{
    while (list && list->kind != kind)
        list = list->next;
    return list;
}

void check_text(const struct type *type, const char *name, const char *expected)
{
    char *text = type_to_string(type, name);

    ck_assert_str_eq(text, expected);
    free(text);
}
