/* dwarf_equal.c -- do two debugging information entries describe the same type?
 *
 * Every compile unit that includes a header brings its own description of the structs in it.  Two
 * descriptions are the same when they agree in kind, name, size and members, and the types of the
 * members are the same in turn.  Types refer to each other in cycles, so two descriptions count as
 * the same until a difference is found (pairs already on the list are not compared again).
 *
 * A declaration without a body goes with any definition of its name: a unit that only passes
 * pointers around does not see what they lead to.
 *
 * The comparison works off a list, so that chains of types may be as long as they like.  When it
 * ends without a difference, all pairs on it are the same, and what is known about the one entry of
 * a pair is recorded for the other: most types of a unit are settled by the first comparison.
 */
#include "dwarf_reader.h"

#include <stdlib.h>
#include <string.h>

struct die_pair {
    struct die left, right;
    bool are_definitions; /* of structs, unions or enums */
    size_t same_left; /* 1 + index of the pair before it with the same left entry, or 0 */
};

static bool same_text(const char *left, const char *right)
{
    return left == right || (left && right && strcmp(left, right) == 0);
}

/* ---- The list of pairs --------------------------------------------------------------------- */

/* loader->compared leads from an entry's address to one more than the index of the last pair with
 * it on the left. */
static void add_pair(struct loader *loader, const struct die *left, const struct die *right)
{
    size_t last = (size_t)pointer_map_get(&loader->compared, left->addr), i;
    struct die_pair *pair;

    if (left->addr == right->addr)
        return;
    for (i = last; i > 0; i = loader->pairs[i - 1].same_left)
        if (loader->pairs[i - 1].right.addr == right->addr)
            return;
    pair = grow(&loader->pairs, &loader->pair_count, &loader->pair_capacity, sizeof *pair);
    *pair = (struct die_pair){*left, *right, false, last};
    pointer_map_put(&loader->compared, left->addr, (void *)loader->pair_count);
}

/* The types of two entries: both none, or a pair to be compared. */
static bool add_types(struct loader *loader, struct die *left, const struct facts *left_facts,
                      struct die *right, const struct facts *right_facts)
{
    struct die left_type, right_type;

    if (!left_facts->type.form || !right_facts->type.form)
        return !left_facts->type.form == !right_facts->type.form;
    left_type = facts_follow(loader, left, &left_facts->type);
    right_type = facts_follow(loader, right, &right_facts->type);
    add_pair(loader, &left_type, &right_type);
    return true;
}

/* ---- Children side by side ----------------------------------------------------------------- */

/* From this child on, the first with a tag of interest. */
static bool skip_to_part(struct loader *loader, struct children *children, bool more)
{
    while (more) {
        switch (children->facts.tag) {
        case DW_TAG_member:
        case DW_TAG_enumerator:
        case DW_TAG_subrange_type:
        case DW_TAG_formal_parameter:
        case DW_TAG_unspecified_parameters:
            return true;
        }
        more = children_next(loader, children);
    }
    return false;
}

static bool same_part(struct loader *loader, struct children *left, struct children *right)
{
    const struct facts *a = &left->facts, *b = &right->facts;

    if (a->tag != b->tag)
        return false;
    switch (a->tag) {
    case DW_TAG_enumerator:
        return a->value == b->value && same_text(a->name, b->name);
    case DW_TAG_subrange_type: /* its own type is that of the index: no matter */
        return a->has_bound == b->has_bound && a->bound == b->bound &&
               a->has_count == b->has_count && a->count == b->count;
    case DW_TAG_member:
        return a->member_location == b->member_location && a->bit_size == b->bit_size &&
               a->bit_offset == b->bit_offset && a->data_bit_offset == b->data_bit_offset &&
               same_text(a->name, b->name) && add_types(loader, &left->die, a, &right->die, b);
    default:
        return add_types(loader, &left->die, a, &right->die, b);
    }
}

static bool same_parts(struct loader *loader, struct die *left, const struct facts *left_facts,
                       struct die *right, const struct facts *right_facts)
{
    struct children a, b;
    bool more_left = skip_to_part(loader, &a, children_first(loader, left, left_facts, &a));
    bool more_right = skip_to_part(loader, &b, children_first(loader, right, right_facts, &b));

    while (more_left && more_right) {
        if (!same_part(loader, &a, &b))
            return false;
        more_left = skip_to_part(loader, &a, children_next(loader, &a));
        more_right = skip_to_part(loader, &b, children_next(loader, &b));
    }
    return more_left == more_right;
}

