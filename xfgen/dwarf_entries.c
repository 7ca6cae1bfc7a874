/* dwarf_entries.c -- one debugging information entry, read in one pass; and where its references
 * lead.
 */
#include "dwarf_reader.h"

#include <string.h>

/* Whether the value is a number; bounds computed at run time (VLAs) are blocks and references. */
static bool is_number(const struct value *value)
{
    switch (value->form) {
    case DW_FORM_data1:
    case DW_FORM_data2:
    case DW_FORM_data4:
    case DW_FORM_data8:
    case DW_FORM_udata:
    case DW_FORM_sdata:
    case DW_FORM_implicit_const:
        return true;
    default:
        return false;
    }
}

/* A member's offset, which DWARF 2 writes as an expression. */
static uint64_t offset_of(const struct value *value)
{
    struct cursor cursor;

    if (is_number(value))
        return value->number;
    if (!value->at) /* not a block */
        return 0;
    cursor = cursor_over(value->at, value->number);
    if (take_bytes(&cursor, 1) != DW_OP_plus_uconst)
        return 0;
    return take_unsigned(&cursor);
}

static void set_number(uint64_t *number, bool *present, const struct value *value)
{
    *present = is_number(value);
    if (*present)
        *number = value->number;
}

/* What an entry says about sizes, places and values: all numbers. */
static void set_number_fact(struct facts *facts, unsigned name, const struct value *value)
{
    bool ignored;

    switch (name) {
    case DW_AT_decl_file:
        set_number(&facts->decl_file, &facts->has_decl_file, value);
        break;
    case DW_AT_decl_line:
        set_number(&facts->decl_line, &ignored, value);
        break;
    case DW_AT_byte_size:
        set_number(&facts->byte_size, &facts->has_byte_size, value);
        break;
    case DW_AT_bit_size:
        set_number(&facts->bit_size, &facts->has_bit_size, value);
        break;
    case DW_AT_bit_offset:
        set_number(&facts->bit_offset, &ignored, value);
        break;
    case DW_AT_data_bit_offset:
        set_number(&facts->data_bit_offset, &facts->has_data_bit_offset, value);
        break;
    case DW_AT_data_member_location:
        facts->member_location = offset_of(value);
        break;
    case DW_AT_upper_bound:
        set_number(&facts->bound, &facts->has_bound, value);
        break;
    case DW_AT_count:
        set_number(&facts->count, &facts->has_count, value);
        break;
    case DW_AT_alignment:
        set_number(&facts->alignment, &ignored, value);
        break;
    case DW_AT_encoding:
        set_number(&facts->encoding, &ignored, value);
        break;
    case DW_AT_const_value:
        if (is_number(value))
            facts->value = (int64_t)value->number;
        break;
    }
}

static void set_flag_fact(struct facts *facts, unsigned name, const struct value *value)
{
    bool flag = value->number != 0;

    switch (name) {
    case DW_AT_declaration:
        facts->is_declaration = flag;
        break;
    case DW_AT_external:
        facts->is_external = flag;
        break;
    case DW_AT_artificial:
        facts->is_artificial = flag;
        break;
    case DW_AT_prototyped:
        facts->is_prototyped = flag;
        break;
    case DW_AT_GNU_vector:
        facts->is_vector = flag;
        break;
    }
}

bool is_reference_in_unit(unsigned form)
{
    return form == DW_FORM_ref4 || form == DW_FORM_ref_udata || form == DW_FORM_ref2 ||
           form == DW_FORM_ref1 || form == DW_FORM_ref8;
}

static void set_fact(const struct unit *unit, struct facts *facts, unsigned name,
                     const struct value *value)
{
    switch (name) {
    case DW_AT_name:
        facts->name = text_of(unit, value);
        break;
    case DW_AT_type:
        facts->type = *value;
        break;
    case DW_AT_abstract_origin:
    case DW_AT_specification:
        facts->origin = *value;
        break;
    case DW_AT_signature:
        facts->signature = *value;
        break;
    case DW_AT_import:
        facts->import = *value;
        break;
    case DW_AT_location:
        facts->location = *value;
        break;
    case DW_AT_sibling:
        if (is_reference_in_unit(value->form))
            facts->sibling_offset = value->number;
        break;
    case DW_AT_low_pc:
        facts->low_pc = *value;
        break;
    case DW_AT_high_pc:
        facts->high_pc = *value;
        break;
    case DW_AT_ranges:
        facts->ranges = *value;
        break;
    case DW_AT_declaration:
    case DW_AT_external:
    case DW_AT_artificial:
    case DW_AT_prototyped:
    case DW_AT_GNU_vector:
        set_flag_fact(facts, name, value);
        break;
    default:
        set_number_fact(facts, name, value);
    }
}

