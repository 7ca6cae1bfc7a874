/* plan_locals.c -- pairing the locals that are noted, by the same names and rules as variables. */
#include "plan_roots.h"

#include <string.h>

bool takes_one_pointer(const struct function *function)
{
    return function && function->type->kind == TYPE_FUNCTION &&
           function->type->member_count == 1 &&
           type_strip(function->type->members[0].type)->kind == TYPE_POINTER;
}

/* What threads of the old version were started with, where only the new one says it: an annotation
 * that was forgotten in the release that runs. */
static const struct local *assumed_argument(struct plan *plan, const struct local *new)
{
    const struct program *program = plan->old_program;
    struct local *old;
    size_t i;

    for (i = 0; i < program->function_count; i++) {
        const struct function *function = &program->functions[i];

        if (strcmp(function->name, new->function) != 0 || strcmp(function->file, new->file) != 0 ||
            !takes_one_pointer(function))
            continue;
        old = arena_allocate(plan->arena, sizeof *old);
        *old = *new;
        old->file = function->file;
        old->type = function->type->members[0].type;
        old->place = function->place;
        return old;
    }
    return NULL;
}

static void plan_local(struct plan *plan, const struct local *new, struct local_plan *entry)
{
    struct rule *rule = rule_for_key(plan, new->key);
    const struct local *old = NULL;
    struct view old_view = {.program = plan->old_program};
    struct view new_view = view_of_local(plan->new_program, new);
    struct building at = {.plan = plan, .path = new->key};

    entry->new_local = new;
    entry->rule = rule;
    if (rule && rule->kind != RULE_INIT &&
        (rule->old_path->member_count ||
         !model_find_local(plan->old_program, rule->old_path->name))) {
        entry->conversion = convert_from_elsewhere(plan, rule, new->key, new_view, new->place);
        return;
    }
    if (rule && rule->kind != RULE_INIT)
        old = model_find_local(plan->old_program, rule->old_path->name);
    else if (!rule && !key_is_taken(plan, new->key))
        old = model_find_local(plan->old_program, new->key);
    if (!rule && !old && new->is_parameter && new->annotations && !new->is_noted)
        old = assumed_argument(plan, new);
    if (rule)
        rule->used = true;
    entry->old_local = old;
    if (old)
        old_view = view_of_local(plan->old_program, old);
    if (old || (rule && rule->kind == RULE_INIT))
        entry->conversion = convert_root(plan, old ? old->key : new->key, new->key, old_view,
                                         new_view, new->place, rule);
    if (old)
        entry->layout = pair_layout(&at, old_view, new_view, &entry->count);
}

/* A parameter that says what threads are started with; it need not be noted. */
static bool is_thread_argument(const struct program *program, const struct local *local)
{
    size_t i;

    if (!local->is_parameter || !local->annotations)
        return false;
    for (i = 0; i < program->function_count; i++)
        if (strcmp(program->functions[i].name, local->function) == 0 &&
            takes_one_pointer(&program->functions[i]))
            return true;
    return false;
}

void plan_locals(struct plan *plan)
{
    const struct program *new = plan->new_program;
    size_t i;

    plan->locals = arena_allocate(plan->arena, (new->local_count + 1) * sizeof *plan->locals);
    for (i = 0; i < new->local_count; i++)
        if (new->locals[i].is_noted || is_thread_argument(new, &new->locals[i]))
            plan_local(plan, &new->locals[i], &plan->locals[plan->local_count++]);
}
