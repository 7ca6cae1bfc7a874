/* emit_declarations.c -- what generated code calls the versions' types, and how it declares things
 * of them: old_ and new_ before each name, qualifiers left out, for rules assign. */
#include "emit.h"

#include <string.h>

int version_of(const struct emitter *emitter, const struct program *program)
{
    return program == emitter->plan->new_program;
}

static bool has_tag(const struct program *program, const char *name)
{
    return model_find_type(program, TYPE_STRUCT, name) ||
           model_find_type(program, TYPE_UNION, name) || model_find_type(program, TYPE_ENUM, name);
}

static bool has_ordinary_name(const struct program *program, const char *name)
{
    const struct enumerator *enumerator;

    return model_find_type(program, TYPE_TYPEDEF, name) ||
           type_of_enumerator(program, name, &enumerator);
}

/* Is it what we would call a thing of either version: "old_node" where there is a node?  Tags are
 * names apart: new_client() is not struct new_client. */
static bool is_ours(const struct plan *plan, const char *name, bool is_tag)
{
    if (!name || (strncmp(name, "old_", 4) != 0 && strncmp(name, "new_", 4) != 0))
        return false;
    name += 4;
    return is_tag ? has_tag(plan->old_program, name) || has_tag(plan->new_program, name)
                  : has_ordinary_name(plan->old_program, name) ||
                        has_ordinary_name(plan->new_program, name);
}

/* Does the program have names that ours would meet, where the prologue declares them? */
bool has_our_names(const struct plan *plan, const struct program *program)
{
    size_t i, j;

    for (i = 0; i < program->type_count; i++) {
        const struct type *type = program->types[i];

        if (is_ours(plan, type->name, is_structure(type) || type->kind == TYPE_ENUM))
            return true;
        for (j = 0; j < type->enumerator_count; j++)
            if (is_ours(plan, type->enumerators[j].name, false))
                return true;
    }
    for (i = 0; i < program->variable_count; i++)
        if (is_ours(plan, program->variables[i].name, false))
            return true;
    for (i = 0; i < program->function_count; i++)
        if (is_ours(plan, program->functions[i].name, false))
            return true;
    return false;
}

const char *prefix_of(const struct emitter *emitter, const struct program *program)
{
    if (emitter->long_names)
        return version_of(emitter, program) ? "kitsune_new" : "kitsune_old";
    return version_of(emitter, program) ? "new" : "old";
}

#define format(emitter, ...) arena_format((emitter)->plan->arena, __VA_ARGS__)

const char *declared_name(struct emitter *emitter, const struct program *program,
                          const struct type *type)
{
    const char *prefix = prefix_of(emitter, program);

    if (!type->name)
        return format(emitter, "%s_anonymous_%d", prefix, type->id);
    if (model_find_type(program, type->kind, type->name) != type)
        return format(emitter, "%s_%s_%d", prefix, type->name, type->id);
    return format(emitter, "%s_%s", prefix, type->name);
}

const char *enumerator_name(struct emitter *emitter, const struct program *program,
                            const struct enumerator *enumerator)
{
    return format(emitter, "%s_%s", prefix_of(emitter, program), enumerator->name);
}

