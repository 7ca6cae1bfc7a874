/* diff.h -- what changed between two versions of a program: the model behind `kitsune diff`.
 *
 *      OLD.so --+                  diff_types.c      which types are the same type
 *      NEW.so --+--> struct diff   diff_members.c    their members, beside each other
 *      F.xf ----+         |        diff_variables.c  variables and noted locals
 *       (struct plan)     |        diff_functions.c
 *                         |        diff_decisions.c  what the plan does about each, in words
 *                         |        diff_walk.c       what will be followed from where
 *                         |
 *                         +--> diff_text.c, diff_json.c, diff_skeleton.c, diff_html.c
 *
 * The model compares what the two programs declare; what becomes of it is the plan's business
 * alone (match.h), and is looked up there: conversions, rules, and the messages that say why
 * something is undecided.  A writer needs nothing but this model: names and declarations are in it
 * as text, layouts as offsets in bits, and the types themselves for whoever wants more.
 *
 * Everything is in the plan's arena and lives as long as the plan.
 */
#ifndef KITSUNE_INSPECT_DIFF_H
#define KITSUNE_INSPECT_DIFF_H

#include "match.h"

/* How two things differ that are taken for the same; ADDED and GONE stand alone. */
enum change {
    CHANGE_ADDED = 1,
    CHANGE_GONE = 2,
    CHANGE_NAME = 4,
    CHANGE_PLACE = 8,    /* members: the offset; variables and functions: the file */
    CHANGE_TYPE = 16,    /* types: the members */
    CHANGE_SIZE = 32,
    CHANGE_MEANING = 64, /* annotations, values of enumerators */
    CHANGE_STORAGE = 128 /* constant, thread-local, optimised out */
};

enum decision_kind {
    DECISION_NONE,      /* not part of the state, or part of something decided as a whole */
    DECISION_AUTOMATIC,
    DECISION_RULE,
    DECISION_INITIAL,   /* new, and nothing feeds it */
    DECISION_DROPPED,   /* the old value is given up */
    DECISION_NEEDED,
};

/* What the plan does about one thing. */
struct decision {
    enum decision_kind kind;
    const char *how;               /* "copied", "widened", "followed and rebuilt"; or "" */
    const struct rule *rule;       /* RULE */
    const struct message *message; /* NEEDED, and DROPPED when it was said */
};

/* One member, or one of those of a member whose type has no name (then `depth` > 0, and the row
 * that they belong to is before them). */
struct member_change {
    unsigned changes;
    int depth;
    const struct member *old_member, *new_member; /* one may be NULL */
    const char *old_name, *new_name;   /* "u.x" for what is in an unnamed struct called u */
    uint64_t old_bit, new_bit;         /* from the start of the type */
    uint64_t old_bits, new_bits;       /* its size */
    const char *old_text, *new_text;   /* the declaration with its annotations */
    const char *origin;                /* what feeds the new one when it is no member of the row:
                                          "struct S.x", "counter"; or what the old one feeds */
    struct decision decision;
};

struct enumerator_change {
    unsigned changes;
    const struct enumerator *old_enumerator, *new_enumerator;
};

/* A struct, union or enum, or a typedef of anything else. */
struct type_change {
    unsigned changes;
    const char *old_name, *new_name; /* as rules write it: "struct S", "typedef T" */
    struct type *old_type, *new_type;
    const char *old_text, *new_text; /* typedefs: of what; types: their own annotations */
    struct member_change *members;   /* in the new order, those gone where they were */
    size_t member_count, member_capacity;
    struct enumerator_change *enumerators;
    size_t enumerator_count, enumerator_capacity;
    const char *reached_by;          /* "server.clients->name"; NULL: nothing migrated holds one */
    bool is_rebuilt;                 /* objects get new memory, or are converted where they are */
    bool is_visited;                 /* objects stay, and are looked at */
    struct decision decision;
};

/* What happens beyond the pointers that a variable holds. */
enum walk {
    WALK_NONE,   /* it holds none */
    WALK_NEVER,  /* they are not followed: nothing reachable from them changed */
    WALK_FOLLOWED,
};

/* A variable or noted local. */
struct variable_change {
    unsigned changes;
    bool is_local;                   /* noted; else of static storage duration */
    bool is_constant;                /* in every version that has it: no state */
    const char *old_key, *new_key;   /* one may be NULL */
    const char *old_file, *new_file; /* as in keys */
    const char *old_text, *new_text; /* declarations with annotations */
    const char *old_storage, *new_storage; /* "", "constant", "thread-local", "optimised out" */
    struct source_place old_place, new_place;
    const char *origin;              /* as in struct member_change */
    bool is_rewritten;               /* its own value is not just copied */
    enum walk walk;
    const struct pair **walked;      /* FOLLOWED: the types of the objects looked at */
    size_t walked_count, walked_capacity;
    struct decision decision;
};

struct function_change {
    unsigned changes; /* CHANGE_SIZE: the code has another size */
    const struct function *old_function, *new_function;
    const char *old_text, *new_text;
};

