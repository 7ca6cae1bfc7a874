/* dwarf_entries.c -- one debugging information entry, read in one pass; and the steps from entry
 * to entry.
 *
 * libdw's dwarf_attr() searches an entry from its start for each attribute asked for, and
 * dwarf_siblingof() searches it again.  The loader wants most attributes of most entries, of which
 * a large program has millions; so they are decoded here, all at once, and what libdw is left with
 * is what is rare: references between units, addresses by index, ranges.
 */
#include "dwarf_reader.h"

#include <string.h>

enum { INDIRECTION_LIMIT = 4 };

/* An attribute's value, decoded as far as its form goes. */
struct value {
    unsigned form;
    const unsigned char *at; /* where it stands, for libdw */
    uint64_t number;         /* numbers and offsets; 1 for flag_present */
    const char *text;        /* DW_FORM_string */
};

/* Sizes of the forms that have one. */
static const unsigned char fixed_sizes[] = {
    [DW_FORM_data1] = 1, [DW_FORM_ref1] = 1, [DW_FORM_flag] = 1,
    [DW_FORM_strx1] = 1, [DW_FORM_addrx1] = 1,
    [DW_FORM_data2] = 2, [DW_FORM_ref2] = 2, [DW_FORM_strx2] = 2, [DW_FORM_addrx2] = 2,
    [DW_FORM_strx3] = 3, [DW_FORM_addrx3] = 3,
    [DW_FORM_data4] = 4, [DW_FORM_ref4] = 4, [DW_FORM_strx4] = 4, [DW_FORM_addrx4] = 4,
    [DW_FORM_ref_sup4] = 4,
    [DW_FORM_addr] = 8, [DW_FORM_data8] = 8, [DW_FORM_ref8] = 8, [DW_FORM_ref_sig8] = 8,
    [DW_FORM_ref_sup8] = 8,
};

static bool skip(struct cursor *cursor, uint64_t length)
{
    if (length > (uint64_t)(cursor->end - cursor->at)) {
        cursor->ended = true;
        return false;
    }
    cursor->at += length;
    return true;
}

static bool take_string(struct cursor *cursor, struct value *value)
{
    const unsigned char *zero = memchr(cursor->at, 0, (size_t)(cursor->end - cursor->at));

    value->text = (const char *)cursor->at;
    return zero && skip(cursor, (uint64_t)(zero + 1 - cursor->at));
}

/* The forms whose size depends on the unit or on the value.  False for one that does not exist. */
static bool take_variable_form(struct cursor *cursor, const struct unit *unit,
                               struct value *value)
{
    switch (value->form) {
    case DW_FORM_strp:
    case DW_FORM_line_strp:
    case DW_FORM_sec_offset:
    case DW_FORM_strp_sup:
    case DW_FORM_GNU_ref_alt:
    case DW_FORM_GNU_strp_alt:
        value->number = take_bytes(cursor, unit->offset_size);
        return true;
    case DW_FORM_ref_addr:
        value->number = take_bytes(cursor, unit->version < 3 ? 8 : unit->offset_size);
        return true;
    case DW_FORM_udata:
    case DW_FORM_ref_udata:
    case DW_FORM_strx:
    case DW_FORM_addrx:
    case DW_FORM_loclistx:
    case DW_FORM_rnglistx:
    case DW_FORM_GNU_str_index:
    case DW_FORM_GNU_addr_index:
        value->number = take_unsigned(cursor);
        return true;
    case DW_FORM_sdata:
        value->number = (uint64_t)take_signed(cursor);
        return true;
    case DW_FORM_string:
        return take_string(cursor, value);
    case DW_FORM_data16:
        return skip(cursor, 16);
    case DW_FORM_block1:
        return skip(cursor, take_bytes(cursor, 1));
    case DW_FORM_block2:
        return skip(cursor, take_bytes(cursor, 2));
    case DW_FORM_block4:
        return skip(cursor, take_bytes(cursor, 4));
    case DW_FORM_block:
    case DW_FORM_exprloc:
        return skip(cursor, take_unsigned(cursor));
    default:
        return false;
    }
}

/* Takes one value; false when that is impossible. */
static bool take_value(struct cursor *cursor, const struct unit *unit,
                       const struct attribute_form *attribute, struct value *value)
{
    unsigned form = attribute->form;
    int indirections;

    for (indirections = 0; form == DW_FORM_indirect; indirections++) {
        if (indirections == INDIRECTION_LIMIT)
            return false;
        form = (unsigned)take_unsigned(cursor);
    }
    value->form = form;
    value->at = cursor->at;
    if (form < sizeof fixed_sizes && fixed_sizes[form]) {
        value->number = take_bytes(cursor, fixed_sizes[form]);
        return true;
    }
    if (form == DW_FORM_implicit_const || form == DW_FORM_flag_present) {
        value->number = form == DW_FORM_flag_present ? 1 : (uint64_t)attribute->constant;
        return true;
    }
    return take_variable_form(cursor, unit, value);
}

