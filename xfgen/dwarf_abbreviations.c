/* dwarf_abbreviations.c -- the tables that say how entries are encoded.
 *
 * Each entry begins with a number; the unit's abbreviation table says which tag that stands for,
 * which attributes follow and in which form.  Units may share a table.
 */
#include "dwarf_reader.h"

#include <stdlib.h>

int64_t take_signed(struct cursor *cursor)
{
    uint64_t value = 0;
    unsigned shift = 0, byte;

    do {
        if (cursor->at >= cursor->end) {
            cursor->ended = true;
            return 0;
        }
        byte = *cursor->at++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (shift < 64 && byte & 0x40)
        value |= ~UINT64_C(0) << shift;
    return (int64_t)value;
}

/* What walk_entry() in dwarf_walk.c does something about. */
static bool is_walked_tag(int tag)
{
    switch (tag) {
    case DW_TAG_variable:
    case DW_TAG_subprogram:
    case DW_TAG_lexical_block:
    case DW_TAG_inlined_subroutine:
    case DW_TAG_imported_unit:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
    case DW_TAG_typedef:
    case DW_TAG_base_type:
        return true;
    default:
        return false;
    }
}

/* What follows from the forms. */
static void summarise(struct abbreviation *abbreviation)
{
    bool is_fixed = true;
    size_t i;

    abbreviation->is_walked = is_walked_tag(abbreviation->tag);
    abbreviation->sibling_at = -1;
    for (i = 0; i < abbreviation->form_count; i++) {
        struct attribute_form *form = &abbreviation->forms[i];
        unsigned size = form_size(form->form);

        form->size = size;
        form->is_wanted = is_fact(form->name);

        if (form->name == DW_AT_location && abbreviation->tag == DW_TAG_variable &&
            (form->form == DW_FORM_sec_offset || form->form == DW_FORM_loclistx))
            abbreviation->is_listed = true;
        if (form->name == DW_AT_sibling && form->form == DW_FORM_ref4)
            abbreviation->sibling_at = (int)abbreviation->size;
        else if (form->name == DW_AT_sibling)
            is_fixed = false;
        is_fixed &= size || form->form == DW_FORM_flag_present ||
                    form->form == DW_FORM_implicit_const;
        abbreviation->size += size;
    }
    if (!is_fixed)
        abbreviation->size = 0;
}

static int by_code(const void *left, const void *right)
{
    const struct abbreviation *a = left, *b = right;

    return a->code < b->code ? -1 : a->code > b->code;
}

static uint16_t small(uint64_t number)
{
    return number < UINT16_MAX ? (uint16_t)number : UINT16_MAX;
}

/* The attributes of one entry, which end with a pair of zeros. */
static void read_forms(struct loader *loader, struct cursor *cursor,
                       struct abbreviation *abbreviation)
{
    size_t count = 0;

    for (;;) {
        uint64_t name = take_unsigned(cursor), form = take_unsigned(cursor);
        int64_t constant = form == DW_FORM_implicit_const ? take_signed(cursor) : 0;

        if (cursor->ended || (name == 0 && form == 0))
            break;
        *(struct attribute_form *)grow(&loader->forms, &count, &loader->form_capacity,
                                       sizeof *loader->forms) =
            (struct attribute_form){.name = small(name), .form = small(form),
                                    .constant = constant};
    }
    abbreviation->forms = arena_allocate(loader->scratch, count * sizeof *loader->forms);
    if (count)
        memcpy(abbreviation->forms, loader->forms, count * sizeof *loader->forms);
    abbreviation->form_count = (unsigned)count;
    summarise(abbreviation);
}

/* One table; its entries end with code 0. */
static void read_table(struct loader *loader, struct cursor *cursor,
                       struct abbreviation_table *table)
{
    size_t count = 0;
    uint64_t code;

    while ((code = take_unsigned(cursor)) != 0 && !cursor->ended) {
        struct abbreviation *abbreviation =
            grow(&loader->abbreviations, &count, &loader->abbreviation_capacity,
                 sizeof *loader->abbreviations);

        abbreviation->code = code;
        abbreviation->tag = (int)take_unsigned(cursor);
        abbreviation->has_children = take_bytes(cursor, 1) != 0;
        read_forms(loader, cursor, abbreviation);
    }
    if (cursor->ended)
        load_corrupt(loader, NULL, "an abbreviation table without an end");
    table->entries = arena_allocate(loader->scratch, count * sizeof *table->entries);
    table->count = count;
    if (count) {
        memcpy(table->entries, loader->abbreviations, count * sizeof *table->entries);
        qsort(table->entries, count, sizeof *table->entries, by_code);
    }
}

const struct abbreviation_table *abbreviations_at(struct loader *loader,
                                                  const struct debug_file *file, uint64_t offset)
{
    struct span section = span_from(file->sections[DEBUG_ABBREV], offset);
    struct abbreviation_table *table;
    struct cursor cursor = cursor_over(section.start, section.size);

    if (!section.size)
        load_corrupt(loader, NULL, "a unit without an abbreviation table");
    table = pointer_map_get(&loader->abbreviations_by_offset, cursor.at);
    if (table)
        return table;
    table = arena_allocate(loader->scratch, sizeof *table);
    pointer_map_put(&loader->abbreviations_by_offset, cursor.at, table);
    read_table(loader, &cursor, table);
    return table;
}

const struct abbreviation *abbreviation_find(const struct abbreviation_table *table,
                                             uint64_t code)
{
    struct abbreviation key = {.code = code};

    if (code - 1 < table->count && table->entries[code - 1].code == code)
        return &table->entries[code - 1]; /* compilers number them from 1 without gaps */
    return table->count
               ? bsearch(&key, table->entries, table->count, sizeof key, by_code)
               : NULL;
}
