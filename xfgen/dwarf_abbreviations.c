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

static int by_code(const void *left, const void *right)
{
    const struct abbreviation *a = left, *b = right;

    return a->code < b->code ? -1 : a->code > b->code;
}

/* One table; its entries end with code 0, the attributes of each with a pair of zeros. */
static void read_table(struct loader *loader, struct cursor *cursor,
                       struct abbreviation_table *table)
{
    size_t capacity = 0;
    uint64_t code;

    while ((code = take_unsigned(cursor)) != 0 && !cursor->ended) {
        struct abbreviation *abbreviation = grow(&table->entries, &table->count, &capacity,
                                                 sizeof *table->entries);
        struct attribute_form form;
        size_t form_capacity = 0;

        abbreviation->code = code;
        abbreviation->tag = (int)take_unsigned(cursor);
        abbreviation->has_children = take_bytes(cursor, 1) != 0;
        for (;;) {
            form.name = (unsigned)take_unsigned(cursor);
            form.form = (unsigned)take_unsigned(cursor);
            form.constant = form.form == DW_FORM_implicit_const ? take_signed(cursor) : 0;
            if (cursor->ended || (form.name == 0 && form.form == 0))
                break;
            *(struct attribute_form *)grow(&abbreviation->forms, &abbreviation->form_count,
                                           &form_capacity, sizeof form) = form;
        }
    }
    if (table->count)
        qsort(table->entries, table->count, sizeof *table->entries, by_code);
    if (cursor->ended)
        load_corrupt(loader, NULL, "an abbreviation table without an end");
}

const struct abbreviation_table *abbreviations_at(struct loader *loader,
                                                  const struct debug_file *file, uint64_t offset)
{
    struct span section = span_from(file->sections[DEBUG_ABBREV], offset);
    struct abbreviation_table *table;
    struct cursor cursor = {.at = section.start, .end = section.start + section.size};

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

void abbreviations_free(struct loader *loader)
{
    size_t i, j;

    for (i = 0; i < loader->abbreviations_by_offset.capacity; i++) {
        struct abbreviation_table *table = loader->abbreviations_by_offset.slots[i].value;

        for (j = 0; table && j < table->count; j++)
            free(table->entries[j].forms);
        if (table)
            free(table->entries);
    }
    pointer_map_free(&loader->abbreviations_by_offset);
}