bool is_fact(unsigned name)
{
    switch (name) {
    case DW_AT_name:
    case DW_AT_type:
    case DW_AT_abstract_origin:
    case DW_AT_specification:
    case DW_AT_signature:
    case DW_AT_import:
    case DW_AT_location:
    case DW_AT_sibling:
    case DW_AT_low_pc:
    case DW_AT_high_pc:
    case DW_AT_ranges:
    case DW_AT_declaration:
    case DW_AT_external:
    case DW_AT_artificial:
    case DW_AT_prototyped:
    case DW_AT_GNU_vector:
    case DW_AT_decl_file:
    case DW_AT_decl_line:
    case DW_AT_byte_size:
    case DW_AT_bit_size:
    case DW_AT_bit_offset:
    case DW_AT_data_bit_offset:
    case DW_AT_data_member_location:
    case DW_AT_upper_bound:
    case DW_AT_count:
    case DW_AT_alignment:
    case DW_AT_encoding:
    case DW_AT_const_value:
        return true;
    default:
        return false;
    }
}

/* ---- Entries ------------------------------------------------------------------------------- */

void facts_read(struct loader *loader, const struct die *die, struct facts *facts)
{
    const struct unit *unit = die->unit;
    struct cursor cursor = {.at = die->addr, .end = unit->end};
    const struct abbreviation *abbreviation;
    bool is_usual = unit->offset_size == 4 && unit->version >= 3;
    size_t i;

    memset(facts, 0, sizeof *facts);
    abbreviation = abbreviation_find(unit->abbreviations, take_unsigned(&cursor));
    if (!abbreviation)
        load_corrupt(loader, die, "an entry of unknown kind");
    facts->tag = abbreviation->tag;
    facts->has_children = abbreviation->has_children;
    for (i = 0; i < abbreviation->form_count; i++) {
        const struct attribute_form *form = &abbreviation->forms[i];
        struct value value = {0};

        if (is_usual && form->size && form->size <= 8) {
            value.form = form->form;
            value.number = take_bytes(&cursor, form->size);
        } else if (!take_value(&cursor, unit, form, &value)) {
            cursor.ended = true;
        }
        if (cursor.ended)
            load_corrupt(loader, die, "an unreadable attribute");
        if (form->is_wanted)
            set_fact(unit, facts, form->name, &value);
    }
    facts->end = cursor.at;
}

/* The entry at an offset of another unit's file. */
static struct die die_in_file(struct loader *loader, const struct die *from,
                              const struct debug_file *file, uint64_t offset)
{
    struct span rest = {0};
    struct die die = {0};

    if (file)
        rest = span_from(file->sections[DEBUG_INFO], offset);
    if (rest.size)
        die = (struct die){rest.start, unit_at(file, rest.start)};
    if (!die.unit || die.addr < die.unit->die.addr)
        load_corrupt(loader, from, "a reference that leads nowhere");
    return die;
}

struct die facts_follow(struct loader *loader, const struct die *die,
                        const struct value *reference)
{
    struct unit *unit = die->unit, *target;

    switch (reference->form) {
    case DW_FORM_ref1:
    case DW_FORM_ref2:
    case DW_FORM_ref4:
    case DW_FORM_ref8:
    case DW_FORM_ref_udata:
        if (reference->number >= (uint64_t)(unit->end - unit->start) ||
            unit->start + reference->number < unit->die.addr)
            load_corrupt(loader, die, "a reference out of its unit");
        return (struct die){unit->start + reference->number, unit};
    case DW_FORM_ref_addr:
        return die_in_file(loader, die, unit->file, reference->number);
    case DW_FORM_GNU_ref_alt:
    case DW_FORM_ref_sup4:
    case DW_FORM_ref_sup8:
        return die_in_file(loader, die, unit->file->alternate, reference->number);
    case DW_FORM_ref_sig8:
        target = pointer_map_get(&loader->type_units, (void *)(uintptr_t)reference->number);
        if (target)
            return target->described;
        load_corrupt(loader, die, "a type that is nowhere described");
    default:
        load_corrupt(loader, die, "a reference of unknown kind");
    }
}
