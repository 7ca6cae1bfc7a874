/* dwarf_types.c -- from debugging information entries to types, each definition once.
 *
 *      DIE --by_die--> type          every entry resolved so far
 *      hash --buckets--> type        the same types by what they are
 *
 * Derived types (pointers, arrays, qualifiers, functions) are the same type when they are derived
 * in the same way from the same types, so a look-up with the finished target decides; so do base
 * types and typedefs.  Structs, unions and enums are left to dwarf_definitions.c.
 */
#include "dwarf_reader.h"

#include <stdlib.h>
#include <string.h>

enum { DERIVATION_LIMIT = 1000 };

/* ---- Derived types ------------------------------------------------------------------------- */

static void set_depth(struct loader *loader, struct loaded_type *loaded, const struct type *from)
{
    unsigned depth = ((const struct loaded_type *)from)->depth + 1;

    if (depth > TYPE_DEPTH_LIMIT)
        load_corrupt(loader, NULL, "a chain of types is too long");
    if (depth > loaded->depth)
        loaded->depth = depth;
}

static bool same_parameters(const struct type *type, struct type *const *parameters, size_t count)
{
    size_t i;

    if (type->member_count != count)
        return false;
    for (i = 0; i < count; i++)
        if (type->members[i].type != parameters[i])
            return false;
    return true;
}

/* The type derived from `model.target` as `model` and the parameters (of functions) say. */
static struct type *derive(struct loader *loader, struct type model,
                           struct type *const *parameters, size_t parameter_count)
{
    uint64_t hash = hash_mix(hash_mix(model.kind, (uint64_t)model.target->id), model.count);
    struct loaded_type *known;
    size_t i;

    hash = hash_mix(hash, model.qualifiers + 16 * model.is_flexible + 32 * model.is_variadic);
    for (i = 0; i < parameter_count; i++)
        hash = hash_mix(hash, (uint64_t)parameters[i]->id);
    for (known = types_in_bucket(&loader->types, hash); known; known = known->bucket_next) {
        const struct type *type = &known->type;

        if (known->hash == hash && type->kind == model.kind && type->target == model.target &&
            type->count == model.count && type->qualifiers == model.qualifiers &&
            type->is_flexible == model.is_flexible && type->is_variadic == model.is_variadic &&
            same_parameters(type, parameters, parameter_count))
            return &known->type;
    }
    known = types_add(loader, model.kind, hash);
    model.id = known->type.id;
    model.member_count = parameter_count;
    model.members = parameter_count ? arena_allocate(loader->arena, parameter_count *
                                                                        sizeof *model.members)
                                    : NULL;
    set_depth(loader, known, model.target);
    for (i = 0; i < parameter_count; i++) {
        model.members[i].type = parameters[i];
        set_depth(loader, known, parameters[i]);
    }
    known->type = model;
    return &known->type;
}

struct type *types_target_of(struct loader *loader, struct die *die, const struct facts *facts,
                              int depth)
{
    struct die target;

    if (!facts->type.form)
        return loader->types.void_type;
    target = facts_follow(loader, die, &facts->type);
    return types_resolve_at(loader, &target, depth + 1);
}

static struct type *resolve_pointer(struct loader *loader, struct die *die,
                                    const struct facts *facts, int depth)
{
    struct type model = {.kind = TYPE_POINTER, .size = sizeof(void *)};

    if (facts->has_byte_size)
        model.size = facts->byte_size;
    model.target = types_target_of(loader, die, facts, depth);
    return derive(loader, model, NULL, 0);
}

static struct type *resolve_qualified(struct loader *loader, struct die *die,
                                      const struct facts *facts, int depth)
{
    struct type model = {.kind = TYPE_QUALIFIED};

    switch (facts->tag) {
    case DW_TAG_const_type:
        model.qualifiers = QUALIFIER_CONST;
        break;
    case DW_TAG_volatile_type:
        model.qualifiers = QUALIFIER_VOLATILE;
        break;
    case DW_TAG_restrict_type:
        model.qualifiers = QUALIFIER_RESTRICT;
        break;
    default:
        model.qualifiers = QUALIFIER_ATOMIC;
    }
    model.target = types_target_of(loader, die, facts, depth);
    return derive(loader, model, NULL, 0);
}

/* A vector has no parts as far as C's types go: it is copied whole.  So it is a base type without
 * an encoding, named as GNU C writes it. */