/* ---- One pair ------------------------------------------------------------------------------ */

static bool is_definition(int tag)
{
    return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type ||
           tag == DW_TAG_enumeration_type;
}

enum { STAND_IN_LIMIT = 16 };

/* Reads an entry, or in place of a type unit's stand-in the entry it stands for. */
static void read_entry(struct loader *loader, struct die *die, struct facts *facts)
{
    int i;

    facts_read(loader, die, facts);
    for (i = 0; facts->signature.form; i++) {
        if (i == STAND_IN_LIMIT)
            load_corrupt(loader, die, "a type that stands in for itself");
        *die = facts_follow(loader, die, &facts->signature);
        facts_read(loader, die, facts);
        if (!facts->is_declaration)
            break;
    }
}

static bool same_definitions(struct loader *loader, struct die *left, const struct facts *a,
                             struct die *right, const struct facts *b)
{
    if (!same_text(a->name, b->name))
        return false;
    if (a->is_declaration)
        return true;
    if (b->is_declaration) {
        /* The declaration may have found its definition by now: then that is what counts. */
        struct type *type = pointer_map_get(&loader->types.by_die, right->addr);

        if (type && !type->incomplete)
            add_pair(loader, left, &((struct loaded_type *)type)->die);
        return true;
    }
    if (a->byte_size != b->byte_size)
        return false;
    if (!a->name && (a->decl_line != b->decl_line ||
                     source_of(left, a) != source_of(right, b)))
        return false;
    return same_parts(loader, left, a, right, b);
}

static bool same_pair(struct loader *loader, size_t index)
{
    struct die left = loader->pairs[index].left, right = loader->pairs[index].right;
    const struct type *known_left = pointer_map_get(&loader->types.by_die, left.addr);
    const struct type *known_right =
        known_left ? pointer_map_get(&loader->types.by_die, right.addr) : NULL;
    struct facts a, b;

    if (known_left && known_left == known_right)
        return true;
    read_entry(loader, &left, &a);
    read_entry(loader, &right, &b);
    if (left.addr == right.addr)
        return true;
    if (a.tag != b.tag)
        return false;
    if (is_definition(a.tag) && !a.is_declaration && !b.is_declaration) {
        if (known_left && known_right)
            return false; /* found to differ before */
        loader->pairs[index].are_definitions = true;
    }
    switch (a.tag) {
    case DW_TAG_base_type:
    case DW_TAG_unspecified_type:
        return a.byte_size == b.byte_size && a.encoding == b.encoding && same_text(a.name, b.name);
    case DW_TAG_typedef:
        return same_text(a.name, b.name) && add_types(loader, &left, &a, &right, &b);
    case DW_TAG_array_type:
        return a.is_vector == b.is_vector && same_parts(loader, &left, &a, &right, &b) &&
               add_types(loader, &left, &a, &right, &b);
    case DW_TAG_subroutine_type:
        return a.is_prototyped == b.is_prototyped && same_parts(loader, &left, &a, &right, &b) &&
               add_types(loader, &left, &a, &right, &b);
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
        return same_definitions(loader, &left, &a, &right, &b);
    default:
        return same_text(a.name, b.name) && add_types(loader, &left, &a, &right, &b);
    }
}

/* What is known about the right entry of each pair holds for the left one. */
static void record_pairs(struct loader *loader)
{
    size_t i;

    for (i = 0; i < loader->pair_count; i++) {
        struct die *left = &loader->pairs[i].left, *right = &loader->pairs[i].right;
        struct type *type;

        /* A declaration may stand for more than one definition, and the other way round. */
        if (!loader->pairs[i].are_definitions)
            continue;
        type = pointer_map_get(&loader->types.by_die, right->addr);
        if (!type || pointer_map_get(&loader->types.by_die, left->addr))
            continue;
        ((struct loaded_type *)type)->last_unit = left->unit;
        pointer_map_put(&loader->types.by_die, left->addr, type);
    }
}

bool same_definition(struct loader *loader, struct die *left, struct die *right)
{
    bool same = true;
    size_t i;

    loader->pair_count = 0;
    pointer_map_clear(&loader->compared);
    add_pair(loader, left, right);
    for (i = 0; same && i < loader->pair_count; i++)
        same = same_pair(loader, i);
    if (same)
        record_pairs(loader);
    return same;
}
