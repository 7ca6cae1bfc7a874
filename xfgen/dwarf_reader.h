/* dwarf_reader.h -- the inside of model_load: from a shared object to a struct program.
 *
 *      model.c               the order of things; look-ups afterwards
 *      model_companion.c     a companion file in place of all this
 *      model_objects.c       object files, linked on trial first
 *      debug_file.c          a file's debug sections
 *      debug_search.c        where debug information is, when it is not in the program
 *      debug_split.c         .dwo files and .dwp packages (-gsplit-dwarf)
 *      model_image.c         the ELF file: is it one we can read; sections, symbols
 *      dwarf_abbreviations.c how entries are encoded
 *      dwarf_values.c        attributes and what they are worth
 *      dwarf_entries.c       one debugging information entry (DIE) read in one pass
 *      dwarf_children.c      from entry to entry
 *      dwarf_files.c         which file a declaration is in (line table headers)
 *      dwarf_addresses.c     addresses of variables and functions
 *      dwarf_units.c         the units, and what their root entries say of all others
 *      dwarf_unit_names.c    the names that compile units have in keys
 *      dwarf_type_table.c    the types so far
 *      dwarf_types.c         DIEs to types: derived ones, base types, typedefs
 *      dwarf_definitions.c   structs, unions, enums, each definition once
 *      dwarf_equal.c         do two DIEs describe the same type?
 *      dwarf_walk.c          over all units: variables, functions, named types
 *      dwarf_variables.c     what the walk found, made into sorted tables
 *      model_annotations.c   the records of the .kitsune section
 *      model_points.c        those of them that are update points
 *
 * A DIE is identified by its address in the section's data, which stays in place until loading
 * ends; whatever goes into the program is copied into its arena.
 *
 * The sections are read by libelf, their contents here and not by libdw: that does not know .dwp
 * packages (before 0.191), and searches an entry from its start for each attribute asked for, which
 * for the millions of entries of a large program takes several times as long as all the rest.
 */
#ifndef XFGEN_DWARF_READER_H
#define XFGEN_DWARF_READER_H

#include "debug_file.h"
#include "dwarf_values.h"
#include "model.h"

#include <dwarf.h>
#include <gelf.h>
#include <setjmp.h>

/* ---- Tables (model_table.c) ---------------------------------------------------------------- */

/* From an address to a pointer; no removal.  Starts out as all zeros. */
struct pointer_map {
    struct pointer_slot {
        const void *key;
        void *value;
    } *slots;
    size_t capacity, count; /* capacity: a power of two, or 0 */
};

void *pointer_map_get(const struct pointer_map *map, const void *key);
void pointer_map_put(struct pointer_map *map, const void *key, void *value);
void pointer_map_clear(struct pointer_map *map);
void pointer_map_free(struct pointer_map *map);

/* Room for one more element in an array that grows by doubling; the address of that element. */
void *grow(void *array_pointer, size_t *count, size_t *capacity, size_t element_size);

uint64_t hash_text(const char *text); /* NULL counts as "" */
uint64_t hash_mix(uint64_t hash, uint64_t value);

/* ---- The ELF file (model_image.c) ---------------------------------------------------------- */

/* A section that is in memory when the program runs; thread-local ones are left out, since their
 * addresses are those of the initial image. */
struct image_section {
    const char *name;
    uint64_t address, size;
    bool is_constant;
};

struct image_symbol {
    const char *name;
    uint64_t address, size;
    bool is_function;
    bool is_writable; /* lies in a section that the program can write to */
};

struct image {
    int descriptor;
    Elf *elf;
    uint64_t file_size;
    struct image_section *sections; /* sorted by address */
    size_t section_count;
    uint64_t thread_address, thread_size; /* of the initial image of thread-local variables */
    struct image_symbol *symbols;   /* of objects and functions, sorted by address */
    size_t symbol_count, symbol_capacity;
};

/* ---- Units --------------------------------------------------------------------------------- */

/* One source file, however many units mention it: the address identifies it. */
struct source_file {
    const char *full;  /* absolute, without . and .. */
    const char *shown; /* as the compiler was given it; NULL for "<built-in>" */
    bool is_system;
};

struct file_list {
    struct source_file **files; /* by DW_AT_decl_file; NULL where there is none */
    size_t count;
};

/* An entry. */
struct die {
    const unsigned char *addr; /* NULL: none */
    struct unit *unit;
};