/* One thing that was said about the pair of versions: an error is a decision to be made. */
struct question {
    int number;                              /* errors: 1, 2, 3 ...; warnings: 0 */
    const struct message *message;
    const char *name;                        /* what it is about, as rules write it, or NULL */
    const char *old_text, *new_text;         /* its declarations, or NULL */
    bool is_dropped;                         /* that its value is given up */
};

/* Things of one kind, counted. */
struct tally {
    size_t total; /* in the new version */
    size_t changed, added, gone;
};

struct diff {
    struct plan *plan;
    struct arena *arena;
    const char *spec_path; /* NULL: none was given */
    struct type_change *types;
    size_t type_count, type_capacity;
    struct variable_change *variables; /* locals behind variables */
    size_t variable_count, variable_capacity;
    struct function_change *functions;
    size_t function_count, function_capacity;
    struct question *questions; /* errors first */
    size_t question_count, decisions_needed;
    size_t spec_errors; /* rules left out because they cannot be understood; already shown */
    struct tally type_tally, variable_tally, constant_tally, local_tally, function_tally;
    size_t signatures_changed, functions_resized;
    struct { const char *old_file, *new_file; bool is_same; } last_files; /* same_file()'s */
    bool is_about_variable; /* what is described now begins as its initialiser says */
};

/* The model of what a plan is about.  `plan` may have failed: what is undecided is in it too. */
struct diff *diff_make(struct plan *plan, const char *spec_path);

/* ---- Its parts ------------------------------------------------------------------------------- */

/* Room for one more element of an array in the arena; zeroed. */
void *diff_add(struct diff *diff, void *array_pointer, size_t *count, size_t *capacity,
               size_t size);

/* Where the plan converts a type, the first time that it is met. */
struct sighting {
    struct type *old_type, *new_type; /* below typedefs and qualifiers */
    const struct conversion *conversion;
    const struct pair *pair;          /* when that is a pair's */
    const char *path;
};

struct sightings {
    struct sighting *items;
    size_t count, capacity;
};

void sightings_collect(struct diff *diff, struct sightings *sightings);

void diff_types(struct diff *diff);
/* Fills in the members; `conversion` may be NULL. */
void diff_members(struct diff *diff, struct type_change *type, const struct conversion *conversion);
/* The struct or union without a name that the member has, or has an array of: its members are shown
 * below it.  NULL: it has a name. */
struct type *unnamed_type_of(const struct member *member);
void diff_variables(struct diff *diff);
void diff_functions(struct diff *diff);
/* What a pointer leads to is looked at. */
bool is_followed(const struct conversion *conversion);
/* Fills in walk and walked. */
void diff_walk(struct diff *diff, struct variable_change *variable,
               const struct conversion *conversion);

struct decision decision_of(struct diff *diff, const struct conversion *conversion,
                            const struct rule *rule);
struct decision decision_of_dropped(const struct message *message);
struct decision decision_by_drop(const struct rule *drop);
struct decision decision_initial(const char *how);
/* New, and only rules about its members feed it. */
struct decision decision_by_parts(void);
/* The first rule that reads the member or variable; NULL when none does. */
const struct rule *rule_that_reads(const struct plan *plan, enum path_root root, const char *name,
                                   const char *member);

/* "char *E_SZ name": the declaration, its annotations behind it. */
const char *declaration_text(struct diff *diff, const struct type *type, const char *name,
                             const struct annotation *annotations);
/* The same, or one that has another name now: no version has both. */
bool same_file(struct diff *diff, const char *old_file, const char *new_file);
bool same_annotations(const struct annotation *left, const struct annotation *right);
/* The same in C: not its size or layout, which are its own type's business. */
bool same_type_text(struct diff *diff, const struct type *left, const struct type *right);

/* ---- Words for writers ----------------------------------------------------------------------- */

/* Without folders. */
const char *file_name(const char *path);
int rule_line(const struct diff *diff, const struct rule *rule);
const struct question *question_about(const struct diff *diff, const struct message *message);
/* The same in both versions. */
bool has_one_declaration(const struct question *question);
/* About something that is dropped: the rule that takes its value over, by a guess what became of
 * it; or, without one, the rule that says that it is meant.  NULL for any other question. */
const char *successor_rule(const struct question *question);
const char *drop_rule(const struct question *question);
/* A rule as people lay it out: in one line when `width` allows, else a statement in each.  Every
 * line begins with `indent`. */
void write_rule(FILE *stream, const char *rule, const char *indent, size_t width);
/* Text broken at spaces; every line but the first begins with `indent` spaces, and `column` is
 * where the first begins. */
void write_wrapped(FILE *stream, const char *text, size_t column, size_t indent, size_t width);

/* ---- Writers --------------------------------------------------------------------------------- */

struct text_options {
    bool shows_all;       /* what is unchanged too */
    bool shows_functions;
};

void diff_write_text(struct diff *diff, FILE *stream, const struct text_options *options);
void diff_write_json(struct diff *diff, FILE *stream);
/* One page for a browser. */
void diff_write_html(struct diff *diff, FILE *stream);
/* An .xf file with what is undecided. */
void diff_write_skeleton(struct diff *diff, FILE *stream);

#endif
