/* object_file.c -- what objects and archives define.  See object_file.h. */
#include "object_file.h"

#include <ar.h>
#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A file's bytes, or those of one member of an archive. */
struct bytes {
    char *start;
    size_t length;
};

/* Called for each object; true ends the walk, whose result is then true. */
typedef bool object_visitor(struct bytes object, void *data);

static bool is_elf_object(struct bytes object)
{
    Elf64_Ehdr header;
    if (object.length < sizeof header)
        return false;
    memcpy(&header, object.start, sizeof header);
    return !memcmp(header.e_ident, ELFMAG, SELFMAG) && header.e_ident[EI_CLASS] == ELFCLASS64 &&
           header.e_type == ET_REL && header.e_shentsize == sizeof(Elf64_Shdr);
}

static bool is_bitcode(struct bytes object)
{
    return object.length >= 4 && !memcmp(object.start, "BC\xc0\xde", 4);
}

/* ---- Archives -------------------------------------------------------------------------------- */

static bool visit_members(struct bytes archive, object_visitor *visit, void *data)
{
    size_t position = SARMAG;
    while (position + sizeof(struct ar_hdr) <= archive.length) {
        struct ar_hdr header;
        char digits[sizeof header.ar_size + 1] = {0};
        memcpy(&header, archive.start + position, sizeof header);
        memcpy(digits, header.ar_size, sizeof header.ar_size);
        size_t length = strtoul(digits, NULL, 10);
        position += sizeof header;
        if (memcmp(header.ar_fmag, ARFMAG, 2) != 0 || length > archive.length - position)
            return false;
        if (visit((struct bytes){archive.start + position, length}, data))
            return true;
        position += length + length % 2;
    }
    return false;
}

static bool visit_objects(const struct text *contents, object_visitor *visit, void *data)
{
    struct bytes file = {contents->bytes, contents->length};
    if (file.length >= SARMAG && !memcmp(file.start, ARMAG, SARMAG))
        return visit_members(file, visit, data);
    return visit(file, data);
}

static bool cannot_be_seen(struct bytes object, void *data)
{
    (void)data;
    return is_bitcode(object);
}

static bool can_be_seen(struct bytes object, void *data)
{
    (void)data;
    return is_elf_object(object);
}

enum object_kind object_kind(const struct text *contents)
{
    static const char thin_magic[] = "!<thin>\n";
    if (contents->length >= SARMAG && !memcmp(contents->bytes, thin_magic, SARMAG))
        return OBJECT_INTERMEDIATE;
    if (visit_objects(contents, cannot_be_seen, NULL))
        return OBJECT_INTERMEDIATE;
    return visit_objects(contents, can_be_seen, NULL) ? OBJECT_PLAIN : OBJECT_FOREIGN;
}

/* ---- Sections and symbols -------------------------------------------------------------------- */

/* The bytes of section `index`; empty when there is no such section, or none of it in the file. */
static struct bytes section_at(struct bytes object, size_t index, Elf64_Shdr *section)
{
    Elf64_Ehdr header;
    memcpy(&header, object.start, sizeof header);
    *section = (Elf64_Shdr){0};
    if (index >= header.e_shnum || header.e_shoff > object.length ||
        (index + 1) * sizeof *section > object.length - header.e_shoff)
        return (struct bytes){NULL, 0};
    memcpy(section, object.start + header.e_shoff + index * sizeof *section, sizeof *section);
    if (section->sh_type == SHT_NOBITS || section->sh_offset > object.length ||
        section->sh_size > object.length - section->sh_offset)
        return (struct bytes){NULL, 0};
    return (struct bytes){object.start + section->sh_offset, section->sh_size};
}

static size_t section_count(struct bytes object)
{
    Elf64_Ehdr header;
    memcpy(&header, object.start, sizeof header);
    return header.e_shnum;
}

static struct bytes symbols_of(struct bytes object, struct bytes *names)
{
    for (size_t i = 0; i < section_count(object); i++) {
        Elf64_Shdr section, name_section;
        struct bytes symbols = section_at(object, i, &section);
        if (section.sh_type != SHT_SYMTAB || !symbols.start)
            continue;
        *names = section_at(object, section.sh_link, &name_section);
        return symbols;
    }
    return (struct bytes){NULL, 0};
}

static bool is_defined_global(const Elf64_Sym *symbol)
{
    return ELF64_ST_BIND(symbol->st_info) != STB_LOCAL && symbol->st_shndx != SHN_UNDEF;
}

static bool is_named(const Elf64_Sym *symbol, struct bytes names, const char *name)
{
    size_t length = strlen(name) + 1;
    return symbol->st_name < names.length && length <= names.length - symbol->st_name &&
           !memcmp(names.start + symbol->st_name, name, length);
}

/* What gcc lists of an object whose code will only be made when linking. */
static bool is_in_compilers_list(struct bytes object, const char *name)
{
    static const char list_name[] = ".gnu.lto_.symtab";
    Elf64_Ehdr header;
    Elf64_Shdr section;
    memcpy(&header, object.start, sizeof header);
    struct bytes names = section_at(object, header.e_shstrndx, &section);
    for (size_t i = 0; i < section_count(object); i++) {
        struct bytes list = section_at(object, i, &section);
        if (list.start && section.sh_name < names.length &&
            names.length - section.sh_name > sizeof list_name &&
            starts_with(names.start + section.sh_name, list_name) &&
            memmem(list.start, list.length, name, strlen(name) + 1))
            return true;
    }
    return false;
}

static bool defines(struct bytes object, void *data)
{
    const char *name = data;
    if (!is_elf_object(object))
        return false;
    struct bytes names = {NULL, 0}, symbols = symbols_of(object, &names);
    for (size_t i = 0; i + sizeof(Elf64_Sym) <= symbols.length; i += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        memcpy(&symbol, symbols.start + i, sizeof symbol);
        if (is_defined_global(&symbol) && is_named(&symbol, names, name))
            return true;
    }
    return is_in_compilers_list(object, name);
}

bool object_defines(const struct text *contents, const char *name)
{
    return visit_objects(contents, defines, (void *)name);
}

static bool show_hidden(struct bytes object, void *data)
{
    bool *found = data;
    if (!is_elf_object(object))
        return false;
    struct bytes names, symbols = symbols_of(object, &names);
    for (size_t i = 0; i + sizeof(Elf64_Sym) <= symbols.length; i += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        memcpy(&symbol, symbols.start + i, sizeof symbol);
        if (!is_defined_global(&symbol) || ELF64_ST_VISIBILITY(symbol.st_other) != STV_HIDDEN)
            continue;
        symbol.st_other = (unsigned char)(symbol.st_other & ~STV_HIDDEN);
        memcpy(symbols.start + i, &symbol, sizeof symbol);
        *found = true;
    }
    return false;
}

bool object_show_hidden(struct text *contents)
{
    bool found = false;
    visit_objects(contents, show_hidden, &found);
    return found;
}