struct unit {
    struct die die;            /* of the unit itself */
    size_t number;             /* in the order of the debug information */
    struct debug_file *file;   /* that it is in */
    const char *name;          /* DW_AT_name */
    const char *folder;        /* DW_AT_comp_dir, or NULL */
    const char *full;          /* with folders */
    const char *key_name;      /* in keys; NULL for units that are no source file */
    const struct file_list *files;
    int tag;
    bool is_compiled;          /* a compile unit: walked for variables and functions */
    bool is_added;             /* to loader->units */
    const struct unit *importer; /* dwarf_walk.c's: the last that its variables were noted for */
    const unsigned char *start, *end; /* header included */
    unsigned version, offset_size;
    enum unit_type { UNIT_WHOLE, UNIT_OF_TYPE, UNIT_SKELETON, UNIT_SPLIT } type;
    uint64_t identity;         /* of a type: its signature; of the two halves of a split unit */
    struct die described;      /* UNIT_OF_TYPE: the type */
    struct unit *skeleton;     /* UNIT_SPLIT: the other half */
    const struct contribution *contribution; /* its part of the file's sections */
    const struct abbreviation_table *abbreviations;
    /* Tables that entries say the index in, from where this unit's begin. */
    struct span string_offsets, addresses, range_lists;
    uint64_t ranges_base;      /* GNU's split DWARF 4 */
    uint64_t low_pc;           /* what ranges count from */
};

/* ---- Types --------------------------------------------------------------------------------- */

/* A type while it is being loaded.  `type` is first: a struct type * of this program is one of
 * these. */
struct loaded_type {
    struct type type;
    struct die die;              /* its definition; addr NULL for those without */
    uint64_t hash;
    const void *last_unit;      /* the unit whose DIE was last found to be this type */
    struct source_file *source; /* where it is declared */
    uint32_t member_alignment;  /* the largest that a member asks for by attribute */
    unsigned depth;             /* derivations from what it is derived from in the end */
    unsigned height;            /* structs in structs below it */
    bool is_checked;            /* layout settled: sizes and alignment are final */
    bool is_being_checked;
    struct loaded_type *bucket_next;
};

struct type_table {
    struct loaded_type **buckets;
    size_t bucket_count, count;
    struct pointer_map by_die;
    struct loaded_type **to_fill; /* structs and enums whose members are still to be read */
    size_t to_fill_count, to_fill_capacity;
    size_t capacity;              /* of program->types */
    struct member *members;       /* of the struct being read; here so that no failure leaks them */
    size_t member_capacity;
    struct enumerator *enumerators;
    size_t enumerator_capacity;
    struct type *void_type;
    unsigned settling; /* how deep type_layout.c is in structs */
};

/* ---- Variables and functions --------------------------------------------------------------- */

/* A function met in the walk, identified by its root DIE: the one that abstract origins and
 * specifications lead to. */
struct function_record {
    struct die root;
    struct unit *unit;
    const char *name;      /* NULL: see function_by_place() on clang's nameless ones */
    struct source_place place;
    struct source_file *source;
    uint64_t address, size;
    int fitness;           /* how well the address suits: see fitness_of() */
    bool is_global;
    bool notes_by_hand;    /* declares kitsune_frame_ */
    bool is_noted;         /* either way */
};

struct variable_record {
    struct die root;
    struct die definition;  /* where the type is looked for first */
    struct unit *unit;
    struct function_record *function; /* NULL at file scope */
    const char *name;
    bool scope_known;      /* unit and function are those of the root */
    bool is_global, has_address, is_thread_local;
    uint64_t address;
};

struct record_table {
    struct variable_record **variables; /* in the order met */
    size_t variable_count, variable_capacity;
    struct function_record **functions;
    size_t function_count, function_capacity;
    struct pointer_map variable_by_root, function_by_root;
    struct pointer_map walked_again; /* units */
    struct local *locals;
    size_t local_count, local_capacity;
};

/* One record of .kitsune, its fields cut apart. */
struct annotation_record {
    const char *kind, *subject, *path, *argument;
    enum annotation_kind annotation;
    int level;
    struct source_place place;
};

