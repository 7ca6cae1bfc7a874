/* elf_file.c -- looking into an ELF file that lies in memory, without trusting any of it. */
#include "files/elf_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/elf_dynamic.h"
#include "common/message.h"

static const struct {
    unsigned number;
    const char *name;
} machines[] = {
    {EM_386, "i386"},        {EM_X86_64, "x86-64"},   {EM_ARM, "arm"},
    {EM_AARCH64, "aarch64"}, {EM_RISCV, "riscv"},     {EM_PPC64, "ppc64"},
    {EM_PPC, "ppc"},         {EM_S390, "s390"},       {EM_MIPS, "mips"},
    {EM_SPARCV9, "sparc64"}, {EM_SPARC, "sparc"},     {EM_IA_64, "ia64"},
    {EM_LOONGARCH, "loongarch"},
};

const char *elf_machine_name(unsigned machine)
{
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
        if (machines[i].number == machine)
            return machines[i].name;
    static char other[32];
    snprintf(other, sizeof other, "machine %u", machine);
    return other;
}

unsigned elf_own_machine(void)
{
#if defined __x86_64__
    return EM_X86_64;
#elif defined __aarch64__
    return EM_AARCH64;
#elif defined __riscv
    return EM_RISCV;
#elif defined __powerpc64__
    return EM_PPC64;
#else
#error "add this machine's ELF number"
#endif
}

static bool is_inside(size_t size, uint64_t offset, uint64_t length)
{
    return offset <= size && length <= size - offset;
}

static bool has_ending(const char *path, const char *ending)
{
    size_t length = strlen(path), ending_length = strlen(ending);
    return length >= ending_length && strcmp(path + length - ending_length, ending) == 0;
}

/* ---- The steps of elf_check: each says what is wrong, or NULL -------------------------------- */

static char *check_identity(const unsigned char *bytes, size_t size, const char *path)
{
    if (size == 0)
        return message_format("%s is empty: its link or copy did not finish; make it again", path);
    if (size >= 2 && memcmp(bytes, "#!", 2) == 0)
        return message_format("%s is a script, not a shared object: name the .so that "
                              "kitcc -shared made", path);
    if (memcmp(bytes, ELFMAG, size < SELFMAG ? size : SELFMAG) != 0 && has_ending(path, ".xf"))
        return message_format("%s is not an ELF file but rules: xfgen makes C of them, and kitcc "
                              "-shared makes the transformer of that: name the transformer", path);
    if (memcmp(bytes, ELFMAG, size < SELFMAG ? size : SELFMAG) != 0)
        return message_format("%s is not an ELF file: name the .so that kitcc -shared made", path);
    if (size < sizeof(Elf64_Ehdr))
        return message_format("%s is truncated (%zu bytes, not even an ELF header): its link or "
                              "copy did not finish; make it again", path, size);
    return NULL;
}

static char *check_machine(const Elf64_Ehdr *header, const char *path)
{
    /* e_machine and e_type lie at the same place in 32-bit files. */
    if (header->e_ident[EI_DATA] != ELFDATA2LSB)
        return message_format("%s is for a big-endian machine, this program runs on %s: build it "
                              "for this machine", path, elf_machine_name(elf_own_machine()));
    if (header->e_machine != elf_own_machine() || header->e_ident[EI_CLASS] != ELFCLASS64)
        return message_format("%s is for %s%s, this program runs on %s: build it for this machine",
                              path, header->e_ident[EI_CLASS] == ELFCLASS32 ? "32-bit " : "",
                              elf_machine_name(header->e_machine),
                              elf_machine_name(elf_own_machine()));
    return NULL;
}

static char *check_type(const Elf64_Ehdr *header, const char *path)
{
    switch (header->e_type) {
    case ET_DYN:
        return NULL;
    case ET_REL:
        return message_format("%s is an object file, not a shared object: link it with "
                              "kitcc -shared", path);
    case ET_EXEC:
        return message_format("%s is an executable, not a shared object: link it with "
                              "kitcc -shared", path);
    case ET_CORE:
        return message_format("%s is a core dump, not a shared object", path);
    default:
        return message_format("%s is corrupt: unknown ELF type %u; make it again", path,
                              header->e_type);
    }
}