static struct type *vector_type(struct loader *loader, struct type *element, uint64_t size)
{
    char *text = type_to_string(element, "");
    const char *name = arena_format(loader->arena, "%s __attribute__((vector_size(%llu)))", text,
                                    (unsigned long long)size);
    struct type *type = types_find_named(loader, TYPE_BASE, name);

    free(text);
    if (!type) {
        type = &types_add(loader, TYPE_BASE, types_name_hash(TYPE_BASE, name))->type;
        type->name = name;
        type->size = size;
    }
    return type;
}

/* The extents, outermost first; returns how many.  A missing one (T x[], or computed at run time)
 * is flexible, as is GNU C's T x[0], whose upper bound some compilers write as -1.  They are not on
 * the stack, of which DERIVATION_LIMIT arrays, one of the other, would have their part. */
static size_t read_dimensions(struct loader *loader, struct die *die, const struct facts *array,
                              struct type **extents)
{
    struct children children;
    size_t count = 0, capacity = 0;
    struct type *extent;
    bool more;

    *extents = NULL;
    for (more = children_first(loader, die, array, &children); more;
         more = children_next(loader, &children)) {
        const struct facts *facts = &children.facts;

        if (facts->tag != DW_TAG_subrange_type)
            continue;
        extent = grow_in_arena(loader->scratch, extents, &count, &capacity, sizeof *extent);
        *extent = (struct type){.kind = TYPE_ARRAY};
        if (facts->has_count)
            extent->count = facts->count;
        else if (facts->has_bound && facts->bound != UINT32_MAX)
            extent->count = facts->bound + 1;
        extent->is_flexible = extent->count == 0;
    }
    if (count == 0) {
        extent = grow_in_arena(loader->scratch, extents, &count, &capacity, sizeof *extent);
        *extent = (struct type){.kind = TYPE_ARRAY, .is_flexible = true};
    }
    return count;
}

static struct type *resolve_array(struct loader *loader, struct die *die,
                                  const struct facts *facts, int depth)
{
    struct type *type = types_target_of(loader, die, facts, depth), *extents;
    size_t i = read_dimensions(loader, die, facts, &extents);

    if (facts->is_vector)
        return vector_type(loader, type, facts->has_byte_size ? facts->byte_size
                                                              : extents[0].count * type->size);
    while (i-- > 0) {
        extents[i].target = type;
        type = derive(loader, extents[i], NULL, 0);
    }
    return type;
}

/* "int f()" takes any arguments: variadic without parameters, which C cannot otherwise write. */
static struct type *resolve_function(struct loader *loader, struct die *die,
                                     const struct facts *facts, int depth)
{
    struct type model = {.kind = TYPE_FUNCTION}, **parameters = NULL, *result;
    size_t count = 0, capacity = 0;
    struct children children;
    bool more;

    model.target = types_target_of(loader, die, facts, depth);
    for (more = children_first(loader, die, facts, &children); more;
         more = children_next(loader, &children)) {
        if (children.facts.tag == DW_TAG_unspecified_parameters) {
            model.is_variadic = true;
            break;
        }
        if (children.facts.tag != DW_TAG_formal_parameter) {
            if (count)
                break; /* the parameters of a subprogram come first in it */
            continue;
        }
        result = types_target_of(loader, &children.die, &children.facts, depth);
        *(struct type **)grow_in_arena(loader->scratch, &parameters, &count, &capacity,
                                       sizeof *parameters) = result;
    }
    if (!facts->is_prototyped && count == 0)
        model.is_variadic = true;
    return derive(loader, model, parameters, count);
}

/* ---- Base types and typedefs --------------------------------------------------------------- */

static struct type *resolve_base(struct loader *loader, const struct facts *facts)
{
    const char *name = canonical_base_name(loader->scratch, facts->name ? facts->name : "?");
    uint64_t hash = types_name_hash(TYPE_BASE, name);
    struct loaded_type *known;

    if (strcmp(name, "_Complex") == 0) /* clang leaves the element type to the size */
        return resolve_base(loader, &(struct facts){
            .name = facts->byte_size == 8 ? "_Complex float" : facts->byte_size == 16
                        ? "_Complex double" : "_Complex long double",
            .byte_size = facts->byte_size, .encoding = facts->encoding});
    for (known = types_in_bucket(&loader->types, hash); known; known = known->bucket_next)
        if (known->hash == hash && known->type.kind == TYPE_BASE &&
            known->type.size == facts->byte_size && known->type.encoding == facts->encoding &&
            strcmp(known->type.name, name) == 0)
            return &known->type;
    known = types_add(loader, TYPE_BASE, hash);
    known->type.name = arena_copy_string(loader->arena, name);
    known->type.size = facts->byte_size;
    known->type.encoding = (uint32_t)facts->encoding;
    return &known->type;
}

