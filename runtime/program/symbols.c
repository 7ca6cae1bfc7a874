/* symbols.c -- keys and link-time addresses from an image's symbol table. */
#include "program/symbols.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "program/key.h"
#include "common/message.h"

/* Two orders over the same symbols.  Symbols of one name behind the file (and, for function
 * statics, without the number) are neighbours in by_name. */
struct symbol_table {
    struct symbol *symbols; /* sorted by address */
    size_t count;
    struct symbol **by_name;
    char *text; /* all keys */
};

/* ---- Reading --------------------------------------------------------------------------------- */

/* Names of the C start files and the linker, not of the program. */
static bool is_foreign(const char *file, const char *name)
{
    return strcmp(file, "crtstuff.c") == 0 || strncmp(name, "__", 2) == 0 ||
           strcmp(name, "_init") == 0 || strcmp(name, "_fini") == 0 ||
           strcmp(name, "_DYNAMIC") == 0 || strcmp(name, "_GLOBAL_OFFSET_TABLE_") == 0 ||
           strcmp(name, "kitsune_entry") == 0;
}

static bool is_writable_section(const struct elf_file *file, unsigned index)
{
    if (index >= file->section_count)
        return index == SHN_COMMON;
    const Elf64_Shdr *section = &file->sections[index];
    return (section->sh_flags & SHF_WRITE) &&
           strncmp(elf_section_name(file, section), ".data.rel.ro", 12) != 0;
}

static bool classify(const struct elf_file *file, const Elf64_Sym *entry, struct symbol *symbol)
{
    if (entry->st_shndx == SHN_UNDEF || entry->st_shndx == SHN_ABS)
        return false;
    switch (ELF64_ST_TYPE(entry->st_info)) {
    case STT_OBJECT:
        symbol->kind = SYMBOL_VARIABLE;
        break;
    case STT_TLS:
        symbol->kind = SYMBOL_THREAD_LOCAL;
        break;
    case STT_FUNC:
        symbol->kind = SYMBOL_FUNCTION;
        break;
    default:
        return false;
    }
    symbol->address = entry->st_value;
    symbol->size = entry->st_size;
    symbol->is_writable =
        symbol->kind != SYMBOL_FUNCTION && is_writable_section(file, entry->st_shndx);
    return true;
}

/* Walks the ELF symbols; with `text` NULL only counts the symbols and the bytes of their keys. */
static size_t collect(const struct elf_file *file, const struct elf_symbols *entries,
                      struct symbol *symbols, char *text, size_t *text_size)
{
    const char *source = "";
    size_t count = 0, used = 0;
    for (size_t i = 1; i < entries->count; i++) {
        const Elf64_Sym *entry = &entries->symbols[i];
        const char *name = elf_symbol_name(entries, entry);
        struct symbol symbol = {0};
        if (ELF64_ST_TYPE(entry->st_info) == STT_FILE)
            source = name;
        else if (*name && classify(file, entry, &symbol) && !is_foreign(source, name)) {
            bool is_static = ELF64_ST_BIND(entry->st_info) == STB_LOCAL && *source;
            size_t prefix = is_static ? strlen(source) + 1 : 0, length = strlen(name) + 1;
            if (text) {
                if (is_static) {
                    memcpy(text + used, source, prefix - 1);
                    text[used + prefix - 1] = '/';
                }
                memcpy(text + used + prefix, name, length);
                symbol.key = text + used;
                symbol.function_static =
                    is_static && symbol.kind != SYMBOL_FUNCTION && strchr(name, '.');
                symbols[count] = symbol;
            }
            used += prefix + length;
            count++;
        }
    }
    *text_size = used;
    return count;
}

/* The name by which the index finds a symbol: without its file, and for a function static without
 * the number (or, from clang, without the function). */
static const char *index_name(const struct symbol *symbol, size_t *length)
{
    size_t file_length;
    const char *name = key_name(symbol->key, &file_length);
    *length = strlen(name);
    if (!symbol->function_static)
        return name;
    const char *dot = strrchr(name, '.');
    if (isdigit((unsigned char)dot[1])) {
        *length = (size_t)(dot - name);
        return name;
    }
    *length -= (size_t)(dot + 1 - name);
    return dot + 1;
}

static int compare_names(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    if (order)
        return order;
    return (a_length > b_length) - (a_length < b_length);
}

static int by_name(const void *left, const void *right)
{
    const struct symbol *a = *(struct symbol *const *)left, *b = *(struct symbol *const *)right;
    size_t a_length, b_length;
    const char *a_name = index_name(a, &a_length), *b_name = index_name(b, &b_length);
    int order = compare_names(a_name, a_length, b_name, b_length);
    return order ? order : strcmp(a->key, b->key);
}

