/* debug_file.c -- a file with debug sections: found, decompressed, and given back in the end.
 *
 * Sections are used where libelf has mapped them; only compressed ones take memory.
 */
#include "dwarf_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const section_names[DEBUG_SECTION_COUNT] = {
    [DEBUG_INFO] = ".debug_info",
    [DEBUG_TYPES] = ".debug_types",
    [DEBUG_ABBREV] = ".debug_abbrev",
    [DEBUG_LINE] = ".debug_line",
    [DEBUG_LINE_STR] = ".debug_line_str",
    [DEBUG_STR] = ".debug_str",
    [DEBUG_STR_OFFSETS] = ".debug_str_offsets",
    [DEBUG_ADDR] = ".debug_addr",
    [DEBUG_RANGES] = ".debug_ranges",
    [DEBUG_RNGLISTS] = ".debug_rnglists",
    [DEBUG_CU_INDEX] = ".debug_cu_index",
    [DEBUG_TU_INDEX] = ".debug_tu_index",
};

/* ---- Sections ------------------------------------------------------------------------------ */

static const char *name_of_section(Elf *elf, const GElf_Shdr *header)
{
    size_t names;
    const char *name;

    if (elf_getshdrstrndx(elf, &names) != 0)
        return "";
    name = elf_strptr(elf, names, header->sh_name);
    return name ? name : "";
}

Elf_Scn *elf_find_section(Elf *elf, const char *name, GElf_Shdr *header)
{
    Elf_Scn *section = NULL;

    while ((section = elf_nextscn(elf, section)))
        if (gelf_getshdr(section, header) && header->sh_type != SHT_NOBITS &&
            strcmp(name_of_section(elf, header), name) == 0)
            return section;
    return NULL;
}

/* Which of the sections a name is: ".debug_info", ".zdebug_info" (-gz=zlib-gnu), and with ".dwo"
 * behind it in split files. */
static int section_by_name(const char *name, bool is_split, bool *is_gnu_compressed)
{
    char plain[32];
    size_t length = strlen(name);
    int i;

    *is_gnu_compressed = strncmp(name, ".zdebug_", 8) == 0;
    if (length < 8 || length >= sizeof plain)
        return -1;
    strcpy(plain, name);
    if (*is_gnu_compressed)
        memmove(plain + 1, plain + 2, length--);
    if (is_split && strncmp(plain + length - 6, "_index", 6) != 0) {
        if (strcmp(plain + length - 4, ".dwo") != 0)
            return -1;
        plain[length - 4] = '\0';
    }
    for (i = 0; i < DEBUG_SECTION_COUNT; i++)
        if (strcmp(plain, section_names[i]) == 0)
            return i;
    return -1;
}

static const char *read_section(Elf_Scn *section, const GElf_Shdr *header, bool is_gnu_compressed,
                                struct span *span)
{
    GElf_Chdr compression;
    Elf_Data *data;

    if (header->sh_flags & SHF_COMPRESSED) {
        if (!gelf_getchdr(section, &compression) || compression.ch_type != ELFCOMPRESS_ZLIB)
            return "the debug information is compressed in a way that is not understood here; "
                   "compile and link with -gz=zlib";
        if (elf_compress(section, 0, 0) < 0)
            return "the compressed debug information is damaged; build it again";
    } else if (is_gnu_compressed && elf_compress_gnu(section, 0, 0) < 0) {
        return "the compressed debug information is damaged; build it again";
    }
    data = elf_rawdata(section, NULL);
    if (data && data->d_buf && data->d_size)
        *span = (struct span){data->d_buf, data->d_size};
    return NULL;
}

static void add_unit_section(struct debug_file *file, enum debug_section which, struct span bytes)
{
    *(struct unit_section *)grow(&file->unit_sections, &file->unit_section_count,
                                 &file->unit_section_capacity, sizeof *file->unit_sections) =
        (struct unit_section){which, bytes};
}

/* The first of each name, except where units are. */
static const char *read_sections(struct debug_file *file)
{
    Elf_Scn *section = NULL;
    GElf_Shdr header;

    while ((section = elf_nextscn(file->elf, section))) {
        struct span bytes = {0};
        bool is_gnu_compressed;
        const char *reason;
        int which;

        if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS)
            continue;
        which = section_by_name(name_of_section(file->elf, &header), file->is_split,
                                &is_gnu_compressed);
        if (which < 0 || (file->sections[which].start && which != DEBUG_INFO &&
                          which != DEBUG_TYPES))
            continue;
        reason = read_section(section, &header, is_gnu_compressed, &bytes);
        if (reason)
            return reason;
        if (!file->sections[which].start)
            file->sections[which] = bytes;
        if (which == DEBUG_INFO || which == DEBUG_TYPES)
            add_unit_section(file, (enum debug_section)which, bytes);
    }
    return NULL;
}

/* ---- Files --------------------------------------------------------------------------------- */

static struct debug_file *new_file(struct loader *loader, const char *path)
{
    struct debug_file *file = arena_allocate(loader->scratch, sizeof *file);

    file->path = path;
    file->descriptor = -1;
    file->next = loader->debug_files;
    loader->debug_files = file;
    return file;
}

struct debug_file *debug_file_of_image(struct loader *loader)
{
    struct debug_file *file = new_file(loader, loader->program->path);
    const char *reason;

    file->elf = loader->image.elf;
    file->is_borrowed = true;
    reason = read_sections(file);
    if (reason)
        load_failed(loader, "%s", reason);
    return file;
}

struct debug_file *debug_file_open(struct loader *loader, const char *path, bool is_split,
                                   const char **reason)
{
    struct debug_file *file = new_file(loader, arena_copy_string(loader->scratch, path));

    file->is_split = is_split;
    file->descriptor = open(path, O_RDONLY | O_CLOEXEC);
    *reason = NULL;
    if (file->descriptor < 0) {
        *reason = strerror(errno);
        return NULL;
    }
    file->elf = elf_begin(file->descriptor, ELF_C_READ_MMAP_PRIVATE, NULL);
    if (!file->elf || elf_kind(file->elf) != ELF_K_ELF || gelf_getclass(file->elf) != ELFCLASS64)
        *reason = "not an ELF file of 64 bits";
    else
        *reason = read_sections(file);
    return *reason ? NULL : file;
}

void debug_files_close(struct loader *loader)
{
    struct debug_file *file;

    for (file = loader->debug_files; file; file = file->next) {
        free(file->units);
        free(file->unit_sections);
        if (file->is_borrowed)
            continue;
        if (file->elf)
            elf_end(file->elf);
        if (file->descriptor >= 0)
            close(file->descriptor);
    }
}
