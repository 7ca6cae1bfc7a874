/* emit_types.c -- both versions' types as C, with exactly the layout the binaries have.
 *
 * Structs are written the way a programmer would; when the natural layout is not the one in the
 * binary (packed, over-aligned members), the struct is written packed with explicit padding.
 * Either way static assertions compare size and offsets with DWARF, so a wrong guess here is a
 * compile error there, never a wrong transformation.
 */
#include "emit.h"

#include <stdlib.h>
#include <string.h>

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
                    declare(emitter, program, type->target, declared_name(emitter, program, type)));
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

static void emit_enum(struct emitter *emitter, const struct program *program, struct type *type)
{
    const char *separator = "";
    size_t i;

    if (type->name)
        fprintf(emitter->out, "enum %s {", declared_name(emitter, program, type));
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
