/* check_lines.c -- see check_lines.h. */
#include "check_lines.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SCOPES = 64 };

/* ---- Declarations -------------------------------------------------------------------------- */

static bool has_flag(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    bool is_set = false;

    return dwarf_attr_integrate(die, name, &attribute) &&
           dwarf_formflag(&attribute, &is_set) == 0 && is_set;
}

/* The type that the entry is of or leads to, without typedefs and qualifiers. */
static bool find_type(Dwarf_Die *die, Dwarf_Die *type)
{
    Dwarf_Attribute attribute;

    return dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), type) &&
           dwarf_peel_type(type, type) == 0;
}

static uint64_t structure_size(Dwarf_Die *parameter)
{
    Dwarf_Die type, target;
    Dwarf_Word size;

    if (!find_type(parameter, &type) || dwarf_tag(&type) != DW_TAG_pointer_type ||
        !find_type(&type, &target) ||
        (dwarf_tag(&target) != DW_TAG_structure_type && dwarf_tag(&target) != DW_TAG_union_type) ||
        dwarf_aggregate_size(&target, &size) != 0)
        return 0;
    return size;
}

static void read_prototype(struct lines *lines, Dwarf_Die *die)
{
    struct prototype prototype = {.name = dwarf_diename(die)};
    Dwarf_Die child;
    int more;

    if (!prototype.name)
        return;
    if (has_flag(die, DW_AT_declaration) && dwarf_hasattr(die, DW_AT_abstract_origin))
        return; /* after link-time optimisation: the origin has the parameters */
    if (!has_flag(die, DW_AT_declaration) && (dwarf_entrypc(die, &prototype.address) != 0 ||
                                              !prototype.address))
        return; /* inlined everywhere */
    for (more = dwarf_child(die, &child); more == 0; more = dwarf_siblingof(&child, &child)) {
        if (dwarf_tag(&child) == DW_TAG_unspecified_parameters)
            prototype.is_variadic = true;
        if (dwarf_tag(&child) != DW_TAG_formal_parameter)
            continue;
        if (prototype.count < ARGUMENT_COUNT)
            prototype.structure_sizes[prototype.count] = structure_size(&child);
        prototype.count++;
    }
    if (!has_flag(die, DW_AT_prototyped))
        prototype.is_variadic = true;
    *(struct prototype *)grow_in_arena(lines->arena, &lines->prototypes, &lines->prototype_count,
                                       &lines->prototype_capacity, sizeof prototype) = prototype;
}

static void read_unit(struct lines *lines, struct code_unit unit)
{
    Dwarf_Die child;
    int more;

    *(struct code_unit *)grow_in_arena(lines->arena, &lines->units, &lines->unit_count,
                                       &lines->unit_capacity, sizeof unit) = unit;
    for (more = dwarf_child(&unit.entries, &child); more == 0;
         more = dwarf_siblingof(&child, &child))
        if (dwarf_tag(&child) == DW_TAG_subprogram)
            read_prototype(lines, &child);
}

/* Those of libraries come first, by name; then the others, by address. */
static int by_name_or_address(const void *left, const void *right)
{
    const struct prototype *a = left, *b = right;

    if (a->address || b->address)
        return a->address < b->address ? -1 : a->address > b->address;
    return strcmp(a->name, b->name);
}

void lines_read(struct lines *lines, const struct binary *binary, struct arena *arena)
{
    Dwarf_CU *cu = NULL;
    Dwarf_Die unit, sub_unit;
    uint8_t kind;

    *lines = (struct lines){.binary = binary, .arena = arena};
    while (binary->dwarf &&
           dwarf_get_units(binary->dwarf, cu, &cu, NULL, &kind, &unit, &sub_unit) == 0)
        if (dwarf_tag(&unit) == DW_TAG_compile_unit || sub_unit.addr)
            read_unit(lines, (struct code_unit){unit, sub_unit.addr ? sub_unit : unit});
    if (lines->prototype_count)
        qsort(lines->prototypes, lines->prototype_count, sizeof *lines->prototypes,
              by_name_or_address);
}

static const struct prototype *find_prototype(const struct lines *lines, struct prototype key)
{
    return lines->prototype_count ? bsearch(&key, lines->prototypes, lines->prototype_count,
                                            sizeof key, by_name_or_address) : NULL;
}

const struct prototype *lines_prototype(const struct lines *lines, const char *name)
{
    return find_prototype(lines, (struct prototype){.name = name});
}

const struct prototype *lines_own_prototype(const struct lines *lines, uint64_t address)
{
    return find_prototype(lines, (struct prototype){.name = "", .address = address});
}

/* ---- Addresses ----------------------------------------------------------------------------- */

static struct code_unit *find_unit(struct lines *lines, uint64_t address)
{
    size_t i;

    for (i = 0; i < lines->unit_count; i++) {
        size_t number = (lines->last_unit + i) % lines->unit_count;

        if (dwarf_haspc(&lines->units[number].lines, address) > 0) {
            lines->last_unit = number;
            return &lines->units[number];
        }
    }
    return NULL;
}

/* As the compiler was given it: libdw puts the folder of the compilation in front. */
static const char *shown_file(struct lines *lines, Dwarf_Die *unit, const char *file)
{
    Dwarf_Attribute attribute;
    const char *folder = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
    size_t length = folder ? strlen(folder) : 0;

    if (length && strncmp(file, folder, length) == 0 && file[length] == '/')
        file += length + 1;
    while (strncmp(file, "./", 2) == 0)
        file += 2;
    return arena_copy_string(lines->arena, file);
}

