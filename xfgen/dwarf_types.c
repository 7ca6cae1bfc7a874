/* dwarf_types.c -- from debugging information entries to types, each definition once.
 *
 *      DIE --by_die--> type          every entry resolved so far
 *      hash --buckets--> type        the same types by what they are
 *
 * Derived types (pointers, arrays, qualifiers, functions) are the same type when they are derived
 * in the same way from the same types, so a look-up with the finished target decides.  Structs,
 * unions and enums refer to each other in cycles: there the description decides (dwarf_equal.c),
 * and the members of a new one are read later, from a queue, so that the C stack stays as shallow
 * as declarators are, however long the chains of types.
 *
 * A declaration without a body gives an incomplete type, one per kind and name.  The first
 * definition of that name is put in its place, so all pointers to it lead to the definition.
 */
#include "dwarf_reader.h"

#include <stdlib.h>
#include <string.h>

enum { DERIVATION_LIMIT = 1000 };

static struct type *resolve(struct loader *loader, Dwarf_Die *die, int depth);

enum type_kind type_kind_of_tag(int tag)
{
    switch (tag) {
    case DW_TAG_union_type:
        return TYPE_UNION;
    case DW_TAG_enumeration_type:
        return TYPE_ENUM;
    case DW_TAG_typedef:
        return TYPE_TYPEDEF;
    case DW_TAG_base_type:
        return TYPE_BASE;
    default:
        return TYPE_STRUCT;
    }
}

/* ---- The table of types ------------------------------------------------------------------------- */

static uint64_t name_hash(enum type_kind kind, const char *name)
{
    return hash_mix(hash_text(name), kind);
}

static void enlarge_buckets(struct type_table *table)
{
    size_t count = table->bucket_count ? 2 * table->bucket_count : 1024, i;
    struct loaded_type **buckets = calloc(count, sizeof *buckets), **tail;

    if (!buckets) {
        fprintf(stderr, "xfgen: error: out of memory\n");
        exit(EXIT_FAILURE);
    }
    for (i = 0; i < table->bucket_count; i++) {
        struct loaded_type *type, *next;

        for (type = table->buckets[i]; type; type = next) {
            next = type->bucket_next;
            type->bucket_next = NULL;
            tail = &buckets[type->hash & (count - 1)];
            while (*tail)
                tail = &(*tail)->bucket_next;
            *tail = type;
        }
    }
    free(table->buckets);
    table->buckets = buckets;
    table->bucket_count = count;
}

static struct loaded_type *bucket_first(const struct type_table *table, uint64_t hash)
{
    return table->bucket_count ? table->buckets[hash & (table->bucket_count - 1)] : NULL;
}

/* A new type at the end of its bucket, so that candidates come in the order they were met. */
static struct loaded_type *add_type(struct loader *loader, enum type_kind kind, uint64_t hash)
{
    struct type_table *table = &loader->types;
    struct program *program = loader->program;
    struct loaded_type *loaded = arena_allocate(loader->arena, sizeof *loaded), **tail;

    if (table->count >= table->bucket_count)
        enlarge_buckets(table);
    loaded->hash = hash;
    loaded->type.kind = kind;
    loaded->type.id = (int)program->type_count;
    tail = &table->buckets[hash & (table->bucket_count - 1)];
    while (*tail)
        tail = &(*tail)->bucket_next;
    *tail = loaded;
    table->count++;
    *(struct type **)grow(&program->types, &program->type_count, &table->capacity,
                          sizeof *program->types) = &loaded->type;
    return loaded;
}

struct type *types_find_named(struct loader *loader, enum type_kind kind, const char *name)
{
    uint64_t hash = name_hash(kind, name);
    struct loaded_type *type;

    for (type = bucket_first(&loader->types, hash); type; type = type->bucket_next)
        if (type->hash == hash && type->type.kind == kind && type->type.name &&
            strcmp(type->type.name, name) == 0)
            return &type->type;
    return NULL;
}

