/* dwarf_units.c -- the units of the debug information, and what their root entries say of all the
 * others in them.
 *
 * A compile unit is one source file as compiled once; its statics are called "file.c/name".  With
 * -flto there is one more unit called "<artificial>", which holds the code and refers to the
 * others; dwz and -fdebug-types-section make units that hold types only.  With -gsplit-dwarf the
 * program has only a skeleton of each unit: see debug_split.c.
 */
#include "dwarf_reader.h"

#include <stdlib.h>
#include <string.h>

enum { OLDEST_VERSION = 2, NEWEST_VERSION = 5, ADDRESS_SIZE = 8 };

/* ---- Headers ------------------------------------------------------------------------------- */

static enum unit_type unit_type_of(struct loader *loader, const struct unit *unit, unsigned code)
{
    switch (code) {
    case DW_UT_compile:
    case DW_UT_partial:
        return UNIT_WHOLE;
    case DW_UT_type:
    case DW_UT_split_type:
        return UNIT_OF_TYPE;
    case DW_UT_skeleton:
        return UNIT_SKELETON;
    case DW_UT_split_compile:
        return UNIT_SPLIT;
    default:
        load_corrupt(loader, &unit->die, "a unit of unknown kind");
    }
}

/* The header that the cursor is at, which is moved behind the unit. */
static void read_header(struct loader *loader, struct unit *unit, struct cursor *cursor,
                        enum debug_section section)
{
    uint64_t length, abbreviations, described = 0;
    unsigned address_size, code = DW_UT_compile;
    struct cursor header;

    unit->die.addr = unit->start = cursor->at;
    unit->die.unit = unit;
    unit->offset_size = 4;
    length = take_bytes(cursor, 4);
    if (length == 0xffffffff) {
        unit->offset_size = 8;
        length = take_bytes(cursor, 8);
    }
    if (cursor->ended || length > (uint64_t)(cursor->end - cursor->at))
        load_corrupt(loader, &unit->die, "a unit longer than its section");
    header = (struct cursor){.at = cursor->at, .end = cursor->at + length};
    cursor->at = unit->end = header.end;
    unit->version = (unsigned)take_bytes(&header, 2);
    if (unit->version < OLDEST_VERSION || unit->version > NEWEST_VERSION)
        load_corrupt(loader, &unit->die, "a unit of a version of DWARF that is not 2 to 5");
    if (unit->version >= 5) {
        code = (unsigned)take_bytes(&header, 1);
        address_size = (unsigned)take_bytes(&header, 1);
        abbreviations = take_bytes(&header, unit->offset_size);
    } else {
        abbreviations = take_bytes(&header, unit->offset_size);
        address_size = (unsigned)take_bytes(&header, 1);
        code = section == DEBUG_TYPES ? DW_UT_type : DW_UT_compile;
    }
    unit->type = unit_type_of(loader, unit, code);
    if (unit->type != UNIT_WHOLE)
        unit->identity = take_bytes(&header, 8);
    if (unit->type == UNIT_OF_TYPE)
        described = take_bytes(&header, unit->offset_size);
    if (header.ended || header.at >= header.end || address_size != ADDRESS_SIZE)
        load_corrupt(loader, &unit->die, "a damaged unit header");
    unit->die.addr = header.at;
    if (unit->type == UNIT_OF_TYPE) {
        if (described >= (uint64_t)(unit->end - unit->start) ||
            unit->start + described < unit->die.addr)
            load_corrupt(loader, &unit->die, "a unit that describes no type");
        unit->described = (struct die){unit->start + described, unit};
    }
    unit->abbreviations = abbreviations_at(loader, unit->file,
                                           abbreviations + unit->contribution->abbreviations);
}

