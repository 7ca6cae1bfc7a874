/* types_file_read_types.c -- the types of a companion file. */
#include "types_file_reader.h"

#include <limits.h>

/* `distance` types away from `type`. */
static struct type *type_at(struct reader *reader, const struct type *type, int64_t distance)
{
    const struct program *program = reader->program;

    if (distance < -(int64_t)type->id || distance >= (int64_t)program->type_count - type->id)
        fail_corrupt(reader, "a type that is not there");
    return program->types[type->id + distance];
}

static void take_member(struct reader *reader, const struct type *type, struct member *member)
{
    unsigned flags = take_flags(reader, MEMBER_FLAGS);

    member->type = type_at(reader, type, unzigzag(take_number(reader)));
    /* Only structs and unions can lead back to themselves: see types_file_check(). */
    if (type->kind == TYPE_FUNCTION && member->type->id >= type->id)
        fail_corrupt(reader, "a function's parameter comes after it");
    if (flags & MEMBER_HAS_NAME)
        member->name = take_string(reader);
    if (flags & MEMBER_HAS_OFFSET)
        member->offset = take_number(reader);
    if (flags & MEMBER_HAS_BITS) {
        member->bit_size = (uint32_t)take_up_to(reader, UINT32_MAX, "a bit-field is too large");
        member->bit_offset = (uint32_t)take_up_to(reader, UINT32_MAX,
                                                  "a bit-field is too far away");
    }
    if (flags & MEMBER_HAS_PLACE)
        member->place = take_place(reader);
    if (flags & MEMBER_HAS_ANNOTATIONS)
        member->annotations = take_annotations(reader);
}

static void take_members(struct reader *reader, struct type *type)
{
    size_t i;

    type->member_count = take_count(reader, LEAST_MEMBER);
    if (type->member_count)
        type->members = room_for(reader, type->member_count, sizeof *type->members);
    for (i = 0; i < type->member_count; i++)
        take_member(reader, type, &type->members[i]);
}

static void take_enumerators(struct reader *reader, struct type *type)
{
    size_t i;

    type->enumerator_count = take_count(reader, LEAST_ENUMERATOR);
    if (type->enumerator_count)
        type->enumerators = room_for(reader, type->enumerator_count, sizeof *type->enumerators);
    for (i = 0; i < type->enumerator_count; i++) {
        type->enumerators[i].name = take_string(reader);
        type->enumerators[i].value = unzigzag(take_number(reader));
    }
}

static bool is_derived(enum type_kind kind)
{
    return kind == TYPE_POINTER || kind == TYPE_ARRAY || kind == TYPE_FUNCTION ||
           kind == TYPE_TYPEDEF || kind == TYPE_QUALIFIED;
}

static void take_kind(struct reader *reader, struct type *type)
{
    if (is_derived(type->kind)) {
        uint64_t distance = take_number(reader);

        if (distance == 0 || distance > (uint64_t)type->id)
            fail_corrupt(reader, "a type is derived from one that does not come before it");
        type->target = reader->program->types[type->id - (int)distance];
    }
    switch (type->kind) {
    case TYPE_ARRAY:
        type->count = take_number(reader);
        break;
    case TYPE_QUALIFIED:
        type->qualifiers = (uint32_t)take_up_to(reader, 2 * QUALIFIER_ATOMIC - 1,
                                                "an unknown qualifier");
        break;
    case TYPE_BASE:
        type->encoding = (uint32_t)take_up_to(reader, UINT32_MAX, "an unknown encoding");
        break;
    case TYPE_ENUM:
        type->encoding = (uint32_t)take_up_to(reader, UINT32_MAX, "an unknown encoding");
        take_enumerators(reader, type);
        break;
    case TYPE_STRUCT:
    case TYPE_UNION:
    case TYPE_FUNCTION:
        take_members(reader, type);
        break;
    default:
        break;
    }
}

static void take_type(struct reader *reader, struct type *type)
{
    unsigned flags;

    type->kind = (enum type_kind)take_up_to(reader, TYPE_QUALIFIED, "an unknown kind of type");
    flags = take_flags(reader, TYPE_FLAGS);
    type->incomplete = flags & TYPE_IS_INCOMPLETE;
    type->from_system = flags & TYPE_IS_FROM_SYSTEM;
    type->is_variadic = flags & TYPE_IS_VARIADIC;
    type->is_flexible = flags & TYPE_IS_FLEXIBLE;
    type->alignment = 1;
    if (flags & TYPE_HAS_NAME)
        type->name = take_string(reader);
    if (flags & TYPE_HAS_SIZE)
        type->size = take_number(reader);
    if (flags & TYPE_HAS_ALIGNMENT)
        type->alignment = (uint32_t)take_up_to(reader, UINT32_MAX, "an alignment is too large");
    if (flags & TYPE_HAS_PLACE)
        type->place = take_place(reader);
    if (flags & TYPE_HAS_UNIT)
        type->unit = take_string(reader);
    if (flags & TYPE_HAS_ANNOTATIONS)
        type->annotations = take_annotations(reader);
    if (flags & TYPE_HAS_SAME_NAME)
        type->same_name_next =
            type_at(reader, type, (int64_t)take_up_to(reader, INT_MAX, "a type too far away"));
    take_kind(reader, type);
}

/* All are there before the first is read, since members may lead to types that come later. */
void take_types(struct reader *reader)
{
    struct program *program = reader->program;
    size_t count, i;
    struct type *types;

    reader->part = "a type";
    count = take_count(reader, LEAST_TYPE);
    if (count > INT_MAX)
        fail_corrupt(reader, "too many types");
    types = room_for(reader, count, sizeof *types);
    program->types = room_for(reader, count, sizeof *program->types);
    program->type_count = count;
    for (i = 0; i < count; i++) {
        program->types[i] = &types[i];
        types[i].id = (int)i;
    }
    for (i = 0; i < count; i++)
        take_type(reader, &types[i]);
}
