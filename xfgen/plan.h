/* plan.h -- what the plan of an update consists of.
 *
 * A *pair* is an old and a new view of things that pointers lead to; it becomes one struct
 * kitsune_type_pair and at most one function of the transformer.  A *conversion* is the tree of
 * what is to be done for one value; pairs are its nodes by reference, so the graph of types may be
 * as cyclic as it likes.
 */
#ifndef XFGEN_PLAN_H
#define XFGEN_PLAN_H

#include "view.h"

struct reversal;

enum conversion_kind {
    CONVERT_COPY,     /* same bits */
    CONVERT_NUMBER,   /* C assignment between arithmetic types, no value lost */
    CONVERT_ENUM,     /* by the enumerators' names */
    CONVERT_PAIR,     /* a struct or union by value: its pair's function */
    CONVERT_MEMBERS,  /* a struct or union by value, member by member, here */
    CONVERT_TAGGED,   /* a union whose live member an expression tells */
    CONVERT_ARRAY,    /* element by element */
    CONVERT_POINTER,  /* follow to the pair */
    CONVERT_STRING,
    CONVERT_WIDE_STRING, /* of wchar_t and the like: pair is that of one of its characters */
    CONVERT_FUNCTION,
    CONVERT_KEEP,     /* a pointer that is not followed, mapped when it leads into the image */
    CONVERT_RULE,     /* the user's code */
    CONVERT_NOTHING,  /* leave the new value as it is */
};

struct conversion;
struct pair;

/* Where a new member's old value is found. */
enum member_source {
    SOURCE_NONE,     /* there is none: a new member */
    SOURCE_MEMBER,   /* access is from the struct being converted */
    SOURCE_ROOT,     /* access is from the root: the outermost struct of this function */
    SOURCE_VARIABLE, /* a variable or noted local that moved here, access (may be "") within it */
};

/* How one new member comes about.  An unnamed union (C11) has a NULL access and is reached by its
 * offset. */
struct member_plan {
    const struct member *new_member;
    const struct member *old_member; /* NULL unless a plain member */
    const char *new_access;          /* "m": from the struct being converted */
    const char *old_access;          /* "m", "u.m" or "" */
    uint64_t new_offset, old_offset; /* from the struct being converted */
    enum member_source source;
    const char *source_key;          /* of the variable or local */
    const struct rule *rule;         /* that says so, or NULL */
    struct conversion *conversion;   /* NULL: stays as it is (zero in new memory) */
    bool has_root_offset;            /* SOURCE_ROOT: old_offset is from the root */
    bool is_proposed;                /* as what became of a member that is gone */
};

/* An old member whose value nothing takes over. */
struct dropped_member {
    const struct member *member;
    struct rule *rule;             /* the DROP that says so, or NULL */
    struct conversion *conversion; /* its code, or NULL */
    const struct message *message; /* what was said about it, when messages are kept */
    struct dropped_member *next;
};

/* A pointer into the middle of an item of an intrusive list, or to its head: becomes a
 * struct kitsune_link. */
struct link_plan {
    const struct container *old_container;
    struct pair *item, *place;
    uint64_t old_offset, new_offset; /* of the place in an item */
    uint64_t old_lead, new_lead;     /* from the place in the head to this pointer */
    uint64_t back_offset;            /* in an old item: the place that leads back to a head */
    bool is_head, announces;
    bool heads_on_heap;              /* settled by the analysis, as is the next one */
    bool place_moves;                /* such places also lie in objects that change */
    int number;
    struct link_plan *next;
};

struct conversion {
    enum conversion_kind kind;
    struct view old_view, new_view;
    struct pair *pair;                /* POINTER, PAIR */
    struct link_plan *link;           /* POINTER: into the middle of the pair, or to a head */
    const struct annotation *length;  /* POINTER, ARRAY, TAGGED: what holds the expression */
    struct conversion *element;       /* ARRAY */
    struct member_plan *members;      /* MEMBERS, TAGGED */
    size_t member_count;
    struct dropped_member *dropped;   /* MEMBERS, TAGGED */
    const char *path;                 /* POINTER, ARRAY, PAIR: from a root, and where it is */
    struct source_place where;
    const char *subject;              /* POINTER: as in struct building; ARRAY: its holder */
    const struct message *undecided;  /* why nothing can be done, when messages are kept */
    bool says_single;                 /* POINTER: marked E_PTR */
    bool is_root;                     /* TAGGED: rules name its members by its own type */
    struct rule_function *function;   /* RULE: what the block is emitted as */
    bool is_checked;                  /* NUMBER, ARRAY: goes where not all of it may fit */
    bool changes;                     /* the representation differs, or code is to run */
    bool visits;                      /* unchanged, yet something in it must be looked at */
};

