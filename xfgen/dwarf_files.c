/* dwarf_files.c -- which source file a declaration is in.
 *
 * DW_AT_decl_file is an index into the file table in the header of the unit's line number program.
 * libdw reads such a header only together with the whole program, which takes more time and memory
 * than everything else the loader does; so the header is read here.  A damaged one costs the places
 * in messages, not the program: its list is then empty.
 */
#include "dwarf_reader.h"

#include <stdlib.h>
#include <string.h>

/* ---- Paths --------------------------------------------------------------------------------- */

/* Removes "." and ".." and double slashes, in place. */
static void normalise(char *path)
{
    bool is_absolute = path[0] == '/', at_end = path[0] == '\0';
    const char *from = path;
    char *start = path + is_absolute, *to = start;
    size_t kept = 0; /* components that ".." can take back */

    while (!at_end) {
        size_t length = strcspn(from, "/");
        bool is_parent = length == 2 && memcmp(from, "..", 2) == 0;

        at_end = from[length] == '\0'; /* looked at now: the slash below may overwrite it */
        if (is_parent && kept > 0) {
            do
                to--;
            while (to > start && to[-1] != '/');
            kept--;
        } else if (length > 0 && !(length == 1 && from[0] == '.') &&
                   !(is_parent && is_absolute)) {
            memmove(to, from, length);
            to += length;
            *to++ = '/';
            kept += !is_parent;
        }
        from += length + 1;
    }
    if (to > start)
        to--;
    *to = '\0';
}

