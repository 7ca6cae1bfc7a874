/* schema.h -- what the generator of the property test makes up: the types and variables of a
 * program, in several versions.
 *
 * A `member` has an identity, its `id`, that it keeps through all versions, whatever it is called
 * there, whatever its type is there and wherever it stands.  So a version is nothing but a list of
 * members for each struct, and what an update has to do to each follows from comparing two lists by
 * id; both the .xf file and the oracle are written from that comparison.
 *
 *      version --+-- records[]   structs; members[], each perhaps in a group (an inner struct)
 *                +-- root        the variables, as if they were the members of one big struct
 *                +-- classes[]   typedefs of numbers, whose type may change everywhere at once
 *                +-- enumerations[], functions[], unions[]
 *
 * Everything is of a fixed size and holds no pointers, so that the next version is a copy of the
 * last one, changed.
 */
#ifndef PROPERTY_SCHEMA_H
#define PROPERTY_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
    MOST_VERSIONS = 4,
    MOST_RECORDS = 10,
    MOST_MEMBERS = 28,
    MOST_GROUPS = 3,
    MOST_CLASSES = 4,
    MOST_ENUMERATIONS = 3,
    MOST_ENUMERATORS = 8,
    MOST_FUNCTIONS = 5,
    MOST_UNIONS = 6,
    MOST_ALTERNATIVES = 4,
    NAME_LENGTH = 24,
};

enum shape_kind {
    SHAPE_INTEGER,        /* type: index of number_types */
    SHAPE_BITS,           /* a bit-field of `width` bits; type: as above */
    SHAPE_FLOATING,       /* type: index of number_types */
    SHAPE_NUMBER,         /* type: class, through its typedef */
    SHAPE_ENUM,           /* type: enumeration */
    SHAPE_TEXT,           /* char[count] */
    SHAPE_STRING,         /* char * */
    SHAPE_FUNCTION,       /* pointer to one of the functions */
    SHAPE_OPAQUE,         /* void *E_OPAQUE, some bits */
    SHAPE_IGNORED,        /* an int that nobody looks at, E_IGNORE */
    SHAPE_MARK,           /* not 0: the struct is a heap block of its own; a serial number */
    SHAPE_COUNT,          /* type: index of number_types; the length of a vector, or a union's tag */
    SHAPE_POINTER,        /* to one `type` record, wherever it is */
    SHAPE_TYPED_POINTER,  /* the same as void *E_T(...) */
    SHAPE_NUMBER_POINTER, /* to one number of class `type`, inside something */
    SHAPE_VECTOR,         /* to an array of records on the heap, as long as `length` says */
    SHAPE_POINTER_VECTOR, /* to an array of pointers to records on the heap */
    SHAPE_NUMBER_VECTOR,  /* to an array of numbers of class `type` on the heap */
    SHAPE_CURSOR,         /* into the vector member `length`, or to its end */
    SHAPE_RECORD,         /* a record by value */
    SHAPE_UNION,          /* type: index of unions; `length` is its tag */
    SHAPE_NUMBER_TAIL,    /* a flexible array of numbers of class `type` */
    SHAPE_RECORD_TAIL,    /* a flexible array of records */
};

/* How an annotation says the length of a vector, from the count member. */
enum length_form { LENGTH_PLAIN, LENGTH_PLUS_ONE, LENGTH_TWICE, LENGTH_CONSTANT };

struct shape {
    enum shape_kind kind;
    int type;
    int width;
    int count;             /* > 0: an array of that many; of SHAPE_TEXT, its characters */
    int inner_count;       /* > 0: an array of arrays */
    int length;            /* id of the member that counts, or tags */
    enum length_form form; /* LENGTH_CONSTANT: `width` elements */
    bool late;             /* the annotation stands behind the name */
};

enum storage { STORAGE_GLOBAL, STORAGE_STATIC, STORAGE_FUNCTION };

struct member {
    int id;
    char name[NAME_LENGTH];
    struct shape shape;
    int group; /* -1: none */
    enum storage storage; /* of variables outside of groups */
    bool lasting; /* every version has it, so it may be the only way to something */
    bool pointable; /* and no version converts it by code, so pointers to it can be carried over */
    int least_count; /* of its arrays, over all versions */
    int least_width; /* of its bit-fields */
    int initial; /* a variable's initial value */
};

struct group {
    char name[NAME_LENGTH]; /* empty: an anonymous struct */
};

enum spelling { SPELLED_STRUCT, SPELLED_TYPEDEF, SPELLED_BOTH };

struct record {
    char name[NAME_LENGTH];
    enum spelling spelling;
    bool has_tail;   /* ends in a flexible array, so it is never inside of something */
    bool is_custom;  /* from the program's own allocator */
    int member_count, group_count;
    struct member members[MOST_MEMBERS];
    struct group groups[MOST_GROUPS];
};