/* The unit that the cursor is at, which is moved behind it. */
static void scan_unit(struct loader *loader, struct debug_file *file, struct cursor *cursor,
                      const struct contribution *contribution, enum debug_section section)
{
    struct unit *unit = arena_allocate(loader->scratch, sizeof *unit);

    unit->file = file;
    unit->contribution = contribution;
    unit->number = loader->scanned_count++;
    read_header(loader, unit, cursor, section);
    *(struct unit **)grow(&file->units, &file->unit_count, &file->unit_capacity,
                          sizeof *file->units) = unit;
    if (unit->type == UNIT_OF_TYPE && unit->identity && /* 0 is no key */
        !pointer_map_get(&loader->type_units, (void *)(uintptr_t)unit->identity))
        pointer_map_put(&loader->type_units, (void *)(uintptr_t)unit->identity, unit);
}

void units_scan_package(struct loader *loader, struct debug_file *package,
                        const struct contribution *contribution, enum debug_section section)
{
    struct span rest = span_from(package->sections[section], section == DEBUG_TYPES
                                                                 ? contribution->types
                                                                 : contribution->info);
    struct cursor cursor = cursor_over(rest.start, rest.size);

    scan_unit(loader, package, &cursor, contribution, section);
}

void units_scan(struct loader *loader, struct debug_file *file)
{
    static const struct contribution whole;
    size_t i;

    for (i = 0; i < file->unit_section_count; i++) {
        const struct unit_section *section = &file->unit_sections[i];
        struct cursor cursor = cursor_over(section->bytes.start, section->bytes.size);

        while (cursor.at < cursor.end)
            scan_unit(loader, file, &cursor, &whole, section->which);
        if (i == 0 && section->which == DEBUG_INFO)
            file->info_unit_count = file->unit_count;
    }
}

