/* check_binary.h -- a version's shared object as the dynamic loader sees it.
 *
 * The type model (xfgen/model.h) knows what the sources said; this knows what the file does when
 * it is loaded: whom it needs, what it gives and takes, which words the loader fills in, what runs
 * before main.  It reads stripped files too.
 *
 *      import   a symbol that another object defines
 *      slot     a word that the loader fills with an import's address (the global offset table,
 *               tables of functions in data)
 *      pointer  a word that the loader fills with an address inside this object
 */
#ifndef INSPECT_CHECK_BINARY_H
#define INSPECT_CHECK_BINARY_H

#include <elfutils/libdwfl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"

struct symbol {
    const char *name;
    uint64_t address, size;
    bool is_function;
};

struct section {
    const char *name;
    uint64_t address, size;
    const unsigned char *bytes; /* NULL: zeros (.bss) */
    bool is_code;
    bool is_constant; /* not writable once the program runs */
};

struct slot {
    uint64_t address;
    const char *import;
};

struct pointer {
    uint64_t address, target;
};

struct binary {
    const char *path;
    int descriptor;
    Elf *elf;
    Dwfl *finder;              /* owns dwarf */
    Dwarf *dwarf;              /* NULL: no debug information */
    struct arena *arena;
    struct section *sections;  /* in memory at run time, by address; no thread-local ones */
    size_t section_count, section_capacity;
    struct symbol *symbols;    /* functions and objects defined here, by address */
    size_t symbol_count, symbol_capacity;
    const char **imports;      /* sorted */
    size_t import_count, import_capacity;
    const char **exports;      /* sorted */
    size_t export_count, export_capacity;
    const char **unique_symbols;
    size_t unique_count, unique_capacity;
    struct slot *slots;        /* by address */
    size_t slot_count, slot_capacity;
    struct pointer *pointers;  /* by address */
    size_t pointer_count, pointer_capacity;
    const char **needed;       /* in the order of the file */
    size_t needed_count, needed_capacity;
    const char *run_path;      /* NULL: none */
    uint64_t *constructors;    /* addresses of functions */
    size_t constructor_count, constructor_capacity;
    uint64_t flags, flags_1;   /* DF_*, DF_1_* */
    bool has_symbol_table;     /* not stripped of it */
    bool has_thread_locals;
};

/* NULL on failure, with the reason in *message (malloc). */
struct binary *binary_open(const char *path, char **message);
/* One of which nothing is known: a companion file stands for it.  `elf` is NULL. */
struct binary *binary_unknown(const char *path);
void binary_close(struct binary *binary);

const struct section *binary_section_at(const struct binary *binary, uint64_t address);
/* The function or object whose extent holds `address`, or NULL. */
const struct symbol *binary_symbol_around(const struct binary *binary, uint64_t address);
/* The function that starts at `address`, or NULL. */
const struct symbol *binary_function_at(const struct binary *binary, uint64_t address);
const struct symbol *binary_function_named(const struct binary *binary, const char *name);
/* What the loader puts into the word at `address`; NULL when nothing. */
const struct slot *binary_slot_at(const struct binary *binary, uint64_t address);
const struct pointer *binary_pointer_at(const struct binary *binary, uint64_t address);
/* A function whose address the loader puts somewhere into [start, start + size); NULL: none. */
const struct symbol *binary_function_held(const struct binary *binary, uint64_t start,
                                          uint64_t size);
/* The NUL-terminated constant at `address`; NULL when there is none. */
const char *binary_text_at(const struct binary *binary, uint64_t address);
bool binary_imports(const struct binary *binary, const char *name);
bool binary_exports(const struct binary *binary, const char *name);

#endif
