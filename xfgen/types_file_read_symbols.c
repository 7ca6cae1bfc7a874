/* types_file_read_symbols.c -- the variables, locals and functions of a companion file. */
#include "types_file_reader.h"

#include <string.h>

/* What the three have in common. */
struct symbol {
    const char *key, *name, *file, *function;
    struct type *type;
    unsigned flags;
    struct source_place place;
    struct annotation *annotations;
};

/* The parts one after the other; they end with NULL. */
static const char *concatenation(struct reader *reader, const char *const *parts)
{
    const char *const *part;
    size_t length = 0;
    char *text, *end;

    for (part = parts; *part; part++)
        length += strlen(*part);
    end = text = arena_allocate(reader->arena, length + 1);
    for (part = parts; *part; part++)
        end = stpcpy(end, *part);
    return text;
}

static const char *take_key(struct reader *reader, const struct symbol *symbol,
                            enum key_form form)
{
    bool by_file = form == KEY_FILE_NAME || form == KEY_FILE_FUNCTION_NAME;
    bool by_function = form == KEY_FUNCTION_NAME || form == KEY_FILE_FUNCTION_NAME;

    if ((by_file && !symbol->file) || (by_function && !symbol->function))
        fail_corrupt(reader, "a key of names that are missing");
    switch (form) {
    case KEY_NAME:
        return symbol->name;
    case KEY_FILE_NAME:
        return concatenation(reader, (const char *[]){symbol->file, "/", symbol->name, NULL});
    case KEY_FUNCTION_NAME:
        return concatenation(reader, (const char *[]){symbol->function, "#", symbol->name, NULL});
    case KEY_FILE_FUNCTION_NAME:
        return concatenation(reader, (const char *[]){symbol->file, "/", symbol->function, "#",
                                                      symbol->name, NULL});
    default:
        return take_string(reader);
    }
}

/* `before` is the key of the one before it, NULL for the first: they are sorted. */
static struct symbol take_symbol(struct reader *reader, const char *before)
{
    struct symbol symbol = {.flags = take_flags(reader, SYMBOL_FLAGS)};
    enum key_form form = (enum key_form)take_up_to(reader, KEY_FORMS - 1, "an unknown kind of key");

    symbol.name = take_string(reader);
    symbol.file = take_optional_string(reader);
    if (symbol.flags & SYMBOL_HAS_FUNCTION)
        symbol.function = take_string(reader);
    symbol.key = take_key(reader, &symbol, form);
    if (before && strcmp(before, symbol.key) > 0)
        fail_corrupt(reader, "keys are not in order");
    symbol.type = take_type_reference(reader);
    if (symbol.flags & SYMBOL_HAS_PLACE)
        symbol.place = take_place(reader);
    if (symbol.flags & SYMBOL_HAS_ANNOTATIONS)
        symbol.annotations = take_annotations(reader);
    return symbol;
}

void take_variables(struct reader *reader)
{
    struct program *program = reader->program;
    size_t i;

    reader->part = "a variable";
    program->variable_count = take_count(reader, LEAST_SYMBOL);
    program->variables = room_for(reader, program->variable_count, sizeof *program->variables);
    for (i = 0; i < program->variable_count; i++) {
        struct symbol symbol = take_symbol(reader, i ? program->variables[i - 1].key : NULL);

        if (!symbol.file)
            fail_corrupt(reader, "no file");
        program->variables[i] = (struct variable){
            .key = symbol.key, .name = symbol.name, .file = symbol.file,
            .function = symbol.function, .type = symbol.type, .place = symbol.place,
            .annotations = symbol.annotations,
            .has_address = symbol.flags & SYMBOL_HAS_ADDRESS,
            .is_global = symbol.flags & SYMBOL_IS_GLOBAL,
            .is_thread_local = symbol.flags & SYMBOL_IS_THREAD_LOCAL,
            .is_constant = symbol.flags & SYMBOL_IS_CONSTANT};
        if (symbol.flags & SYMBOL_HAS_ADDRESS)
            program->variables[i].address = take_number(reader);
    }
}

void take_locals(struct reader *reader)
{
    struct program *program = reader->program;
    size_t i;

    reader->part = "a local";
    program->local_count = take_count(reader, LEAST_SYMBOL);
    program->locals = room_for(reader, program->local_count, sizeof *program->locals);
    for (i = 0; i < program->local_count; i++) {
        struct symbol symbol = take_symbol(reader, i ? program->locals[i - 1].key : NULL);

        if (!symbol.function || !symbol.file)
            fail_corrupt(reader, "no function or no file");
        program->locals[i] = (struct local){
            .key = symbol.key, .name = symbol.name, .file = symbol.file,
            .function = symbol.function, .type = symbol.type, .place = symbol.place,
            .annotations = symbol.annotations, .is_noted = symbol.flags & SYMBOL_IS_NOTED,
            .is_parameter = symbol.flags & SYMBOL_IS_PARAMETER};
    }
}

void take_functions(struct reader *reader)
{
    struct program *program = reader->program;
    size_t i;

    reader->part = "a function";
    program->function_count = take_count(reader, LEAST_SYMBOL);
    program->functions = room_for(reader, program->function_count, sizeof *program->functions);
    for (i = 0; i < program->function_count; i++) {
        struct symbol symbol = take_symbol(reader, i ? program->functions[i - 1].key : NULL);

        if (symbol.type->kind != TYPE_FUNCTION || !symbol.file)
            fail_corrupt(reader, "not of function type, or in no file");
        program->functions[i] = (struct function){
            .key = symbol.key, .name = symbol.name, .file = symbol.file, .type = symbol.type,
            .place = symbol.place, .is_global = symbol.flags & SYMBOL_IS_GLOBAL};
        program->functions[i].address = take_number(reader);
        program->functions[i].size = take_number(reader);
    }
}
