/* emit_types.c -- both versions' types as C, with exactly the layout the binaries have.
 *
 * Structs are written the way a programmer would; when the natural layout is not the one in the
 * binary (packed, over-aligned members), the struct is written packed with explicit padding.
 * Either way static assertions compare size and offsets with DWARF, so a wrong guess here is a
 * compile error there, never a wrong transformation.  Qualifiers are left out: rules assign.
 */
#include "emit.h"

#include <stdlib.h>
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

static const char *prefix_of(const struct emitter *emitter, const struct program *program)
{
    if (emitter->long_names)
        return version_of(emitter, program) ? "kitsune_new" : "kitsune_old";
    return version_of(emitter, program) ? "new" : "old";
}

#define format(emitter, ...) arena_format((emitter)->plan->arena, __VA_ARGS__)

/* The tag (or typedef name) of a named type; several types of one name are told apart by id. */
static const char *type_name(struct emitter *emitter, const struct program *program,
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

/* Enumerators share one name space; several enums may have one of the same name in different
 * files: then only the first gets the plain name (numbers are used for the others). */
static bool enumerator_is_first(const struct program *program, const struct type *type,
                                const struct enumerator *enumerator)
{
    size_t i, j;

    for (i = 0; i < program->type_count; i++) {
        const struct type *other = program->types[i];

        if (other == type)
            return true;
        if (other->kind == TYPE_ENUM)
            for (j = 0; j < other->enumerator_count; j++)
                if (strcmp(other->enumerators[j].name, enumerator->name) == 0)
                    return false;
    }
    return true;
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
        return with_inner(emitter, format(emitter, "enum %s", type_name(emitter, program, type)),
                          inner);
    case TYPE_STRUCT:
    case TYPE_UNION:
        return with_inner(emitter, format(emitter, "%s %s", type->kind == TYPE_STRUCT ? "struct"
                                                                                       : "union",
                                          type_name(emitter, program, type)), inner);
    case TYPE_TYPEDEF:
        if (type->from_system)
            return declare(emitter, program, type->target, inner);
        return with_inner(emitter, type_name(emitter, program, type), inner);
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

/* ---- Layout ---------------------------------------------------------------------------------- */

static uint64_t round_up(uint64_t value, uint64_t alignment)
{
    return alignment ? (value + alignment - 1) / alignment * alignment : value;
}

/* Would a C compiler, left alone, lay the members out as the binary has them? */
static bool layout_is_natural(const struct type *type)
{
    uint64_t bit = 0, alignment = 1;
    size_t i;

    for (i = 0; i < type->member_count; i++) {
        const struct member *member = &type->members[i];
        const struct type *stripped = type_strip(member->type);
        uint64_t natural = stripped->alignment ? stripped->alignment : 1;

        if (type->kind == TYPE_UNION)
            bit = 0;
        if (natural > alignment)
            alignment = natural;
        if (member->bit_size) {
            uint64_t unit = stripped->size * 8;

            if (bit / unit != (bit + member->bit_size - 1) / unit)
                bit = round_up(bit, unit);
            if (bit != member->bit_offset)
                return false;
            bit += member->bit_size;
        } else {
            bit = round_up(bit, natural * 8);
            if (bit != member->offset * 8)
                return false;
            bit += stripped->size * 8;
        }
    }
    if (type->kind == TYPE_UNION)
        return true; /* the assertion on the size decides */
    return round_up(round_up(bit, 8) / 8, alignment) == type->size;
}

static void emit_member_list(struct emitter *emitter, const struct program *program,
                             const struct type *type, int depth, bool packed);

static void emit_padding(struct emitter *emitter, const struct type *type, uint64_t *bit,
                         uint64_t target, int depth)
{
    static int serial;

    if (type->kind == TYPE_UNION || target <= *bit)
        return;
    if (*bit % 8) {
        uint64_t bits = 8 - *bit % 8;

        if (bits > target - *bit)
            bits = target - *bit;
        fprintf(emitter->out, "%*sunsigned char : %llu;\n", depth * 4, "",
                (unsigned long long)bits);
        *bit += bits;
    }
    if (target - *bit >= 8) {
        fprintf(emitter->out, "%*sunsigned char kitsune_padding_%d[%llu];\n", depth * 4, "",
                serial++, (unsigned long long)((target - *bit) / 8));
        *bit += (target - *bit) / 8 * 8;
    }
    if (target > *bit)
        fprintf(emitter->out, "%*sunsigned char : %llu;\n", depth * 4, "",
                (unsigned long long)(target - *bit));
    *bit = target;
}

static void emit_member(struct emitter *emitter, const struct program *program,
                        const struct member *member, int depth)
{
    struct type *stripped = type_strip(member->type);

    if (!member->name && is_structure(stripped)) {
        bool packed = !layout_is_natural(stripped);

        fprintf(emitter->out, "%*s%s {\n", depth * 4, "",
                stripped->kind == TYPE_STRUCT ? "struct" : "union");
        emit_member_list(emitter, program, stripped, depth + 1, packed);
        fprintf(emitter->out, "%*s}%s;\n", depth * 4, "",
                packed ? " __attribute__((packed))" : "");
    } else if (member->bit_size) {
        fprintf(emitter->out, "%*s%s : %u;\n", depth * 4, "",
                declare(emitter, program, member->type, member->name ? member->name : ""),
                member->bit_size);
    } else {
        fprintf(emitter->out, "%*s%s;\n", depth * 4, "",
                declare(emitter, program, member->type, member->name ? member->name : ""));
    }
}

static void emit_member_list(struct emitter *emitter, const struct program *program,
                             const struct type *type, int depth, bool packed)
{
    uint64_t bit = 0;
    size_t i;

    for (i = 0; i < type->member_count; i++) {
        const struct member *member = &type->members[i];
        uint64_t start = member->bit_size ? member->bit_offset : member->offset * 8;

        if (packed)
            emit_padding(emitter, type, &bit, start, depth);
        emit_member(emitter, program, member, depth);
        bit = start + (member->bit_size ? member->bit_size : type_strip(member->type)->size * 8);
    }
    if (packed)
        emit_padding(emitter, type, &bit, type->size * 8, depth);
}

static void emit_assertions(struct emitter *emitter, const struct program *program,
                            struct type *type)
{
    const char *name = declare(emitter, program, type, "");
    size_t i;

    fprintf(emitter->out, "_Static_assert(sizeof(%s) == %llu", name,
            (unsigned long long)type->size);
    for (i = 0; i < type->member_count; i++)
        if (type->members[i].name && !type->members[i].bit_size)
            fprintf(emitter->out, " &&\n               offsetof(%s, %s) == %llu", name,
                    type->members[i].name, (unsigned long long)type->members[i].offset);
    fprintf(emitter->out, ",\n               \"layout of %s\");\n\n", name);
}

static void emit_structure(struct emitter *emitter, const struct program *program,
                           struct type *type)
{
    bool packed = !layout_is_natural(type);
    uint32_t alignment = type->alignment ? type->alignment : 1;

    if (type->place.file && !type->from_system)
        fprintf(emitter->out, "/* %s:%d */\n", type->place.file, type->place.line);
    fprintf(emitter->out, "%s {\n", declare(emitter, program, type, ""));
    if (!type->member_count && type->size)
        fprintf(emitter->out, "    unsigned char bytes[%llu];\n", (unsigned long long)type->size);
    emit_member_list(emitter, program, type, 1, packed);
    if (packed)
        fprintf(emitter->out, "} __attribute__((packed, aligned(%u)));\n",
                type->size % alignment ? 1 : alignment);
    else if (type->alignment > 16)
        fprintf(emitter->out, "} __attribute__((aligned(%u)));\n", type->alignment);
    else
        fprintf(emitter->out, "};\n");
    emit_assertions(emitter, program, type);
}

/* ---- In an order that C accepts -------------------------------------------------------------- */

static void place_type(struct emitter *emitter, const struct program *program, struct type *type,
                       bool complete)
{
    unsigned char *state = type->id >= 0
                               ? &emitter->type_state[version_of(emitter, program)][type->id]
                               : NULL;
    size_t i;

    switch (type->kind) {
    case TYPE_TYPEDEF:
        if (type->from_system) {
            place_type(emitter, program, type->target, complete);
            return;
        }
        if (state && !(*state & TYPE_WRITTEN)) {
            *state |= TYPE_WRITTEN;
            place_type(emitter, program, type->target, type->target->kind == TYPE_ARRAY);
            fprintf(emitter->out, "typedef %s;\n",
                    declare(emitter, program, type->target, type_name(emitter, program, type)));
        }
        if (complete)
            place_type(emitter, program, type->target, true);
        break;
    case TYPE_STRUCT:
    case TYPE_UNION:
        if (!complete || !state || (*state & (TYPE_WRITTEN | TYPE_IN_PROGRESS)) || type->incomplete)
            break;
        *state |= TYPE_IN_PROGRESS;
        for (i = 0; i < type->member_count; i++)
            place_type(emitter, program, type->members[i].type, true);
        *state |= TYPE_WRITTEN;
        emit_structure(emitter, program, type);
        break;
    case TYPE_FUNCTION:
        for (i = 0; i < type->member_count; i++)
            place_type(emitter, program, type->members[i].type, false);
        place_type(emitter, program, type->target, false);
        break;
    case TYPE_POINTER:
        if (is_structure(type_strip(type->target)) && type_strip(type->target)->from_system)
            break;
        place_type(emitter, program, type->target, false);
        break;
    case TYPE_ARRAY:
        place_type(emitter, program, type->target, true);
        break;
    case TYPE_QUALIFIED:
        place_type(emitter, program, type->target, complete);
        break;
    default:
        break;
    }
}

static void emit_enum(struct emitter *emitter, const struct program *program, struct type *type)
{
    const char *separator = "";
    size_t i;

    if (type->name)
        fprintf(emitter->out, "enum %s {", type_name(emitter, program, type));
    else
        fprintf(emitter->out, "enum {");
    for (i = 0; i < type->enumerator_count; i++) {
        const struct enumerator *enumerator = &type->enumerators[i];

        if (!enumerator_is_first(program, type, enumerator))
            fprintf(emitter->out, "%s %s_%d = %lld", separator,
                    enumerator_name(emitter, program, enumerator), type->id,
                    (long long)enumerator->value);
        else
            fprintf(emitter->out, "%s %s = %lld", separator,
                    enumerator_name(emitter, program, enumerator), (long long)enumerator->value);
        separator = ",";
    }
    if (!type->enumerator_count)
        fprintf(emitter->out, " %s_none_%d", prefix_of(emitter, program), type->id);
    fprintf(emitter->out, " }%s;\n",
            type->name && type->size < 4 ? " __attribute__((packed))" : "");
}

static void emit_program_types(struct emitter *emitter, const struct program *program)
{
    unsigned char *states = emitter->type_state[version_of(emitter, program)];
    size_t i;

    fprintf(emitter->out, "/* ---- Types of the %s version (%s) ---- */\n\n",
            version_of(emitter, program) ? "new" : "old", program->path);
    for (i = 0; i < program->type_count; i++)
        if ((states[i] & TYPE_SEEN) && is_structure(program->types[i]))
            fprintf(emitter->out, "%s;\n", declare(emitter, program, program->types[i], ""));
    for (i = 0; i < program->type_count; i++)
        if ((states[i] & TYPE_SEEN) && program->types[i]->kind == TYPE_ENUM)
            emit_enum(emitter, program, program->types[i]);
    fputc('\n', emitter->out);
    for (i = 0; i < program->type_count; i++)
        if (states[i] & TYPE_SEEN)
            place_type(emitter, program, program->types[i], true);
}

void emit_types(struct emitter *emitter)
{
    mark_needed_types(emitter);
    emit_program_types(emitter, emitter->plan->old_program);
    emit_program_types(emitter, emitter->plan->new_program);
}
