/* match.h -- the plan of an update: what becomes of every variable, type and function.
 *
 *      program (old) --+
 *                      +--> plan: pairs, variable plans, local plans, function plans --> emit
 *      program (new) --+
 *      spec -----------+
 *
 * A *view* is a type as seen from one declaration: with the annotations that stand there and the
 * generic arguments in force.  A *pair* is an old and a new view of things that pointers lead to;
 * it becomes one struct kitsune_type_pair and at most one function of the transformer.  A
 * *conversion* is the tree of what is to be done for one value; pairs are its nodes by reference,
 * so the graph of types may be as cyclic as it likes.
 *
 * The plan is made in two steps, because whether a pointer must be followed depends on what is at
 * its far end: build (conversions.c) makes the trees and reports what cannot be decided; analyse
 * (analysis.c) settles which pairs change, which need a visit, which may lie inside others.
 */
#ifndef XFGEN_MATCH_H
#define XFGEN_MATCH_H

#include "model.h"
#include "spec.h"

struct view;
struct building;
struct reversal;

/* Generic parameters bound to what the use says. */
struct bindings {
    const char *name; /* "@t" */
    const struct view *value;
    const struct bindings *next;
};

/* The annotations of one declaration, while we are `level` derivations below its name.  Arguments
 * in them (E_G, E_T) are resolved in the bindings of the place where they are written. */
struct frame {
    const struct annotation *annotations;
    int level;
    const struct bindings *bindings;
    const struct frame *next;
};

struct view {
    const struct program *program;
    struct type *type;
    const struct frame *frames;      /* newest first */
    const struct bindings *bindings; /* in force inside the type */
    bool is_opaque;                  /* the generic argument [opaque] */
    uint32_t bit_size;               /* of a bit-field; 0: it is none */
    bool is_head;                    /* with container: where a list begins, not an item's link */
    const struct container *container; /* what the pointers in it lead to (E_CONTAINER) */
    const struct member *declared;   /* the member that this is the type of, and the struct */
    struct type *holder;             /* that it is in; NULL: a variable, or behind a pointer */
};

/* What E_CONTAINER(type, member) names in one version. */
struct container {
    const struct program *program;
    struct view item;             /* resolved; type NULL: there is no such thing */
    const struct member *member;  /* in an item; the last of a path io.link */
    uint64_t offset;              /* from the start of the item */
    const struct annotation *annotation; /* NULL: queue.h's names say so */
    const struct bindings *bindings;     /* where the annotation stands */
    const char *wrong;            /* why there is no such thing */
    bool is_reported;
    struct container *next;
};

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
/* The user was asked about this path of the version to return to, because a rule made of it something
 * else by code. */
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

/* Takes out the rules that are marked as wrong, so that a plan can be made by the others.  Checks and
 * the prologue, which no plan depends on, go with them. */
struct set_aside spec_set_aside(struct spec *spec);
/* Must come before spec_free(). */
void spec_restore(struct spec *spec, struct set_aside *set_aside);

/* ---- views.c, view_expressions.c ------------------------------------------------------------- */

struct view view_of_variable(const struct program *program, const struct variable *variable);
struct view view_of_local(const struct program *program, const struct local *local);
struct view view_of_type(const struct program *program, struct type *type);
/* `structure` must be resolved. */
struct view view_of_member(struct plan *plan, struct view structure, const struct member *member);
/* Pointee or element. */
struct view view_target(struct plan *plan, struct view view);
/* Below typedefs and qualifiers, generics bound, void with E_T replaced. */
struct view view_resolve(struct plan *plan, struct view view);
const struct annotation *view_annotation(struct view view, enum annotation_kind kind);
/* The pointee of a resolved pointer view, resolved; honours E_T in either position. */
struct view view_pointee(struct plan *plan, struct view pointer);
/* An annotation on the type's own definition. */
const struct annotation *annotation_of_type(const struct type *type, enum annotation_kind kind);
struct view view_opaque(const struct program *program);
/* `next` itself when there are no annotations. */
const struct frame *frame_new(struct plan *plan, const struct annotation *annotations, int level,
                              const struct bindings *bindings, const struct frame *next);
