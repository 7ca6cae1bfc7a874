/* dwarf_entries.c -- one debugging information entry, read in one pass; and the steps from entry
 * to entry.
 */
#include "dwarf_reader.h"

#include <string.h>

enum { INDIRECTION_LIMIT = 4 };

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

unsigned form_size(unsigned form)
{
    switch (form) {
    case DW_FORM_strp:
    case DW_FORM_line_strp:
    case DW_FORM_sec_offset:
    case DW_FORM_ref_addr:
    case DW_FORM_strp_sup:
    case DW_FORM_GNU_ref_alt:
    case DW_FORM_GNU_strp_alt:
        return 4;
    case DW_FORM_data16:
        return 16;
    default:
        return form < sizeof fixed_sizes ? fixed_sizes[form] : 0;
    }
}

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

    value->at = cursor->at;
    return zero && skip(cursor, (uint64_t)(zero + 1 - cursor->at));
}

static bool take_block(struct cursor *cursor, struct value *value, uint64_t length)
{
    value->at = cursor->at;
    value->number = length;
    return skip(cursor, length);
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
        return take_block(cursor, value, take_bytes(cursor, 1));
    case DW_FORM_block2:
        return take_block(cursor, value, take_bytes(cursor, 2));
    case DW_FORM_block4:
        return take_block(cursor, value, take_bytes(cursor, 4));
    case DW_FORM_block:
    case DW_FORM_exprloc:
        return take_block(cursor, value, take_unsigned(cursor));
    default:
        return false;
    }
}

