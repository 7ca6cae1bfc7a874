/* dwarf_walk.c -- once over all units: finds the variables, the functions and the named types.
 *
 * One variable may have several entries: a declaration and its definition (DW_AT_specification),
 * the copy of an inlined function's static in each place it was inlined, and with -flto the entry
 * in its source file's unit and the one with the address in the unit of the generated code
 * (DW_AT_abstract_origin).  All of them lead to one root entry, which is what identifies it here;
 * the root tells name, unit and function, whichever entry tells the address.
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

Dwarf_Die die_root(struct loader *loader, Dwarf_Die *die, struct facts *facts)
{
    Dwarf_Die root = *die;
    int i;

    for (i = 0; i < ORIGIN_LIMIT; i++) {
        if (!facts->origin.code)
            return root;
        root = facts_follow(loader, &root, &facts->origin);
        facts_read(loader, &root, facts);
    }
    load_corrupt(loader, die, "an entry whose origin is itself");
}

/* ---- Locations ----------------------------------------------------------------------------- */

static uint64_t little_endian(const unsigned char *bytes, unsigned size)
{
    uint64_t value = 0;

    while (size-- > 0)
        value = value << 8 | bytes[size];
    return value;
}

static bool is_thread_local_operation(unsigned operation)
{
    return operation == DW_OP_GNU_push_tls_address || operation == DW_OP_form_tls_address;
}

/* Through the table of addresses (clang, DWARF 5), which libdw knows how to find. */
static bool indexed_location(Dwarf_Attribute *location, uint64_t *address, bool *is_thread_local)
{
    Dwarf_Op *operations;
    Dwarf_Attribute value;
    size_t count;

    if (dwarf_getlocation(location, &operations, &count) != 0 || count == 0 ||
        dwarf_getlocation_attr(location, &operations[0], &value) != 0)
        return false;
    *is_thread_local = operations[0].atom == DW_OP_constx ||
                       operations[0].atom == DW_OP_GNU_const_index;
    if (dwarf_formaddr(&value, address) != 0 && dwarf_formudata(&value, address) != 0)
        return false;
    if (*is_thread_local)
        return count == 2 && is_thread_local_operation(operations[1].atom);
    if (count == 2 && operations[1].atom == DW_OP_plus_uconst)
        *address += operations[1].number;
    return count == 1 || (count == 2 && operations[1].atom == DW_OP_plus_uconst);
}

/* Anything but a plain address means that there is no one place in memory: the variable was split
 * into pieces, folded into a constant, or lives in registers and on the stack. */
bool location_is_static(Dwarf_Attribute *location, uint64_t *address, bool *is_thread_local)
{
    Dwarf_Block block;
    unsigned form = dwarf_whatform(location), shift = 0;
    uint64_t added = 0;
    Dwarf_Word i;

    *is_thread_local = false;
    if (form != DW_FORM_exprloc && form != DW_FORM_block1 && form != DW_FORM_block2 &&
        form != DW_FORM_block4 && form != DW_FORM_block)
        return false;
    if (dwarf_formblock(location, &block) != 0 || block.length < 2)
        return false;
    switch (block.data[0]) {
    case DW_OP_addr:
        if (block.length < 9)
            return false;
        *address = little_endian(block.data + 1, 8);
        if (block.length == 9)
            return true;
        for (i = 10; block.data[9] == DW_OP_plus_uconst && i < block.length && shift < 63; i++) {
            added |= (uint64_t)(block.data[i] & 0x7f) << shift;
            shift += 7;
            if (!(block.data[i] & 0x80)) {
                *address += added;
                return i + 1 == block.length;
            }
        }
        return false;
    case DW_OP_const8u:
    case DW_OP_const4u:
        i = block.data[0] == DW_OP_const8u ? 8 : 4;
        if (block.length != i + 2 || !is_thread_local_operation(block.data[i + 1]))
            return false;
        *address = little_endian(block.data + 1, (unsigned)i);
        *is_thread_local = true;
        return true;
    case DW_OP_addrx:
    case DW_OP_GNU_addr_index:
    case DW_OP_constx:
    case DW_OP_GNU_const_index:
        return indexed_location(location, address, is_thread_local);
    default:
        return false;
    }
}

/* ---- Variables ----------------------------------------------------------------------------- */

static struct variable_record *variable_of_root(struct loader *loader, Dwarf_Die *root)
{
    struct record_table *records = &loader->records;
    struct variable_record *record = pointer_map_get(&records->variable_by_root, root->addr);

    if (record)
        return record;
    record = arena_allocate(loader->scratch, sizeof *record);
    record->root = record->definition = *root;
    *(struct variable_record **)grow(&records->variables, &records->variable_count,
                                     &records->variable_capacity,
                                     sizeof *records->variables) = record;
    pointer_map_put(&records->variable_by_root, root->addr, record);
    return record;
}

/* The linker leaves 0 or -1 in place of the addresses of what it dropped. */
static void set_address(struct loader *loader, struct variable_record *record, uint64_t address,
                        bool is_thread_local)
{
    if (record->has_address || (!is_thread_local && !image_section_at(&loader->image, address)))
        return;
    record->has_address = true;
    record->address = address;
    record->is_thread_local = is_thread_local;
}

