/* dwarf_walk.c -- once over all units: finds the variables, the functions and the named types.
 *
 * One variable may have several entries: a declaration and its definition (DW_AT_specification),
 * the copy of an inlined function's static in each place it was inlined, and with -flto the entry
 * in its source file's unit and the one with the address in the unit of the generated code
 * (DW_AT_abstract_origin).  All of them lead to one root entry, which is what identifies it here;
 * the root tells name, unit and function, whichever entry tells the address.
 *
 * dwz moves entries that several units have alike into partial units, of which each of those units
 * then has its own again: there, an entry is identified together with the unit that it is used
 * from.
 */
#include "dwarf_reader.h"

#include <string.h>

enum { NESTING_LIMIT = 500, ORIGIN_LIMIT = 16 };

/* Where the walk is. */
struct scope {
    struct unit *unit;
    struct function_record *function; /* NULL at file scope */
    int depth;
};

struct die die_root(struct loader *loader, struct die *die, struct facts *facts)
{
    struct die root = *die;
    int i;

    for (i = 0; i < ORIGIN_LIMIT; i++) {
        if (!facts->origin.form)
            return root;
        root = facts_follow(loader, &root, &facts->origin);
        facts_read(loader, &root, facts);
    }
    load_corrupt(loader, die, "an entry whose origin is itself");
}

/* What identifies something used in `unit`. */
static const void *identity_of(const struct die *root, const struct unit *unit)
{
    if (root->unit->is_compiled)
        return root->addr;
    return (const void *)(uintptr_t)hash_mix((uintptr_t)root->addr, (uintptr_t)unit);
}

/* ---- Variables ----------------------------------------------------------------------------- */

static struct variable_record *variable_of_root(struct loader *loader, struct die *root,
                                                struct unit *unit)
{
    struct record_table *records = &loader->records;
    const void *identity = identity_of(root, unit);
    struct variable_record *record = pointer_map_get(&records->variable_by_root, identity);

    if (record)
        return record;
    record = arena_allocate(loader->scratch, sizeof *record);
    record->root = record->definition = *root;
    *(struct variable_record **)grow(&records->variables, &records->variable_count,
                                     &records->variable_capacity,
                                     sizeof *records->variables) = record;
    if (!root->unit->is_compiled)
        record->unit = unit;
    pointer_map_put(&records->variable_by_root, identity, record);
    return record;
}

/* The linker leaves 0 or -1 in place of the addresses of what it dropped. */
static void set_address(struct loader *loader, struct variable_record *record, uint64_t address,
                        bool is_thread_local)
{
    const struct image *image = &loader->image;

    if (record->has_address || (!is_thread_local && !image_section_at(image, address)))
        return;
    /* With -gsplit-dwarf, gcc writes the place in the initial image. */
    if (is_thread_local && address >= image->thread_size && address >= image->thread_address &&
        address - image->thread_address < image->thread_size)
        address -= image->thread_address;
    record->has_address = true;
    record->address = address;
    record->is_thread_local = is_thread_local;
}

static bool is_hand_note(const struct facts *facts)
{
    return facts->name && strcmp(facts->name, "kitsune_frame_") == 0;
}

/* The root of a variable whose address another entry told: this is where it belongs. */
static void set_scope_of_root(struct loader *loader, const struct die *die,
                              const struct scope *scope)
{
    struct variable_record *record =
        pointer_map_get(&loader->records.variable_by_root, die->addr);
    size_t i;

    for (i = 0; !die->unit->is_compiled && i < loader->records.variable_count; i++) {
        record = loader->records.variables[i];
        if (record->root.addr != die->addr)
            continue;
        record->function = scope->function;
        record->scope_known = true;
        record = NULL;
    }
    if (record && !record->scope_known) {
        record->unit = scope->unit;
        record->function = scope->function;
        record->scope_known = true;
    }
}

/* Inside a function only what has a fixed place is of interest: other variables are automatic, or
 * were static and have been optimised away. */