/* ---- Derived types ----------------------------------------------------------------------------- */

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
    for (known = bucket_first(&loader->types, hash); known; known = known->bucket_next) {
        const struct type *type = &known->type;

        if (known->hash == hash && type->kind == model.kind && type->target == model.target &&
            type->count == model.count && type->qualifiers == model.qualifiers &&
            type->is_flexible == model.is_flexible && type->is_variadic == model.is_variadic &&
            same_parameters(type, parameters, parameter_count))
            return &known->type;
    }
    known = add_type(loader, model.kind, hash);
    model.id = known->type.id;
    model.member_count = parameter_count;
    model.members = parameter_count ? arena_allocate(loader->arena, parameter_count *
                                                                        sizeof *model.members)
                                    : NULL;
    for (i = 0; i < parameter_count; i++)
        model.members[i].type = parameters[i];
    known->type = model;
    return &known->type;
}

static struct type *target_of(struct loader *loader, Dwarf_Die *die, const struct facts *facts,
                              int depth)
{
    Dwarf_Die target;

    if (!facts->type.code)
        return loader->types.void_type;
    target = facts_follow(loader, die, &facts->type);
    return resolve(loader, &target, depth + 1);
}

static struct type *resolve_pointer(struct loader *loader, Dwarf_Die *die,
                                    const struct facts *facts, int depth)
{
    struct type model = {.kind = TYPE_POINTER, .size = sizeof(void *)};

    if (facts->has_byte_size)
        model.size = facts->byte_size;
    model.target = target_of(loader, die, facts, depth);
    return derive(loader, model, NULL, 0);
}

static struct type *resolve_qualified(struct loader *loader, Dwarf_Die *die,
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
    model.target = target_of(loader, die, facts, depth);
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
        type = &add_type(loader, TYPE_BASE, name_hash(TYPE_BASE, name))->type;
        type->name = name;
        type->size = size;
    }
    return type;
}

enum { DIMENSION_LIMIT = 256 };

/* The extents, outermost first; returns how many.  A missing one (T x[], or computed at run time)
 * is flexible, as is GNU C's T x[0], whose upper bound some compilers write as -1. */
static size_t read_dimensions(struct loader *loader, Dwarf_Die *die, const struct facts *array,
                              struct type *extents)
{
    struct children children;
    size_t count = 0;
    bool more;

    for (more = children_first(loader, die, array, &children); more && count < DIMENSION_LIMIT;
         more = children_next(loader, &children)) {
        const struct facts *facts = &children.facts;

        if (facts->tag != DW_TAG_subrange_type)
            continue;
        extents[count] = (struct type){.kind = TYPE_ARRAY};
        if (facts->has_count)
            extents[count].count = facts->count;
        else if (facts->has_bound && facts->bound != UINT32_MAX)
            extents[count].count = facts->bound + 1;
        extents[count].is_flexible = extents[count].count == 0;
        count++;
    }
    if (count == 0)
        extents[count++] = (struct type){.kind = TYPE_ARRAY, .is_flexible = true};
    return count;
}

static struct type *resolve_array(struct loader *loader, Dwarf_Die *die,
                                  const struct facts *facts, int depth)
{
    struct type *type = target_of(loader, die, facts, depth);
    struct type extents[DIMENSION_LIMIT];
    size_t i = read_dimensions(loader, die, facts, extents);

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
static struct type *resolve_function(struct loader *loader, Dwarf_Die *die,
                                     const struct facts *facts, int depth)
{
    struct type model = {.kind = TYPE_FUNCTION}, **parameters = NULL, *result;
    size_t count = 0, capacity = 0;
    struct children children;
    bool more;

    model.target = target_of(loader, die, facts, depth);
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
        result = target_of(loader, &children.die, &children.facts, depth);
        *(struct type **)grow_in_arena(loader->scratch, &parameters, &count, &capacity,
                                       sizeof *parameters) = result;
    }
    if (!facts->is_prototyped && count == 0)
        model.is_variadic = true;
    return derive(loader, model, parameters, count);
}

/* ---- Base types and typedefs ------------------------------------------------------------------- */

static struct type *resolve_base(struct loader *loader, const struct facts *facts)
{
    const char *name = canonical_base_name(loader->scratch, facts->name ? facts->name : "?");
    uint64_t hash = name_hash(TYPE_BASE, name);
    struct loaded_type *known;

