/* check_binary.c -- reads a shared object's sections, symbols, relocations and dynamic section. */
#include "check_binary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Room for one more in one of the binary's tables. */
#define ADD(binary, table, count, capacity)                                                       \
    ((__typeof__((binary)->table))grow_in_arena((binary)->arena, &(binary)->table,                \
                                                &(binary)->count, &(binary)->capacity,            \
                                                sizeof *(binary)->table))

/* ---- Sections ------------------------------------------------------------------------------ */

static const char *string_of(const struct binary *binary, size_t table, size_t offset)
{
    const char *text = elf_strptr(binary->elf, table, offset);

    return text ? text : "";
}

static void read_section(struct binary *binary, Elf_Scn *section, const GElf_Shdr *header,
                         const char *name)
{
    struct section *entry;
    Elf_Data *data = header->sh_type == SHT_NOBITS ? NULL : elf_rawdata(section, NULL);

    if (header->sh_flags & SHF_TLS)
        binary->has_thread_locals = true;
    if (!(header->sh_flags & SHF_ALLOC) || header->sh_flags & SHF_TLS)
        return;
    entry = ADD(binary, sections, section_count, section_capacity);
    *entry = (struct section){
        .name = name, .address = header->sh_addr, .size = header->sh_size,
        .bytes = data && data->d_size == header->sh_size ? data->d_buf : NULL,
        .is_code = header->sh_flags & SHF_EXECINSTR,
        .is_constant = !(header->sh_flags & SHF_WRITE) || strcmp(name, ".got") == 0 ||
                       strcmp(name, ".got.plt") == 0 || strncmp(name, ".data.rel.ro", 12) == 0};
}

static int by_section_address(const void *left, const void *right)
{
    const struct section *a = left, *b = right;

    return a->address < b->address ? -1 : a->address > b->address;
}

/* ---- Symbols ------------------------------------------------------------------------------- */

static void read_dynamic_symbol(struct binary *binary, const GElf_Sym *symbol, const char *name)
{
    int binding = GELF_ST_BIND(symbol->st_info);

    if (!name[0])
        return;
    if (symbol->st_shndx == SHN_UNDEF) {
        *ADD(binary, imports, import_count, import_capacity) = name;
    } else if (binding != STB_LOCAL && GELF_ST_VISIBILITY(symbol->st_other) == STV_DEFAULT) {
        *ADD(binary, exports, export_count, export_capacity) = name;
        if (binding == STB_GNU_UNIQUE)
            *ADD(binary, unique_symbols, unique_count, unique_capacity) = name;
    }
}

static void read_defined_symbol(struct binary *binary, const GElf_Sym *symbol, const char *name)
{
    int type = GELF_ST_TYPE(symbol->st_info);

    if (!name[0] || symbol->st_shndx == SHN_UNDEF || symbol->st_shndx == SHN_ABS ||
        (type != STT_FUNC && type != STT_OBJECT && type != STT_GNU_IFUNC))
        return;
    *ADD(binary, symbols, symbol_count, symbol_capacity) = (struct symbol){
        name, symbol->st_value, symbol->st_size, type != STT_OBJECT};
}

static void read_symbols(struct binary *binary, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Sym symbol;
    int i;

    for (i = 0; data && gelf_getsym(data, i, &symbol); i++) {
        const char *name = string_of(binary, header->sh_link, symbol.st_name);

        if (header->sh_type == SHT_DYNSYM)
            read_dynamic_symbol(binary, &symbol, name);
        if ((header->sh_type == SHT_SYMTAB) == binary->has_symbol_table)
            read_defined_symbol(binary, &symbol, name);
    }
}

/* By address; at one address, the larger first, so that a search finds the whole. */
static int by_symbol_address(const void *left, const void *right)
{
    const struct symbol *a = left, *b = right;

    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return a->size > b->size ? -1 : a->size < b->size;
}

static int by_text(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;

    return strcmp(*a, *b);
}

/* ---- Relocations --------------------------------------------------------------------------- */

static void read_relocation(struct binary *binary, const GElf_Rela *relocation, Elf_Data *symbols,
                            size_t strings)
{
    uint64_t number = GELF_R_SYM(relocation->r_info), type = GELF_R_TYPE(relocation->r_info);
    GElf_Sym symbol;

    if (type == R_X86_64_RELATIVE || type == R_AARCH64_RELATIVE) {
        *ADD(binary, pointers, pointer_count, pointer_capacity) =
            (struct pointer){relocation->r_offset, (uint64_t)relocation->r_addend};
        return;
    }
    if (!number || !symbols || !gelf_getsym(symbols, (int)number, &symbol) ||
        GELF_ST_TYPE(symbol.st_info) == STT_TLS)
        return;
    if (symbol.st_shndx == SHN_UNDEF)
        *ADD(binary, slots, slot_count, slot_capacity) =
            (struct slot){relocation->r_offset, string_of(binary, strings, symbol.st_name)};
    else
        *ADD(binary, pointers, pointer_count, pointer_capacity) = (struct pointer){
            relocation->r_offset, symbol.st_value + (uint64_t)relocation->r_addend};
}

