/* dwarf_reader.h -- the inside of model_load: from a shared object to a struct program.
 *
 *      model.c               the order of things; look-ups afterwards
 *      model_companion.c     a companion file in place of all this
 *      model_image.c         the ELF file: is it one we can read; sections, symbols
 *      dwarf_abbreviations.c how entries are encoded
 *      dwarf_entries.c       one debugging information entry (DIE) read in one pass
 *      dwarf_files.c         which file a declaration is in (line table headers)
 *      dwarf_units.c         compile units and the names they have in keys
 *      dwarf_type_table.c    the types so far
 *      dwarf_types.c         DIEs to types: derived ones, base types, typedefs
 *      dwarf_definitions.c   structs, unions, enums, each definition once
 *      dwarf_equal.c         do two DIEs describe the same type?
 *      dwarf_walk.c          over all units: variables, functions, named types
 *      dwarf_variables.c     what the walk found, made into sorted tables
 *      model_annotations.c   the records of the .kitsune section
 *      model_points.c        those of them that are update points
 *
 * A DIE is identified by its address in the section's data (Dwarf_Die.addr), which libdw keeps in
 * place as long as the Dwarf handle lives.  The handle is closed when loading ends, so whatever
 * goes into the program is copied into its arena.
 */
#ifndef XFGEN_DWARF_READER_H
#define XFGEN_DWARF_READER_H

#include "model.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
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

/* The same for a short array in an arena. */
void *grow_in_arena(struct arena *arena, void *array_pointer, size_t *count, size_t *capacity,
                    size_t element_size);

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
    struct image_symbol *symbols;   /* of objects and functions, sorted by address */
    size_t symbol_count;
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

struct unit {
    Dwarf_Die die;             /* of the unit itself */
    const char *name;          /* DW_AT_name */
    const char *full;          /* with folders */
    const char *key_name;      /* in keys; NULL for units that are no source file */
    const struct file_list *files;
    bool is_compiled;          /* a compile unit: walked for variables and functions */
    const unsigned char *start, *end; /* header included */
    const struct abbreviation_table *abbreviations;
    uint64_t string_offsets;   /* DW_AT_str_offsets_base */
    unsigned version, offset_size;
};

/* ---- Types --------------------------------------------------------------------------------- */

/* A type while it is being loaded.  `type` is first: a struct type * of this program is one of
 * these. */
