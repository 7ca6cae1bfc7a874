/* dwarf_values.c -- attributes: the values in their many forms, and the strings that some are. */
#include "dwarf_reader.h"

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

bool take_value(struct cursor *cursor, const struct unit *unit,
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