struct loader {
    struct program *program;
    struct program *instead;  /* read from a companion file, in place of the above; or NULL */
    struct arena *arena;      /* the program's */
    struct arena *scratch;    /* ends with the loader */
    struct image image;
    struct debug_file *debug; /* the one with the program's own units */
    struct debug_file *debug_files; /* all that are open */
    struct debug_file *package;     /* .dwp, or NULL */
    bool has_looked_for_package;
    struct unit **units;      /* whose entries are walked */
    size_t unit_count, unit_capacity, scanned_count;
    struct pointer_map type_units; /* by signature */
    struct pointer_map files_by_offset;
    struct source_file **sources; /* open addressing by full path */
    size_t source_count, source_capacity;
    struct pointer_map abbreviations_by_offset;
    struct abbreviation *abbreviations; /* of the table being read, and the attributes of one */
    struct attribute_form *forms;
    size_t abbreviation_capacity, form_capacity;
    struct type_table types;
    struct pointer_map compared; /* dwarf_equal.c's scratch */
    struct die_pair *pairs;
    size_t pair_count, pair_capacity;
    struct record_table records;
    struct annotation_record *annotations;
    size_t annotation_count, annotation_capacity;
    unsigned *searched;          /* by type id: the last search for a member that came there */
    unsigned search;
    bool has_like_named_units;   /* some key names need folders or a number */
    bool has_hand_notes;         /* the program calls kitsune_enter_function */
    size_t warning_capacity, update_point_capacity;
    char *message;
    jmp_buf failed;
};

/* Ends the loading with a message: "PATH: " and the text.  Jumps, because DIEs are read deep inside
 * recursions that have nothing sensible to do about a corrupt one. */
void load_failed(struct loader *loader, const char *format, ...)
    __attribute__((noreturn, format(printf, 2, 3)));
/* The same for DWARF that does not make sense at `die` (may be NULL). */
void load_corrupt(struct loader *loader, const struct die *die, const char *what)
    __attribute__((noreturn));