    if (strcmp(name, "_Complex") == 0) /* clang leaves the element type to the size */
        return resolve_base(loader, &(struct facts){
            .name = facts->byte_size == 8 ? "_Complex float" : facts->byte_size == 16
                        ? "_Complex double" : "_Complex long double",
            .byte_size = facts->byte_size, .encoding = facts->encoding});
    for (known = bucket_first(&loader->types, hash); known; known = known->bucket_next)
        if (known->hash == hash && known->type.kind == TYPE_BASE &&
            known->type.size == facts->byte_size && known->type.encoding == facts->encoding &&
            strcmp(known->type.name, name) == 0)
            return &known->type;
    known = add_type(loader, TYPE_BASE, hash);
    known->type.name = arena_copy_string(loader->arena, name);
    known->type.size = facts->byte_size;
    known->type.encoding = (uint32_t)facts->encoding;
    return &known->type;
}

static void set_place(struct loader *loader, struct loaded_type *loaded, Dwarf_Die *die,
                      const struct facts *facts)
{
    struct type *type = &loaded->type;
    const struct unit *unit = unit_of(loader, die);

    loaded->source = source_of(loader, die, facts);
    type->place.file = loaded->source ? loaded->source->shown : NULL;
    type->place.line = type->place.file ? (int)facts->decl_line : 0;
    /* The compiler's own __va_list_tag and __builtin_va_list have no file. */
    type->from_system = loaded->source ? loaded->source->is_system
                                       : type->name && strncmp(type->name, "__", 2) == 0;
    type->unit = unit->key_name;
}

/* Another definition under a name goes to the end of the list that starts with the first. */
static void link_same_name(struct loader *loader, struct type *type)
{
    struct type *first = type->name ? types_find_named(loader, type->kind, type->name) : NULL;

    if (!first || first == type)
        return;
    while (first->same_name_next)
        first = first->same_name_next;
    first->same_name_next = type;
}

static struct type *resolve_typedef(struct loader *loader, Dwarf_Die *die,
                                    const struct facts *facts, int depth)
{
    struct type *target = target_of(loader, die, facts, depth);
    const char *name = facts->name ? facts->name : "?";
    uint64_t hash = name_hash(TYPE_TYPEDEF, name);
    struct loaded_type *known;

    for (known = bucket_first(&loader->types, hash); known; known = known->bucket_next)
        if (known->hash == hash && known->type.kind == TYPE_TYPEDEF &&
            known->type.target == target && strcmp(known->type.name, name) == 0)
            return &known->type;
    known = add_type(loader, TYPE_TYPEDEF, hash);
    known->type.name = arena_copy_string(loader->arena, name);
    known->type.target = target;
    known->type.alignment = (uint32_t)facts->alignment;
    set_place(loader, known, die, facts);
    link_same_name(loader, &known->type);
    return &known->type;
}

/* ---- Structs, unions, enums --------------------------------------------------------------------- */

/* Anonymous ones are told apart by where they stand. */
static uint64_t definition_hash(struct loader *loader, Dwarf_Die *die, enum type_kind kind,
                                const struct facts *facts)
{
    uint64_t hash = name_hash(kind, facts->name);

    if (facts->name)
        return hash;
    hash = hash_mix(hash, (uintptr_t)source_of(loader, die, facts));
    return hash_mix(hash_mix(hash, facts->decl_line), facts->byte_size);
}

/* Makes a definition of a new or of an incomplete type. */
static void define(struct loader *loader, struct loaded_type *loaded, Dwarf_Die *die,
                   const struct facts *facts)
{
    struct type *type = &loaded->type;

    loaded->die = *die;
    loaded->last_unit = die->cu;
    type->incomplete = false;
    type->size = facts->byte_size;
    type->alignment = (uint32_t)facts->alignment;
    set_place(loader, loaded, die, facts);
    *(struct loaded_type **)grow(&loader->types.to_fill, &loader->types.to_fill_count,
                                 &loader->types.to_fill_capacity,
                                 sizeof *loader->types.to_fill) = loaded;
}

static struct loaded_type *find_definition(struct loader *loader, Dwarf_Die *die,
                                           enum type_kind kind, const struct facts *facts,
                                           uint64_t hash, struct loaded_type **incomplete)
{
    struct loaded_type *known;

    *incomplete = NULL;
    for (known = bucket_first(&loader->types, hash); known; known = known->bucket_next) {
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
        if (!type->name && (known->last_unit == die->cu ||
                            type->place.line != (int)facts->decl_line ||
                            known->source != source_of(loader, die, facts)))
            continue;
        if (same_definition(loader, die, &known->die)) {
            known->last_unit = die->cu;
            return known;
        }
    }
    return NULL;
}

