/* plan_roots.h -- planning variables, locals and functions: the roots of all that is converted.
 *
 *      plan_variables.c   variables of files and functions
 *      plan_locals.c      noted locals, and arguments of threads
 *      plan_functions.c   functions, by name
 *      plan_roots.c       what the first two share
 */
#ifndef XFGEN_PLAN_ROOTS_H
#define XFGEN_PLAN_ROOTS_H

#include "match.h"

void plan_variables(struct plan *plan);
void plan_locals(struct plan *plan);
void plan_functions(struct plan *plan);

/* The rule whose new path is exactly this variable or local. */
struct rule *rule_for_key(struct plan *plan, const char *key);
/* Does a rename take this old variable to another name? */
bool key_is_taken(struct plan *plan, const char *key);
struct building root_building(struct plan *plan, const char *key, struct view old_view,
                              struct view new_view);
/* From the namesake, or by the rule. */
struct conversion *convert_root(struct plan *plan, const char *old_key, const char *new_key,
                                struct view old_view, struct view new_view,
                                struct source_place where, struct rule *rule);
/* A variable or local fed by something that is not its namesake in kind: config.port -> port,
 * main#port -> server.c/port.  The old thing is still paired with its own namesake; this one is
 * planned like a struct member fed by another variable. */
struct conversion *convert_from_elsewhere(struct plan *plan, struct rule *rule,
                                          const char *new_key, struct view new_view,
                                          struct source_place where);

#endif
