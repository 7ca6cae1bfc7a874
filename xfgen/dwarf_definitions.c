/* dwarf_definitions.c -- structs, unions and enums.
 *
 * They refer to each other in cycles, so which type a definition is depends on its description
 * (dwarf_equal.c).  The members of a new one are read later, from a queue: so the C stack stays as
 * shallow as declarators are, however long the chains of types.
 *
 * A declaration without a body gives an incomplete type, one per kind and name.  The first
 * definition of that name is put in its place, so that all pointers to it lead to the definition.
 * -fdebug-types-section takes away what tells two structs apart that differ only in private structs
 * of one name that they lead to: gcc itself describes them as one.
 */
#include "dwarf_reader.h"

#include <string.h>

/* Anonymous ones are told apart by where they stand. */
static uint64_t definition_hash(struct die *die, enum type_kind kind,
                                const struct facts *facts)
{
    uint64_t hash = types_name_hash(kind, facts->name);

    if (facts->name)
        return hash;
    hash = hash_mix(hash, (uintptr_t)source_of(die, facts));
    return hash_mix(hash_mix(hash, facts->decl_line), facts->byte_size);
}

/* Makes a definition of a new or of an incomplete type. */
static void define(struct loader *loader, struct loaded_type *loaded, struct die *die,
                   const struct facts *facts)
{
    struct type *type = &loaded->type;

    loaded->die = *die;
    loaded->last_unit = die->unit;
    type->incomplete = false;
    type->size = facts->byte_size;
    type->alignment = (uint32_t)facts->alignment;
    types_set_place(loaded, die, facts);
    *(struct loaded_type **)grow(&loader->types.to_fill, &loader->types.to_fill_count,
                                 &loader->types.to_fill_capacity,
                                 sizeof *loader->types.to_fill) = loaded;
}

static struct loaded_type *find_definition(struct loader *loader, struct die *die,
                                           enum type_kind kind, const struct facts *facts,
                                           uint64_t hash, struct loaded_type **incomplete)
{
    struct loaded_type *known;

    *incomplete = NULL;
    for (known = types_in_bucket(&loader->types, hash); known; known = known->bucket_next) {
        const struct type *type = &known->type;

        if (known->hash != hash || type->kind != kind || !type->name != !facts->name ||
            (type->name && strcmp(type->name, facts->name) != 0))
            continue;
        if (type->incomplete) {
            *incomplete = known;
            continue;
        }
        if (type->size != facts->byte_size)
            continue;
        /* Two anonymous structs of one unit are two types, however alike: macros put several on
         * one line. */
        if (!type->name && (known->last_unit == die->unit ||
                            type->place.line != (int)facts->decl_line ||
                            known->source != source_of(die, facts)))
            continue;
        if (same_definition(loader, die, &known->die)) {
            known->last_unit = die->unit;
            return known;
        }
    }
    return NULL;
}

static struct type *resolve_declared(struct loader *loader, struct die *die, enum type_kind kind,
                                     const struct facts *facts)
{
    struct type *type = facts->name ? types_find_named(loader, kind, facts->name) : NULL;
    struct loaded_type *loaded;

    if (type)
        return type;
    loaded = types_add(loader, kind, types_name_hash(kind, facts->name));
    loaded->type.name = facts->name ? arena_copy_string(loader->arena, facts->name) : NULL;
    loaded->type.incomplete = true;
    types_set_place(loaded, die, facts);
    return &loaded->type;
}

struct type *definitions_resolve(struct loader *loader, struct die *die,
                                       const struct facts *facts, int depth)
{
    enum type_kind kind = type_kind_of_tag(facts->tag);
    struct loaded_type *known, *incomplete;
    uint64_t hash;

    if (facts->signature.form) {
        struct die target = facts_follow(loader, die, &facts->signature);

        return types_resolve_at(loader, &target, depth + 1);
    }
    if (facts->is_declaration)
        return resolve_declared(loader, die, kind, facts);
    hash = definition_hash(die, kind, facts);
    known = find_definition(loader, die, kind, facts, hash, &incomplete);
    if (known)
        return &known->type;
    if (!incomplete) {
        incomplete = types_add(loader, kind, hash);
        incomplete->type.name = facts->name ? arena_copy_string(loader->arena, facts->name) : NULL;
        types_link_same_name(loader, &incomplete->type);
    }
    define(loader, incomplete, die, facts);
    return &incomplete->type;
}

