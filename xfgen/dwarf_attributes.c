/* dwarf_attributes.c -- one debugging information entry, read in one pass.
 *
 * libdw's dwarf_attr() searches the entry from its start for every attribute asked for.  The loader
 * wants most of them, of hundreds of thousands of entries; so they are gathered in one go.
 */
#include "dwarf_reader.h"

#include <string.h>

/* The number in an attribute, whatever its form.  Small constant forms hold unsigned values;
 * negative ones are always written in a signed form. */
static uint64_t number_of(Dwarf_Attribute *attribute)
{
    Dwarf_Sword negative;
    Dwarf_Word number;
    Dwarf_Block block;

    switch (dwarf_whatform(attribute)) {
    case DW_FORM_sdata:
    case DW_FORM_implicit_const:
        return dwarf_formsdata(attribute, &negative) == 0 ? (uint64_t)negative : 0;
    case DW_FORM_exprloc:
    case DW_FORM_block1: /* DWARF 2: DW_OP_plus_uconst, for member offsets */
        if (dwarf_formblock(attribute, &block) != 0 || block.length < 2 ||
            block.data[0] != DW_OP_plus_uconst)
            return 0;
        number = 0;
        for (Dwarf_Word i = 1; i < block.length && i < 10; i++) {
            number |= (Dwarf_Word)(block.data[i] & 0x7f) << 7 * (i - 1);
            if (!(block.data[i] & 0x80))
                break;
        }
        return number;
    default:
        return dwarf_formudata(attribute, &number) == 0 ? number : 0;
    }
}

static bool flag_of(Dwarf_Attribute *attribute)
{
    bool flag;

    return dwarf_formflag(attribute, &flag) == 0 && flag;
}

/* Bounds that are computed at run time (VLAs) are expressions or references: no number. */
static bool is_number(Dwarf_Attribute *attribute)
{
    Dwarf_Word number;
    Dwarf_Sword negative;

    return dwarf_formudata(attribute, &number) == 0 || dwarf_formsdata(attribute, &negative) == 0;
}

static void read_layout(Dwarf_Attribute *attribute, struct facts *facts)
{
    switch (dwarf_whatattr(attribute)) {
    case DW_AT_byte_size:
        facts->has_byte_size = is_number(attribute);
        facts->byte_size = number_of(attribute);
        break;
    case DW_AT_bit_size:
        facts->has_bit_size = true;
        facts->bit_size = number_of(attribute);
        break;
    case DW_AT_bit_offset:
        facts->has_bit_offset = true;
        facts->bit_offset = number_of(attribute);
        break;
    case DW_AT_data_bit_offset:
        facts->has_data_bit_offset = true;
        facts->data_bit_offset = number_of(attribute);
        break;
    case DW_AT_data_member_location:
        facts->member_location = number_of(attribute);
        break;
    case DW_AT_upper_bound:
        facts->has_bound = is_number(attribute);
        facts->bound = number_of(attribute);
        break;
    case DW_AT_count:
        facts->has_count = is_number(attribute);
        facts->count = number_of(attribute);
        break;
    case DW_AT_alignment:
        facts->alignment = number_of(attribute);
        break;
    case DW_AT_encoding:
        facts->encoding = number_of(attribute);
        break;
    }
}

static int read_attribute(Dwarf_Attribute *attribute, void *argument)
{
    struct facts *facts = argument;

    switch (dwarf_whatattr(attribute)) {
    case DW_AT_name:
        facts->name = dwarf_formstring(attribute);
        if (facts->name && !facts->name[0])
            facts->name = NULL;
        break;
    case DW_AT_type:
        facts->type = *attribute;
        break;
    case DW_AT_abstract_origin:
    case DW_AT_specification:
        facts->origin = *attribute;
        break;
    case DW_AT_signature:
        facts->signature = *attribute;
        break;
    case DW_AT_location:
        facts->location = *attribute;
        break;
    case DW_AT_decl_file:
        facts->has_decl_file = true;
        facts->decl_file = number_of(attribute);
        break;
    case DW_AT_decl_line:
        facts->decl_line = number_of(attribute);
        break;
    case DW_AT_const_value:
        facts->value = (int64_t)number_of(attribute);
        break;
    case DW_AT_declaration:
        facts->is_declaration = flag_of(attribute);
        break;
    case DW_AT_external:
        facts->is_external = flag_of(attribute);
        break;
    case DW_AT_artificial:
        facts->is_artificial = flag_of(attribute);
        break;
    case DW_AT_prototyped:
        facts->is_prototyped = flag_of(attribute);
        break;
    case DW_AT_GNU_vector:
        facts->is_vector = flag_of(attribute);
        break;
    case DW_AT_low_pc:
        facts->has_low_pc = true;
        break;
    case DW_AT_entry_pc:
        facts->has_entry_pc = true;
        break;
    case DW_AT_ranges:
        facts->has_ranges = true;
        break;
    default:
        read_layout(attribute, facts);
    }
    return DWARF_CB_OK;
}

void facts_read(struct loader *loader, Dwarf_Die *die, struct facts *facts)
{
    memset(facts, 0, sizeof *facts);
    facts->tag = dwarf_tag(die);
    if (facts->tag == DW_TAG_invalid || dwarf_getattrs(die, read_attribute, facts, 0) < 0)
        load_corrupt(loader, die, "unreadable entry");
}

Dwarf_Die facts_follow(struct loader *loader, Dwarf_Die *die, const Dwarf_Attribute *attribute)
{
    Dwarf_Attribute copy = *attribute;
    Dwarf_Die target;

    if (!dwarf_formref_die(&copy, &target))
        load_corrupt(loader, die, "a reference that leads nowhere");
    return target;
}

bool tag_is_type(int tag)
{
    switch (tag) {
    case DW_TAG_base_type:
    case DW_TAG_unspecified_type:
    case DW_TAG_pointer_type:
    case DW_TAG_reference_type:
    case DW_TAG_rvalue_reference_type:
    case DW_TAG_const_type:
    case DW_TAG_volatile_type:
    case DW_TAG_restrict_type:
    case DW_TAG_atomic_type:
    case DW_TAG_array_type:
    case DW_TAG_subroutine_type:
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
    case DW_TAG_typedef:
        return true;
    default:
        return false;
    }
}

bool die_first_child(struct loader *loader, Dwarf_Die *die, Dwarf_Die *child)
{
    int result = dwarf_child(die, child);

    if (result < 0)
        load_corrupt(loader, die, "unreadable children");
    return result == 0;
}

bool die_next(struct loader *loader, Dwarf_Die *die, Dwarf_Die *next)
{
    int result = dwarf_siblingof(die, next);

    if (result < 0)
        load_corrupt(loader, die, "unreadable neighbour");
    return result == 0;
}
