/* model_image.c -- the ELF file of a version: opened, found to be what we can read, and asked for
 * its build ID, its sections and its symbols.
 *
 * Each way in which the file can be the wrong one has its own message, which says what to do.
 */
#include "dwarf_reader.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined __x86_64__
enum { OUR_MACHINE = EM_X86_64 };
#elif defined __aarch64__
enum { OUR_MACHINE = EM_AARCH64 };
#else
#error "tell model_image.c which ELF machine this is"
#endif

/* ---- Is it one of ours? -------------------------------------------------------------------- */

static void open_file(struct loader *loader)
{
    struct image *image = &loader->image;
    struct stat status;

    image->descriptor = open(loader->program->path, O_RDONLY | O_CLOEXEC);
    if (image->descriptor < 0)
        load_failed(loader, "cannot open it: %s", strerror(errno));
    if (fstat(image->descriptor, &status) != 0)
        load_failed(loader, "cannot examine it: %s", strerror(errno));
    if (!S_ISREG(status.st_mode))
        load_failed(loader, "not a regular file; expected a shared object made by kitcc -shared");
    if (status.st_size == 0)
        load_failed(loader, "the file is empty; build it again");
    image->file_size = (uint64_t)status.st_size;
    elf_version(EV_CURRENT);
    image->elf = elf_begin(image->descriptor, ELF_C_READ_MMAP_PRIVATE, NULL);
    if (!image->elf || elf_kind(image->elf) != ELF_K_ELF)
        load_failed(loader, "not an ELF file; expected a shared object made by kitcc -shared");
}

/* Checked by hand and early: libelf reads a cut-off file as one with fewer sections. */
static void check_not_truncated(struct loader *loader, const GElf_Ehdr *header)
{
    struct image *image = &loader->image;
    uint64_t end = header->e_shoff + (uint64_t)header->e_shnum * header->e_shentsize;
    Elf_Scn *section = NULL;
    GElf_Shdr section_header;
    GElf_Phdr segment;
    int i;

    if (header->e_shoff > image->file_size || end > image->file_size)
        load_failed(loader, "truncated: its section headers would end at byte %llu, the file has "
                    "%llu; build or copy it again", (unsigned long long)end,
                    (unsigned long long)image->file_size);
    for (i = 0; gelf_getphdr(image->elf, i, &segment); i++)
        if (segment.p_offset > image->file_size ||
            segment.p_filesz > image->file_size - segment.p_offset)
            load_failed(loader, "truncated: segment %d reaches beyond the end of the file; build "
                        "or copy it again", i);
    while ((section = elf_nextscn(image->elf, section)))
        if (gelf_getshdr(section, &section_header) && section_header.sh_type != SHT_NOBITS &&
            (section_header.sh_offset > image->file_size ||
             section_header.sh_size > image->file_size - section_header.sh_offset))
            load_failed(loader, "truncated: section %zu reaches beyond the end of the file; build "
                        "or copy it again", elf_ndxscn(section));
}

static bool is_position_independent_executable(const struct image *image)
{
    Elf_Scn *section = NULL;
    GElf_Shdr header;
    GElf_Dyn entry;
    int i;

    while ((section = elf_nextscn(image->elf, section))) {
        Elf_Data *data;

        if (!gelf_getshdr(section, &header) || header.sh_type != SHT_DYNAMIC)
            continue;
        data = elf_getdata(section, NULL);
        for (i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++)
            if (entry.d_tag == DT_FLAGS_1)
                return entry.d_un.d_val & DF_1_PIE;
    }
    return false;
}

static void check_kind(struct loader *loader)
{
    struct image *image = &loader->image;
    GElf_Ehdr header;

    if (image->file_size < EI_NIDENT || !gelf_getehdr(image->elf, &header))
        load_failed(loader, "its ELF header is cut off or damaged; build or copy it again");
    if (gelf_getclass(image->elf) != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_machine != OUR_MACHINE)
        load_failed(loader, "built for another kind of machine (ELF machine %d, %d bits); this "
                    "xfgen reads programs of its own machine", header.e_machine,
                    gelf_getclass(image->elf) == ELFCLASS32 ? 32 : 64);
    if (header.e_type == ET_REL)
        load_failed(loader, "an object file, not a shared object; link it with kitcc -shared");
    if (header.e_type == ET_EXEC)
        load_failed(loader, "an executable, not a shared object; link it with kitcc -shared");
    if (header.e_type != ET_DYN)
        load_failed(loader, "not a shared object (ELF type %d); expected one made by kitcc -shared",
                    header.e_type);
    check_not_truncated(loader, &header);
    if (is_position_independent_executable(image))
        load_failed(loader, "an executable, not a shared object; link it with kitcc -shared");
}

static void read_build_id(struct loader *loader)
{
    const void *bits = NULL;
    ssize_t length = dwelf_elf_gnu_build_id(loader->image.elf, &bits), i;
    char *text;

    if (length <= 0)
        load_failed(loader, "no build ID, so its transformers could not be told from others; link "
                    "with kitcc, or -Wl,--build-id");
    text = arena_allocate(loader->arena, 2 * (size_t)length + 1);
    for (i = 0; i < length; i++)
        sprintf(text + 2 * i, "%02x", ((const unsigned char *)bits)[i]);
    loader->program->build_id = text;
}

/* ---- Sections and symbols ------------------------------------------------------------------ */