/* A name that is equal for equal views and for no others. */
const char *view_identity(struct plan *plan, struct view view);
/* For people: "struct list<int>". */
const char *view_name(struct plan *plan, struct view view);
/* A type expression of a rule or annotation.  Reports and returns false when unknown. */
bool view_of_expression(struct plan *plan, const struct program *program,
                        const struct type_expression *expression,
                        const struct bindings *bindings, struct view *result,
                        const char **unknown);
/* What an expression of kind EXPRESSION_NAMED names; NULL when there is none. */
struct type *type_named_by(const struct program *program,
                           const struct type_expression *expression);
struct bindings *bind(struct plan *plan, const char *name, struct view value,
                      const struct bindings *next);

/* ---- containers.c ---------------------------------------------------------------------------- */

/* Finds what the annotations of both versions name, so that a link is known for one when only the
 * head says so. */
void containers_collect(struct plan *plan);
/* What the annotation names; a message says when there is no such thing. */
const struct container *container_of(struct plan *plan, const struct program *program,
                                     const struct annotation *annotation,
                                     const struct bindings *bindings);
/* What an annotation of the other version would name in this one, where nothing is said. */
const struct container *container_like(struct plan *plan, const struct program *program,
                                       const struct annotation *annotation, const char **wrong);
/* What the pointers in a resolved struct lead to: by an annotation on it, by the container that it
 * is the link of, by its members' names if they are those of queue.h. */
struct view container_enter(struct plan *plan, struct view structure);
/* An annotation on a pointer that is about the list heads which that leads to; or NULL. */
const struct container *container_beyond(struct plan *plan, struct view pointer);
/* A pointer to one pointer, by the names of queue.h. */
bool is_queue_pointer(struct view pointer);
/* The offset of a member at any depth, by value.  False when it is not there, or there twice. */
bool offset_of_member(struct type *type, const struct member *member, uint64_t *offset);
/* With the bindings that its arguments are to be resolved in. */
const struct annotation *view_annotation_with(struct view view, enum annotation_kind kind,
                                              const struct bindings **bindings);

/* ---- rules.c --------------------------------------------------------------------------------- */

/* A root under which members can be named in rules, and the members passed so far. */
struct place {
    enum path_root root;
    const char *name;
    const char *members; /* "" or "u.x" */
    const struct place *next;
};

const struct place *place_add(struct plan *plan, enum path_root root, const char *name,
                              const struct place *next);
const struct place *place_descend(struct plan *plan, const struct place *places,
                                  const char *member);
/* The roots by which a type can be named: its tag and its typedefs. */
/* The same, of a member. */
const struct place *place_at(struct plan *plan, enum path_root root, const char *name,
                             const char *members, const struct place *next);
const struct place *place_of_path(struct plan *plan, const struct path *path,
                                  const struct place *next);
const struct place *places_of_type(struct plan *plan, const struct type *type,
                                   const struct place *next);
/* The rule that makes `new_places`.member (a name at any of the places); NULL when none. */
struct rule *rule_for_member(struct plan *plan, const struct place *old_places,
                             const struct place *new_places, const char *member);
/* True when some rule names a member below places.member. */
bool rule_below(struct plan *plan, const struct place *new_places, const char *member);
/* True when a rule takes the old member somewhere else. */
bool rule_takes(struct plan *plan, const struct place *old_places, const char *member);
/* The rule between two types as a whole, and INIT of a type. */
struct rule *rule_for_type(struct plan *plan, const struct type *old_type,
                           const struct type *new_type);
/* The same by all names that the types have; `with_code` leaves out renames. */
struct rule *rule_between(struct plan *plan, const struct place *old_places,
                          const struct place *new_places, bool with_code);