void load_warn(struct loader *loader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void image_open(struct loader *loader);
void image_close(struct image *image);
const struct image_section *image_section_at(const struct image *image, uint64_t address);
/* The symbol that starts at `address`; the i-th when there are several, NULL after the last. */
const struct image_symbol *image_symbol_at(const struct image *image, uint64_t address, size_t i);
/* Symbols of the file that was split off, when the program itself has lost its own. */
void image_add_symbols(struct loader *loader, Elf *elf);

/* ---- Companion files (model_companion.c) --------------------------------------------------- */

/* Whether the path is that of a companion file: says its name, or says the file itself. */
bool is_companion_path(const char *path);
/* program_path: see types_file_read(). */
struct program *companion_load(const char *path, const char *program_path, char **message);
/* Sets loader->instead when a companion lies beside the program; fails when it is not its own. */
bool companion_load_beside(struct loader *loader);

/* ---- Object files (model_objects.c) -------------------------------------------------------- */

/* NAME.ktt, but an object file. */
bool is_objects_path(const char *path);
struct program *objects_load(const char *path, char **message);

/* ---- Entries (dwarf_entries.c, dwarf_children.c) --------------------------------------------- */

/* What one pass over an entry found. */
struct facts {
    int tag;
    const char *name;
    uint64_t byte_size, bit_size, bit_offset, data_bit_offset, member_location;
    uint64_t decl_file, decl_line, encoding, alignment, bound, count;
    int64_t value; /* DW_AT_const_value */
    bool has_byte_size, has_bit_size, has_data_bit_offset, has_decl_file, has_bound, has_count;
    bool is_declaration, is_external, is_artificial, is_prototyped, is_vector;
    struct value type, origin, signature, location, import; /* form 0 when absent */
    struct value low_pc, high_pc, ranges;
    /* For going on to other entries: */
    bool has_children;
    uint64_t sibling_offset;
    const unsigned char *end; /* of the attributes */
};

/* origin: abstract origin or specification. */
void facts_read(struct loader *loader, const struct die *die, struct facts *facts);
/* The entry that a reference attribute leads to; corrupt when it leads nowhere. */
struct die facts_follow(struct loader *loader, const struct die *die,
                        const struct value *reference);
/* Over the children of an entry:
 *      for (more = children_first(...); more; more = children_next(...))
 *          ... children.die, children.facts ... */
struct children {
    struct die die;
    struct facts facts;
    const unsigned char *after; /* set by who has visited the grandchildren: where they end */
    const unsigned char *end;   /* after the last step: past the whole list */
    bool only_walked;
};

/* Those only in which the walk over the units finds something. */
bool children_first_walked(struct loader *loader, const struct die *parent,
                           const struct facts *facts, struct children *children);
bool children_first(struct loader *loader, const struct die *parent, const struct facts *facts,
                    struct children *children);
bool children_next(struct loader *loader, struct children *children);

/* ---- Units and files ----------------------------------------------------------------------- */

void units_load(struct loader *loader);
/* The units of a file, added to file->units. */
void units_scan(struct loader *loader, struct debug_file *file);
/* One unit of a package; the contribution must live as long. */
void units_scan_package(struct loader *loader, struct debug_file *package,
                        const struct contribution *contribution, enum debug_section section);
/* Reads a unit's root entry; then its other entries can be read.  For a skeleton, the name of the
 * file with the other half, or NULL. */
const char *unit_open(struct loader *loader, struct unit *unit);
/* Its entries will be walked. */
void unit_add(struct loader *loader, struct unit *unit);
/* The unit of a file in which an address lies, or NULL. */
struct unit *unit_at(const struct debug_file *file, const unsigned char *address);
void name_units(struct loader *loader);
/* The half of a skeleton unit that is in another file. */
void split_unit_load(struct loader *loader, struct unit *skeleton, const char *dwo_name);
/* `table_offset`: DW_AT_stmt_list. */
const struct file_list *files_of_line_table(struct loader *loader, const struct debug_file *file,
                                            uint64_t table_offset, const char *folder);
struct source_file *source_of(struct die *die, const struct facts *facts);
char *path_join(struct arena *arena, const char *folder, const char *name);

/* ---- Addresses (dwarf_addresses.c) --------------------------------------------------------- */

/* True when the location attribute says a place in memory for all time. */
bool location_is_static(const struct unit *unit, const struct value *location, uint64_t *address,
                        bool *is_thread_local);
/* Where a function's code begins, and how long it (its first part, when it has several) is. */
bool code_of(const struct unit *unit, const struct facts *facts, uint64_t *address,
             uint64_t *size);
/* The address that DW_AT_low_pc says. */
bool address_of_value(const struct unit *unit, const struct value *value, uint64_t *address);

/* ---- Types --------------------------------------------------------------------------------- */

/* Made of a kind and a name, or of whatever else; a new type with that hash at the end of its
 * bucket, so that candidates come in the order they were met. */
uint64_t types_name_hash(enum type_kind kind, const char *name);
struct loaded_type *types_in_bucket(const struct type_table *table, uint64_t hash);
struct loaded_type *types_add(struct loader *loader, enum type_kind kind, uint64_t hash);
struct type *types_find_named(struct loader *loader, enum type_kind kind, const char *name);
/* Fills in place, unit and from_system. */
void types_set_place(struct loaded_type *loaded, struct die *die,
                     const struct facts *facts);
/* Another definition under a name goes to the end of the list that starts with the first. */
void types_link_same_name(struct loader *loader, struct type *type);
enum type_kind type_kind_of_tag(int tag);

/* The type of a DIE or of the DIE that facts->type leads to, members perhaps still to be read.
 * `depth` counts the derivations so far. */
struct type *types_resolve_at(struct loader *loader, struct die *die, int depth);
struct type *types_target_of(struct loader *loader, struct die *die, const struct facts *facts,
                             int depth);
struct type *definitions_resolve(struct loader *loader, struct die *die,
                                 const struct facts *facts, int depth);
/* Reads the members of all that were defined since the last time. */
void definitions_fill(struct loader *loader);

void types_begin(struct loader *loader);
/* The type of a type's DIE, complete with everything it leads to. */
struct type *types_resolve(struct loader *loader, struct die *die);
/* The type that facts->type leads to; void when there is none. */
struct type *types_resolve_attribute(struct loader *loader, struct die *die,
                                     const struct facts *facts);
/* The function type of a subprogram. */
struct type *types_resolve_function(struct loader *loader, struct die *die,
                                    const struct facts *facts);
/* Loads a named type that the walk passes, unless one of that description is known. */
void types_note_named(struct loader *loader, struct die *die, const struct facts *facts);
/* Settles sizes and alignments, and makes the index of names. */
void types_finish(struct loader *loader);
/* "unsigned long" for "long unsigned int", as one of C's own spellings. */
char *canonical_base_name(struct arena *arena, const char *name);

/* True when both DIEs describe the same definition.  Records for each struct, union or enum on the
 * way that the one stands for the other. */
bool same_definition(struct loader *loader, struct die *left, struct die *right);

/* ---- Variables and functions --------------------------------------------------------------- */

void walk_units(struct loader *loader);
/* The DIE that abstract origins and specifications lead to; `facts` become its. */
struct die die_root(struct loader *loader, struct die *die, struct facts *facts);
void functions_finish(struct loader *loader);
void variables_finish(struct loader *loader);
void locals_finish(struct loader *loader);

void annotations_read(struct loader *loader);
/* Some local or parameter of the function has an annotation. */
bool annotations_on_locals(const struct loader *loader, const struct unit *unit,
                           const char *function);
bool annotations_note_locals(const struct loader *loader, const struct unit *unit,
                             const char *function);
void annotations_attach(struct loader *loader);

/* One record of the kind `point`.  The texts must live as long as the program. */
void points_add(struct loader *loader, const char *subject, const char *annotation,
                const char *argument, struct source_place place);
void points_finish(struct loader *loader);

#endif
