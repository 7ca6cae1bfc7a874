/* plan_roots.c -- the conversion of a variable or local, with the rule about it.  See
 * plan_roots.h. */
#include "plan_roots.h"

#include <string.h>

struct rule *rule_for_key(struct plan *plan, const char *key)
{
    struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (path_is(rule->new_path, ROOT_VARIABLE, key, ""))
            return rule;
    return NULL;
}

bool key_is_taken(struct plan *plan, const char *key)
{
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->kind == RULE_RENAME && path_is(rule->old_path, ROOT_VARIABLE, key, "") &&
            !path_is(rule->new_path, ROOT_VARIABLE, key, ""))
            return true;
    return false;
}

struct building root_building(struct plan *plan, const char *key, struct view old_view,
                              struct view new_view)
{
    return (struct building){.plan = plan, .path = key, .old_root = old_view,
                             .new_root = new_view};
}

struct conversion *convert_root(struct plan *plan, const char *old_key, const char *new_key,
                                struct view old_view, struct view new_view,
                                struct source_place where, struct rule *rule)
{
    struct building at = root_building(plan, new_key, old_view, new_view);

    at.renamed_by = rule;
    if (rule && rule->kind != RULE_RENAME) {
        struct view source = rule->kind == RULE_INIT
                                 ? (struct view){.program = plan->old_program} : old_view;

        return conversion_from_rule(&at, rule, source, new_view);
    }
    return conversion_build(&at, old_view, new_view,
                            place_add(plan, ROOT_VARIABLE, old_key, NULL),
                            place_add(plan, ROOT_VARIABLE, new_key, NULL), where);
}

struct conversion *convert_from_elsewhere(struct plan *plan, struct rule *rule,
                                          const char *new_key, struct view new_view,
                                          struct source_place where)
{
    struct view source = {.program = plan->old_program};
    struct building at = root_building(plan, new_key, source, new_view);
    struct conversion *wrapper;
    struct member_plan *member;
    const char *access = "";
    bool has_state;

    if (!view_of_key(plan, plan->old_program, rule->old_path->name, &source, &has_state) ||
        !view_of_path(plan, source, rule->old_path, &source, &access))
        return NULL;
    rule->used = true;
    if (!has_state) {
        warn_no_state(plan, rule->old_path);
        return NULL;
    }
    wrapper = conversion_new(plan, CONVERT_MEMBERS, (struct view){.program = plan->old_program},
                             new_view);
    member = arena_allocate(plan->arena, sizeof *member);
    member->new_access = "";
    member->old_access = access;
    member->source = SOURCE_VARIABLE;
    member->source_key = rule->old_path->name;
    at.renamed_by = rule;
    member->conversion = rule->kind == RULE_CONVERT
                             ? conversion_from_rule(&at, rule, source, new_view)
                             : conversion_build(&at, source, new_view,
                                                place_of_path(plan, rule->old_path, NULL),
                                                place_add(plan, ROOT_VARIABLE, new_key, NULL),
                                                where);
    wrapper->members = member;
    wrapper->member_count = 1;
    wrapper->changes = true;
    return wrapper;
}
