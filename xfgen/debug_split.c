/* debug_split.c -- the half of a unit that -gsplit-dwarf keeps out of the program: in a .dwo file
 * for each object, or in one package of them all, PROGRAM.dwp.
 *
 * The other half is told by a number that both carry.  A package has an index from it to the parts
 * of its sections that are the unit's.
 */
#include "dwarf_reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Packages ------------------------------------------------------------------------------ */

/* The numbers of sections in an index; 8 means another section before DWARF 5. */
enum package_section {
    PACKAGE_INFO = 1, PACKAGE_TYPES = 2, PACKAGE_ABBREV = 3, PACKAGE_LINE = 4,
    PACKAGE_STR_OFFSETS = 6, PACKAGE_RNGLISTS = 8,
};

/* An index, whose parts have been found to lie in the section. */
struct package_index {
    unsigned version, column_count, unit_count, slot_count;
    const unsigned char *identities, *rows, *columns, *offsets;
};

static uint64_t number_at(const unsigned char *bytes, unsigned size)
{
    struct cursor cursor = cursor_over(bytes, size);

    return take_bytes(&cursor, size);
}

static bool read_index(struct loader *loader, struct span section, struct package_index *index)
{
    struct cursor cursor = cursor_over(section.start, section.size);
    uint64_t size;

    if (!section.size)
        return false;
    index->version = (unsigned)take_bytes(&cursor, 4);
    index->column_count = (unsigned)take_bytes(&cursor, 4);
    index->unit_count = (unsigned)take_bytes(&cursor, 4);
    index->slot_count = (unsigned)take_bytes(&cursor, 4);
    index->identities = cursor.at;
    size = 12 * (uint64_t)index->slot_count +
           4 * (uint64_t)index->column_count * (2 * (uint64_t)index->unit_count + 1);
    if (cursor.ended || (index->version != 2 && index->version != 5) ||
        index->column_count > 16 || size > (uint64_t)(cursor.end - cursor.at))
        load_failed(loader, "corrupt debug information: the index of %s is damaged; make it again "
                    "with dwp", loader->package->path);
    index->rows = index->identities + 8 * (size_t)index->slot_count;
    index->columns = index->rows + 4 * (size_t)index->slot_count;
    index->offsets = index->columns + 4 * (size_t)index->column_count;
    return true;
}

/* The unit of a slot, or NULL for an empty one. */
static const struct contribution *contribution_of(struct loader *loader,
                                                  const struct package_index *index, unsigned slot)
{
    uint64_t row = number_at(index->rows + 4 * (size_t)slot, 4);
    struct contribution *contribution;
    unsigned i;

    if (row == 0 || row > index->unit_count)
        return NULL;
    contribution = arena_allocate(loader->scratch, sizeof *contribution);
    for (i = 0; i < index->column_count; i++) {
        uint64_t offset = number_at(
            index->offsets + 4 * ((size_t)(row - 1) * index->column_count + i), 4);

        switch (number_at(index->columns + 4 * (size_t)i, 4)) {
        case PACKAGE_INFO:
            contribution->info = offset;
            break;
        case PACKAGE_TYPES:
            contribution->types = offset;
            break;
        case PACKAGE_ABBREV:
            contribution->abbreviations = offset;
            break;
        case PACKAGE_LINE:
            contribution->line = offset;
            break;
        case PACKAGE_STR_OFFSETS:
            contribution->string_offsets = offset;
            break;
        case PACKAGE_RNGLISTS:
            if (index->version >= 5)
                contribution->range_lists = offset;
            break;
        }
    }
    return contribution;
}

/* All of one index; compile units are found later by their identity. */
static void scan_package(struct loader *loader, enum debug_section index_section)
{
    struct debug_file *package = loader->package;
    struct package_index index;
    unsigned slot;

    if (!read_index(loader, package->sections[index_section], &index))
        return;
    for (slot = 0; slot < index.slot_count; slot++) {
        const struct contribution *contribution = contribution_of(loader, &index, slot);
        bool in_types = index_section == DEBUG_TU_INDEX && index.version == 2;

        if (contribution)
            units_scan_package(loader, package, contribution,
                               in_types ? DEBUG_TYPES : DEBUG_INFO);
    }
}

