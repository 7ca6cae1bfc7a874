/* model.h -- the type model: what one version of a program consists of, as the binary tells it.
 *
 * Read from a shared object's DWARF (dwarf_reader.h) and completed by the annotations in its
 * .kitsune section (model_annotations.c); or from the companion file that was made of it
 * (types_file.h), which has to hold whatever is added here.  The matcher pairs two of these.
 *
 *      program -- variables[] --> type graph <-- locals[]
 *              \- functions[]
 *
 * Invariants:
 *  - a struct, union, enum or typedef of one name and definition is one `struct type`, however
 *    many compile units describe it, so `==` compares named types; declarations without a body
 *    are replaced by their definition where any unit has one;
 *  - `target` of a pointer to void is the TYPE_VOID type, never NULL;
 *  - arrays of several dimensions are arrays of arrays, outermost first;
 *  - a derived type (pointer, array, function, typedef, qualified) has a larger id than what it is
 *    derived from; chains of derived types, and of structs in structs, are shorter than
 *    TYPE_DEPTH_LIMIT: so whoever follows types needs no guard;
 *  - everything is owned by the program's arena: model_free(program) ends it all.
 */
#ifndef XFGEN_MODEL_H
#define XFGEN_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum type_kind {
    TYPE_VOID,
    TYPE_BASE,      /* integers, floats, bool, char; see encoding */
    TYPE_ENUM,
    TYPE_STRUCT,
    TYPE_UNION,
    TYPE_POINTER,
    TYPE_ARRAY,
    TYPE_FUNCTION,
    TYPE_TYPEDEF,
    TYPE_QUALIFIED, /* const, volatile, restrict or _Atomic around target */
    TYPE_PARAMETER, /* a generic's @t; made by the matcher, never by the loader */
};

enum { TYPE_DEPTH_LIMIT = 1000 };

enum type_qualifier { QUALIFIER_CONST = 1, QUALIFIER_VOLATILE = 2, QUALIFIER_RESTRICT = 4,
                      QUALIFIER_ATOMIC = 8 };

/* Where something was declared, as DWARF says it.  file may be NULL. */
struct source_place {
    const char *file;
    int line;
};

enum annotation_kind {
    ANNOTATION_PTR,
    ANNOTATION_PTRARRAY,  /* argument: length expression */
    ANNOTATION_ARRAY,     /* argument: length expression */
    ANNOTATION_SZ,
    ANNOTATION_OPAQUE,
    ANNOTATION_IGNORE,
    ANNOTATION_CUSTOM,    /* argument: "malloc_fn,free_fn" */
    ANNOTATION_GENERIC,   /* argument: "@t,@u" */
    ANNOTATION_T,         /* argument: "@t" or a type name */
    ANNOTATION_G,         /* argument: comma-separated generic arguments */
    ANNOTATION_CONTAINER, /* argument: "type, member" */
    ANNOTATION_TAGGED,    /* argument: expression */
    ANNOTATION_MANUAL_MIGRATE,
    ANNOTATION_AUTO_MIGRATE,
    ANNOTATION_NOTELOCALS,
};

/* One annotation on a variable, member or typedef.  `level` counts the derivations (pointers and
 * arrays) between the declared name and the annotated type: in
 *      void E_T(@t) **E_PTRARRAY(self.n) p;
 * E_PTRARRAY has level 0 (the pointer that p is) and E_T level 2 (the void).  Annotations on a
 * struct or union itself (E_GENERIC, E_OPAQUE, E_CUSTOM after the closing brace) have level 0. */
struct annotation {
    enum annotation_kind kind;
    int level;
    const char *argument; /* "" when there is none */
    struct source_place place;
    struct annotation *next;
};

struct member {
    const char *name; /* NULL for an anonymous struct or union member */
    struct type *type;
    uint64_t offset;      /* bytes from the start of the struct */
    uint32_t bit_size;    /* 0: not a bit-field */
    uint32_t bit_offset;  /* bit-fields: bits from the start of the struct, little end first */
    struct source_place place;
    struct annotation *annotations;
};

struct enumerator {
    const char *name;
    int64_t value;
};

struct type {
    enum type_kind kind;
    const char *name;    /* tag, typedef name or base type name; NULL when anonymous */
    uint64_t size;       /* bytes; 0 for void, functions and incomplete types */
    uint32_t alignment;  /* natural alignment in bytes, 1 at least; explicit one if DWARF has it */
    bool incomplete;     /* declared, never defined, in this program */
    bool from_system;    /* declared in a system header: its layout belongs to a library */
    bool is_variadic;    /* functions */
    uint32_t qualifiers; /* TYPE_QUALIFIED: one bit set of enum type_qualifier */
    uint32_t encoding;   /* TYPE_BASE, TYPE_ENUM: DW_ATE_* */
    struct source_place place;
    struct type *target; /* pointee, element, aliased, qualified, returned */
    uint64_t count;      /* arrays: elements; 0 with is_flexible */
    bool is_flexible;    /* T x[] or T x[0] */
    struct member *members;          /* structs, unions; functions: the parameters */
    size_t member_count;
    struct enumerator *enumerators;
    size_t enumerator_count;
    struct annotation *annotations;
    const char *unit;    /* named types: the first compile unit that defines it, written as in
                            variable keys; NULL when DWARF does not say (type units) */
    struct type *same_name_next; /* another definition under the same kind and name (a tag used
                            privately by several units), or NULL */
    int id;              /* small, dense, unique in the program: index for side tables */
};