struct rule *rule_init_type(struct plan *plan, const struct type *new_type);
bool path_is(const struct path *path, enum path_root root, const char *name, const char *members);
const char *path_members(struct plan *plan, const struct path *path);
const char *root_word(enum path_root root); /* "struct" */

/* ---- rules_unused.c -------------------------------------------------------------------------- */

/* Warns of rules that nothing asked for, with the reason, and of INIT for what is not new. */
void rules_warn(struct plan *plan);

/* ---- names.c --------------------------------------------------------------------------------- */

/* The type of the thing a path names; NULL when the program has no such thing. */
struct type *type_of_path(const struct program *program, const struct path *path);
/* Warns of XF_ macros that do not exist (macros.c). */
void check_macros(struct plan *plan, const struct segment *segment);
/* Reports every name in rules and blocks that does not exist, and marks the rules it is in. */
void rules_check_names(struct plan *plan);
void rules_check_old_path(struct plan *plan, const struct path *path);
/* The key of the variable, function or noted local that `name` is most like; or NULL. */
const char *likely_key(const struct program *program, const char *name);
/* "name" in "file.c/function#name". */
const char *own_name(const char *key);
/* The type whose name is nearest to `name`, as rules ("typedef T") or C ("T") write it; or NULL. */
const char *likely_type(struct plan *plan, const struct program *program, const char *name,
                        bool in_rules);

/* ---- drops.c --------------------------------------------------------------------------------- */

void drops_check_names(struct plan *plan);
/* The DROP that speaks of the thing, which is in use then; NULL when none does. */
struct rule *drop_of_variable(struct plan *plan, const char *key);
struct rule *drop_of_member(struct plan *plan, const struct place *old_places,
                            const struct type *structure, const char *member);
/* Is there code for a member of the variable that is at one of the places? */
bool drops_have_code_for(const struct plan *plan, const struct place *old_places);
/* NULL when it has no code. */
struct conversion *conversion_from_drop(struct building *at, struct rule *drop,
                                        struct view old_view);
void drops_warn(struct plan *plan);

/* ---- moves.c --------------------------------------------------------------------------------- */

/* port -> server.port: pointers to the old variable lead to the member now. */
void find_new_home(struct plan *plan, struct variable_plan *entry);
/* Entries for members of old variables that rules take elsewhere; there is room for one per rule. */
void plan_moved_members(struct plan *plan);
void layout_of_moved(struct plan *plan, struct variable_plan *entry);

/* ---- conversions.c, analysis.c --------------------------------------------------------------- */

/* Where the builder stands. */
struct building {
    struct plan *plan;
    const char *path;                 /* from a root: "server.clients->next" */
    struct view old_root, new_root;   /* the struct or variable whose function this will be */
    const char *subject;              /* what a rule about this value would begin with:
                                         "struct S.m -> struct S.m"; NULL: none can be about it */
    const char *around;               /* the nearest thing around it that a rule can be about */
    const char *holder;               /* the same for what holds it */
    const struct rule *renamed_by;    /* the rename that paired the two values */
    const struct annotation *tag;     /* E_TAGGED of the array of unions this is an element of */
    bool in_element, is_nameless;     /* rules can name neither array elements nor what is in
                                         them, nor an unnamed union */
};

struct conversion *conversion_build(struct building *at, struct view old_view,
                                    struct view new_view, const struct place *old_places,
                                    const struct place *new_places, struct source_place where);
struct pair *pair_get(struct building *at, struct view old_view, struct view new_view);
/* The same for what a rule about its typedef converts; `rule` may be NULL. */
struct pair *pair_get_by_rule(struct building *at, struct view old_view, struct view new_view,
                              struct rule *rule);
/* Every root by which rules may name a struct: its tag and all typedefs of it. */
const struct place *places_of_structure(struct plan *plan, const struct program *program,
                                        struct type *type);
