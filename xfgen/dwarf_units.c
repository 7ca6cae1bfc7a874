/* dwarf_units.c -- the units of the debug information, and the names they have in keys.
 *
 * A compile unit is one source file as compiled once; its statics are called "file.c/name".  With
 * -flto there is one more unit called "<artificial>", which holds the code and refers to the
 * others; dwz and -fdebug-types-section make units that hold types only.
 */
#include "dwarf_reader.h"

#include <stdlib.h>
#include <string.h>

static const char *string_attribute(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;

    return dwarf_attr(die, name, &attribute) ? dwarf_formstring(&attribute) : NULL;
}

/* Linked objects without type information are of no use, wherever else it may be. */
static void check_not_split(struct loader *loader, Dwarf_Die *die, uint8_t unit_type)
{
    if (unit_type == DW_UT_skeleton || dwarf_hasattr(die, DW_AT_dwo_name) ||
        dwarf_hasattr(die, DW_AT_GNU_dwo_name))
        load_failed(loader, "the debug information of %s is in a separate .dwo file; compile "
                    "without -gsplit-dwarf", dwarf_diename(die) ? dwarf_diename(die) : "a unit");
}

/* What the entries' encoding depends on, from the unit's header. */
static void read_unit_header(struct loader *loader, struct unit *unit)
{
    const unsigned char *first = unit->die.addr;
    struct cursor cursor;
    uint64_t length, abbreviations;

    unit->start = first - dwarf_cuoffset(&unit->die);
    cursor = (struct cursor){.at = unit->start, .end = first};
    unit->offset_size = 4;
    length = take_bytes(&cursor, 4);
    if (length == 0xffffffff) {
        unit->offset_size = 8;
        length = take_bytes(&cursor, 8);
    }
    unit->end = cursor.at + length; /* within the section: libdw has checked */
    unit->version = (unsigned)take_bytes(&cursor, 2);
    if (unit->version >= 5)
        take_bytes(&cursor, 2); /* unit type, address size */
    abbreviations = take_bytes(&cursor, unit->offset_size);
    if (cursor.ended || unit->end < first)
        load_corrupt(loader, &unit->die, "a damaged unit header");
    unit->abbreviations = abbreviations_at(loader, abbreviations);
}

static uint64_t string_offsets_of(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    Dwarf_Word offset;

    return dwarf_attr(die, DW_AT_str_offsets_base, &attribute) &&
                   dwarf_formudata(&attribute, &offset) == 0
               ? offset
               : 0;
}

static void add_unit(struct loader *loader, Dwarf_Die *die, uint8_t unit_type)
{
    struct unit *unit = arena_allocate(loader->scratch, sizeof *unit);
    const char *folder = string_attribute(die, DW_AT_comp_dir);
    Dwarf_Attribute attribute;
    Dwarf_Word offset;

    check_not_split(loader, die, unit_type);
    unit->die = *die;
    unit->name = dwarf_diename(die);
    unit->string_offsets = string_offsets_of(die);
    read_unit_header(loader, unit);
    unit->is_compiled = dwarf_tag(die) == DW_TAG_compile_unit;
    if (dwarf_attr(die, DW_AT_stmt_list, &attribute) &&
        dwarf_formudata(&attribute, &offset) == 0)
        unit->files = files_of_line_table(loader, offset, folder);
    if (unit->is_compiled && unit->name && unit->name[0] != '<')
        unit->full = path_join(loader->scratch, folder, unit->name);
    *(struct unit **)grow(&loader->units, &loader->unit_count, &loader->unit_capacity,
                          sizeof *loader->units) = unit;
    pointer_map_put(&loader->unit_by_cu, die->cu, unit);
}

/* ---- Names in keys ------------------------------------------------------------------------- */

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* The last `count` components of a path; NULL when it has fewer. */
static const char *last_components(const char *path, size_t count)
{
    const char *start = path + strlen(path);

    while (count > 0 && start > path) {
        start--;
        if (start == path || start[-1] == '/')
            count--;
    }
    return count == 0 ? start : NULL;
}

