/* types_json.c -- `kitsune types --json`: the type model for other programs.
 *
 * Types are an array, and everything else names them by their index in it.  What a thing does not
 * have is left out.  docs/types-file.md says what the words mean.
 */
#include "types_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Names are bytes; JSON wants UTF-8. */
static json_t *text_value(const char *text)
{
    json_t *value = json_string(text);
    char *readable, *at;

    if (value)
        return value;
    readable = strdup(text);
    for (at = readable; at && *at; at++)
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    value = json_string(readable ? readable : "?");
    free(readable);
    return value;
}

static void set_text(json_t *object, const char *name, const char *text)
{
    if (text)
        json_object_set_new(object, name, text_value(text));
}

static void set_number(json_t *object, const char *name, uint64_t number)
{
    json_object_set_new(object, name, json_integer((json_int_t)number));
}

static void set_true(json_t *object, const char *name, bool value)
{
    if (value)
        json_object_set_new(object, name, json_true());
}

static void set_place(json_t *object, const struct source_place *place)
{
    if (!place->file)
        return;
    set_text(object, "file", place->file);
    set_number(object, "line", (uint64_t)place->line);
}

static void set_annotations(json_t *object, const struct annotation *annotation)
{
    json_t *list = annotation ? json_array() : NULL;

    for (; annotation; annotation = annotation->next) {
        json_t *value = json_object();

        set_text(value, "annotation", annotation_kind_name(annotation->kind));
        json_object_set_new(value, "level", json_integer(annotation->level));
        if (annotation->argument[0])
            set_text(value, "argument", annotation->argument);
        json_array_append_new(list, value);
    }
    if (list)
        json_object_set_new(object, "annotations", list);
}

/* ---- Types --------------------------------------------------------------------------------- */

static const char *kind_word(enum type_kind kind)
{
    static const char *const words[] = {
        [TYPE_VOID] = "void", [TYPE_BASE] = "base", [TYPE_ENUM] = "enum",
        [TYPE_STRUCT] = "struct", [TYPE_UNION] = "union", [TYPE_POINTER] = "pointer",
        [TYPE_ARRAY] = "array", [TYPE_FUNCTION] = "function", [TYPE_TYPEDEF] = "typedef",
        [TYPE_QUALIFIED] = "qualified",
    };

    return words[kind];
}

static json_t *member_value(const struct member *member, bool is_parameter)
{
    json_t *value = json_object();

    set_text(value, "name", member->name);
    set_number(value, "type", (uint64_t)member->type->id);
    if (member->bit_size) {
        set_number(value, "bit_offset", member->bit_offset);
        set_number(value, "bit_size", member->bit_size);
    } else if (!is_parameter) {
        set_number(value, "offset", member->offset);
    }
    set_place(value, &member->place);
    set_annotations(value, member->annotations);
    return value;
}

static void set_members(json_t *object, const struct type *type)
{
    bool is_function = type->kind == TYPE_FUNCTION;
    json_t *members = json_array();
    size_t i;

    for (i = 0; i < type->member_count; i++)
        json_array_append_new(members, member_value(&type->members[i], is_function));
    json_object_set_new(object, is_function ? "parameters" : "members", members);
}

static void set_enumerators(json_t *object, const struct type *type)
{
    json_t *values = json_object();
    size_t i;

    for (i = 0; i < type->enumerator_count; i++)
        json_object_set_new(values, type->enumerators[i].name,
                            json_integer(type->enumerators[i].value));
    json_object_set_new(object, "values", values);
}

static json_t *type_value(const struct type *type)
{
    json_t *value = json_object();
    char *text = type_to_string(type, "");

    set_text(value, "kind", kind_word(type->kind));
    set_text(value, "name", type->name);
    set_text(value, "c", text);
    set_number(value, "size", type->size);
    set_number(value, "alignment", type->alignment);
    set_true(value, "incomplete", type->incomplete);
    set_true(value, "system", type->from_system);
    set_true(value, "variadic", type->is_variadic);
    if (type->target)
        set_number(value, "target", (uint64_t)type->target->id);
    if (type->kind == TYPE_ARRAY && !type->is_flexible)
        set_number(value, "count", type->count);
    if (type->kind == TYPE_STRUCT || type->kind == TYPE_UNION || type->kind == TYPE_FUNCTION)
        set_members(value, type);
    if (type->kind == TYPE_ENUM)
        set_enumerators(value, type);
    set_place(value, &type->place);
    set_annotations(value, type->annotations);
    free(text);
    return value;
}

/* ---- Variables, locals, functions ---------------------------------------------------------- */

static json_t *variable_value(const struct variable *variable)
{
    json_t *value = json_object();

    set_text(value, "key", variable->key);
    set_number(value, "type", (uint64_t)variable->type->id);
    if (variable->has_address)
        set_number(value, "address", variable->address);
    set_true(value, "global", variable->is_global);
    set_true(value, "thread_local", variable->is_thread_local);
    set_true(value, "constant", variable->is_constant);
    set_place(value, &variable->place);
    set_annotations(value, variable->annotations);
    return value;
}

static json_t *local_value(const struct local *local)
{
    json_t *value = json_object();

    set_text(value, "key", local->key);
    set_number(value, "type", (uint64_t)local->type->id);
    set_true(value, "noted", local->is_noted);
    set_place(value, &local->place);
    set_annotations(value, local->annotations);
    return value;
}

static json_t *function_value(const struct function *function)
{
    json_t *value = json_object();

    set_text(value, "key", function->key);
    set_number(value, "type", (uint64_t)function->type->id);
    set_number(value, "address", function->address);
    set_number(value, "size", function->size);
    set_true(value, "global", function->is_global);
    set_place(value, &function->place);
    return value;
}

static json_t *point_value(const struct update_point *point)
{
    json_t *value = json_object();

    set_text(value, "name", point->name);
    set_text(value, "function", point->function);
    set_place(value, &point->place);
    return value;
}

/* ---- All ----------------------------------------------------------------------------------- */

bool types_print_json(const struct program *program, FILE *stream)
{
    json_t *whole = json_object(), *types = json_array(), *variables = json_array();
    json_t *locals = json_array(), *functions = json_array(), *points = json_array();
    size_t i;
    int status;

    for (i = 0; i < program->type_count; i++)
        json_array_append_new(types, type_value(program->types[i]));
    for (i = 0; i < program->variable_count; i++)
        json_array_append_new(variables, variable_value(&program->variables[i]));
    for (i = 0; i < program->local_count; i++)
        json_array_append_new(locals, local_value(&program->locals[i]));
    for (i = 0; i < program->function_count; i++)
        json_array_append_new(functions, function_value(&program->functions[i]));
    for (i = 0; i < program->update_point_count; i++)
        json_array_append_new(points, point_value(&program->update_points[i]));
    set_text(whole, "path", program->path);
    set_text(whole, "build_id", program->build_id);
    json_object_set_new(whole, "types", types);
    json_object_set_new(whole, "variables", variables);
    json_object_set_new(whole, "locals", locals);
    json_object_set_new(whole, "functions", functions);
    json_object_set_new(whole, "update_points", points);
    status = json_dumpf(whole, stream, JSON_INDENT(1));
    json_decref(whole);
    return status == 0 && fputc('\n', stream) != EOF;
}