/* ---- What values mean ---------------------------------------------------------------------- */

static Dwarf_Attribute libdw_attribute(unsigned name, const struct value *value, Dwarf_CU *cu)
{
    return (Dwarf_Attribute){.code = name, .form = value->form,
                             .valp = (unsigned char *)value->at, .cu = cu};
}

const char *text_in(const Elf_Data *data, uint64_t offset)
{
    /* A section of strings ends with a zero, or its last string is not used. */
    if (!data || !data->d_buf || offset >= data->d_size ||
        ((const char *)data->d_buf)[data->d_size - 1] != '\0')
        return NULL;
    return (const char *)data->d_buf + offset;
}

static const char *indexed_text(struct loader *loader, const struct unit *unit, uint64_t index)
{
    const Elf_Data *data = loader->string_offset_data;
    struct cursor cursor;
    uint64_t offset;

    if (!data || !data->d_buf || unit->string_offsets > data->d_size ||
        index >= (data->d_size - unit->string_offsets) / unit->offset_size)
        return NULL;
    cursor.at = (const unsigned char *)data->d_buf + unit->string_offsets +
                index * unit->offset_size;
    cursor.end = cursor.at + unit->offset_size;
    offset = take_bytes(&cursor, unit->offset_size);
    return text_in(loader->string_data, offset);
}

static const char *text_of(struct loader *loader, const struct unit *unit,
                           const struct value *value)
{
    const char *text;
    Dwarf_Attribute attribute;

    switch (value->form) {
    case DW_FORM_string:
        text = value->text;
        break;
    case DW_FORM_strp:
        text = text_in(loader->string_data, value->number);
        break;
    case DW_FORM_line_strp:
        text = text_in(loader->line_string_data, value->number);
        break;
    case DW_FORM_strx:
    case DW_FORM_strx1:
    case DW_FORM_strx2:
    case DW_FORM_strx3:
    case DW_FORM_strx4:
        text = indexed_text(loader, unit, value->number);
        break;
    default:
        attribute = libdw_attribute(DW_AT_name, value, unit->die.cu);
        text = dwarf_formstring(&attribute);
    }
    return text && text[0] ? text : NULL;
}

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
static uint64_t offset_of(const struct unit *unit, const struct value *value)
{
    Dwarf_Attribute attribute;
    struct cursor cursor = {0};
    Dwarf_Block block;

    if (is_number(value))
        return value->number;
    attribute = libdw_attribute(DW_AT_data_member_location, value, unit->die.cu);
    if (dwarf_formblock(&attribute, &block) != 0 || block.length < 2 ||
        block.data[0] != DW_OP_plus_uconst)
        return 0;
    cursor.at = block.data + 1;
    cursor.end = block.data + block.length;
    return take_unsigned(&cursor);
}

static void set_number(uint64_t *number, bool *present, const struct value *value)
{
    *present = is_number(value);
    if (*present)
        *number = value->number;
}

/* What an entry says about sizes, places and values: all numbers. */
static void set_number_fact(const struct unit *unit, struct facts *facts, unsigned name,
                            const struct value *value)
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
        facts->member_location = offset_of(unit, value);
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

static bool is_reference_in_unit(unsigned form)
{
    return form == DW_FORM_ref4 || form == DW_FORM_ref_udata || form == DW_FORM_ref2 ||
           form == DW_FORM_ref1 || form == DW_FORM_ref8;
}

static void set_fact(struct loader *loader, const struct unit *unit, struct facts *facts,
                     unsigned name, const struct value *value)
{
    switch (name) {
    case DW_AT_name:
        facts->name = text_of(loader, unit, value);
        break;
    case DW_AT_type:
        facts->type = libdw_attribute(name, value, unit->die.cu);
        break;
    case DW_AT_abstract_origin:
    case DW_AT_specification:
        facts->origin = libdw_attribute(name, value, unit->die.cu);
        break;
    case DW_AT_signature:
        facts->signature = libdw_attribute(name, value, unit->die.cu);
        break;
    case DW_AT_location:
        facts->location = libdw_attribute(name, value, unit->die.cu);
        break;
    case DW_AT_sibling:
        if (is_reference_in_unit(value->form))
            facts->sibling_offset = value->number;
        break;
    case DW_AT_low_pc:
    case DW_AT_ranges:
        facts->has_code = true;
        break;
    case DW_AT_declaration:
    case DW_AT_external:
    case DW_AT_artificial:
    case DW_AT_prototyped:
    case DW_AT_GNU_vector:
        set_flag_fact(facts, name, value);
        break;
    default:
        set_number_fact(unit, facts, name, value);
    }
}