static void read_relocations(struct binary *binary, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL), *symbols = NULL;
    Elf_Scn *symbol_section = elf_getscn(binary->elf, header->sh_link);
    GElf_Shdr symbol_header = {0};
    GElf_Rela relocation;
    int i;

    if (header->sh_link && symbol_section && gelf_getshdr(symbol_section, &symbol_header))
        symbols = elf_getdata(symbol_section, NULL);
    for (i = 0; data && gelf_getrela(data, i, &relocation); i++)
        read_relocation(binary, &relocation, symbols, symbol_header.sh_link);
}

static int by_slot_address(const void *left, const void *right)
{
    const struct slot *a = left, *b = right;

    return a->address < b->address ? -1 : a->address > b->address;
}

static int by_pointer_address(const void *left, const void *right)
{
    const struct pointer *a = left, *b = right;

    return a->address < b->address ? -1 : a->address > b->address;
}

/* ---- The dynamic section ------------------------------------------------------------------- */

static void read_dynamic(struct binary *binary, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Dyn entry;
    int i;

    for (i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++) {
        const char *text = string_of(binary, header->sh_link, entry.d_un.d_val);

        if (entry.d_tag == DT_NEEDED)
            *ADD(binary, needed, needed_count, needed_capacity) = text;
        else if (entry.d_tag == DT_RUNPATH || (entry.d_tag == DT_RPATH && !binary->run_path))
            binary->run_path = text;
        else if (entry.d_tag == DT_FLAGS)
            binary->flags = entry.d_un.d_val;
        else if (entry.d_tag == DT_FLAGS_1)
            binary->flags_1 = entry.d_un.d_val;
    }
}

/* The functions in .init_array: words that the loader relocates first.  (Destructors are the
 * runtime's business: it does not let those of an old version run.) */
static void read_constructors(struct binary *binary)
{
    size_t i;

    for (i = 0; i < binary->pointer_count; i++) {
        const struct pointer *pointer = &binary->pointers[i];
        const struct section *section = binary_section_at(binary, pointer->address);

        if (section && strncmp(section->name, ".init_array", 11) == 0)
            *ADD(binary, constructors, constructor_count, constructor_capacity) = pointer->target;
    }
}

/* ---- All of it ----------------------------------------------------------------------------- */

static void find_symbol_table(struct binary *binary)
{
    Elf_Scn *section = NULL;
    GElf_Shdr header;

    while ((section = elf_nextscn(binary->elf, section)))
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB)
            binary->has_symbol_table = true;
}

static void read_all(struct binary *binary)
{
    Elf_Scn *section = NULL;
    GElf_Shdr header;
    size_t names = 0;

    elf_getshdrstrndx(binary->elf, &names);
    find_symbol_table(binary);
    while ((section = elf_nextscn(binary->elf, section))) {
        if (!gelf_getshdr(section, &header))
            continue;
        read_section(binary, section, &header, string_of(binary, names, header.sh_name));
        if (header.sh_type == SHT_DYNSYM || header.sh_type == SHT_SYMTAB)
            read_symbols(binary, section, &header);
        else if (header.sh_type == SHT_RELA && header.sh_flags & SHF_ALLOC)
            read_relocations(binary, section, &header);
        else if (header.sh_type == SHT_DYNAMIC)
            read_dynamic(binary, section, &header);
    }
    if (binary->section_count)
        qsort(binary->sections, binary->section_count, sizeof *binary->sections,
              by_section_address);
    if (binary->symbol_count)
        qsort(binary->symbols, binary->symbol_count, sizeof *binary->symbols, by_symbol_address);
    if (binary->import_count)
        qsort(binary->imports, binary->import_count, sizeof *binary->imports, by_text);
    if (binary->export_count)
        qsort(binary->exports, binary->export_count, sizeof *binary->exports, by_text);
    if (binary->slot_count)
        qsort(binary->slots, binary->slot_count, sizeof *binary->slots, by_slot_address);
    if (binary->pointer_count)
        qsort(binary->pointers, binary->pointer_count, sizeof *binary->pointers,
              by_pointer_address);
    read_constructors(binary);
}

/* The reason why this is not a file to check, or NULL. */
static const char *open_elf(struct binary *binary)
{
    GElf_Ehdr header;
    struct stat status;

    elf_version(EV_CURRENT);
    binary->descriptor = open(binary->path, O_RDONLY | O_CLOEXEC);
    if (binary->descriptor < 0 || fstat(binary->descriptor, &status) != 0)
        return strerror(errno);
    if (!S_ISREG(status.st_mode))
        return "not a regular file; expected a shared object made by kitcc -shared";
    binary->elf = elf_begin(binary->descriptor, ELF_C_READ_MMAP_PRIVATE, NULL);
    if (!binary->elf || elf_kind(binary->elf) != ELF_K_ELF || !gelf_getehdr(binary->elf, &header))
        return "not an ELF file; expected a shared object made by kitcc -shared";
    if (gelf_getclass(binary->elf) != ELFCLASS64 || header.e_type != ET_DYN)
        return "not a shared object of this machine; expected one made by kitcc -shared";
    return NULL;
}

