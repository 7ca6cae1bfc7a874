/* fuzz_model.c -- any bytes at all as a version of a program: an ELF file with debug information.
 *
 * The seeds are small shared objects, made of sample.c by gcc and clang in the forms that DWARF
 * comes in (see part.mk).  Of a file changed anywhere little is left to read; so the mutator
 * changes the contents of one section that the reader looks into, and leaves the file as long as
 * it was.
 */
#include "checks.h"
#include "elf_sections.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* model_load() wants a file. */
static const char *put_into_file(const uint8_t *data, size_t size)
{
    static char path[40];
    static int descriptor = -1;

    if (descriptor < 0) {
        descriptor = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    }
    require(descriptor >= 0 && ftruncate(descriptor, 0) == 0 &&
                pwrite(descriptor, data, size, 0) == (ssize_t)size,
            "there is memory for the file");
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *message;
    struct program *program = model_load(put_into_file(data, size), &message);

    check_program(program, message);
    model_free(program);
    free(message);
    sections_forget();
    return 0;
}

/* ---- The mutator --------------------------------------------------------------------------- */

static bool is_read(const char *name)
{
    return strncmp(name, ".debug_", 7) == 0 || strncmp(name, ".zdebug_", 8) == 0 ||
           strcmp(name, ".symtab") == 0 || strcmp(name, ".kitsune") == 0;
}

/* The name in the section of section names; "" when that is damaged. */
static const char *name_in(const uint8_t *data, size_t size, const Elf64_Shdr *names, size_t offset)
{
    if (names->sh_offset > size || offset >= size - names->sh_offset ||
        !memchr(data + names->sh_offset + offset, 0, size - names->sh_offset - offset))
        return "";
    return (const char *)data + names->sh_offset + offset;
}

/* One of the sections that matter; false when there are none. */
static bool choose_section(const uint8_t *data, size_t size, unsigned seed, Elf64_Shdr *chosen)
{
    Elf64_Ehdr header;
    Elf64_Shdr names, section;
    unsigned seen = 0;
    size_t i;

    if (size < sizeof header)
        return false;
    memcpy(&header, data, sizeof header);
    if (header.e_shoff > size || header.e_shnum > (size - header.e_shoff) / sizeof section ||
        header.e_shstrndx >= header.e_shnum)
        return false;
    data += header.e_shoff;
    memcpy(&names, data + header.e_shstrndx * sizeof names, sizeof names);
    for (i = 0; i < header.e_shnum; i++) {
        memcpy(&section, data + i * sizeof section, sizeof section);
        if (section.sh_type == SHT_NOBITS || section.sh_size == 0 || section.sh_offset > size ||
            section.sh_size > size - section.sh_offset ||
            !is_read(name_in(data - header.e_shoff, size, &names, section.sh_name)))
            continue;
        if (seed % ++seen == 0) /* each of those so far is as likely as the others */
            *chosen = section;
        seed = seed * 1103515245u + 12345u;
    }
    return seen > 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    Elf64_Shdr section;
    uint8_t *contents;
    size_t length;

    if (seed % 32 == 0 || !choose_section(data, size, seed / 32, &section))
        return LLVMFuzzerMutate(data, size, most);
    contents = malloc(section.sh_size);
    memcpy(contents, data + section.sh_offset, section.sh_size);
    length = LLVMFuzzerMutate(contents, section.sh_size, section.sh_size);
    memcpy(data + section.sh_offset, contents, length); /* what follows stays when it got shorter */
    free(contents);
    return size;
}