static struct type *resolve_declared(struct loader *loader, Dwarf_Die *die, enum type_kind kind,
                                     const struct facts *facts)
{
    struct type *type = facts->name ? types_find_named(loader, kind, facts->name) : NULL;
    struct loaded_type *loaded;

    if (type)
        return type;
    loaded = add_type(loader, kind, name_hash(kind, facts->name));
    loaded->type.name = facts->name ? arena_copy_string(loader->arena, facts->name) : NULL;
    loaded->type.incomplete = true;
    set_place(loader, loaded, die, facts);
    return &loaded->type;
}

static struct type *resolve_definition(struct loader *loader, Dwarf_Die *die,
                                       const struct facts *facts, int depth)
{
    enum type_kind kind = type_kind_of_tag(facts->tag);
    struct loaded_type *known, *incomplete;
    uint64_t hash;

    if (facts->signature.code) {
        Dwarf_Die target = facts_follow(loader, die, &facts->signature);

        return resolve(loader, &target, depth + 1);
    }
    if (facts->is_declaration)
        return resolve_declared(loader, die, kind, facts);
    hash = definition_hash(loader, die, kind, facts);
    known = find_definition(loader, die, kind, facts, hash, &incomplete);
    if (known)
        return &known->type;
    if (!incomplete) {
        incomplete = add_type(loader, kind, hash);
        incomplete->type.name = facts->name ? arena_copy_string(loader->arena, facts->name) : NULL;
        link_same_name(loader, &incomplete->type);
    }
    define(loader, incomplete, die, facts);
    return &incomplete->type;
}

/* ---- Members and enumerators ------------------------------------------------------------------- */

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
        source = source_of(loader, &children.die, facts);
        member->name = facts->name ? arena_copy_string(loader->arena, facts->name) : NULL;
        member->place.file = source ? source->shown : NULL;
        member->place.line = (int)facts->decl_line;
        member->type = target_of(loader, &children.die, facts, 0);
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
    if (facts->type.code)
        return type_strip(target_of(loader, &loaded->die, facts, 0))->encoding;
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

static void fill_queued(struct loader *loader)
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

/* ---- Resolving --------------------------------------------------------------------------------- */

static struct type *resolve_new(struct loader *loader, Dwarf_Die *die, int depth)
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
        return resolve_definition(loader, die, &facts, depth);
    case DW_TAG_unspecified_type:
        return loader->types.void_type;
    default: /* not of C: bytes under whatever name it has */
        if (!facts.name)
            facts.name = "?";
        facts.encoding = 0;
        return resolve_base(loader, &facts);
    }
}

static struct type *resolve(struct loader *loader, Dwarf_Die *die, int depth)
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
    loader->types.void_type = &add_type(loader, TYPE_VOID, 0)->type;
}

struct type *types_resolve(struct loader *loader, Dwarf_Die *die)
{
    struct type *type = resolve(loader, die, 0);

    fill_queued(loader);
    return type;
}

struct type *types_resolve_attribute(struct loader *loader, Dwarf_Die *die,
                                     const struct facts *facts)
{
    struct type *type = target_of(loader, die, facts, 0);

    fill_queued(loader);
    return type;
}

struct type *types_resolve_function(struct loader *loader, Dwarf_Die *die,
                                    const struct facts *facts)
{
    struct type *type = resolve_function(loader, die, facts, 0);

    fill_queued(loader);
    return type;
}

/* A type that nothing reaches is wanted only for its name; a second look at one of the same
 * description from another unit would find nothing new. */
void types_note_named(struct loader *loader, Dwarf_Die *die, const struct facts *facts)
{
    enum type_kind kind = type_kind_of_tag(facts->tag);
    uint64_t hash;
    struct loaded_type *known;
    struct source_file *source;

    if (!facts->name || facts->is_declaration || pointer_map_get(&loader->types.by_die, die->addr))
        return;
    hash = name_hash(kind, facts->name);
    source = source_of(loader, die, facts);
    for (known = bucket_first(&loader->types, hash); known; known = known->bucket_next)
        if (known->hash == hash && known->type.kind == kind && !known->type.incomplete &&
            known->source == source && known->type.place.line == (int)facts->decl_line &&
            (kind == TYPE_TYPEDEF || known->type.size == facts->byte_size) &&
            strcmp(known->type.name, facts->name) == 0)
            return;
    types_resolve(loader, die);
}