struct binary *binary_unknown(const char *path)
{
    struct arena *arena = arena_new();
    struct binary *binary = arena_allocate(arena, sizeof *binary);

    binary->arena = arena;
    binary->path = arena_copy_string(arena, path);
    binary->descriptor = -1;
    return binary;
}

/* In the file, or where it was split off to. */
static void open_dwarf(struct binary *binary)
{
    static char *no_path;
    static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
                                             .find_debuginfo = dwfl_standard_find_debuginfo,
                                             .section_address = dwfl_offline_section_address,
                                             .debuginfo_path = &no_path};
    Dwfl_Module *module;
    Dwarf_Addr bias;

    binary->finder = dwfl_begin(&callbacks);
    if (!binary->finder)
        return;
    module = dwfl_report_offline(binary->finder, "", binary->path, -1);
    dwfl_report_end(binary->finder, NULL, NULL);
    binary->dwarf = module ? dwfl_module_getdwarf(module, &bias) : NULL;
}

struct binary *binary_open(const char *path, char **message)
{
    struct binary *binary = binary_unknown(path);
    const char *problem;

    problem = open_elf(binary);
    if (problem) {
        *message = strdup(problem);
        binary_close(binary);
        return NULL;
    }
    read_all(binary);
    open_dwarf(binary);
    return binary;
}

void binary_close(struct binary *binary)
{
    if (!binary)
        return;
    if (binary->finder)
        dwfl_end(binary->finder);
    if (binary->elf)
        elf_end(binary->elf);
    if (binary->descriptor >= 0)
        close(binary->descriptor);
    arena_free(binary->arena);
}

/* ---- Look-ups ------------------------------------------------------------------------------ */

const struct section *binary_section_at(const struct binary *binary, uint64_t address)
{
    size_t i;

    for (i = 0; i < binary->section_count; i++)
        if (address - binary->sections[i].address < binary->sections[i].size)
            return &binary->sections[i];
    return NULL;
}

/* The number of symbols that start at or below `address`. */
static size_t symbols_up_to(const struct binary *binary, uint64_t address)
{
    size_t low = 0, high = binary->symbol_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (binary->symbols[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct symbol *binary_symbol_around(const struct binary *binary, uint64_t address)
{
    size_t i = symbols_up_to(binary, address);

    while (i > 0) {
        const struct symbol *symbol = &binary->symbols[--i];

        if (address - symbol->address < symbol->size)
            return symbol;
        if (symbol->size) /* what lies below cannot reach over this one */
            return NULL;
    }
    return NULL;
}

const struct symbol *binary_function_at(const struct binary *binary, uint64_t address)
{
    size_t i = symbols_up_to(binary, address);

    while (i > 0 && binary->symbols[i - 1].address == address)
        if (binary->symbols[--i].is_function)
            return &binary->symbols[i];
    return NULL;
}

const struct symbol *binary_function_named(const struct binary *binary, const char *name)
{
    size_t i;

    for (i = 0; i < binary->symbol_count; i++)
        if (binary->symbols[i].is_function && strcmp(binary->symbols[i].name, name) == 0)
            return &binary->symbols[i];
    return NULL;
}

const struct slot *binary_slot_at(const struct binary *binary, uint64_t address)
{
    struct slot key = {.address = address};

    return binary->slot_count ? bsearch(&key, binary->slots, binary->slot_count,
                                        sizeof key, by_slot_address) : NULL;
}

const struct pointer *binary_pointer_at(const struct binary *binary, uint64_t address)
{
    struct pointer key = {.address = address};

    return binary->pointer_count ? bsearch(&key, binary->pointers, binary->pointer_count,
                                           sizeof key, by_pointer_address) : NULL;
}

const struct symbol *binary_function_held(const struct binary *binary, uint64_t start,
                                          uint64_t size)
{
    size_t i;

    for (i = 0; i < binary->pointer_count; i++)
        if (binary->pointers[i].address - start < size &&
            binary_function_at(binary, binary->pointers[i].target))
            return binary_function_at(binary, binary->pointers[i].target);
    return NULL;
}

const char *binary_text_at(const struct binary *binary, uint64_t address)
{
    const struct section *section = binary_section_at(binary, address);
    uint64_t offset = section ? address - section->address : 0;

    if (!section || !section->bytes || !section->is_constant || section->is_code ||
        !memchr(section->bytes + offset, '\0', section->size - offset))
        return NULL;
    return (const char *)section->bytes + offset;
}

static bool has_name(const char **names, size_t count, const char *name)
{
    return count && bsearch(&name, names, count, sizeof *names, by_text);
}

bool binary_imports(const struct binary *binary, const char *name)
{
    return has_name(binary->imports, binary->import_count, name);
}

bool binary_exports(const struct binary *binary, const char *name)
{
    return has_name(binary->exports, binary->export_count, name);
}