struct pair {
    struct view old_view, new_view;
    const char *name;        /* "struct entry", "struct list<int>": for messages */
    const char *identifier;  /* the same as a C identifier */
    const char *identity;   /* equal for equal views, and for no others */
    const char *reached_by;  /* path from a root, for messages */
    const char *around;      /* the pointer that reached it first: as in struct building */
    struct source_place where;
    struct rule *rule;       /* about the typedef of a number that pointers see, or NULL */
    struct conversion *conversion;
    bool changes, visits, embedded, is_built;
    bool layout_only;        /* only for pointers into constant variables: never followed */
    bool reached_single, reached_array;
    bool is_invoked;         /* some rule names it in $xform */
    bool says_single;        /* some pointer to it is marked E_PTR */
    const struct annotation *custom; /* E_CUSTOM of the type */
    struct pair *next, *bucket_next;
};

struct variable_plan {
    const struct variable *old_variable; /* either may be NULL */
    const struct variable *new_variable;
    struct conversion *conversion;       /* NULL: nothing runs */
    struct pair *layout;                 /* for pointers into it; element type when an array */
    uint64_t count;
    bool is_manual;
    /* An old variable that became a member of a new one: where pointers to it lead now. */
    const struct variable *moved_into;
    uint64_t moved_offset;
    const struct path *moved_to; /* server.clients */
    /* The same for one member of an old variable; NULL: this is about the whole of it. */
    const struct path *moved_from;
    uint64_t from_offset, moved_size, moved_new_size;
    bool is_read;                /* some rule reads the old variable, which is gone */
    bool is_proposed;            /* the new one, as what became of one that is gone */
    const struct rule *rule;          /* about the new variable, or NULL */
    const struct message *message;    /* its value is lost; when messages are kept */
};

struct local_plan {
    const struct local *old_local;
    const struct local *new_local;
    struct conversion *conversion;
    struct pair *layout;
    uint64_t count;
    const struct rule *rule;
};

struct function_plan {
    const struct function *old_function;
    const struct function *new_function; /* NULL: gone */
};

/* The user's block for one pair of things: emitted as one function. */
struct rule_function {
    struct rule *rule;
    const char *name;
    struct view in, out;           /* in.type NULL: INIT */
    struct view base, newbase;     /* type NULL: none */
    struct rule_function *next;
};

enum { PAIR_BUCKETS = 1024 };

struct plan {
    const struct program *old_program, *new_program;
    struct spec *spec;
    struct messages *messages;
    struct arena *arena;
    struct pair *pairs, **last_pair;
    struct pair *pair_buckets[PAIR_BUCKETS];
    int serial; /* for names that must differ */
    struct variable_plan *variables;
    size_t variable_count;
    struct local_plan *locals;
    size_t local_count;
    struct function_plan *functions;
    size_t function_count;
    struct rule_function *rule_functions, **last_rule_function;
    struct container *containers;
    struct link_plan *links, **last_link;
    const struct reversal *reversal; /* of the way back; NULL: this is none */
    bool is_back;
    bool characters_move; /* some type that moves holds characters by value */
    bool failed;
};

/* The whole plan.  Problems go to messages; check messages->error_count afterwards. */
struct plan *plan_make(const struct program *old_program, const struct program *new_program,
                       struct spec *spec, struct messages *messages);
/* The same for the way back (reverse.h); `old_program` is the one that is left, the newer one. */
struct plan *plan_make_back(const struct program *old_program, const struct program *new_program,
                            const struct reversal *reversal, struct messages *messages);
/* The user was asked about this path of the version to return to, because a rule made of it
 * something else by code. */
bool plan_has_asked(const struct plan *plan, const char *path);
void plan_free(struct plan *plan);
/* Only reports the names in rules that do not exist, and marks those rules. */
void plan_check_names(const struct program *old_program, const struct program *new_program,
                      struct spec *spec, struct messages *messages);

/* ---- set_aside.c ----------------------------------------------------------------------------- */

/* What a spec has had taken out of it. */
struct set_aside {
    struct rule **rules, **drops; /* all of them, in the order written */
    size_t rule_count, drop_count;
    struct check *checks;
    struct block *prologue;
};

/* Takes out the rules that are marked as wrong, so that a plan can be made by the others.  Checks
 * and the prologue, which no plan depends on, go with them. */
struct set_aside spec_set_aside(struct spec *spec);
/* Must come before spec_free(). */
void spec_restore(struct spec *spec, struct set_aside *set_aside);

#endif