static void walk_variable(struct loader *loader, struct die *die, const struct facts *facts,
                          const struct scope *scope)
{
    struct variable_record *record;
    struct facts root_facts = *facts;
    bool is_thread_local = false, has_address;
    uint64_t address = 0;
    struct die root;

    has_address = location_is_static(die->unit, &facts->location, &address, &is_thread_local);
    if (scope->function && !has_address) {
        if (loader->has_hand_notes && is_hand_note(facts))
            scope->function->notes_by_hand = true;
        set_scope_of_root(loader, die, scope);
        return;
    }
    if (!has_address && facts->is_declaration)
        return;
    if (!scope->unit->is_compiled && !scope->function)
        return; /* see walk_imported_variables() */
    root = die_root(loader, die, &root_facts);
    record = variable_of_root(loader, &root, scope->unit);
    if (has_address)
        set_address(loader, record, address, is_thread_local);
    if (root.addr == die->addr || (!record->scope_known && root.unit == die->unit)) {
        record->unit = scope->unit;
        record->function = scope->function;
        record->scope_known = root.addr == die->addr || !scope->function;
    }
    if (root.unit == die->unit || !root.unit->is_compiled)
        record->definition = *die;
    record->is_global = root_facts.is_external;
}

/* ---- Functions ----------------------------------------------------------------------------- */

static struct function_record *function_of_root(struct loader *loader, struct die *root,
                                                const struct facts *facts, struct unit *unit)
{
    struct record_table *records = &loader->records;
    const void *identity = identity_of(root, unit);
    struct function_record *record = pointer_map_get(&records->function_by_root, identity);
    struct source_file *source;

    if (record)
        return record;
    record = arena_allocate(loader->scratch, sizeof *record);
    source = source_of(root, facts);
    record->root = *root;
    record->unit = root->unit->is_compiled ? root->unit : unit;
    record->name = facts->name;
    record->source = source;
    record->place = (struct source_place){source ? source->shown : NULL, (int)facts->decl_line};
    record->is_global = facts->is_external;
    record->is_noted = facts->name && annotations_note_locals(loader, record->unit, facts->name);
    *(struct function_record **)grow(&records->functions, &records->function_count,
                                     &records->function_capacity,
                                     sizeof *records->functions) = record;
    pointer_map_put(&records->function_by_root, identity, record);
    return record;
}

/* How well a piece of code at `address` suits as the function's: its own symbol is best; a copy
 * made for one kind of call (name.constprop.0) is never what a function pointer leads to. */
static int fitness_of(const struct loader *loader, const struct function_record *record,
                      uint64_t address)
{
    const struct image_symbol *symbol;
    size_t length = record->name ? strlen(record->name) : 0, i;
    bool found = false;

    for (i = 0; (symbol = image_symbol_at(&loader->image, address, i)); i++) {
        const char *rest = symbol->name + length;

        if (!length || strncmp(symbol->name, record->name, length) != 0)
            continue;
        if (!*rest || strncmp(rest, ".lto_priv", 9) == 0)
            return 3;
        found |= *rest == '.';
    }
    return found ? 1 : 2;
}

/* ---- The walk ------------------------------------------------------------------------------ */

static const unsigned char *walk_children(struct loader *loader, const struct die *parent,
                                          const struct facts *facts, struct scope scope);

static const unsigned char *walk_function(struct loader *loader, struct die *die,
                                          const struct facts *facts, struct scope scope)
{
    struct facts root_facts = *facts;
    struct function_record *record;
    uint64_t address, size;
    struct die root;
    int fitness;

    if (facts->is_declaration)
        return NULL;
    root = die_root(loader, die, &root_facts);
    record = function_of_root(loader, &root, &root_facts, scope.unit);
    if (code_of(die->unit, facts, &address, &size) &&
        image_section_at(&loader->image, address)) {
        fitness = fitness_of(loader, record, address);
        if (fitness > record->fitness) {
            record->address = address;
            record->size = size;
            record->fitness = fitness;
        }
    }
    scope.function = record;
    return walk_children(loader, die, facts, scope);
}