/* ---- Members and enumerators --------------------------------------------------------------- */

/* DWARF 5 counts a bit-field's bits from the start of the struct; DWARF 3 and 4 of gcc from the
 * most significant bit of a storage unit, whose size is its own or its type's. */
static void set_bits(struct member *member, const struct facts *facts)
{
    uint64_t storage = facts->has_byte_size ? facts->byte_size : type_strip(member->type)->size;

    member->bit_size = (uint32_t)facts->bit_size;
    if (facts->has_data_bit_offset)
        member->bit_offset = (uint32_t)facts->data_bit_offset;
    else
        member->bit_offset = (uint32_t)(8 * facts->member_location + 8 * storage -
                                        facts->bit_offset - facts->bit_size);
    member->offset = member->bit_offset / 8;
}

static void fill_members(struct loader *loader, struct loaded_type *loaded)
{
    struct type_table *table = &loader->types;
    size_t count = 0;
    struct children children;
    struct facts structure;
    bool more;

    facts_read(loader, &loaded->die, &structure);
    for (more = children_first(loader, &loaded->die, &structure, &children); more;
         more = children_next(loader, &children)) {
        const struct facts *facts = &children.facts;
        struct source_file *source;
        struct member *member;

        /* C++ has static members among the others. */
        if (facts->tag != DW_TAG_member || facts->is_external || facts->is_declaration)
            continue;
        member = grow(&table->members, &count, &table->member_capacity, sizeof *member);
        source = source_of(&children.die, facts);
        member->name = facts->name ? arena_copy_string(loader->arena, facts->name) : NULL;
        member->place.file = source ? source->shown : NULL;
        member->place.line = (int)facts->decl_line;
        member->type = types_target_of(loader, &children.die, facts, 0);
        member->offset = facts->member_location;
        if (facts->alignment > loaded->member_alignment)
            loaded->member_alignment = (uint32_t)facts->alignment;
        if (facts->has_bit_size)
            set_bits(member, facts);
    }
    loaded->type.member_count = count;
    if (count) {
        loaded->type.members = arena_allocate(loader->arena, count * sizeof *table->members);
        memcpy(loaded->type.members, table->members, count * sizeof *table->members);
    }
}

/* The underlying type may be missing (DWARF 4): then a negative value decides. */
static uint32_t enum_encoding(struct loader *loader, struct loaded_type *loaded,
                              const struct facts *facts, bool has_negative)
{
    if (facts->type.form)
        return type_strip(types_target_of(loader, &loaded->die, facts, 0))->encoding;
    if (facts->encoding)
        return (uint32_t)facts->encoding;
    return has_negative ? DW_ATE_signed : DW_ATE_unsigned;
}

static void fill_enumerators(struct loader *loader, struct loaded_type *loaded)
{
    struct type_table *table = &loader->types;
    size_t count = 0;
    struct children children;
    struct facts facts;
    bool more, has_negative = false;

    facts_read(loader, &loaded->die, &facts);
    for (more = children_first(loader, &loaded->die, &facts, &children); more;
         more = children_next(loader, &children)) {
        struct enumerator *enumerator;

        if (children.facts.tag != DW_TAG_enumerator)
            continue;
        enumerator = grow(&table->enumerators, &count, &table->enumerator_capacity,
                          sizeof *enumerator);
        enumerator->name = arena_copy_string(loader->arena,
                                             children.facts.name ? children.facts.name : "?");
        enumerator->value = children.facts.value;
        has_negative |= children.facts.value < 0;
    }
    loaded->type.encoding = enum_encoding(loader, loaded, &facts, has_negative);
    loaded->type.enumerator_count = count;
    if (count) {
        loaded->type.enumerators =
            arena_allocate(loader->arena, count * sizeof *table->enumerators);
        memcpy(loaded->type.enumerators, table->enumerators, count * sizeof *table->enumerators);
    }
}

void definitions_fill(struct loader *loader)
{
    struct type_table *table = &loader->types;

    while (table->to_fill_count > 0) {
        struct loaded_type *loaded = table->to_fill[--table->to_fill_count];

        if (loaded->type.kind == TYPE_ENUM)
            fill_enumerators(loader, loaded);
        else
            fill_members(loader, loaded);
    }
}