static int by_address(const void *left, const void *right)
{
    const struct symbol *a = left, *b = right;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    /* Thread-locals have addresses of their own kind; the larger of two at one place comes
     * first. */
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (a->size < b->size) - (a->size > b->size);
}

struct symbol_table *symbols_read(const struct elf_file *file)
{
    struct symbol_table *table = allocate(sizeof *table);
    struct elf_symbols entries;
    size_t text_size;
    if (!elf_find_symbols(file, false, &entries))
        return table;
    table->count = collect(file, &entries, NULL, NULL, &text_size);
    table->symbols = allocate(table->count * sizeof *table->symbols);
    table->text = allocate(text_size);
    collect(file, &entries, table->symbols, table->text, &text_size);
    qsort(table->symbols, table->count, sizeof *table->symbols, by_address);
    table->by_name = allocate(table->count * sizeof *table->by_name);
    for (size_t i = 0; i < table->count; i++)
        table->by_name[i] = &table->symbols[i];
    qsort(table->by_name, table->count, sizeof *table->by_name, by_name);
    return table;
}

void symbols_free(struct symbol_table *table)
{
    if (!table)
        return;
    free(table->symbols);
    free(table->by_name);
    free(table->text);
    free(table);
}

size_t symbols_count(const struct symbol_table *table)
{
    return table->count;
}

const struct symbol *symbols_at(const struct symbol_table *table, size_t index)
{
    return &table->symbols[index];
}

/* ---- Finding --------------------------------------------------------------------------------- */

static size_t first_of_name(const struct symbol_table *table, const char *name, size_t length)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2, middle_length;
        const char *middle_name = index_name(table->by_name[middle], &middle_length);
        if (compare_names(middle_name, middle_length, name, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How a symbol fits the wanted key: clang's "function.name" says the function exactly. */
static bool fits(const struct symbol *symbol, const char *key)
{
    size_t file_length, wanted_length;
    const char *name = key_name(symbol->key, &file_length);
    const char *wanted = key_name(key, &wanted_length);
    if (!key_file_matches(symbol->key, file_length, key, wanted_length))
        return false;
    const char *hash = strchr(wanted, '#');
    if (!hash)
        return strcmp(name, wanted) == 0;
    if (!symbol->function_static)
        return false;
    const char *dot = strrchr(name, '.');
    if (isdigit((unsigned char)dot[1]))
        return true;
    size_t function_length = (size_t)(hash - wanted);
    return (size_t)(dot - name) == function_length &&
           memcmp(name, wanted, function_length) == 0;
}

static const struct symbol *find_named(const struct symbol_table *table, const char *key,
                                       const char *name, size_t length, bool *ambiguous)
{
    const struct symbol *found = NULL;
    for (size_t i = first_of_name(table, name, length); i < table->count; i++) {
        size_t candidate_length;
        const char *candidate = index_name(table->by_name[i], &candidate_length);
        if (compare_names(candidate, candidate_length, name, length) != 0)
            break;
        const struct symbol *symbol = table->by_name[i];
        if (strcmp(symbol->key, key) == 0)
            return symbol;
        if (!fits(symbol, key))
            continue;
        if (found && strchr(key, '#')) {
            *ambiguous = true;
            return NULL;
        }
        if (!found)
            found = symbol;
    }
    return found;
}

const struct symbol *symbols_find(const struct symbol_table *table, const char *key,
                                  bool *ambiguous)
{
    bool ignored;
    if (!ambiguous)
        ambiguous = &ignored;
    *ambiguous = false;
    const char *name = key_variable(key);
    const struct symbol *found = find_named(table, key, name, strlen(name), ambiguous);
    /* Written with its number ("file.c/name.3"), the index has it under the bare name. */
    const char *dot = strrchr(name, '.');
    if (!found && dot && !strchr(key, '#'))
        found = find_named(table, key, name, (size_t)(dot - name), ambiguous);
    return found;
}

static size_t count_up_to(const struct symbol_table *table, uint64_t address)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->symbols[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct symbol *symbols_find_address(const struct symbol_table *table, uint64_t address)
{
    const struct symbol *found = NULL;
    for (size_t i = count_up_to(table, address);
         i > 0 && table->symbols[i - 1].address == address; i--)
        if (table->symbols[i - 1].kind != SYMBOL_THREAD_LOCAL)
            found = &table->symbols[i - 1];
    return found;
}

const struct symbol *symbols_find_around(const struct symbol_table *table, uint64_t address)
{
    size_t count = count_up_to(table, address);
    const struct symbol *symbol = count ? &table->symbols[count - 1] : NULL;
    return symbol && symbol->kind != SYMBOL_THREAD_LOCAL &&
                   address - symbol->address < symbol->size
               ? symbol
               : NULL;
}