static inline bool take(struct cursor *cursor, const struct unit *unit,
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

bool take_value(struct cursor *cursor, const struct unit *unit,
                const struct attribute_form *attribute, struct value *value)
{
    return take(cursor, unit, attribute, value);
}

/* ---- What values mean ---------------------------------------------------------------------- */

struct span span_from(struct span section, uint64_t offset)
{
    if (offset >= section.size)
        return (struct span){NULL, 0};
    return (struct span){section.start + offset, section.size - (size_t)offset};
}

const char *text_in(struct span section, uint64_t offset)
{
    /* A section of strings ends with a zero, or its last string is not used. */
    if (offset >= section.size || section.start[section.size - 1] != '\0')
        return NULL;
    return (const char *)section.start + offset;
}

static const char *indexed_text(const struct unit *unit, uint64_t index)
{
    const struct span table = unit->string_offsets;
    struct cursor cursor;

    if (index >= table.size / unit->offset_size)
        return NULL;
    cursor.at = table.start + index * unit->offset_size;
    cursor.end = cursor.at + unit->offset_size;
    return text_in(unit->file->sections[DEBUG_STR], take_bytes(&cursor, unit->offset_size));
}

const char *text_of(const struct unit *unit, const struct value *value)
{
    const struct debug_file *file = unit->file;
    const char *text;

    switch (value->form) {
    case DW_FORM_string:
        text = (const char *)value->at;
        break;
    case DW_FORM_strp:
        text = text_in(file->sections[DEBUG_STR], value->number);
        break;
    case DW_FORM_line_strp:
        text = text_in(file->sections[DEBUG_LINE_STR], value->number);
        break;
    case DW_FORM_strp_sup:
    case DW_FORM_GNU_strp_alt:
        text = file->alternate ? text_in(file->alternate->sections[DEBUG_STR], value->number)
                               : NULL;
        break;
    case DW_FORM_strx:
    case DW_FORM_strx1:
    case DW_FORM_strx2:
    case DW_FORM_strx3:
    case DW_FORM_strx4:
    case DW_FORM_GNU_str_index:
        text = indexed_text(unit, value->number);
        break;
    default:
        text = NULL;
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
static uint64_t offset_of(const struct value *value)
{
    struct cursor cursor = {.at = value->at, .end = value->at + value->number};

    if (is_number(value))
        return value->number;
    if (!value->at || take_bytes(&cursor, 1) != DW_OP_plus_uconst)
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

static bool is_reference_in_unit(unsigned form)
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

        if (is_usual && !form->is_wanted && form->size) {
            if (!skip(&cursor, form->size))
                load_corrupt(loader, die, "an unreadable attribute");
            continue;
        }
        if (!take(&cursor, unit, form, &value) || cursor.ended)
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

/* ---- Passing over entries ------------------------------------------------------------------ */

static const struct abbreviation *take_abbreviation(struct loader *loader, const struct unit *unit,
                                                    struct cursor *cursor)
{
    const unsigned char *start = cursor->at;
    const struct abbreviation *abbreviation =
        abbreviation_find(unit->abbreviations, take_unsigned(cursor));

    if (!abbreviation)
        load_corrupt(loader, &(struct die){start, (struct unit *)unit}, "an entry of unknown kind");
    return abbreviation;
}

/* The cursor goes past the attributes; the sibling's offset, or 0. */
static uint64_t pass_attributes(struct loader *loader, const struct unit *unit,
                                const struct abbreviation *abbreviation, struct cursor *cursor)
{
    const unsigned char *start = cursor->at;
    uint64_t sibling = 0;
    size_t i;

    if (abbreviation->size && unit->offset_size == 4 && unit->version >= 3) {
        struct cursor at = *cursor;

        if (!skip(cursor, abbreviation->size))
            load_corrupt(loader, &(struct die){start, (struct unit *)unit},
                         "an unreadable attribute");
        if (abbreviation->sibling_at < 0)
            return 0;
        at.at += abbreviation->sibling_at;
        return take_bytes(&at, 4);
    }
    for (i = 0; i < abbreviation->form_count; i++) {
        struct value value = {0};

        if (!take_value(cursor, unit, &abbreviation->forms[i], &value) || cursor->ended)
            load_corrupt(loader, &(struct die){start, (struct unit *)unit},
                         "an unreadable attribute");
        if (abbreviation->forms[i].name == DW_AT_sibling && is_reference_in_unit(value.form))
            sibling = value.number;
    }
    return sibling;
}

/* Where a sibling attribute leads, when that is forward and not out of the unit. */
static const unsigned char *sibling_at(const struct unit *unit, uint64_t offset,
                                       const unsigned char *end)
{
    if (offset <= (uint64_t)(end - unit->start) || offset > (uint64_t)(unit->end - unit->start))
        return NULL;
    return unit->start + offset;
}

/* Past `depth` lists of children that begin or go on at `at`. */
static const unsigned char *pass_lists(struct loader *loader, const struct unit *unit,
                                       const unsigned char *at, size_t depth)
{
    struct cursor cursor = {.at = at, .end = unit->end};

    while (depth > 0 && cursor.at < unit->end) {
        const struct abbreviation *abbreviation;
        const unsigned char *sibling;
        uint64_t offset;

        if (*cursor.at == 0) {
            depth--;
            cursor.at++;
            continue;
        }
        abbreviation = take_abbreviation(loader, unit, &cursor);
        offset = pass_attributes(loader, unit, abbreviation, &cursor);
        if (!abbreviation->has_children)
            continue;
        sibling = sibling_at(unit, offset, cursor.at);
        if (sibling)
            cursor.at = sibling;
        else
            depth++;
    }
    return cursor.at;
}

/* From `at` on, past the entries in which the walk finds nothing. */
static const unsigned char *pass_unwalked(struct loader *loader, const struct unit *unit,
                                          const unsigned char *at)
{
    struct cursor cursor = {.at = at, .end = unit->end};

    while (cursor.at < unit->end && *cursor.at != 0) {
        const unsigned char *start = cursor.at, *sibling;
        const struct abbreviation *abbreviation = take_abbreviation(loader, unit, &cursor);
        uint64_t offset;

        if (abbreviation->is_walked && (!abbreviation->is_listed || loader->has_hand_notes))
            return start;
        offset = pass_attributes(loader, unit, abbreviation, &cursor);
        if (!abbreviation->has_children)
            continue;
        sibling = sibling_at(unit, offset, cursor.at);
        cursor.at = sibling ? sibling : pass_lists(loader, unit, cursor.at, 1);
    }
    return cursor.at;
}

/* ---- Children ------------------------------------------------------------------------------ */

/* The entry at `at`; a zero byte ends the list. */
static bool children_read(struct loader *loader, struct children *children,
                          const unsigned char *at)
{
    const struct unit *unit = children->die.unit;

    if (children->only_walked)
        at = pass_unwalked(loader, unit, at);
    if (at >= unit->end || *at == 0) {
        children->end = at < unit->end ? at + 1 : unit->end;
        return false;
    }
    children->die.addr = at;
    children->after = NULL;
    facts_read(loader, &children->die, &children->facts);
    return true;
}

static bool begin(struct loader *loader, const struct die *parent, const struct facts *facts,
                  struct children *children, bool only_walked)
{
    children->die = *parent;
    children->end = facts->end;
    children->only_walked = only_walked;
    return facts->has_children && children_read(loader, children, facts->end);
}

bool children_first(struct loader *loader, const struct die *parent, const struct facts *facts,
                    struct children *children)
{
    return begin(loader, parent, facts, children, false);
}

bool children_first_walked(struct loader *loader, const struct die *parent,
                           const struct facts *facts, struct children *children)
{
    return begin(loader, parent, facts, children, true);
}

bool children_next(struct loader *loader, struct children *children)
{
    const struct unit *unit = children->die.unit;
    const struct facts *facts = &children->facts;
    const unsigned char *at = facts->end;

    if (children->after) {
        at = children->after;
    } else if (facts->has_children) {
        at = sibling_at(unit, facts->sibling_offset, facts->end);
        if (!at) /* clang writes none */
            at = pass_lists(loader, unit, facts->end, 1);
    }
    return children_read(loader, children, at);
}