void pairs_build(struct plan *plan);
struct conversion *conversion_from_rule(struct building *at, struct rule *rule,
                                        struct view old_view, struct view new_view);
/* Member by member; old_view.type NULL: a new variable that only rules feed. */
struct conversion *members_build(struct building *at, struct view old_view, struct view new_view,
                                 const struct place *old_places, const struct place *new_places);
/* The view of path.members within a root, and its C access "a.b"; false when there is none. */
bool view_of_path(struct plan *plan, struct view root, const struct path *path,
                  struct view *result, const char **access);
/* The old variable or noted local of this key, as a view.  False when there is none; *has_state is
 * false when the compiler left it no place in memory. */
bool view_of_key(struct plan *plan, const struct program *program, const char *key,
                 struct view *result, bool *has_state);
/* Bytes from the start of a variable to the member its path names. */
bool offset_of_path(struct plan *plan, struct view root, const struct path *path,
                    uint64_t *offset);
/* Says that an old variable has no place in memory. */
void warn_no_state(struct plan *plan, const struct path *path);
/* A conversion node without more to it. */
struct conversion *conversion_new(struct plan *plan, enum conversion_kind kind,
                                  struct view old_view, struct view new_view);
/* The pair for pointers into a variable or local; constant ones need no conversion. */
struct pair *pair_layout(struct building *at, struct view old_view, struct view new_view,
                         uint64_t *count);
/* As the start functions of threads do. */
bool takes_one_pointer(const struct function *function);
void analyse(struct plan *plan);
/* Reports pointers of which it must be known whether they lead to one thing or to many. */
void check_pointers_to_pointers(struct plan *plan);
/* Same bits mean the same in both versions, ignoring what pointers lead to. */
bool same_representation(struct type *old_type, struct type *new_type);
/* The pair that a $xform segment names; NULL, with a message, when it names none. */
struct pair *xform_pair(struct plan *plan, const struct segment *segment);

/* ---- advice.c: the rules that messages propose ----------------------------------------------- */

/* The beginning of a rule about one value (see struct building), or NULL. */
const char *advice_subject(const struct building *at, const struct place *old_places,
                           const struct place *new_places);
/* "struct S.m": how rules write the place, by its tag rather than by a typedef. */
const char *place_text(struct plan *plan, const struct place *place);
/* How rules write a type, "struct S" or "typedef T"; NULL when it has no name. */
const char *type_path(const struct program *program, const struct type *type);
/* Proposes, below the last message, a rule with this code for the value.  `condition` as in
 * report_rule_if, or NULL.  Where no rule can be about the value alone: advise_stub(). */
void advise_rule(const struct building *at, const char *condition, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same where only the user can write the code: a rule that refuses until it is written, about
 * the value or the nearest thing around it. */
void advise_stub(const struct building *at);
/* What may have become of an old member that is gone, or of a variable: a path, or NULL
 * (successors.c). */
const char *member_successor(struct plan *plan, const struct conversion *conversion,
                             const struct member *old);
const char *variable_successor(struct plan *plan, const struct variable *old);
/* "struct A -> struct B", when both have names. */
void advise_type_rename(struct plan *plan, const struct type *old_type,
                        const struct type *new_type);
/* What the rule of advise_stub() fails with. */
#define UNDECIDED_REASON "not decided yet"

/* The enum that has this value; NULL when none has. */
struct type *type_of_enumerator(const struct program *program, const char *name,
                                const struct enumerator **found);

/* ---- emit ------------------------------------------------------------------------------------ */

/* Writes the transformer's C; `name` is the file it will be in.  With `linked_in` it is to be
 * linked into the new version, whose build ID and addresses that changes.  False when the stream
 * failed or a block named something unknown. */
bool emit_transformer(struct plan *plan, FILE *stream, const char *name, bool linked_in);

#endif
