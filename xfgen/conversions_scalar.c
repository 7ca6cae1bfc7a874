/* conversions_scalar.c -- numbers and enums: when every old value has a new one, and when two types
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
    default:
        return NUMBER_OTHER;
    }
}

/* Can every value of `from` be held by `to`? */
static bool number_fits(const struct type *from, const struct type *to)
{
    enum number_class source = number_class(from), target = number_class(to);
    uint64_t mantissa = to->size == 4 ? 3 : to->size == 8 ? 6 : 8; /* whole bytes of integer */

    if (source == NUMBER_OTHER || target == NUMBER_OTHER)
        return source == target && from->size == to->size;
    if (source == NUMBER_BOOL)
        return true;
    switch (target) {
    case NUMBER_SIGNED:
        return source == NUMBER_SIGNED ? from->size <= to->size
                                       : source == NUMBER_UNSIGNED && from->size < to->size;
    case NUMBER_UNSIGNED:
        return source == NUMBER_UNSIGNED && from->size <= to->size;
    case NUMBER_FLOAT:
        return source == NUMBER_FLOAT ? from->size <= to->size : from->size <= mantissa;
    default:
        return false;
    }
}

static bool same_enumerators(const struct type *old_type, const struct type *new_type)
{
    size_t i, j;

    for (i = 0; i < old_type->enumerator_count; i++) {
        for (j = 0; j < new_type->enumerator_count; j++)
            if (strcmp(old_type->enumerators[i].name, new_type->enumerators[j].name) == 0)
                break;
        if (j == new_type->enumerator_count ||
            old_type->enumerators[i].value != new_type->enumerators[j].value)
            return false;
    }
    return old_type->size == new_type->size;
}

struct conversion *convert_number(struct building *at, struct view old_view,
                                         struct view new_view, struct view old_seen,
                                         struct view new_seen, struct source_place where)
{
    struct type *old_type = old_view.type, *new_type = new_view.type;
    struct conversion *conversion;

    if (old_type->kind == TYPE_ENUM && new_type->kind == TYPE_ENUM) {
        conversion = conversion_new(at->plan, CONVERT_COPY, old_view, new_view);
        if (!same_enumerators(old_type, new_type)) {
            conversion->kind = CONVERT_ENUM;
            conversion->changes = true;
        }
        return conversion;
    }
    if (number_fits(old_type, new_type) ||
        (old_type->size == new_type->size &&
         (old_type->kind == TYPE_ENUM || new_type->kind == TYPE_ENUM))) {
        bool same = old_type->size == new_type->size &&
                    (number_class(old_type) == number_class(new_type) ||
                     old_type->kind == TYPE_ENUM || new_type->kind == TYPE_ENUM);

        conversion = conversion_new(at->plan, same ? CONVERT_COPY : CONVERT_NUMBER, old_view,
                                    new_view);
        conversion->changes = !same;
        return conversion;
    }
    report_at(at->plan->messages, SEVERITY_ERROR, where.file, where.line,
              "'%s' changes from '%s' to '%s', which does not hold every value of the old type",
              at->path, view_name(at->plan, old_seen), view_name(at->plan, new_seen));
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
        return same_enumerators(old_type, new_type);
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