static char *truncated(const char *path, const char *what, size_t size)
{
    return message_format("%s is truncated or corrupt: its %s lie outside its %zu bytes; its link "
                          "or copy did not finish; make it again", path, what, size);
}

static char *check_segments(struct elf_file *file, const char *path)
{
    const Elf64_Ehdr *header = file->header;
    if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phoff % _Alignof(Elf64_Phdr) ||
        !header->e_phnum ||
        !is_inside(file->size, header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr)))
        return truncated(path, "program headers", file->size);
    file->segments = (const void *)(file->bytes + header->e_phoff);
    file->segment_count = header->e_phnum;
    for (size_t i = 0; i < file->segment_count; i++) {
        const Elf64_Phdr *segment = &file->segments[i];
        if (segment->p_type == PT_NULL)
            continue;
        if (!is_inside(file->size, segment->p_offset, segment->p_filesz))
            return truncated(path, "segments", file->size);
        if (segment->p_type == PT_LOAD &&
            (segment->p_filesz > segment->p_memsz ||
             segment->p_vaddr + segment->p_memsz < segment->p_vaddr))
            return truncated(path, "segments", file->size);
        if (segment->p_type == PT_INTERP)
            return message_format("%s is an executable, not a shared object: link it with "
                                  "kitcc -shared", path);
    }
    return NULL;
}

static char *check_sections(struct elf_file *file, const char *path)
{
    const Elf64_Ehdr *header = file->header;
    if (!header->e_shoff)
        return message_format("%s has no section headers, so its symbols cannot be found: do not "
                              "strip them (strip -g is fine)", path);
    if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shoff % _Alignof(Elf64_Shdr) ||
        !header->e_shnum ||
        !is_inside(file->size, header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr)))
        return truncated(path, "section headers", file->size);
    file->sections = (const void *)(file->bytes + header->e_shoff);
    file->section_count = header->e_shnum;
    for (size_t i = 0; i < file->section_count; i++) {
        const Elf64_Shdr *section = &file->sections[i];
        if (section->sh_type != SHT_NULL && section->sh_type != SHT_NOBITS &&
            !is_inside(file->size, section->sh_offset, section->sh_size))
            return truncated(path, "sections", file->size);
    }
    if (header->e_shstrndx < file->section_count) {
        const Elf64_Shdr *names = &file->sections[header->e_shstrndx];
        if (names->sh_type == SHT_STRTAB) {
            file->section_names = (const char *)file->bytes + names->sh_offset;
            file->section_names_size = names->sh_size;
        }
    }
    return NULL;
}

static bool copy_build_id(const unsigned char *description, size_t size, void *argument)
{
    char *text = argument;
    if (!size || size > (BUILD_ID_TEXT_MAX - 1) / 2)
        return false;
    for (size_t i = 0; i < size; i++)
        sprintf(text + 2 * i, "%02x", description[i]);
    return true;
}

static char *check_build_id(struct elf_file *file, const char *path)
{
    if (elf_visit_notes(file, "GNU", NT_GNU_BUILD_ID, copy_build_id, file->build_id))
        return NULL;
    return message_format("%s has no build ID, so no transformer can be tied to it: link it with "
                          "kitcc -shared (or -Wl,--build-id), and do not strip the note", path);
}

bool elf_check(struct elf_file *file, const void *bytes, size_t size, const char *path,
               char **message)
{
    *file = (struct elf_file){.bytes = bytes, .size = size, .header = bytes};
    char *problem = check_identity(bytes, size, path);
    if (!problem)
        problem = check_machine(file->header, path);
    if (!problem)
        problem = check_type(file->header, path);
    if (!problem)
        problem = check_segments(file, path);
    if (!problem)
        problem = check_sections(file, path);
    if (!problem)
        problem = elf_check_dynamic(file, path);
    if (!problem)
        problem = check_build_id(file, path);
    *message = problem;
    return !problem;
}

/* ---- Sections and symbols -------------------------------------------------------------------- */

static const char *string_at(const char *strings, size_t size, uint64_t offset)
{
    if (!strings || offset >= size || !memchr(strings + offset, '\0', size - offset))
        return "";
    return strings + offset;
}

const char *elf_section_name(const struct elf_file *file, const Elf64_Shdr *section)
{
    return string_at(file->section_names, file->section_names_size, section->sh_name);
}