/* Beside the program, under its name. */
static void open_package(struct loader *loader)
{
    const char *path = arena_format(loader->scratch, "%s.dwp", loader->program->path), *reason;

    if (loader->has_looked_for_package)
        return;
    loader->has_looked_for_package = true;
    if (access(path, F_OK) != 0)
        return;
    loader->package = debug_file_open(loader, path, true, &reason);
    if (!loader->package)
        load_failed(loader, "cannot read its debug information in %s: %s", path, reason);
    loader->package->is_package = true;
    scan_package(loader, DEBUG_CU_INDEX);
    scan_package(loader, DEBUG_TU_INDEX);
}

/* ---- Files of one object ------------------------------------------------------------------- */

/* Where the compiler put it; or, if the program has been moved with it, beside the program. */
static struct debug_file *open_dwo(struct loader *loader, const struct unit *skeleton,
                                   const char *name, const char **reason)
{
    const char *program = loader->program->path, *slash = strrchr(program, '/');
    const char *base = strrchr(name, '/');
    const char *folder = slash ? arena_format(loader->scratch, "%.*s", (int)(slash - program),
                                              program)
                               : ".";
    const char *candidates[] = {
        path_join(loader->scratch, skeleton->folder, name),
        arena_format(loader->scratch, "%s/%s", folder, name),
        arena_format(loader->scratch, "%s/%s", folder, base ? base + 1 : name),
    };
    size_t i;

    *reason = NULL;
    for (i = 0; i < sizeof candidates / sizeof candidates[0]; i++)
        if (access(candidates[i], F_OK) == 0)
            return debug_file_open(loader, candidates[i], true, reason);
    return NULL;
}

static struct debug_file *open_split_file(struct loader *loader, const struct unit *skeleton,
                                          const char *name)
{
    const char *reason;
    struct debug_file *file;

    open_package(loader);
    if (loader->package)
        return loader->package;
    file = open_dwo(loader, skeleton, name, &reason);
    if (!file && reason)
        load_failed(loader, "cannot read the part of its debug information in %s: %s", name,
                    reason);
    if (!file)
        load_failed(loader, "part of its debug information is in %s (-gsplit-dwarf), which is "
                    "neither where it was made%s%s, nor beside the program; bring it, or make "
                    "%s.dwp of all such files with dwp", name, skeleton->folder ? ", " : "",
                    skeleton->folder ? skeleton->folder : "", loader->program->path);
    units_scan(loader, file);
    return file;
}

/* ---- The other half ------------------------------------------------------------------------ */

/* Types are read in the order of the units that need them first. */
static void add_types(struct loader *loader, struct debug_file *file, const struct unit *skeleton)
{
    size_t i;

    for (i = 0; i < file->unit_count; i++) {
        struct unit *unit = file->units[i];

        if (unit->type != UNIT_OF_TYPE || unit->is_added ||
            pointer_map_get(&loader->type_units, (void *)(uintptr_t)unit->identity) != unit)
            continue;
        unit->skeleton = NULL;
        if (!unit->folder)
            unit->folder = skeleton->folder;
        unit_open(loader, unit);
        unit_add(loader, unit);
    }
}

void split_unit_load(struct loader *loader, struct unit *skeleton, const char *dwo_name)
{
    struct debug_file *file = open_split_file(loader, skeleton, dwo_name);
    size_t i;

    for (i = 0; i < file->unit_count; i++) {
        struct unit *unit = file->units[i];

        /* Before DWARF 5, only the root entry says which unit it is. */
        if (unit->type == UNIT_WHOLE)
            unit_open(loader, unit);
        if (unit->type != UNIT_SPLIT || unit->identity != skeleton->identity)
            continue;
        unit->skeleton = skeleton;
        unit_open(loader, unit);
        if (!unit->is_added)
            unit_add(loader, unit);
        add_types(loader, file, skeleton);
        return;
    }
    load_failed(loader, "%s is not the %s that was made with this program; build both again",
                file->path, dwo_name);
}
