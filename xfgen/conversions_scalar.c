/* conversions_scalar.c -- numbers: when every old value has a new one, and when two types
 * mean the same by the same bits.
 */
#include "conversions.h"

#include <dwarf.h>
#include <string.h>

enum number_class number_class(const struct type *type)
{
    switch (type->encoding) {
    case DW_ATE_boolean:
        return NUMBER_BOOL;
    case DW_ATE_signed:
    case DW_ATE_signed_char:
        return NUMBER_SIGNED;
    case DW_ATE_unsigned:
    case DW_ATE_unsigned_char:
    case DW_ATE_UTF:
        return NUMBER_UNSIGNED;
    case DW_ATE_float:
        return NUMBER_FLOAT;
    case DW_ATE_complex_float:
        return NUMBER_COMPLEX;
    default:
        return NUMBER_OTHER;
    }
}

uint64_t width_of(struct view view)
{
    return view.bit_size ? view.bit_size : view.type->size * 8;
}

/* Integers of so many bits are exact in a floating type of this size. */
static uint64_t exact_bits(const struct type *type)
{
    return type->size <= 4 ? 24 : type->size == 8 ? 53 : 64;
}

/* Can every value of `from` be held by `to`? */
static bool number_fits(struct view from, struct view to)
{
    enum number_class source = number_class(from.type), target = number_class(to.type);
    uint64_t room = width_of(to), needed = source == NUMBER_BOOL ? 1 : width_of(from);

    if (source == NUMBER_OTHER || target == NUMBER_OTHER)
        return source == target && from.type->size == to.type->size;
    if (target == NUMBER_COMPLEX)
        return source == NUMBER_COMPLEX && from.type->size <= to.type->size;
    switch (source) {
    case NUMBER_FLOAT:
        return target == NUMBER_FLOAT && from.type->size <= to.type->size;
    case NUMBER_SIGNED:
        return target == NUMBER_FLOAT ? needed <= exact_bits(to.type) + 1
                                      : target == NUMBER_SIGNED && needed <= room;
    case NUMBER_BOOL:
    case NUMBER_UNSIGNED:
        if (target == NUMBER_FLOAT)
            return needed <= exact_bits(to.type);
        return target == NUMBER_SIGNED ? needed < room
                                       : target != NUMBER_BOOL ? needed <= room : needed == 1;
    default:
        return false;
    }
}

static const char *number_name(struct plan *plan, struct view view, struct view seen)
{
    const char *name = view_name(plan, seen);

    return view.bit_size ? arena_format(plan->arena, "%s : %u", name, view.bit_size) : name;
}

struct conversion *convert_number(struct building *at, struct view old_view,
                                         struct view new_view, struct view old_seen,
                                         struct view new_seen, struct source_place where)
{
    struct type *old_type = old_view.type, *new_type = new_view.type;
    struct conversion *conversion;

    if (old_type->kind == TYPE_ENUM && new_type->kind == TYPE_ENUM)
        return convert_enum(at, old_view, new_view, where);
    if (number_fits(old_view, new_view) ||
        (width_of(old_view) == width_of(new_view) &&
         (old_type->kind == TYPE_ENUM || new_type->kind == TYPE_ENUM))) {
        bool same = old_type->size == new_type->size && old_view.bit_size == new_view.bit_size &&
                    (number_class(old_type) == number_class(new_type) ||
                     old_type->kind == TYPE_ENUM || new_type->kind == TYPE_ENUM);

        conversion = conversion_new(at->plan, same ? CONVERT_COPY : CONVERT_NUMBER, old_view,
                                    new_view);
        conversion->changes = !same;
        return conversion;
    }
    if (at->plan->is_back && number_class(old_type) <= NUMBER_FLOAT &&
        number_class(new_type) <= NUMBER_FLOAT) {
        conversion = conversion_new(at->plan, CONVERT_NUMBER, old_view, new_view);
        conversion->path = at->path;
        conversion->is_checked = conversion->changes = true;
        return conversion;
    }
    report_at(at->plan->messages, SEVERITY_ERROR, where.file, where.line,
              "'%s' changes from '%s' to '%s', which does not hold every value of the old type",
              at->path, number_name(at->plan, old_view, old_seen),
              number_name(at->plan, new_view, new_seen));
    if (new_view.bit_size)
        advise_bits(at, old_type, new_type, new_view.bit_size);
    else
        advise_number(at, old_type, new_type);
    return undecided(at, old_view, new_view);
}

bool same_representation(struct type *old_type, struct type *new_type)
{
    size_t i;

    old_type = type_strip(old_type);
    new_type = type_strip(new_type);
    if (old_type->kind != new_type->kind || old_type->size != new_type->size)
        return false;
    switch (old_type->kind) {
    case TYPE_BASE:
        return number_class(old_type) == number_class(new_type);
    case TYPE_ENUM:
        return enumerators_keep_values(old_type, new_type);
    case TYPE_ARRAY:
        return old_type->count == new_type->count &&
               same_representation(old_type->target, new_type->target);
    case TYPE_STRUCT:
    case TYPE_UNION:
        if (old_type->member_count != new_type->member_count)
            return false;
        for (i = 0; i < old_type->member_count; i++) {
            struct member *old_member = &old_type->members[i], *new_member = &new_type->members[i];

            if (old_member->offset != new_member->offset ||
                old_member->bit_size != new_member->bit_size ||
                old_member->bit_offset != new_member->bit_offset ||
                !old_member->name != !new_member->name ||
                (old_member->name && strcmp(old_member->name, new_member->name) != 0) ||
                !same_representation(old_member->type, new_member->type))
                return false;
        }
        return true;
    default:
        return true;
    }
}

bool is_character(const struct type *type)
{
    return type->kind == TYPE_BASE && type->size == 1 && number_class(type) != NUMBER_BOOL;
}