/* ---- Entries ------------------------------------------------------------------------------- */

void facts_read(struct loader *loader, Dwarf_Die *die, struct facts *facts)
{
    const struct unit *unit = unit_of(loader, die);
    struct cursor cursor = {.at = die->addr, .end = unit->end};
    const struct abbreviation *abbreviation;
    size_t i;
    struct value value = {0};

    memset(facts, 0, sizeof *facts);
    abbreviation = abbreviation_find(unit->abbreviations, take_unsigned(&cursor));
    if (!abbreviation)
        load_corrupt(loader, die, "an entry of unknown kind");
    facts->tag = abbreviation->tag;
    facts->has_children = abbreviation->has_children;
    for (i = 0; i < abbreviation->form_count; i++) {
        const struct attribute_form *form = &abbreviation->forms[i];

        if (!take_value(&cursor, unit, form, &value) || cursor.ended)
            load_corrupt(loader, die, "an unreadable attribute");
        set_fact(loader, unit, facts, form->name, &value);
    }
    facts->end = cursor.at;
}

Dwarf_Die facts_follow(struct loader *loader, Dwarf_Die *die, const Dwarf_Attribute *attribute)
{
    const struct unit *unit = unit_of(loader, die);
    Dwarf_Attribute copy = *attribute;
    Dwarf_Die target = {.cu = die->cu};
    uint64_t offset = 0;

    if (attribute->form == DW_FORM_ref4 && attribute->cu == die->cu) {
        memcpy(&offset, attribute->valp, 4);
        target.addr = (unsigned char *)unit->start + offset;
        if (offset < (uint64_t)(unit->end - unit->start) &&
            target.addr >= unit->die.addr)
            return target;
        load_corrupt(loader, die, "a reference out of its unit");
    }
    if (!dwarf_formref_die(&copy, &target))
        load_corrupt_for_libdw(loader, die, "a reference that leads nowhere");
    return target;
}

/* ---- Children ------------------------------------------------------------------------------ */

/* The entry at `at`; a zero byte ends the list. */
static bool children_read(struct loader *loader, struct children *children,
                          const unsigned char *at)
{
    const struct unit *unit = unit_of(loader, &children->die);

    if (at >= unit->end || *at == 0) {
        children->end = at < unit->end ? at + 1 : unit->end;
        return false;
    }
    children->die.addr = (void *)at;
    children->die.abbrev = NULL;
    children->after = NULL;
    facts_read(loader, &children->die, &children->facts);
    return true;
}

bool children_first(struct loader *loader, const Dwarf_Die *parent, const struct facts *facts,
                    struct children *children)
{
    children->die = (Dwarf_Die){.addr = parent->addr, .cu = parent->cu};
    children->end = facts->end;
    return facts->has_children && children_read(loader, children, facts->end);
}

/* The sibling attribute, when it leads forward and not out of the unit. */
static const unsigned char *sibling_of(const struct unit *unit, const struct facts *facts)
{
    if (facts->sibling_offset <= (uint64_t)(facts->end - unit->start) ||
        facts->sibling_offset > (uint64_t)(unit->end - unit->start))
        return NULL;
    return unit->start + facts->sibling_offset;
}

/* Past the children of an entry without DW_AT_sibling (clang writes none). */
static const unsigned char *skip_children(struct loader *loader, const struct unit *unit,
                                          const struct children *children)
{
    const unsigned char *at = children->facts.end, *sibling;
    Dwarf_Die below = {.cu = children->die.cu};
    struct facts facts;
    size_t depth = 1;

    while (depth > 0 && at < unit->end) {
        if (*at == 0) {
            depth--;
            at++;
            continue;
        }
        below.addr = (void *)at;
        facts_read(loader, &below, &facts);
        sibling = facts.has_children ? sibling_of(unit, &facts) : NULL;
        at = sibling ? sibling : facts.end;
        depth += facts.has_children && !sibling;
    }
    return at;
}

bool children_next(struct loader *loader, struct children *children)
{
    const struct unit *unit = unit_of(loader, &children->die);
    const unsigned char *at = children->facts.end;

    if (children->after)
        at = children->after;
    else if (children->facts.has_children) {
        at = sibling_of(unit, &children->facts);
        if (!at)
            at = skip_children(loader, unit, children);
    }
    return children_read(loader, children, at);
}