static int by_base_and_path(const void *left, const void *right)
{
    const struct unit *a = *(struct unit *const *)left, *b = *(struct unit *const *)right;
    int order = strcmp(base_of(a->full), base_of(b->full));

    if (order == 0)
        order = strcmp(a->full, b->full);
    if (order == 0) {
        Dwarf_Die die_a = a->die, die_b = b->die;

        order = dwarf_dieoffset(&die_a) < dwarf_dieoffset(&die_b) ? -1 : 1;
    }
    return order;
}

/* The shortest end of the path that no other unit of the group [first, end) has. */
static const char *distinct_end(struct unit *const *first, struct unit *const *end,
                                const struct unit *unit)
{
    size_t count;

    for (count = 1;; count++) {
        const char *candidate = last_components(unit->full, count);
        struct unit *const *other;

        if (!candidate)
            return unit->full;
        for (other = first; other < end; other++) {
            const char *theirs = last_components((*other)->full, count);

            if (theirs && strcmp(theirs, candidate) == 0 &&
                strcmp((*other)->full, unit->full) != 0)
                break;
        }
        if (other == end)
            return candidate;
    }
}

static void name_group(struct loader *loader, struct unit **first, struct unit **end)
{
    size_t repetition = 1;
    struct unit **unit;

    loader->has_like_named_units |= end - first > 1;
    for (unit = first; unit < end; unit++) {
        const char *name = distinct_end(first, end, *unit);

        repetition = unit > first && strcmp(unit[-1]->full, (*unit)->full) == 0 ? repetition + 1
                                                                               : 1;
        (*unit)->key_name = repetition == 1
                                ? arena_copy_string(loader->arena, name)
                                : arena_format(loader->arena, "%s(%zu)", name, repetition);
    }
}

static void name_units(struct loader *loader)
{
    struct unit **sorted = arena_allocate(loader->scratch, (loader->unit_count + 1) *
                                                               sizeof *sorted);
    size_t count = 0, i, first = 0;

    for (i = 0; i < loader->unit_count; i++)
        if (loader->units[i]->full)
            sorted[count++] = loader->units[i];
    qsort(sorted, count, sizeof *sorted, by_base_and_path);
    for (i = 1; i <= count; i++) {
        if (i < count && strcmp(base_of(sorted[i]->full), base_of(sorted[first]->full)) == 0)
            continue;
        name_group(loader, sorted + first, sorted + i);
        first = i;
    }
}

/* ---- Loading ------------------------------------------------------------------------------- */

/* libdw has decompressed the sections in place by now; -gz=zlib-gnu renames them. */
static Elf_Data *debug_section(struct loader *loader, const char *name)
{
    char old_name[32];
    GElf_Shdr header;
    Elf_Scn *section = image_find_section(&loader->image, name, &header);

    if (!section) {
        snprintf(old_name, sizeof old_name, ".z%s", name + 1);
        section = image_find_section(&loader->image, old_name, &header);
    }
    return section ? elf_getdata(section, NULL) : NULL;
}

void units_load(struct loader *loader)
{
    Dwarf_CU *cu = NULL;
    Dwarf_Die die, skeleton;
    uint8_t unit_type;
    int result;

    loader->line_data = debug_section(loader, ".debug_line");
    loader->line_string_data = debug_section(loader, ".debug_line_str");
    loader->string_data = debug_section(loader, ".debug_str");
    loader->string_offset_data = debug_section(loader, ".debug_str_offsets");
    loader->abbreviation_data = debug_section(loader, ".debug_abbrev");
    while ((result = dwarf_get_units(loader->dwarf, cu, &cu, NULL, &unit_type, &die,
                                     &skeleton)) == 0)
        if (die.addr)
            add_unit(loader, &die, unit_type);
    if (result < 0)
        load_corrupt_for_libdw(loader, NULL, "unreadable unit header");
    name_units(loader);
}

struct unit *unit_of(struct loader *loader, Dwarf_Die *die)
{
    struct unit *unit = loader->last_units[0];

    if (unit && unit->die.cu == die->cu)
        return unit;
    unit = loader->last_units[1];
    if (!unit || unit->die.cu != die->cu)
        unit = pointer_map_get(&loader->unit_by_cu, die->cu);
    if (!unit)
        load_corrupt(loader, NULL, "an entry outside of all units");
    loader->last_units[1] = loader->last_units[0];
    loader->last_units[0] = unit;
    return unit;
}
