/* symbols.h -- what an image's symbol table tells: keys and link-time addresses of its variables
 * and functions.
 *
 * Read from .symtab (from .dynsym in a stripped file, which then knows the exported globals only).
 * The linker writes the local symbols of each source file behind a symbol of the file's name, and
 * hidden globals behind one with an empty name; so file statics get the key "file.c/name".
 * Statics of functions appear as "name.NUMBER" (clang: "function.name"), without saying which
 * function they are in: their key is unknown here, see `function_static`.
 */
#ifndef KITSUNE_RUNTIME_SYMBOLS_H
#define KITSUNE_RUNTIME_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "files/elf_file.h"

enum symbol_kind { SYMBOL_VARIABLE, SYMBOL_THREAD_LOCAL, SYMBOL_FUNCTION };

struct symbol {
    const char *key;  /* of a function static: "file.c/name.NUMBER" */
    uint64_t address; /* link-time; thread-local: offset in the TLS block */
    uint64_t size;
    enum symbol_kind kind;
    bool is_writable;     /* a variable that the program can change (not .data.rel.ro) */
    bool function_static; /* the name has a dot in it */
};

struct symbol_table;

struct symbol_table *symbols_read(const struct elf_file *file);
void symbols_free(struct symbol_table *table);

size_t symbols_count(const struct symbol_table *table);
/* Sorted by address. */
const struct symbol *symbols_at(const struct symbol_table *table, size_t index);

/* NULL when there is none.  For "file.c/func#name" the one static of that file that is called
 * name in the source; *ambiguous (may be NULL) tells that there are several, so NULL. */
const struct symbol *symbols_find(const struct symbol_table *table, const char *key,
                                  bool *ambiguous);
/* The variable or function that contains the address. */
const struct symbol *symbols_find_around(const struct symbol_table *table, uint64_t address);
/* The variable or function that starts there. */
const struct symbol *symbols_find_address(const struct symbol_table *table, uint64_t address);

#endif