static struct type *resolve_typedef(struct loader *loader, struct die *die,
                                    const struct facts *facts, int depth)
{
    struct type *target = types_target_of(loader, die, facts, depth);
    const char *name = facts->name ? facts->name : "?";
    uint64_t hash = types_name_hash(TYPE_TYPEDEF, name);
    struct loaded_type *known;

    for (known = types_in_bucket(&loader->types, hash); known; known = known->bucket_next)
        if (known->hash == hash && known->type.kind == TYPE_TYPEDEF &&
            known->type.target == target && strcmp(known->type.name, name) == 0)
            return &known->type;
    known = types_add(loader, TYPE_TYPEDEF, hash);
    known->type.name = arena_copy_string(loader->arena, name);
    known->type.target = target;
    set_depth(loader, known, target);
    known->type.alignment = (uint32_t)facts->alignment;
    types_set_place(known, die, facts);
    types_link_same_name(loader, &known->type);
    return &known->type;
}

/* ---- Resolving ----------------------------------------------------------------------------- */

static struct type *resolve_new(struct loader *loader, struct die *die, int depth)
{
    struct facts facts;

    facts_read(loader, die, &facts);
    switch (facts.tag) {
    case DW_TAG_base_type:
        return resolve_base(loader, &facts);
    case DW_TAG_pointer_type:
    case DW_TAG_reference_type:
    case DW_TAG_rvalue_reference_type:
        return resolve_pointer(loader, die, &facts, depth);
    case DW_TAG_const_type:
    case DW_TAG_volatile_type:
    case DW_TAG_restrict_type:
    case DW_TAG_atomic_type:
        return resolve_qualified(loader, die, &facts, depth);
    case DW_TAG_array_type:
        return resolve_array(loader, die, &facts, depth);
    case DW_TAG_subroutine_type:
        return resolve_function(loader, die, &facts, depth);
    case DW_TAG_typedef:
        return resolve_typedef(loader, die, &facts, depth);
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
        return definitions_resolve(loader, die, &facts, depth);
    case DW_TAG_unspecified_type:
        return loader->types.void_type;
    default: /* not of C: bytes under whatever name it has */
        if (!facts.name)
            facts.name = "?";
        facts.encoding = 0;
        return resolve_base(loader, &facts);
    }
}

struct type *types_resolve_at(struct loader *loader, struct die *die, int depth)
{
    struct type *type = pointer_map_get(&loader->types.by_die, die->addr);

    if (type)
        return type;
    if (depth > DERIVATION_LIMIT)
        load_corrupt(loader, die, "a type derived from itself");
    type = resolve_new(loader, die, depth);
    pointer_map_put(&loader->types.by_die, die->addr, type);
    return type;
}

void types_begin(struct loader *loader)
{
    loader->types.void_type = &types_add(loader, TYPE_VOID, 0)->type;
}

struct type *types_resolve(struct loader *loader, struct die *die)
{
    struct type *type = types_resolve_at(loader, die, 0);

    definitions_fill(loader);
    return type;
}

struct type *types_resolve_attribute(struct loader *loader, struct die *die,
                                     const struct facts *facts)
{
    struct type *type = types_target_of(loader, die, facts, 0);

    definitions_fill(loader);
    return type;
}

struct type *types_resolve_function(struct loader *loader, struct die *die,
                                    const struct facts *facts)
{
    struct type *type = resolve_function(loader, die, facts, 0);

    definitions_fill(loader);
    return type;
}

/* A type that nothing reaches is wanted only for its name; a second look at one of the same
 * description from another unit would find nothing new. */
void types_note_named(struct loader *loader, struct die *die, const struct facts *facts)
{
    enum type_kind kind = type_kind_of_tag(facts->tag);
    uint64_t hash;
    struct loaded_type *known;
    struct source_file *source;

    if (!facts->name || facts->is_declaration)
        return;
    hash = types_name_hash(kind, facts->name);
    source = source_of(die, facts);
    for (known = types_in_bucket(&loader->types, hash); known; known = known->bucket_next)
        if (known->hash == hash && known->type.kind == kind && !known->type.incomplete &&
            known->source == source && known->type.place.line == (int)facts->decl_line &&
            (kind == TYPE_TYPEDEF || known->type.size == facts->byte_size) &&
            strcmp(known->type.name, facts->name) == 0)
            return;
    if (!pointer_map_get(&loader->types.by_die, die->addr))
        types_resolve(loader, die);
}