const Elf64_Shdr *elf_find_section(const struct elf_file *file, const char *name)
{
    for (size_t i = 0; i < file->section_count; i++)
        if (strcmp(elf_section_name(file, &file->sections[i]), name) == 0)
            return &file->sections[i];
    return NULL;
}

static const Elf64_Shdr *find_section_of_type(const struct elf_file *file, unsigned type)
{
    for (size_t i = 0; i < file->section_count; i++)
        if (file->sections[i].sh_type == type)
            return &file->sections[i];
    return NULL;
}

bool elf_find_symbols(const struct elf_file *file, bool dynamic, struct elf_symbols *symbols)
{
    const Elf64_Shdr *section = NULL;
    if (!dynamic)
        section = find_section_of_type(file, SHT_SYMTAB);
    if (!section)
        section = find_section_of_type(file, SHT_DYNSYM);
    if (!section || section->sh_entsize != sizeof(Elf64_Sym) ||
        section->sh_offset % _Alignof(Elf64_Sym) || section->sh_link >= file->section_count)
        return false;
    const Elf64_Shdr *names = &file->sections[section->sh_link];
    if (names->sh_type != SHT_STRTAB)
        return false;
    *symbols = (struct elf_symbols){
        .symbols = (const void *)(file->bytes + section->sh_offset),
        .count = section->sh_size / sizeof(Elf64_Sym),
        .names = (const char *)file->bytes + names->sh_offset,
        .names_size = names->sh_size,
    };
    return true;
}

const char *elf_symbol_name(const struct elf_symbols *symbols, const Elf64_Sym *symbol)
{
    return string_at(symbols->names, symbols->names_size, symbol->st_name);
}

bool elf_exports(const struct elf_file *file, const char *name)
{
    struct elf_symbols symbols;
    if (!elf_find_symbols(file, true, &symbols))
        return false;
    for (size_t i = 0; i < symbols.count; i++) {
        const Elf64_Sym *symbol = &symbols.symbols[i];
        if (symbol->st_shndx != SHN_UNDEF && ELF64_ST_BIND(symbol->st_info) != STB_LOCAL &&
            strcmp(elf_symbol_name(&symbols, symbol), name) == 0)
            return true;
    }
    return false;
}

/* ---- Notes ----------------------------------------------------------------------------------- */

struct note_search {
    const char *name;
    uint32_t type;
    bool (*visit)(const unsigned char *, size_t, void *);
    void *argument;
};

static uint64_t round_up(uint64_t value, uint64_t alignment)
{
    return (value + alignment - 1) / alignment * alignment;
}

static bool visit_note_range(const unsigned char *bytes, uint64_t size, uint64_t alignment,
                             const struct note_search *search)
{
    if (alignment != 8)
        alignment = 4;
    uint64_t position = 0;
    while (is_inside(size, position, sizeof(Elf64_Nhdr))) {
        Elf64_Nhdr note;
        memcpy(&note, bytes + position, sizeof note);
        uint64_t name = position + sizeof note;
        uint64_t name_end = sizeof note + (uint64_t)note.n_namesz;
        uint64_t description = position + round_up(name_end, alignment);
        if (!is_inside(size, name, note.n_namesz) ||
            !is_inside(size, description, note.n_descsz))
            return false;
        size_t name_size = strlen(search->name) + 1;
        if (note.n_type == search->type && note.n_namesz == name_size &&
            memcmp(bytes + name, search->name, name_size) == 0 &&
            search->visit(bytes + description, note.n_descsz, search->argument))
            return true;
        position = description + round_up(note.n_descsz, alignment);
    }
    return false;
}

bool elf_visit_notes(const struct elf_file *file, const char *name, uint32_t type,
                     bool (*visit)(const unsigned char *description, size_t size, void *argument),
                     void *argument)
{
    struct note_search search = {name, type, visit, argument};
    for (size_t i = 0; i < file->section_count; i++) {
        const Elf64_Shdr *section = &file->sections[i];
        if (section->sh_type == SHT_NOTE &&
            visit_note_range(file->bytes + section->sh_offset, section->sh_size,
                             section->sh_addralign, &search))
            return true;
    }
    return false;
}
