/* building.h -- making the plan: building the conversions, settling what they need, and proposing
 * rules where they cannot be built.
 *
 * In two steps, because whether a pointer must be followed depends on what is at its far end: build
 * (conversions.c) makes the trees and reports what cannot be decided; analyse (analysis.c) settles
 * which pairs change, which need a visit, which may lie inside others.
 */
#ifndef XFGEN_BUILDING_H
#define XFGEN_BUILDING_H

#include "rules.h"

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

#endif