/* clang's own base types, for its expressions and array indices, are no one's to mention. */
static bool is_compilers_own(const struct facts *facts)
{
    return facts->tag == DW_TAG_base_type && facts->name &&
           (strncmp(facts->name, "DW_ATE_", 7) == 0 || strncmp(facts->name, "__ARRAY_", 8) == 0);
}

static void walk_import(struct loader *loader, const struct die *die, const struct facts *facts,
                        struct scope scope);

/* Variables that were moved into a partial unit are those of each unit that imports it, at however
 * many removes. */
static void walk_imported_variables(struct loader *loader, struct unit *unit, struct scope scope)
{
    struct children children;
    struct facts facts;
    bool more;

    if (unit->importer == scope.unit || ++scope.depth > NESTING_LIMIT)
        return;
    unit->importer = scope.unit;
    facts_read(loader, &unit->die, &facts);
    for (more = children_first(loader, &unit->die, &facts, &children); more;
         more = children_next(loader, &children))
        if (children.facts.tag == DW_TAG_variable)
            walk_variable(loader, &children.die, &children.facts, &scope);
        else if (children.facts.tag == DW_TAG_imported_unit)
            walk_import(loader, &children.die, &children.facts, scope);
}

/* Of what dwz moved into another file, the part that is this program's is walked too, later. */
static void walk_import(struct loader *loader, const struct die *die, const struct facts *facts,
                        struct scope scope)
{
    struct die root;

    if (!facts->import.form)
        return;
    root = facts_follow(loader, die, &facts->import);
    if (!root.unit->is_added)
        unit_add(loader, root.unit);
    if (scope.unit->is_compiled)
        walk_imported_variables(loader, root.unit, scope);
}

/* Where the entry's children end, when they were visited. */
static const unsigned char *walk_entry(struct loader *loader, struct die *die,
                                       const struct facts *facts, struct scope scope)
{
    switch (facts->tag) {
    case DW_TAG_variable:
        walk_variable(loader, die, facts, &scope);
        return NULL;
    case DW_TAG_subprogram:
        return walk_function(loader, die, facts, scope);
    case DW_TAG_imported_unit:
        walk_import(loader, die, facts, scope);
        return NULL;
    case DW_TAG_lexical_block:
    case DW_TAG_inlined_subroutine:
        return walk_children(loader, die, facts, scope);
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
    case DW_TAG_typedef:
    case DW_TAG_base_type:
        if (!is_compilers_own(facts))
            types_note_named(loader, die, facts);
        return NULL;
    default:
        return NULL;
    }
}

static const unsigned char *walk_children(struct loader *loader, const struct die *parent,
                                          const struct facts *facts, struct scope scope)
{
    struct children children;
    bool more;

    if (++scope.depth > NESTING_LIMIT)
        load_corrupt(loader, NULL, "blocks nested too deep");
    for (more = children_first_walked(loader, parent, facts, &children); more;
         more = children_next(loader, &children))
        children.after = walk_entry(loader, &children.die, &children.facts, scope);
    return children.end;
}

static void walk_unit(struct loader *loader, struct unit *unit)
{
    struct facts facts;

    facts_read(loader, &unit->die, &facts);
    walk_children(loader, &unit->die, &facts, (struct scope){.unit = unit});
}

/* Static locals whose root came before the entry that told the address (-flto): the units of those
 * roots are walked once more. */
static void walk_missing_scopes(struct loader *loader)
{
    size_t i;

    for (i = 0; i < loader->records.variable_count; i++) {
        struct variable_record *record = loader->records.variables[i];
        struct unit *unit;

        if (record->scope_known)
            continue;
        unit = record->root.unit;
        if (pointer_map_get(&loader->records.walked_again, unit))
            continue;
        pointer_map_put(&loader->records.walked_again, unit, unit);
        walk_unit(loader, unit);
    }
}

void walk_units(struct loader *loader)
{
    size_t i;

    for (i = 0; i < loader->unit_count; i++)
        walk_unit(loader, loader->units[i]);
    walk_missing_scopes(loader);
}