struct loaded_type {
    struct type type;
    Dwarf_Die die;              /* its definition; addr NULL for those without */
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
    Dwarf_Die root;
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
    Dwarf_Die root;
    Dwarf_Die definition;  /* where the type is looked for first */
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
    Dwarf *dwarf;
    struct unit **units;
    size_t unit_count, unit_capacity;
    struct pointer_map unit_by_cu, files_by_offset;
    struct source_file **sources; /* open addressing by full path */
    size_t source_count, source_capacity;
    Elf_Data *line_data, *line_string_data, *string_data;
    Elf_Data *string_offset_data, *abbreviation_data;
    struct pointer_map abbreviations_by_offset;
    struct unit *last_units[2]; /* most questions are about one of the last two units */
    struct type_table types;
    struct pointer_map compared; /* dwarf_equal.c's scratch */
    struct die_pair *pairs;
    size_t pair_count, pair_capacity;
    struct record_table records;
    struct annotation_record *annotations;
    size_t annotation_count, annotation_capacity;
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
void load_corrupt(struct loader *loader, Dwarf_Die *die, const char *what)
    __attribute__((noreturn));
/* With libdw's reason, when it was libdw that could make no sense of it. */
void load_corrupt_for_libdw(struct loader *loader, Dwarf_Die *die, const char *what)
    __attribute__((noreturn));
void load_warn(struct loader *loader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void image_open(struct loader *loader);
void image_close(struct image *image);
const struct image_section *image_section_at(const struct image *image, uint64_t address);
/* The symbol that starts at `address`; the i-th when there are several, NULL after the last. */
const struct image_symbol *image_symbol_at(const struct image *image, uint64_t address, size_t i);
Elf_Scn *image_find_section(const struct image *image, const char *name, GElf_Shdr *header);

/* ---- Companion files (model_companion.c) --------------------------------------------------- */

/* Whether the path is that of a companion file: says its name, or says the file itself. */
bool is_companion_path(const char *path);
/* program_path: see types_file_read(). */
struct program *companion_load(const char *path, const char *program_path, char **message);
/* Sets loader->instead when a companion lies beside the program; fails when it is not its own. */
bool companion_load_beside(struct loader *loader);

/* ---- Encoding (dwarf_abbreviations.c) ------------------------------------------------------ */

/* Bytes of a section.  Past the end everything reads as zero and `ended` is set. */
struct cursor {
    const unsigned char *at, *end;
    bool ended;
};

/* A number of up to eight bytes, little end first.  Here and not in a source file because the
 * loader spends its time with these two. */
static inline uint64_t take_bytes(struct cursor *cursor, unsigned size)
{
    uint64_t value = 0;
    unsigned i;

    if ((size_t)(cursor->end - cursor->at) < size) {
        cursor->ended = true;
        cursor->at = cursor->end;
        return 0;
    }
    for (i = 0; i < size; i++)
        value |= (uint64_t)*cursor->at++ << 8 * i;
    return value;
}

/* LEB128. */
static inline uint64_t take_unsigned(struct cursor *cursor)
{
    uint64_t value = 0;
    unsigned shift = 0, byte;

    do {
        if (cursor->at >= cursor->end) {
            cursor->ended = true;
            return 0;
        }
        byte = *cursor->at++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    return value;
}

int64_t take_signed(struct cursor *cursor);

struct attribute_form {
    unsigned name, form;
    int64_t constant; /* DW_FORM_implicit_const */
};

struct abbreviation {
    uint64_t code;
    int tag;
    bool has_children;
    struct attribute_form *forms;
    size_t form_count;
};

struct abbreviation_table {
    struct abbreviation *entries; /* sorted by code */
    size_t count;
};

const struct abbreviation_table *abbreviations_at(struct loader *loader, uint64_t offset);
const struct abbreviation *abbreviation_find(const struct abbreviation_table *table,
                                             uint64_t code);
void abbreviations_free(struct loader *loader);

/* ---- Entries (dwarf_entries.c) ------------------------------------------------------------- */

/* What one pass over an entry found. */
struct facts {
    int tag;
    const char *name;
    uint64_t byte_size, bit_size, bit_offset, data_bit_offset, member_location;
    uint64_t decl_file, decl_line, encoding, alignment, bound, count;
    int64_t value; /* DW_AT_const_value */
    bool has_byte_size, has_bit_size, has_data_bit_offset, has_decl_file, has_bound, has_count;
    bool has_code; /* an address or ranges */
    bool is_declaration, is_external, is_artificial, is_prototyped, is_vector;
    Dwarf_Attribute type, origin, signature, location; /* code 0 when absent */
    /* For going on to other entries: */
    bool has_children;
    uint64_t sibling_offset;
    const unsigned char *end; /* of the attributes */
};

/* origin: abstract origin or specification. */
void facts_read(struct loader *loader, Dwarf_Die *die, struct facts *facts);
/* The entry that a reference attribute leads to; corrupt when it leads nowhere. */
Dwarf_Die facts_follow(struct loader *loader, Dwarf_Die *die, const Dwarf_Attribute *attribute);
/* The string at an offset of a string section, or NULL. */
const char *text_in(const Elf_Data *data, uint64_t offset);

/* Over the children of an entry:
 *      for (more = children_first(...); more; more = children_next(...))
 *          ... children.die, children.facts ... */
struct children {
    Dwarf_Die die;
    struct facts facts;
    const unsigned char *after; /* set by who has visited the grandchildren: where they end */
    const unsigned char *end;   /* after the last step: past the whole list */
};

bool children_first(struct loader *loader, const Dwarf_Die *parent, const struct facts *facts,
                    struct children *children);
bool children_next(struct loader *loader, struct children *children);

/* ---- Units and files ----------------------------------------------------------------------- */

void units_load(struct loader *loader);
struct unit *unit_of(struct loader *loader, Dwarf_Die *die);
const struct file_list *files_of_line_table(struct loader *loader, uint64_t offset,
                                            const char *folder);
struct source_file *source_of(struct loader *loader, Dwarf_Die *die, const struct facts *facts);
char *path_join(struct arena *arena, const char *folder, const char *name);

/* ---- Types --------------------------------------------------------------------------------- */

/* Made of a kind and a name, or of whatever else; a new type with that hash at the end of its
 * bucket, so that candidates come in the order they were met. */
uint64_t types_name_hash(enum type_kind kind, const char *name);
struct loaded_type *types_in_bucket(const struct type_table *table, uint64_t hash);
struct loaded_type *types_add(struct loader *loader, enum type_kind kind, uint64_t hash);
struct type *types_find_named(struct loader *loader, enum type_kind kind, const char *name);
/* Fills in place, unit and from_system. */
void types_set_place(struct loader *loader, struct loaded_type *loaded, Dwarf_Die *die,
                     const struct facts *facts);
/* Another definition under a name goes to the end of the list that starts with the first. */
void types_link_same_name(struct loader *loader, struct type *type);
enum type_kind type_kind_of_tag(int tag);

/* The type of a DIE or of the DIE that facts->type leads to, members perhaps still to be read.
 * `depth` counts the derivations so far. */
struct type *types_resolve_at(struct loader *loader, Dwarf_Die *die, int depth);
struct type *types_target_of(struct loader *loader, Dwarf_Die *die, const struct facts *facts,
                             int depth);
struct type *definitions_resolve(struct loader *loader, Dwarf_Die *die,
                                 const struct facts *facts, int depth);
/* Reads the members of all that were defined since the last time. */
void definitions_fill(struct loader *loader);

void types_begin(struct loader *loader);
/* The type of a type's DIE, complete with everything it leads to. */
struct type *types_resolve(struct loader *loader, Dwarf_Die *die);
/* The type that facts->type leads to; void when there is none. */
struct type *types_resolve_attribute(struct loader *loader, Dwarf_Die *die,
                                     const struct facts *facts);
/* The function type of a subprogram. */
struct type *types_resolve_function(struct loader *loader, Dwarf_Die *die,
                                    const struct facts *facts);
/* Loads a named type that the walk passes, unless one of that description is known. */
void types_note_named(struct loader *loader, Dwarf_Die *die, const struct facts *facts);
/* Settles sizes and alignments, and makes the index of names. */
void types_finish(struct loader *loader);
/* "unsigned long" for "long unsigned int", as one of C's own spellings. */
char *canonical_base_name(struct arena *arena, const char *name);

/* True when both DIEs describe the same definition.  Records for each struct, union or enum on the
 * way that the one stands for the other. */
bool same_definition(struct loader *loader, Dwarf_Die *left, Dwarf_Die *right);

/* ---- Variables and functions --------------------------------------------------------------- */

void walk_units(struct loader *loader);
/* True when the location attribute says a place in memory for all time. */
bool location_is_static(Dwarf_Attribute *location, uint64_t *address, bool *is_thread_local);
/* The DIE that abstract origins and specifications lead to; `facts` become its. */
Dwarf_Die die_root(struct loader *loader, Dwarf_Die *die, struct facts *facts);
void functions_finish(struct loader *loader);
void variables_finish(struct loader *loader);
void locals_finish(struct loader *loader);

void annotations_read(struct loader *loader);
bool annotations_note_locals(const struct loader *loader, const struct unit *unit,
                             const char *function);
void annotations_attach(struct loader *loader);

/* One record of the kind `point`.  The texts must live as long as the program. */
void points_add(struct loader *loader, const char *subject, const char *annotation,
                const char *argument, struct source_place place);
void points_finish(struct loader *loader);

#endif
