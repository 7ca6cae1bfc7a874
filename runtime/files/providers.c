/* providers.c -- functions that two versions have from different libraries.  See providers.h. */
#include "files/providers.h"

#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "files/elf_dynamic.h"

/* The names under one tag of the dynamic section, as one text. */
static bool add_name(const char *name, void *names)
{
    char **text = names, *longer = message_format("%s%s\n", *text ? *text : "", name);
    free(*text);
    *text = longer;
    return false;
}

static bool needs_the_same(const struct image *one, const struct image *other)
{
    char *names[2] = {NULL, NULL};
    elf_visit_dynamic_strings(&one->elf, DT_NEEDED, add_name, &names[0]);
    elf_visit_dynamic_strings(&other->elf, DT_NEEDED, add_name, &names[1]);
    bool is_same = names[0] && names[1] && strcmp(names[0], names[1]) == 0;
    free(names[0]);
    free(names[1]);
    return is_same;
}

static bool imports(const struct elf_symbols *symbols, const char *name)
{
    for (size_t i = 1; i < symbols->count; i++)
        if (symbols->symbols[i].st_shndx == SHN_UNDEF &&
            strcmp(elf_symbol_name(symbols, &symbols->symbols[i]), name) == 0)
            return true;
    return false;
}

/* The library that an address is in; NULL: it is the object itself. */
static const struct link_map *library_of(void *address, void *handle)
{
    struct dl_find_object object;
    return address && _dl_find_object(address, &object) == 0 && object.dlfo_link_map != handle
               ? object.dlfo_link_map : NULL;
}

static const char *short_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *providers_compare(const struct image *old_image, void *old_handle,
                        const struct image *new_image, void *new_handle)
{
    struct elf_symbols old_symbols, new_symbols;
    const struct link_map *old_first = NULL, *new_first = NULL;
    const char *first = NULL;
    unsigned others = 0;
    if (needs_the_same(old_image, new_image) ||
        !elf_find_symbols(&old_image->elf, true, &old_symbols) ||
        !elf_find_symbols(&new_image->elf, true, &new_symbols))
        return NULL;
    for (size_t i = 1; i < new_symbols.count; i++) {
        const char *name = elf_symbol_name(&new_symbols, &new_symbols.symbols[i]);
        /* What all share (libc) is found first, whatever a version is linked with. */
        if (new_symbols.symbols[i].st_shndx != SHN_UNDEF || dlsym(RTLD_DEFAULT, name) ||
            !imports(&old_symbols, name))
            continue;
        const struct link_map *new_one = library_of(dlsym(new_handle, name), new_handle);
        const struct link_map *old_one = library_of(dlsym(old_handle, name), old_handle);
        if (!new_one || !old_one || new_one == old_one)
            continue;
        others += first != NULL;
        if (!first) {
            first = name;
            new_first = new_one;
            old_first = old_one;
        }
    }
    dlerror(); /* frees what it says of those that it has not found */
    if (!first)
        return NULL;
    char *more = others ? message_format(" and %u more", others) : copy_string("");
    char *text = message_format("%s%s from %s, which %s has from %s", first, more,
                                short_name(new_first->l_name), short_name(old_image->path),
                                short_name(old_first->l_name));
    free(more);
    return text;
}