static const char *section_name(const struct image *image, const GElf_Shdr *header)
{
    size_t names;
    const char *name;

    if (elf_getshdrstrndx(image->elf, &names) != 0)
        return "";
    name = elf_strptr(image->elf, names, header->sh_name);
    return name ? name : "";
}

static int by_address(const void *left, const void *right)
{
    const struct image_section *a = left, *b = right;

    return a->address < b->address ? -1 : a->address > b->address;
}

static void read_thread_segment(struct image *image)
{
    GElf_Phdr segment;
    int i;

    for (i = 0; gelf_getphdr(image->elf, i, &segment); i++)
        if (segment.p_type == PT_TLS) {
            image->thread_address = segment.p_vaddr;
            image->thread_size = segment.p_memsz;
        }
}

static void read_sections(struct loader *loader)
{
    struct image *image = &loader->image;
    Elf_Scn *section = NULL;
    GElf_Shdr header;
    size_t capacity = 0;

    while ((section = elf_nextscn(image->elf, section))) {
        struct image_section *entry;

        if (!gelf_getshdr(section, &header) || !(header.sh_flags & SHF_ALLOC) ||
            header.sh_flags & SHF_TLS)
            continue;
        entry = grow(&image->sections, &image->section_count, &capacity, sizeof *entry);
        entry->name = section_name(image, &header);
        entry->address = header.sh_addr;
        entry->size = header.sh_size;
        entry->is_constant = !(header.sh_flags & SHF_WRITE) ||
                             strncmp(entry->name, ".data.rel.ro", 12) == 0;
    }
    if (image->section_count)
        qsort(image->sections, image->section_count, sizeof *image->sections, by_address);
}

const struct image_section *image_section_at(const struct image *image, uint64_t address)
{
    const struct image_section *ending = NULL;
    size_t i;

    for (i = 0; i < image->section_count && image->sections[i].address <= address; i++) {
        if (address - image->sections[i].address < image->sections[i].size)
            return &image->sections[i];
        if (address - image->sections[i].address == image->sections[i].size)
            ending = &image->sections[i]; /* an object of size zero may stand there */
    }
    return ending;
}

static int by_symbol_address(const void *left, const void *right)
{
    const struct image_symbol *a = left, *b = right;

    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void read_symbol(struct image *image, const GElf_Sym *symbol, const char *name)
{
    int type = GELF_ST_TYPE(symbol->st_info);
    const struct image_section *section;
    struct image_symbol *entry;

    if (!name || symbol->st_shndx == SHN_UNDEF || symbol->st_shndx == SHN_ABS ||
        (type != STT_FUNC && type != STT_OBJECT && type != STT_GNU_IFUNC))
        return;
    section = image_section_at(image, symbol->st_value);
    entry = grow(&image->symbols, &image->symbol_count, &image->symbol_capacity,
                 sizeof *entry);
    entry->name = name;
    entry->address = symbol->st_value;
    entry->size = symbol->st_size;
    entry->is_function = type != STT_OBJECT;
    entry->is_writable = section && !section->is_constant;
}

/* As gcc and clang call what `&(struct node){...}` is, outside of functions. */
static bool is_compound_literal(const char *name)
{
    return strncmp(name, "__compound_literal", 18) == 0 ||
           strncmp(name, ".compoundliteral", 16) == 0;
}

/* False when there is no such table. */
static bool read_symbol_table(struct loader *loader, Elf *elf, const char *table)
{
    struct image *image = &loader->image;
    GElf_Shdr header;
    Elf_Scn *section = elf_find_section(elf, table, &header);
    Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
    GElf_Sym symbol;
    int i;

    for (i = 0; data && gelf_getsym(data, i, &symbol); i++) {
        const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);

        read_symbol(image, &symbol, name);
        if (name && strcmp(name, "kitsune_enter_function") == 0)
            loader->has_hand_notes = true;
        if (name && is_compound_literal(name) &&
            symbol.st_size > loader->program->largest_unnamed)
            loader->program->largest_unnamed = symbol.st_size;
    }
    if (image->symbol_count)
        qsort(image->symbols, image->symbol_count, sizeof *image->symbols, by_symbol_address);
    return section != NULL;
}

void image_add_symbols(struct loader *loader, Elf *elf)
{
    GElf_Shdr header;

    if (elf_find_section(loader->image.elf, ".symtab", &header))
        return;
    loader->image.symbol_count = 0;
    if (!read_symbol_table(loader, elf, ".symtab"))
        read_symbol_table(loader, loader->image.elf, ".dynsym");
}

const struct image_symbol *image_symbol_at(const struct image *image, uint64_t address, size_t i)
{
    size_t low = 0, high = image->symbol_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (image->symbols[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    if (i >= image->symbol_count - low || image->symbols[low + i].address != address)
        return NULL;
    return &image->symbols[low + i];
}

void image_open(struct loader *loader)
{
    loader->image.descriptor = -1;
    open_file(loader);
    check_kind(loader);
    read_build_id(loader);
    read_sections(loader);
    read_thread_segment(&loader->image);
    /* The dynamic symbols of a program that was stripped of the others. */
    if (!read_symbol_table(loader, loader->image.elf, ".symtab"))
        read_symbol_table(loader, loader->image.elf, ".dynsym");
}

void image_close(struct image *image)
{
    free(image->sections);
    free(image->symbols);
    if (image->elf)
        elf_end(image->elf);
    if (image->descriptor >= 0)
        close(image->descriptor);
}
