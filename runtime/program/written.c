/* written.c -- hand-written transformers. */
#include "program/written.h"

#include <stdlib.h>
#include <string.h>

#include "program/key.h"
#include "common/message.h"

/* Programs have few or none: a list. */
static struct {
    struct {
        const char *name; /* in the version's image */
        void *address;
    } *list;
    size_t count;
} written;

static bool is_of_interest(const char *name)
{
    static const char transform[] = "_kitsune_transform_";
    return strncmp(name, transform, sizeof transform - 1) == 0 ||
           strcmp(name, "_kitsune_mainupdate_xform") == 0;
}

void written_collect(struct version *version)
{
    struct elf_symbols symbols;
    if (!elf_find_symbols(&version->object->image->elf, false, &symbols))
        return;
    for (size_t i = 0; i < symbols.count; i++) {
        const Elf64_Sym *symbol = &symbols.symbols[i];
        if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF)
            continue;
        const char *name = elf_symbol_name(&symbols, symbol);
        if (!is_of_interest(name))
            continue;
        written.list = reallocate(written.list, (written.count + 1) * sizeof *written.list);
        written.list[written.count].name = name;
        written.list[written.count].address = (void *)(version->object->base + symbol->st_value);
        written.count++;
    }
}

void written_forget(void)
{
    free(written.list);
    written.list = NULL;
    written.count = 0;
}

void *written_find_function(const char *name)
{
    for (size_t i = 0; i < written.count; i++)
        if (strcmp(written.list[i].name, name) == 0)
            return written.list[i].address;
    return NULL;
}

xform_fn_t written_find(const char *key)
{
    if (!written.count)
        return NULL;
    char *name = key_transformer_name(key);
    void *address = written_find_function(name);
    free(name);
    return (xform_fn_t)address;
}