char *path_join(struct arena *arena, const char *folder, const char *name)
{
    char *path;

    if (name[0] == '/' || !folder || !folder[0])
        path = arena_copy_string(arena, name);
    else
        path = arena_format(arena, "%s/%s", folder, name);
    normalise(path);
    return path;
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Headers of the libraries and of Kitsune itself: their types are not the program's to change. */
static bool path_is_system(const char *path)
{
    static const char *const folders[] = {"/usr/include/", "/usr/lib/gcc/", "/usr/lib/llvm",
                                          "/usr/lib/clang/", "/usr/local/include/"};
    static const char *const names[] = {"kitsune.h", "ktthreads.h", "kitsunemisc.h"};
    const char *base = strrchr(path, '/');
    size_t i;

    for (i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (starts_with(path, folders[i]))
            return true;
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(base ? base + 1 : path, names[i]) == 0)
            return true;
    return strstr(path, "/include/kitsune/") != NULL;
}

/* ---- Source files, each once --------------------------------------------------------------- */

static void enlarge_sources(struct loader *loader)
{
    size_t capacity = loader->source_capacity ? 2 * loader->source_capacity : 256, i, j;
    struct source_file **sources = calloc(capacity, sizeof *sources);

    if (!sources) {
        fprintf(stderr, "xfgen: error: out of memory\n");
        exit(EXIT_FAILURE);
    }
    for (i = 0; i < loader->source_capacity; i++) {
        if (!loader->sources[i])
            continue;
        j = hash_text(loader->sources[i]->full) & (capacity - 1);
        while (sources[j])
            j = (j + 1) & (capacity - 1);
        sources[j] = loader->sources[i];
    }
    free(loader->sources);
    loader->sources = sources;
    loader->source_capacity = capacity;
}

static struct source_file *intern_source(struct loader *loader, const char *full,
                                         const char *shown)
{
    struct source_file *source;
    size_t i;

    if (2 * (loader->source_count + 1) > loader->source_capacity)
        enlarge_sources(loader);
    i = hash_text(full) & (loader->source_capacity - 1);
    for (; loader->sources[i]; i = (i + 1) & (loader->source_capacity - 1))
        if (strcmp(loader->sources[i]->full, full) == 0)
            return loader->sources[i];
    source = arena_allocate(loader->scratch, sizeof *source);
    source->full = full;
    if (shown[0] == '<') { /* "<built-in>", "<command-line>" */
        source->is_system = true;
    } else {
        source->shown = arena_copy_string(loader->arena, shown);
        source->is_system = path_is_system(full);
    }
    loader->sources[i] = source;
    loader->source_count++;
    return source;
}

/* ---- Reading a line table's header --------------------------------------------------------- */

/* The header of one line table, being read. */
struct header {
    const struct debug_file *file;
    struct cursor cursor;
    unsigned offset_size;
};

static const char *take_string(struct cursor *cursor)
{
    const char *text = (const char *)cursor->at;
    const unsigned char *zero = memchr(cursor->at, 0, (size_t)(cursor->end - cursor->at));

    if (!zero) {
        cursor->ended = true;
        cursor->at = cursor->end;
        return "";
    }
    cursor->at = zero + 1;
    return text;
}

static const char *string_or_empty(struct span section, uint64_t offset)
{
    const char *text = text_in(section, offset);

    return text ? text : "";
}

/* One field of a DWARF 5 entry: a string or a number.  False for a form we do not know. */
static bool take_form(struct header *header, uint64_t form, const char **text, uint64_t *number)
{
    struct cursor *cursor = &header->cursor;

    switch (form) {
    case DW_FORM_string:
        *text = take_string(cursor);
        return true;
    case DW_FORM_line_strp:
        *text = string_or_empty(header->file->sections[DEBUG_LINE_STR],
                                take_bytes(cursor, header->offset_size));
        return true;
    case DW_FORM_strp:
        *text = string_or_empty(header->file->sections[DEBUG_STR],
                                take_bytes(cursor, header->offset_size));
        return true;
    case DW_FORM_udata:
        *number = take_unsigned(cursor);
        return true;
    case DW_FORM_data1:
        *number = take_bytes(cursor, 1);
        return true;
    case DW_FORM_data2:
        *number = take_bytes(cursor, 2);
        return true;
    case DW_FORM_data4:
        *number = take_bytes(cursor, 4);
        return true;
    case DW_FORM_data8:
        *number = take_bytes(cursor, 8);
        return true;
    case DW_FORM_data16:
        take_bytes(cursor, 8);
        take_bytes(cursor, 8);
        return true;
    default:
        return false;
    }
}

/* What is gathered while a header is read. */
struct file_table {
    const char **folders;
    size_t folder_count, folder_capacity;
    struct source_file **files;
    size_t file_count, file_capacity;
    const char *compile_folder;
};

static void add_folder(struct file_table *table, const char *folder)
{
    *(const char **)grow(&table->folders, &table->folder_count, &table->folder_capacity,
                         sizeof *table->folders) = folder;
}

/* Folder 0 is where the compiler ran: names in it were given without a folder. */
static void add_file(struct loader *loader, struct file_table *table, const char *name,
                     uint64_t folder_index)
{
    struct source_file **file = grow(&table->files, &table->file_count, &table->file_capacity,
                                     sizeof *table->files);
    const char *folder = folder_index < table->folder_count ? table->folders[folder_index] : "";
    const char *full, *shown;

    if (!name[0])
        return;
    shown = folder_index == 0 ? name : path_join(loader->scratch, folder, name);
    if (folder_index != 0)
        folder = path_join(loader->scratch, table->compile_folder, folder);
    else if (table->compile_folder)
        folder = table->compile_folder;
    full = path_join(loader->scratch, folder, name);
    *file = intern_source(loader, full, shown);
}

static void read_old_tables(struct loader *loader, struct cursor *cursor,
                            struct file_table *table)
{
    const char *name;

    add_folder(table, table->compile_folder ? table->compile_folder : "");
    while (!cursor->ended && (name = take_string(cursor))[0])
        add_folder(table, name);
    grow(&table->files, &table->file_count, &table->file_capacity, sizeof *table->files);
    while (!cursor->ended && (name = take_string(cursor))[0]) {
        uint64_t folder = take_unsigned(cursor);

        take_unsigned(cursor); /* time of modification */
        take_unsigned(cursor); /* size */
        add_file(loader, table, name, folder);
    }
}

/* One of DWARF 5's two tables, folders or files, which have the same shape. */
static bool read_new_table(struct loader *loader, struct header *header, struct file_table *table,
                           bool of_files)
{
    struct cursor *cursor = &header->cursor;
    struct {
        uint64_t content, form;
    } formats[256];
    unsigned format_count = (unsigned)take_bytes(cursor, 1), i;
    uint64_t entry_count;

    for (i = 0; i < format_count; i++) {
        formats[i].content = take_unsigned(cursor);
        formats[i].form = take_unsigned(cursor);
    }
    for (entry_count = take_unsigned(cursor); entry_count > 0 && !cursor->ended; entry_count--) {
        const char *name = "";
        uint64_t folder = 0;

        for (i = 0; i < format_count; i++) {
            const char *text = "";
            uint64_t number = 0;

            if (!take_form(header, formats[i].form, &text, &number))
                return false;
            if (formats[i].content == DW_LNCT_path)
                name = text;
            else if (formats[i].content == DW_LNCT_directory_index)
                folder = number;
        }
        if (of_files)
            add_file(loader, table, name, folder);
        else
            add_folder(table, name);
        if (format_count == 0)
            return false;
    }
    return !cursor->ended;
}

static void read_header(struct loader *loader, struct header *header, struct file_table *table)
{
    struct cursor *cursor = &header->cursor;
    uint64_t length = take_bytes(cursor, 4);
    unsigned version, opcode_base;

    header->offset_size = 4;
    if (length == 0xffffffff) {
        header->offset_size = 8;
        length = take_bytes(cursor, 8);
    }
    if (length < (uint64_t)(cursor->end - cursor->at))
        cursor->end = cursor->at + length;
    version = (unsigned)take_bytes(cursor, 2);
    if (version < 2 || version > 5)
        return;
    if (version >= 5)
        take_bytes(cursor, 2); /* sizes of addresses and of segment selectors */
    take_bytes(cursor, header->offset_size);
    take_bytes(cursor, version >= 4 ? 5 : 4); /* five small numbers about the opcodes */
    opcode_base = (unsigned)take_bytes(cursor, 1);
    for (; opcode_base > 1; opcode_base--)
        take_bytes(cursor, 1);
    if (version < 5) {
        read_old_tables(loader, cursor, table);
    } else if (read_new_table(loader, header, table, false)) {
        if (!table->compile_folder && table->folder_count)
            table->compile_folder = table->folders[0]; /* type units have no DW_AT_comp_dir */
        read_new_table(loader, header, table, true);
    }
}

const struct file_list *files_of_line_table(struct loader *loader, const struct debug_file *file,
                                            uint64_t table_offset, const char *folder)
{
    struct span section = span_from(file->sections[DEBUG_LINE], table_offset);
    struct file_table table = {.compile_folder = folder};
    struct file_list *list;
    struct header header = {.file = file};

    if (!section.size)
        return NULL;
    header.cursor.at = section.start;
    header.cursor.end = section.start + section.size;
    list = pointer_map_get(&loader->files_by_offset, header.cursor.at);
    if (list)
        return list;
    list = arena_allocate(loader->scratch, sizeof *list);
    pointer_map_put(&loader->files_by_offset, header.cursor.at, list);
    read_header(loader, &header, &table);
    list->count = table.file_count;
    list->files = arena_allocate(loader->scratch, (table.file_count + 1) * sizeof *list->files);
    if (table.file_count)
        memcpy(list->files, table.files, table.file_count * sizeof *list->files);
    free(table.files);
    free(table.folders);
    return list;
}

struct source_file *source_of(struct die *die, const struct facts *facts)
{
    const struct unit *unit;

    if (!facts->has_decl_file)
        return NULL;
    unit = die->unit;
    if (!unit->files || facts->decl_file >= unit->files->count)
        return NULL;
    return unit->files->files[facts->decl_file];
}