static bool is_hand_note(const struct facts *facts)
{
    return facts->name && strcmp(facts->name, "kitsune_frame_") == 0;
}

/* The root of a variable whose address another entry told: this is where it belongs. */
static void set_scope_of_root(struct loader *loader, const Dwarf_Die *die,
                              const struct scope *scope)
{
    struct variable_record *record =
        pointer_map_get(&loader->records.variable_by_root, die->addr);

    if (record && !record->scope_known) {
        record->unit = scope->unit;
        record->function = scope->function;
        record->scope_known = true;
    }
}

/* Inside a function only what has a fixed place is of interest: other variables are automatic, or
 * were static and have been optimised away. */
static void walk_variable(struct loader *loader, Dwarf_Die *die, const struct facts *facts,
                          const struct scope *scope)
{
    struct variable_record *record;
    struct facts root_facts = *facts;
    Dwarf_Attribute location = facts->location;
    bool is_thread_local = false, has_address;
    uint64_t address = 0;
    Dwarf_Die root;

    has_address = location.code && location_is_static(&location, &address, &is_thread_local);
    if (scope->function && !has_address) {
        if (loader->has_hand_notes && is_hand_note(facts))
            scope->function->notes_by_hand = true;
        set_scope_of_root(loader, die, scope);
        return;
    }
    if (!has_address && facts->is_declaration)
        return;
    root = die_root(loader, die, &root_facts);
    record = variable_of_root(loader, &root);
    if (has_address)
        set_address(loader, record, address, is_thread_local);
    if (root.addr == die->addr || (!record->scope_known && root.cu == die->cu)) {
        record->unit = scope->unit;
        record->function = scope->function;
        record->scope_known = root.addr == die->addr || !scope->function;
    }
    if (root.cu == die->cu)
        record->definition = *die;
    record->is_global = root_facts.is_external;
}

/* ---- Functions ----------------------------------------------------------------------------- */

static struct function_record *function_of_root(struct loader *loader, Dwarf_Die *root,
                                                const struct facts *facts)
{
    struct record_table *records = &loader->records;
    struct function_record *record = pointer_map_get(&records->function_by_root, root->addr);
    struct source_file *source;

    if (record)
        return record;
    record = arena_allocate(loader->scratch, sizeof *record);
    source = source_of(loader, root, facts);
    record->root = *root;
    record->unit = unit_of(loader, root);
    record->name = facts->name;
    record->source = source;
    record->place = (struct source_place){source ? source->shown : NULL, (int)facts->decl_line};
    record->is_global = facts->is_external;
    record->is_noted = facts->name && annotations_note_locals(loader, record->unit, facts->name);
    *(struct function_record **)grow(&records->functions, &records->function_count,
                                     &records->function_capacity,
                                     sizeof *records->functions) = record;
    pointer_map_put(&records->function_by_root, root->addr, record);
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

/* The entry of a function whose code is in two parts, hot and cold, comes in the first range. */
static bool code_of(Dwarf_Die *die, uint64_t *address, uint64_t *size)
{
    Dwarf_Addr base, start, end;

    if (dwarf_lowpc(die, address) == 0) {
        *size = dwarf_highpc(die, &end) == 0 && end > *address ? end - *address : 0;
        return true;
    }
    if (dwarf_ranges(die, 0, &base, &start, &end) <= 0)
        return false;
    *address = start;
    *size = end - start;
    return true;
}

/* ---- The walk ------------------------------------------------------------------------------ */

static const unsigned char *walk_children(struct loader *loader, const Dwarf_Die *parent,
                                          const struct facts *facts, struct scope scope);

static const unsigned char *walk_function(struct loader *loader, Dwarf_Die *die,
                                          const struct facts *facts, struct scope scope)
{
    struct facts root_facts = *facts;
    struct function_record *record;
    uint64_t address, size;
    Dwarf_Die root;
    int fitness;

    if (facts->is_declaration)
        return NULL;
    root = die_root(loader, die, &root_facts);
    record = function_of_root(loader, &root, &root_facts);
    if (facts->has_code && code_of(die, &address, &size) &&
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

/* Where the entry's children end, when they were visited. */
static const unsigned char *walk_entry(struct loader *loader, Dwarf_Die *die,
                                       const struct facts *facts, struct scope scope)
{
    switch (facts->tag) {
    case DW_TAG_variable:
        walk_variable(loader, die, facts, &scope);
        return NULL;
    case DW_TAG_subprogram:
        return walk_function(loader, die, facts, scope);
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

static const unsigned char *walk_children(struct loader *loader, const Dwarf_Die *parent,
                                          const struct facts *facts, struct scope scope)
{
    struct children children;
    bool more;

    if (++scope.depth > NESTING_LIMIT)
        load_corrupt(loader, NULL, "blocks nested too deep");
    for (more = children_first(loader, parent, facts, &children); more;
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
        unit = unit_of(loader, &record->root);
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