struct class {
    char name[NAME_LENGTH];
    int type;
};

struct enumeration {
    char name[NAME_LENGTH];
    int count;
    int common; /* enumerators [0, common) are in every version */
    int order[MOST_ENUMERATORS];
    int values[MOST_ENUMERATORS];
};

struct alternatives {
    int count;
    struct member members[MOST_ALTERNATIVES];
};

struct version {
    int index;
    int record_count, class_count, enumeration_count, function_count, union_count;
    struct record records[MOST_RECORDS];
    struct record root;
    struct class classes[MOST_CLASSES];
    struct enumeration enumerations[MOST_ENUMERATIONS];
    char functions[MOST_FUNCTIONS][NAME_LENGTH];
    struct alternatives unions[MOST_UNIONS];
};

/* What a test case is: the versions 0 ... n-1, updated in a ring. */
struct schema {
    uint64_t seed;
    int next_id;
    int version_count;
    int change_rate; /* percent: how much evolves */
    int code_rate;   /* percent: how much is converted by code without need */
    int limit;       /* most records and variables: smaller for a smaller failing case */
    struct version versions[MOST_VERSIONS];
};

/* ---- Numbers --------------------------------------------------------------------------------- */

struct number_type {
    const char *name;
    int size;
    bool is_signed, is_floating, is_bool;
};

extern const struct number_type number_types[];
enum { INTEGER_TYPES = 11, FLOATING_TYPES = 3, NUMBER_TYPES = INTEGER_TYPES + FLOATING_TYPES,
       TYPE_INT = 5, TYPE_DOUBLE = INTEGER_TYPES + 1 };

/* ---- chance.c: the generator's own random numbers -------------------------------------------- */

void chance_begin(uint64_t seed);
int below(int limit);
bool percent(int chance);
/* A number that depends on its arguments alone: for decisions that two writers have to take
 * alike. */
int decided(const struct schema *schema, int from, int to, int id, int limit);

/* ---- random_types.c, evolution.c ------------------------------------------------------------- */

void invent(struct schema *schema);
void add_random_member(struct schema *schema, struct version *version, struct record *record,
                       bool plain);
void evolve(struct schema *schema, const struct version *from, struct version *to);
/* What holds over all versions: member.lasting and its fellows. */
void find_what_lasts(struct schema *schema);
bool is_root(const struct version *version, const struct record *record);

/* ---- pairing.c: what becomes of a member ----------------------------------------------------- */

struct member *find_member(const struct record *record, int id);
/* Of `record` of one version the same of another. */
const struct record *same_record(const struct version *from, const struct record *record,
                                 const struct version *to);
/* The members in the order of their ids: the same in every version. */
int sort_members(const struct record *record, const struct member **sorted);

enum treatment {
    TREAT_BY_NAME, /* nothing is to be said */
    TREAT_RENAME,  /* old -> new */
    TREAT_CODE,    /* old -> new: { $out = ...; } */
};
/* How the number that `in` names is converted where code does it. */
void formula(char *text, size_t size, const struct schema *schema, int from, int to,
             const struct member *old, const struct member *new, const char *in);
void class_formula(char *text, size_t size, const struct schema *schema, int from, int to,
                   int class, const char *in);
bool number_fits(int from_type, int to_type);
bool class_is_coded(const struct schema *schema, int from, int to, int class);
enum treatment treatment(const struct schema *schema, int from, int to, const struct record *record,
                         const struct member *old, const struct member *new);
/* Does an INIT rule give the new member its value? */
bool has_init(const struct schema *schema, int from, int to, const struct member *new);
/* That value: a number, or the number of an enumerator or function. */
int init_value(const struct schema *schema, int from, int to, const struct member *new);

/* ---- write_types.c --------------------------------------------------------------------------- */

/* "m3", "g1.m3": how C reaches a member from its struct; a variable, from anywhere. */
void access_path(char *text, size_t size, const struct record *record, const struct member *member);
/* The same as a rule writes it: "struct r1.g1.m3", "v0.c/m3". */
void rule_path(char *text, size_t size, const struct version *version, const struct record *record,
               const struct member *member);
void record_type(char *text, size_t size, const struct record *record);
void record_rule_name(char *text, size_t size, const struct record *record);
/* The variable, or the member of `*p`, as an lvalue. */
void lvalue(char *text, size_t size, const struct version *version, const struct record *record,
            const struct member *member);
bool has_plain_initial_value(const struct member *member);
void write_declarations(FILE *out, const struct version *version);

/* ---- write_rules.c, write_walk.c, write_build.c ---------------------------------------------- */

void write_rules(FILE *out, const struct schema *schema, int from, int to);
void write_walk(FILE *out, const struct schema *schema, int from, int to);
void write_build(FILE *out, const struct schema *schema, int index);

#endif
