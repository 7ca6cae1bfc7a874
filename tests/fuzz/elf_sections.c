/* elf_sections.c -- each section that the reader asks libelf for, in a block of memory of its own.
 *
 * libelf maps a file as a whole, where reading beyond a section's end finds the next section and
 * goes unnoticed.  The targets are linked with --wrap for the functions below; a section is copied
 * when it is asked for, and then the sanitizer sees each byte too far.
 */
#include "elf_sections.h"

#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* As the linker wants them to be called. */
Elf_Data *__real_elf_getdata(Elf_Scn *section, Elf_Data *data);
Elf_Data *__wrap_elf_getdata(Elf_Scn *section, Elf_Data *data);
Elf_Data *__real_elf_rawdata(Elf_Scn *section, Elf_Data *data);
Elf_Data *__wrap_elf_rawdata(Elf_Scn *section, Elf_Data *data);
Elf_Scn *__real_elf_find_section(Elf *elf, const char *name, GElf_Shdr *header);
Elf_Scn *__wrap_elf_find_section(Elf *elf, const char *name, GElf_Shdr *header);

static const void *records;
static size_t records_size;
static Elf_Scn *records_section; /* of the file that is being read */

static struct copy {
    struct copy *next;
    void *bytes;
} *copies;

static bool is_copy(const void *bytes)
{
    const struct copy *copy;

    for (copy = copies; copy; copy = copy->next)
        if (copy->bytes == bytes)
            return true;
    return false;
}

static void *new_copy(const void *bytes, size_t size)
{
    struct copy *copy = malloc(sizeof *copy);

    copy->bytes = malloc(size);
    memcpy(copy->bytes, bytes, size);
    copy->next = copies;
    copies = copy;
    return copy->bytes;
}

/* libelf does not mind: it frees what it allocated itself by other pointers than this one. */
static Elf_Data *copied(Elf_Scn *section, Elf_Data *data)
{
    if (data && section == records_section) {
        data->d_buf = (void *)records;
        data->d_size = records_size;
    }
    if (data && data->d_buf && data->d_size && !is_copy(data->d_buf))
        data->d_buf = new_copy(data->d_buf, data->d_size);
    return data;
}

Elf_Data *__wrap_elf_getdata(Elf_Scn *section, Elf_Data *data)
{
    return copied(section, __real_elf_getdata(section, data));
}

Elf_Data *__wrap_elf_rawdata(Elf_Scn *section, Elf_Data *data)
{
    return copied(section, __real_elf_rawdata(section, data));
}

Elf_Scn *__wrap_elf_find_section(Elf *elf, const char *name, GElf_Shdr *header)
{
    Elf_Scn *section = __real_elf_find_section(elf, name, header);

    if (records && strcmp(name, ".kitsune") == 0)
        records_section = section;
    return section;
}

void sections_replace_records(const void *bytes, size_t size)
{
    records = bytes;
    records_size = size;
}

void sections_forget(void)
{
    struct copy *copy;

    while ((copy = copies)) {
        copies = copy->next;
        free(copy->bytes);
        free(copy);
    }
    records_section = NULL;
}
