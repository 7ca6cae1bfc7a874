/* moves.c -- where pointers to an old variable lead when it, or a member of it, became something
 * else: a member of a variable, or a variable of its own.
 *
 * The value is carried over by the conversion of the new variable; this is about pointers alone.
 */
#include "match.h"

#include <string.h>

/* Fills in where the rule's new side is; false when it has no address of its own. */
static bool find_home(struct plan *plan, struct variable_plan *entry, const struct path *new_path)
{
    const struct variable *new = model_find_variable(plan->new_program, new_path->name);

    if (!new || !new->has_address || new->is_thread_local ||
        !offset_of_path(plan, view_of_variable(plan->new_program, new), new_path,
                        &entry->moved_offset))
        return false;
    entry->moved_into = new;
    entry->moved_to = new_path;
    return true;
}

void find_new_home(struct plan *plan, struct variable_plan *entry)
{
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->old_path && rule->new_path->root == ROOT_VARIABLE &&
            rule->new_path->member_count &&
            path_is(rule->old_path, ROOT_VARIABLE, entry->old_variable->key, "") &&
            find_home(plan, entry, rule->new_path))
            return;
}

/* config.port -> port, config.port -> server.port */
static bool is_moved_member(struct plan *plan, const struct rule *rule, struct variable_plan *entry)
{
    const struct variable *old;

    if (!rule->old_path || rule->old_path->root != ROOT_VARIABLE || !rule->old_path->member_count ||
        rule->new_path->root != ROOT_VARIABLE)
        return false;
    old = model_find_variable(plan->old_program, rule->old_path->name);
    if (!old || !old->has_address || old->is_thread_local ||
        !offset_of_path(plan, view_of_variable(plan->old_program, old), rule->old_path,
                        &entry->from_offset) ||
        !find_home(plan, entry, rule->new_path))
        return false;
    entry->old_variable = old;
    entry->moved_from = rule->old_path;
    return true;
}

void plan_moved_members(struct plan *plan)
{
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next) {
        struct variable_plan entry = {.old_variable = NULL};

        if (is_moved_member(plan, rule, &entry))
            plan->variables[plan->variable_count++] = entry;
    }
}

/* The type of what moved, for pointers into it. */
void layout_of_moved(struct plan *plan, struct variable_plan *entry)
{
    struct building at = {.plan = plan, .path = entry->moved_to->text};
    struct view old_view = view_of_variable(plan->old_program, entry->old_variable), new_view;
    const char *access;

    if (entry->moved_from &&
        !view_of_path(plan, old_view, entry->moved_from, &old_view, &access))
        return;
    entry->moved_size = type_strip(old_view.type)->size;
    if (view_of_path(plan, view_of_variable(plan->new_program, entry->moved_into),
                     entry->moved_to, &new_view, &access)) {
        entry->moved_new_size = type_strip(new_view.type)->size;
        entry->layout = pair_layout(&at, old_view, new_view, &entry->count);
    }
}