static bool is_plain_base(const struct type *type)
{
    static const char *const words[] = {"char", "int", "long", "short", "signed", "unsigned",
                                        "float", "double", "_Bool", "_Complex", "__int128",
                                        "_Float", "__float"};
    size_t i;

    for (i = 0; i < sizeof words / sizeof words[0]; i++)
        if (type->name && strncmp(type->name, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

/* By a name that gcc and clang have in common. */
static const char *base_name(const struct type *type)
{
    static const struct {
        const char *gcc, *both;
    } names[] = {{"_Float32", "float"}, {"_Float64", "double"}, {"_Float32x", "double"},
                 {"_Float64x", "long double"}, {"_Float128", "__float128"}};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(type->name, names[i].gcc) == 0)
            return names[i].both;
    return type->name;
}

bool is_structure(const struct type *type)
{
    return type->kind == TYPE_STRUCT || type->kind == TYPE_UNION;
}

static const char *declare_parameters(struct emitter *emitter, const struct program *program,
                                      const struct type *type, const char *inner)
{
    const char *text = "";
    size_t i;

    for (i = 0; i < type->member_count; i++)
        text = format(emitter, "%s%s%s", text, i ? ", " : "",
                      declare(emitter, program, type->members[i].type, ""));
    if (type->is_variadic && type->member_count)
        text = format(emitter, "%s, ...", text);
    else if (!type->member_count && !type->is_variadic)
        text = "void";
    else if (!type->member_count)
        text = "";
    return format(emitter, "%s(%s)", inner, text);
}

static const char *with_inner(struct emitter *emitter, const char *base, const char *inner)
{
    return inner[0] ? format(emitter, "%s %s", base, inner) : base;
}

static const char *declare_pointer(struct emitter *emitter, const struct program *program,
                                   struct type *type, const char *inner)
{
    struct type *target = type->target;
    struct type *stripped = type_strip(target);

    if (is_structure(stripped) && stripped->from_system)
        return with_inner(emitter, "void", format(emitter, "*%s", inner));
    while (target->kind == TYPE_QUALIFIED ||
           (target->kind == TYPE_TYPEDEF && target->from_system)) /* these are not written */
        target = target->target;
    if (target->kind == TYPE_ARRAY || target->kind == TYPE_FUNCTION)
        return declare(emitter, program, target, format(emitter, "(*%s)", inner));
    return declare(emitter, program, target, format(emitter, "*%s", inner));
}

const char *declare(struct emitter *emitter, const struct program *program, struct type *type,
                    const char *inner)
{
    switch (type->kind) {
    case TYPE_VOID:
    case TYPE_PARAMETER:
        return with_inner(emitter, "void", inner);
    case TYPE_BASE:
        if (!is_plain_base(type))
            return format(emitter, "struct { unsigned char bytes[%llu]; } %s",
                          (unsigned long long)type->size, inner);
        return with_inner(emitter, base_name(type), inner);
    case TYPE_ENUM:
        if (!type->name)
            return with_inner(emitter, type->size == 4 ? "int" : type->size == 1 ? "signed char"
                              : type->size == 2 ? "short" : "long", inner);
        return with_inner(emitter,
                          format(emitter, "enum %s", declared_name(emitter, program, type)), inner);
    case TYPE_STRUCT:
    case TYPE_UNION:
        return with_inner(emitter, format(emitter, "%s %s", type->kind == TYPE_STRUCT ? "struct"
                                                                                       : "union",
                                          declared_name(emitter, program, type)), inner);
    case TYPE_TYPEDEF:
        if (type->from_system)
            return declare(emitter, program, type->target, inner);
        return with_inner(emitter, declared_name(emitter, program, type), inner);
    case TYPE_QUALIFIED:
        return declare(emitter, program, type->target, inner);
    case TYPE_POINTER:
        return declare_pointer(emitter, program, type, inner);
    case TYPE_ARRAY: /* a flexible one is [0], which may stand anywhere */
        return declare(emitter, program, type->target,
                       format(emitter, "%s[%llu]", inner, (unsigned long long)type->count));
    case TYPE_FUNCTION:
        return declare(emitter, program, type->target,
                       declare_parameters(emitter, program, type, inner));
    }
    return "void";
}

const char *pointer_to(struct emitter *emitter, struct view view, const char *name)
{
    struct type pointer = {.kind = TYPE_POINTER, .target = view.type};

    if (!view.type)
        return format(emitter, "void *%s", name);
    /* By value even a library's struct has its members. */
    if (is_structure(type_strip(view.type)))
        return declare(emitter, view.program, view.type, format(emitter, "*%s", name));
    return declare_pointer(emitter, view.program, &pointer, name);
}
