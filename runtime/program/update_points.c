/* update_points.c -- looks through the symbols that loaded objects need for those behind
 * kitsune_update.
 *
 *      dynamic symbols:  [0] [needed ...] [defined, found by the hash table ...]
 *                                         ^ symoffset
 */
#include "program/update_points.h"

#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The dynamic section of an object, as far as it is of use here. */
struct needed_symbols {
    const ElfW(Sym) *symbols;
    const char *names;
    size_t count; /* those that others define come first */
};

/* The loader turns offsets into addresses, but in objects that it cannot write to (the vDSO). */
static const void *address_of(const struct dl_phdr_info *object, ElfW(Addr) value)
{
    return (const void *)(value < object->dlpi_addr ? value + object->dlpi_addr : value);
}

static struct needed_symbols needed_symbols_of(const struct dl_phdr_info *object)
{
    struct needed_symbols needed = {0};
    const ElfW(Dyn) *entry = NULL;
    for (int i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
            entry = (const void *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
    for (; entry && entry->d_tag != DT_NULL; entry++) {
        const uint32_t *words = address_of(object, entry->d_un.d_ptr);
        if (entry->d_tag == DT_SYMTAB)
            needed.symbols = (const void *)words;
        else if (entry->d_tag == DT_STRTAB)
            needed.names = (const void *)words;
        else if (entry->d_tag == DT_GNU_HASH)
            needed.count = words[1]; /* symoffset */
        else if (entry->d_tag == DT_HASH && !needed.count)
            needed.count = words[1]; /* all of them */
    }
    return needed;
}

static int has_update_point(struct dl_phdr_info *object, size_t size, void *nothing)
{
    static const char *const functions[] = {"kitsune_reach_update_point",
                                            "kitsune_reach_update_point_holding"};
    struct needed_symbols needed = needed_symbols_of(object);
    (void)size;
    (void)nothing;
    if (!needed.symbols || !needed.names)
        return 0;
    for (size_t i = 0; i < needed.count; i++)
        for (size_t k = 0; k < sizeof functions / sizeof functions[0]; k++)
            if (needed.symbols[i].st_shndx == SHN_UNDEF &&
                strcmp(needed.names + needed.symbols[i].st_name, functions[k]) == 0)
                return 1;
    return 0;
}

bool update_points_exist(void)
{
    return dl_iterate_phdr(has_update_point, NULL) != 0;
}
