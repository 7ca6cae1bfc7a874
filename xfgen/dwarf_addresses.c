/* dwarf_addresses.c -- where variables and functions are, as far as that is one place.
 *
 * An address is written out, or is an index into the table of addresses, of which the linker knows
 * (DWARF 5 of clang, and all split DWARF); the table is in the program even where the entry is not.
 */
#include "dwarf_reader.h"

enum { ADDRESS_SIZE = 8 };

static bool address_at_index(const struct unit *unit, uint64_t index, uint64_t *address)
{
    struct cursor cursor;

    if (index >= unit->addresses.size / ADDRESS_SIZE)
        return false;
    cursor.at = unit->addresses.start + index * ADDRESS_SIZE;
    cursor.end = cursor.at + ADDRESS_SIZE;
    *address = take_bytes(&cursor, ADDRESS_SIZE);
    return true;
}

bool address_of_value(const struct unit *unit, const struct value *value, uint64_t *address)
{
    switch (value->form) {
    case DW_FORM_addr:
        *address = value->number;
        return true;
    case DW_FORM_addrx:
    case DW_FORM_addrx1:
    case DW_FORM_addrx2:
    case DW_FORM_addrx3:
    case DW_FORM_addrx4:
    case DW_FORM_GNU_addr_index:
        return address_at_index(unit, value->number, address);
    default:
        return false;
    }
}

/* ---- Variables ----------------------------------------------------------------------------- */

static bool is_block(unsigned form)
{
    return form == DW_FORM_exprloc || form == DW_FORM_block1 || form == DW_FORM_block2 ||
           form == DW_FORM_block4 || form == DW_FORM_block;
}

static bool is_thread_local_operation(uint64_t operation)
{
    return operation == DW_OP_GNU_push_tls_address || operation == DW_OP_form_tls_address;
}

/* Anything but a plain address means that there is no one place in memory: the variable was split
 * into pieces, folded into a constant, or lives in registers and on the stack. */
bool location_is_static(const struct unit *unit, const struct value *location, uint64_t *address,
                        bool *is_thread_local)
{
    struct cursor cursor;

    *is_thread_local = false;
    if (!is_block(location->form) || location->number == 0)
        return false;
    cursor = cursor_over(location->at, location->number);
    switch (take_bytes(&cursor, 1)) {
    case DW_OP_addr:
        *address = take_bytes(&cursor, 8);
        break;
    case DW_OP_addrx:
    case DW_OP_GNU_addr_index:
        if (!address_at_index(unit, take_unsigned(&cursor), address))
            return false;
        break;
    case DW_OP_const8u:
        *address = take_bytes(&cursor, 8);
        *is_thread_local = true;
        break;
    case DW_OP_const4u:
        *address = take_bytes(&cursor, 4);
        *is_thread_local = true;
        break;
    case DW_OP_constx:
    case DW_OP_GNU_const_index:
        if (!address_at_index(unit, take_unsigned(&cursor), address))
            return false;
        *is_thread_local = true;
        break;
    default:
        return false;
    }
    if (*is_thread_local) {
        if (!is_thread_local_operation(take_bytes(&cursor, 1)))
            return false;
    } else if (cursor.at < cursor.end) {
        if (take_bytes(&cursor, 1) != DW_OP_plus_uconst)
            return false;
        *address += take_unsigned(&cursor);
    }
    return cursor.at == cursor.end && !cursor.ended;
}

/* ---- Functions ----------------------------------------------------------------------------- */

/* The first range of a DWARF 5 list that is not empty. */
static bool first_listed(const struct unit *unit, struct span list, uint64_t *start, uint64_t *end)
{
    struct cursor cursor = cursor_over(list.start, list.size);
    uint64_t base = unit->low_pc;
    bool known = true;

    while (!cursor.ended) {
        switch (take_bytes(&cursor, 1)) {
        case DW_RLE_base_addressx:
            known = address_at_index(unit, take_unsigned(&cursor), &base);
            continue;
        case DW_RLE_base_address:
            base = take_bytes(&cursor, 8);
            continue;
        case DW_RLE_startx_endx:
            known = address_at_index(unit, take_unsigned(&cursor), start) &&
                    address_at_index(unit, take_unsigned(&cursor), end);
            break;
        case DW_RLE_startx_length:
            known = address_at_index(unit, take_unsigned(&cursor), start);
            *end = *start + take_unsigned(&cursor);
            break;
        case DW_RLE_offset_pair:
            *start = base + take_unsigned(&cursor);
            *end = base + take_unsigned(&cursor);
            break;
        case DW_RLE_start_end:
            *start = take_bytes(&cursor, 8);
            *end = take_bytes(&cursor, 8);
            break;
        case DW_RLE_start_length:
            *start = take_bytes(&cursor, 8);
            *end = *start + take_unsigned(&cursor);
            break;
        default: /* the end of the list, or nonsense */
            return false;
        }
        if (!known || *end > *start)
            return known && !cursor.ended;
    }
    return false;
}

/* The same in the form that DWARF had before. */
static bool first_paired(const struct unit *unit, struct span list, uint64_t *start, uint64_t *end)
{
    struct cursor cursor = cursor_over(list.start, list.size);
    uint64_t base = unit->low_pc;

    for (;;) {
        *start = take_bytes(&cursor, 8);
        *end = take_bytes(&cursor, 8);
        if (cursor.ended || (*start == 0 && *end == 0))
            return false;
        if (*start == UINT64_MAX) {
            base = *end;
        } else if (*end > *start) {
            *start += base;
            *end += base;
            return true;
        }
    }
}

/* A whole file may be split, and the lists still be in the program. */
static const struct debug_file *file_of_ranges(const struct unit *unit, unsigned form)
{
    return unit->skeleton && (form != DW_FORM_rnglistx || !unit->range_lists.size)
               ? unit->skeleton->file
               : unit->file;
}

static bool first_range(const struct unit *unit, const struct value *ranges, uint64_t *start,
                        uint64_t *end)
{
    const struct debug_file *file = file_of_ranges(unit, ranges->form);
    struct cursor cursor;

    if (unit->version < 5)
        return first_paired(unit, span_from(file->sections[DEBUG_RANGES],
                                            ranges->number + unit->ranges_base), start, end);
    if (ranges->form != DW_FORM_rnglistx)
        return first_listed(unit, span_from(file->sections[DEBUG_RNGLISTS], ranges->number), start,
                            end);
    if (ranges->number >= unit->range_lists.size / unit->offset_size)
        return false;
    cursor.at = unit->range_lists.start + ranges->number * unit->offset_size;
    cursor.end = cursor.at + unit->offset_size;
    return first_listed(unit, span_from(unit->range_lists, take_bytes(&cursor, unit->offset_size)),
                        start, end);
}

/* The entry of a function whose code is in two parts, hot and cold, comes in the first range. */
bool code_of(const struct unit *unit, const struct facts *facts, uint64_t *address, uint64_t *size)
{
    uint64_t end;

    if (address_of_value(unit, &facts->low_pc, address)) {
        if (address_of_value(unit, &facts->high_pc, &end))
            *size = end > *address ? end - *address : 0;
        else
            *size = facts->high_pc.form ? facts->high_pc.number : 0;
        return true;
    }
    if (!facts->ranges.form || !first_range(unit, &facts->ranges, address, &end))
        return false;
    *size = end - *address;
    return true;
}