struct unit *unit_at(const struct debug_file *file, const unsigned char *address)
{
    size_t low = 0, high = file->info_unit_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (file->units[middle]->end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < file->info_unit_count && file->units[low]->start <= address ? file->units[low]
                                                                             : NULL;
}

/* ---- Roots --------------------------------------------------------------------------------- */

/* The attributes of a root entry that matter. */
struct root {
    struct value name, folder, dwo_name, dwo_identity, line_table, low_pc;
    struct value string_offsets, addresses, range_lists, ranges;
};

static struct value *root_attribute(struct root *root, unsigned name)
{
    switch (name) {
    case DW_AT_name:
        return &root->name;
    case DW_AT_comp_dir:
        return &root->folder;
    case DW_AT_dwo_name:
    case DW_AT_GNU_dwo_name:
        return &root->dwo_name;
    case DW_AT_GNU_dwo_id:
        return &root->dwo_identity;
    case DW_AT_stmt_list:
        return &root->line_table;
    case DW_AT_low_pc:
        return &root->low_pc;
    case DW_AT_str_offsets_base:
        return &root->string_offsets;
    case DW_AT_addr_base:
    case DW_AT_GNU_addr_base:
        return &root->addresses;
    case DW_AT_rnglists_base:
        return &root->range_lists;
    case DW_AT_GNU_ranges_base:
        return &root->ranges;
    default:
        return NULL;
    }
}

static void read_root(struct loader *loader, struct unit *unit, struct root *root)
{
    struct cursor cursor = {.at = unit->die.addr, .end = unit->end};
    const struct abbreviation *abbreviation =
        abbreviation_find(unit->abbreviations, take_unsigned(&cursor));
    size_t i;

    if (!abbreviation)
        load_corrupt(loader, &unit->die, "an entry of unknown kind");
    unit->tag = abbreviation->tag;
    for (i = 0; i < abbreviation->form_count; i++) {
        struct value value = {0}, *kept = root_attribute(root, abbreviation->forms[i].name);

        if (!take_value(&cursor, unit, &abbreviation->forms[i], &value) || cursor.ended)
            load_corrupt(loader, &unit->die, "an unreadable attribute");
        if (kept)
            *kept = value;
    }
}

/* Where this unit's part of the tables begins: as the root says, or behind the header of the table
 * in a file that has one only. */
static void find_tables(struct unit *unit, const struct root *root)
{
    const struct debug_file *file = unit->file;
    const struct contribution *part = unit->contribution;
    bool has_headers = file->is_split && unit->version >= 5;
    uint64_t strings = part->string_offsets + (has_headers ? 2 * unit->offset_size : 0);
    uint64_t ranges = part->range_lists + (has_headers ? 8 + unit->offset_size +
                                               (unit->offset_size == 8 ? 4 : 0) : 0);

    if (root->string_offsets.form)
        strings = root->string_offsets.number;
    if (root->range_lists.form)
        ranges = root->range_lists.number;
    unit->string_offsets = span_from(file->sections[DEBUG_STR_OFFSETS], strings);
    unit->range_lists = span_from(file->sections[DEBUG_RNGLISTS], ranges);
    unit->addresses = span_from(file->sections[DEBUG_ADDR], root->addresses.number);
    unit->ranges_base = unit->type == UNIT_SKELETON ? root->ranges.number : 0;
    address_of_value(unit, &root->low_pc, &unit->low_pc);
}

/* What the half in the program says for the other half too. */
static void take_from_skeleton(struct unit *unit)
{
    const struct unit *skeleton = unit->skeleton;

    if (!skeleton)
        return;
    unit->addresses = skeleton->addresses;
    unit->low_pc = skeleton->low_pc;
    unit->ranges_base = skeleton->ranges_base;
    unit->files = skeleton->files;
    if (!unit->folder)
        unit->folder = skeleton->folder;
    if (!unit->name)
        unit->name = skeleton->name;
}

const char *unit_open(struct loader *loader, struct unit *unit)
{
    struct root root = {0};

    read_root(loader, unit, &root);
    if (root.dwo_identity.form) { /* before DWARF 5 the header does not say */
        unit->identity = root.dwo_identity.number;
        unit->type = unit->file->is_split ? UNIT_SPLIT : UNIT_SKELETON;
    }
    find_tables(unit, &root);
    unit->name = text_of(unit, &root.name);
    unit->folder = text_of(unit, &root.folder);
    unit->is_compiled = unit->tag == DW_TAG_compile_unit || unit->tag == DW_TAG_skeleton_unit;
    if (root.line_table.form)
        unit->files = files_of_line_table(loader, unit->file,
                                          root.line_table.number + unit->contribution->line,
                                          unit->folder);
    take_from_skeleton(unit);
    if (unit->is_compiled && unit->name && unit->name[0] != '<')
        unit->full = path_join(loader->scratch, unit->folder, unit->name);
    return unit->type == UNIT_SKELETON ? text_of(unit, &root.dwo_name) : NULL;
}

void unit_add(struct loader *loader, struct unit *unit)
{
    unit->is_added = true;
    *(struct unit **)grow(&loader->units, &loader->unit_count, &loader->unit_capacity,
                          sizeof *loader->units) = unit;
}

/* ---- Loading ------------------------------------------------------------------------------- */

/* What dwz moved out is looked at where something leads there. */
static void open_alternate(struct loader *loader, struct debug_file *file)
{
    size_t i;

    units_scan(loader, file);
    for (i = 0; i < file->unit_count; i++)
        unit_open(loader, file->units[i]);
}

void units_load(struct loader *loader)
{
    struct debug_file *file = loader->debug;
    size_t i;

    units_scan(loader, file);
    for (i = 0; i < file->unit_count; i++) {
        struct unit *unit = file->units[i];
        const char *dwo_name = unit_open(loader, unit);

        if (unit->type == UNIT_SKELETON && dwo_name)
            split_unit_load(loader, unit, dwo_name);
        else
            unit_add(loader, unit);
    }
    if (file->alternate) /* afterwards: the program's own names for files count */
        open_alternate(loader, file->alternate);
    name_units(loader);
}
