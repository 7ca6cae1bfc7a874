/* type_layout.c -- what is settled when all types are there: sizes, alignments, names.
 *
 * DWARF gives sizes of structs and base types, and alignments only where the source asked for one.
 * The rest follows from the parts.  A struct's alignment is the largest that its members' offsets
 * and its size agree with, so that packed ones come out as what they are.
 */
#include "dwarf_reader.h"

#include <stdlib.h>
#include <string.h>

enum { LARGEST_BASE_ALIGNMENT = 16, LARGEST_VECTOR_ALIGNMENT = 64 };

/* Each struct on the way down may come with a typedef, a qualifier and an array around it. */
enum { SETTLING_LIMIT = 4 * TYPE_DEPTH_LIMIT };

static void settle(struct loader *loader, struct loaded_type *loaded);

/* A part of `whole`. */
static const struct type *settled(struct loader *loader, struct loaded_type *whole,
                                  struct type *type)
{
    struct loaded_type *part = (struct loaded_type *)type;
    bool is_structure = whole->type.kind == TYPE_STRUCT || whole->type.kind == TYPE_UNION;

    settle(loader, part);
    if (part->height + is_structure > whole->height)
        whole->height = part->height + is_structure;
    if (whole->height >= TYPE_DEPTH_LIMIT - 1)
        load_corrupt(loader, NULL, "structs are nested too deep");
    return type;
}

static uint32_t largest_power_of_two(uint64_t size, uint64_t limit)
{
    uint64_t power = 1; /* wide enough for one step beyond the limit */

    while (2 * power <= size && 2 * power <= limit)
        power *= 2;
    return (uint32_t)power;
}

/* Complex numbers are aligned as their parts are; vectors, which have no encoding, as a whole. */
static uint32_t base_alignment(const struct type *type)
{
    if (type->encoding == DW_ATE_complex_float)
        return largest_power_of_two(type->size / 2, LARGEST_BASE_ALIGNMENT);
    return largest_power_of_two(type->size, type->encoding ? LARGEST_BASE_ALIGNMENT
                                                           : LARGEST_VECTOR_ALIGNMENT);
}

static uint32_t members_alignment(struct loader *loader, struct loaded_type *loaded)
{
    const struct type *type = &loaded->type;
    uint32_t largest = loaded->member_alignment > 1 ? loaded->member_alignment : 1;
    size_t i;

    for (i = 0; i < type->member_count; i++) {
        const struct member *member = &type->members[i];
        uint32_t alignment = settled(loader, loaded, member->type)->alignment;

        while (!member->bit_size && member->offset % alignment != 0)
            alignment /= 2;
        if (alignment > largest)
            largest = alignment;
    }
    largest = largest_power_of_two(largest, UINT32_MAX / 2 + 1);
    while (largest > 1 && type->size % largest != 0)
        largest /= 2;
    return largest;
}

static void settle(struct loader *loader, struct loaded_type *loaded)
{
    struct type *type = &loaded->type;
    const struct type *target;
    uint32_t natural = 1;

    if (loaded->is_checked)
        return;
    if (loaded->is_being_checked)
        load_corrupt(loader, loaded->die.addr ? &loaded->die : NULL, "a type contains itself");
    loaded->is_being_checked = true;
    if (++loader->types.settling > SETTLING_LIMIT)
        load_corrupt(loader, NULL, "structs are nested too deep");
    switch (type->kind) {
    case TYPE_BASE:
        natural = base_alignment(type);
        break;
    case TYPE_ENUM:
    case TYPE_POINTER:
        natural = largest_power_of_two(type->size, LARGEST_BASE_ALIGNMENT);
        break;
    case TYPE_STRUCT:
    case TYPE_UNION:
        natural = members_alignment(loader, loaded);
        break;
    case TYPE_ARRAY:
        target = settled(loader, loaded, type->target);
        if (__builtin_mul_overflow(target->size, type->count, &type->size))
            load_corrupt(loader, NULL, "an array larger than memory");
        natural = target->alignment;
        break;
    case TYPE_TYPEDEF:
    case TYPE_QUALIFIED:
        target = settled(loader, loaded, type->target);
        type->size = target->size;
        type->incomplete = target->incomplete;
        natural = target->alignment;
        break;
    default:
        break;
    }
    if (type->alignment == 0 || type->alignment & (type->alignment - 1))
        type->alignment = natural;
    loader->types.settling--;
    loaded->is_being_checked = false;
    loaded->is_checked = true;
}

/* ---- The index of names -------------------------------------------------------------------- */

static int by_kind_and_name(const void *left, const void *right)
{
    const struct type *a = *(struct type *const *)left, *b = *(struct type *const *)right;
    int order = (int)a->kind - (int)b->kind;

    if (order == 0)
        order = strcmp(a->name, b->name);
    return order ? order : a->id - b->id;
}

static bool is_named(const struct type *type)
{
    return type->name && (type->kind == TYPE_BASE || type->kind == TYPE_ENUM ||
                          type->kind == TYPE_STRUCT || type->kind == TYPE_UNION ||
                          type->kind == TYPE_TYPEDEF);
}

void model_index_names(struct program *program)
{
    size_t i;

    program->named_types = arena_allocate(program->arena, (program->type_count + 1) *
                                                              sizeof *program->named_types);
    for (i = 0; i < program->type_count; i++)
        if (is_named(program->types[i]))
            program->named_types[program->named_type_count++] = program->types[i];
    qsort(program->named_types, program->named_type_count, sizeof *program->named_types,
          by_kind_and_name);
}

void types_finish(struct loader *loader)
{
    size_t i;

    for (i = 0; i < loader->program->type_count; i++)
        settle(loader, (struct loaded_type *)loader->program->types[i]);
    model_index_names(loader->program);
}
