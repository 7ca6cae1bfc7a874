/* elf_file.h -- looking into an ELF file that lies in memory, without trusting any of it.
 *
 * elf_check accepts only what the dynamic loader can load without reading past the end of the
 * file: every header, segment, section, and every table the dynamic section names lies inside.
 * What was accepted may then be read through the view without further checks, except where a
 * function says otherwise.
 *
 * Used by the runtime, and by the tool before it bothers a program.
 */
#ifndef KITSUNE_RUNTIME_ELF_FILE_H
#define KITSUNE_RUNTIME_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUILD_ID_TEXT_MAX 129 /* 64 bytes in hex, and the NUL */

struct elf_file {
    const unsigned char *bytes; /* aligned for Elf64_Ehdr; not owned */
    size_t size;
    const Elf64_Ehdr *header;
    const Elf64_Phdr *segments;
    size_t segment_count;
    const Elf64_Shdr *sections;
    size_t section_count;
    const char *section_names;
    size_t section_names_size;
    char build_id[BUILD_ID_TEXT_MAX]; /* lower-case hex */
};

/* Fills `file`, or returns false with a message (malloc) that names `path` and says what to do. */
bool elf_check(struct elf_file *file, const void *bytes, size_t size, const char *path,
               char **message);

/* NULL when there is no section of that name. */
const Elf64_Shdr *elf_find_section(const struct elf_file *file, const char *name);
const char *elf_section_name(const struct elf_file *file, const Elf64_Shdr *section);

/* Symbols of .symtab, or of .dynsym when the file is stripped; `dynamic` chooses .dynsym. */
struct elf_symbols {
    const Elf64_Sym *symbols;
    size_t count;
    const char *names;
    size_t names_size;
};
bool elf_find_symbols(const struct elf_file *file, bool dynamic, struct elf_symbols *symbols);
/* The symbol's name; "" when it lies outside the string table or does not end in it. */
const char *elf_symbol_name(const struct elf_symbols *symbols, const Elf64_Sym *symbol);
/* A defined symbol other objects may bind to. */
bool elf_exports(const struct elf_file *file, const char *name);

/* Calls visit for each note of this name and type until it returns true; returns whether one
 * did. */
bool elf_visit_notes(const struct elf_file *file, const char *name, uint32_t type,
                     bool (*visit)(const unsigned char *description, size_t size, void *argument),
                     void *argument);

const char *elf_machine_name(unsigned machine);
/* The machine this code was compiled for. */
unsigned elf_own_machine(void);

#endif