static void find_line(struct lines *lines, Dwarf_Die *unit, uint64_t address,
                      struct code_place *found)
{
    Dwarf_Line *line = dwarf_getsrc_die(unit, address);
    const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;

    if (!file || dwarf_lineno(line, &found->place.line) != 0)
        return;
    found->place.file = shown_file(lines, unit, file);
}

/* The subprogram whose code this is, in the unit or in something of its. */
static bool find_subprogram(Dwarf_Die *parent, uint64_t address, Dwarf_Die *found)
{
    Dwarf_Die child;
    int more;

    for (more = dwarf_child(parent, &child); more == 0; more = dwarf_siblingof(&child, &child))
        if (dwarf_tag(&child) == DW_TAG_subprogram && dwarf_haspc(&child, address) > 0) {
            *found = child;
            return true;
        }
    return false;
}

/* The blocks and inlined functions around an address, from the function inwards.  libdw's
 * dwarf_getscopes goes on outwards from where an inlined function was written, not from where it
 * is. */
static size_t find_scopes(struct lines *lines, Dwarf_Die *unit, uint64_t address,
                          Dwarf_Die scopes[MOST_SCOPES])
{
    size_t count = 0;
    Dwarf_Die child;
    int more;

    if (!lines->last_function.addr || dwarf_haspc(&lines->last_function, address) <= 0)
        if (!find_subprogram(unit, address, &lines->last_function))
            return 0;
    scopes[count++] = lines->last_function;
    for (more = dwarf_child(&scopes[0], &child); more == 0 && count < MOST_SCOPES;) {
        int tag = dwarf_tag(&child);

        if ((tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine) &&
            dwarf_haspc(&child, address) > 0) {
            scopes[count++] = child;
            more = dwarf_child(&scopes[count - 1], &child);
        } else {
            more = dwarf_siblingof(&child, &child);
        }
    }
    return count;
}

static void find_function(struct lines *lines, Dwarf_Die *unit, uint64_t address,
                          struct code_place *found)
{
    Dwarf_Die scopes[MOST_SCOPES];
    size_t i = find_scopes(lines, unit, address, scopes);

    while (i-- > 0 && !found->function)
        if (dwarf_tag(&scopes[i]) != DW_TAG_lexical_block && dwarf_diename(&scopes[i]))
            found->function = arena_copy_string(lines->arena, dwarf_diename(&scopes[i]));
}

struct code_place lines_find(struct lines *lines, uint64_t address)
{
    struct code_place found = {{NULL, 0}, NULL};
    struct code_unit *unit = find_unit(lines, address);

    if (unit) {
        find_line(lines, &unit->lines, address, &found);
        find_function(lines, &unit->entries, address, &found);
    }
    return found;
}

/* ---- The frame ----------------------------------------------------------------------------- */

/* The one operation that the attribute's expression consists of; NULL when it is something else. */
static Dwarf_Op *single_operation(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *operations;
    size_t count;

    if (!dwarf_attr_integrate(die, name, &attribute) ||
        dwarf_getlocation(&attribute, &operations, &count) != 0 || count != 1)
        return NULL;
    return operations;
}

/* Where the function's frame base is, from the CFA; false when it is somewhere else. */
static bool find_frame_base(Dwarf_Die *function, int64_t stack, int64_t *base)
{
    enum { FRAME_POINTER = 6, STACK_POINTER = 7, SAVED = 16 /* return address, frame pointer */ };
    const Dwarf_Op *operation = single_operation(function, DW_AT_frame_base);

    if (!operation)
        return false;
    if (operation->atom == DW_OP_call_frame_cfa)
        *base = 0;
    else if (operation->atom == DW_OP_reg0 + FRAME_POINTER)
        *base = -SAVED;
    else if (operation->atom == DW_OP_reg0 + STACK_POINTER)
        *base = stack;
    else
        return false;
    return true;
}

/* Of the scope's own variables. */
static uint64_t extent_in_scope(Dwarf_Die *scope, int64_t base, int64_t offset)
{
    Dwarf_Die child, type;
    Dwarf_Word size;
    int more;

    for (more = dwarf_child(scope, &child); more == 0; more = dwarf_siblingof(&child, &child)) {
        const Dwarf_Op *operation;
        int64_t start;

        if (dwarf_tag(&child) != DW_TAG_variable)
            continue;
        operation = single_operation(&child, DW_AT_location);
        if (!operation || operation->atom != DW_OP_fbreg || !find_type(&child, &type) ||
            dwarf_aggregate_size(&type, &size) != 0)
            continue;
        start = base + (int64_t)operation->number;
        if (offset >= start && offset < start + (int64_t)size)
            return (uint64_t)(start + (int64_t)size - offset);
    }
    return 0;
}

uint64_t lines_frame_extent(struct lines *lines, uint64_t address, int64_t stack, int64_t offset)
{
    struct code_unit *unit = find_unit(lines, address);
    Dwarf_Die scopes[MOST_SCOPES];
    size_t i = unit ? find_scopes(lines, &unit->entries, address, scopes) : 0;
    uint64_t extent = 0;
    int64_t base;

    if (i > 0 && find_frame_base(&scopes[0], stack, &base))
        while (i-- > 0 && !extent)
            extent = extent_in_scope(&scopes[i], base, offset);
    return extent;
}
