/* rules.h -- which rule of a spec speaks of a thing: places that rules can name, and the rules for
 * members, types, and what moves or is dropped. */
#ifndef XFGEN_RULES_H
#define XFGEN_RULES_H

#include "plan.h"

struct building;

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
/* Entries for members of old variables that rules take elsewhere; there is room for one per
 * rule. */
void plan_moved_members(struct plan *plan);
void layout_of_moved(struct plan *plan, struct variable_plan *entry);

#endif