/* A variable of static storage duration.  Keys: "global", "file.c/static",
 * "file.c/function#static_local"; file.c is the compile unit's file name without folders, or with
 * as many of its folders as it takes to tell it from another unit of that name.  A source file
 * compiled into the program twice is "file.c" and "file.c(2)"; the second static `x` of a function
 * is "file.c/function#x@2". */
struct variable {
    const char *key;
    const char *name;
    const char *file;     /* as in the key; for globals the defining unit's */
    const char *function; /* static locals; else NULL */
    struct type *type;
    uint64_t address;     /* link-time; thread-locals: offset in the TLS block */
    bool has_address;     /* false: optimised out, there is no state */
    bool is_global;
    bool is_thread_local;
    bool is_constant;     /* its section is not writable when the program runs
                             (rodata, or .data.rel.ro) */
    struct source_place place;
    struct annotation *annotations;
};

/* A parameter or automatic variable: key "function#name". */
struct local {
    const char *key;
    const char *name;
    const char *file;
    const char *function;
    struct type *type;
    bool is_noted;        /* its function is marked E_NOTELOCALS, or notes by hand */
    bool is_parameter;
    struct source_place place;
    struct annotation *annotations;
};

struct function {
    const char *key;      /* "name", or "file.c/name" for a static one */
    const char *name;
    const char *file;
    struct type *type;    /* TYPE_FUNCTION */
    uint64_t address;
    uint64_t size;
    bool is_global;
    struct source_place place;
};

/* A call of kitsune_update(), as kitcc recorded it. */
struct update_point {
    const char *name;     /* NULL: not a string literal, so only the running program knows it */
    const char *function; /* that the call stands in */
    const char *file;     /* of that function, as in keys */
    struct source_place place;
};

/* A source file that is not a library's. */
struct program_file {
    const char *shown; /* as the compiler was given it: the pointer that is in the places */
    const char *full;  /* where that was then */
};

struct program {
    const char *path;
    const char *build_id;  /* lower-case hex */
    bool has_no_addresses; /* the addresses are not those of the program that runs, which was
                              linked later: only its keys count, and build_id is "" */
    struct type **types;   /* by id */
    size_t type_count;
    struct variable *variables; /* sorted by key */
    size_t variable_count;
    struct local *locals;       /* sorted by key */
    size_t local_count;
    struct function *functions; /* sorted by key */
    size_t function_count;
    struct update_point *update_points; /* sorted by name and place; nameless ones first */
    size_t update_point_count;
    struct program_file *files;
    size_t file_count;
    struct type **named_types;  /* sorted by kind, name and id, for model_find_type */
    size_t named_type_count;
    uint64_t largest_unnamed;   /* bytes of the largest compound literal outside of functions: DWARF
                                   is silent about them.  0: there are none */
    const char **warnings;      /* one line each; nothing that stops the work */
    size_t warning_count;
    struct arena *arena;
};

/* Reads a version: a shared object with debug information, or its companion file; for a shared
 * object without, the companion beside it (PATH.ktt, or PATH with .ktt in place of .so).  NULL on
 * failure, with a one-line reason (what, where, what to do) in *message, allocated with malloc. */
struct program *model_load(const char *path, char **message);
void model_free(struct program *program);

struct variable *model_find_variable(const struct program *program, const char *key);
struct local *model_find_local(const struct program *program, const char *key);
struct function *model_find_function(const struct program *program, const char *key);
/* kind is TYPE_STRUCT, TYPE_UNION, TYPE_ENUM, TYPE_TYPEDEF or TYPE_BASE.  Complete definitions
 * come first. */
struct type *model_find_type(const struct program *program, enum type_kind kind,
                             const char *name);
/* The first of that name. */
const struct update_point *model_find_update_point(const struct program *program,
                                                   const char *name);

/* Makes named_types, when all types are there. */
void model_index_names(struct program *program);

/* Everything above as text: for people, and for tests. */
void model_print(const struct program *program, FILE *stream);

/* The type below typedefs and qualifiers. */
struct type *type_strip(struct type *type);
/* The type as C writes it around a declared name ("char *name[4]"); `name` may be "".  Allocated
 * with malloc. */
char *type_to_string(const struct type *type, const char *name);
const char *annotation_kind_name(enum annotation_kind kind); /* "E_PTRARRAY" */

/* Memory that lives as long as the program description; zeroed. */
void *arena_allocate(struct arena *arena, size_t size);
char *arena_copy_string(struct arena *arena, const char *text);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Room for one more element in an array that grows by doubling; the address of that element. */
void *grow_in_arena(struct arena *arena, void *array_pointer, size_t *count, size_t *capacity,
                    size_t element_size);
struct arena *arena_new(void);
void arena_free(struct arena *arena);

#endif
