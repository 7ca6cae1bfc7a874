/* plan.c -- the plan as a whole: who contributes to it, and in which order. */
#include "reverse.h"

#include <string.h>

#include "plan_roots.h"

struct pair *xform_pair(struct plan *plan, const struct segment *segment)
{
    struct building at = {.plan = plan, .path = "$xform"};
    struct type_expression expressions[2] = {*segment->types[0], *segment->types[1]};
    struct view old_view, new_view;
    const char *unknown = NULL;
    int i;

    for (i = 0; i < 2; i++)
        if (segment->argument_count && !expressions[i].argument_count) {
            expressions[i].arguments = segment->arguments;
            expressions[i].argument_count = segment->argument_count;
        }
    if (view_of_expression(plan, plan->old_program, &expressions[0], NULL, &old_view, &unknown) &&
        view_of_expression(plan, plan->new_program, &expressions[1], NULL, &new_view, &unknown)) {
        old_view = view_resolve(plan, old_view);
        new_view = view_resolve(plan, new_view);
        if (!old_view.is_opaque && !new_view.is_opaque) {
            struct pair *pair = pair_get(&at, old_view, new_view);

            pair->is_invoked = true;
            return pair;
        }
        unknown = "$xform of an opaque type: nothing is known to convert";
    }
    report(plan->messages, SEVERITY_ERROR, plan->spec->source, segment->span, "%s", unknown);
    plan->failed = true;
    return NULL;
}

static void build_invoked_in(struct plan *plan, const struct block *block)
{
    const struct segment *segment;

    for (segment = block ? block->segments : NULL; segment; segment = segment->next)
        if (segment->kind == SEGMENT_XFORM)
            xform_pair(plan, segment);
}

/* Types that $xform names are converted too, whether or not a variable leads to them. */
static void build_invoked_pairs(struct plan *plan)
{
    const struct rule *rule;
    const struct check *check;

    build_invoked_in(plan, plan->spec->prologue);
    for (rule = plan->spec->rules; rule; rule = rule->next)
        build_invoked_in(plan, rule->block);
    for (rule = plan->spec->drops; rule; rule = rule->next)
        build_invoked_in(plan, rule->block);
    for (check = plan->spec->checks; check; check = check->next)
        build_invoked_in(plan, check->block);
}

static struct plan *plan_new(const struct program *old_program, const struct program *new_program,
                             struct spec *spec, struct messages *messages)
{
    struct arena *arena = arena_new();
    struct plan *plan = arena_allocate(arena, sizeof *plan);

    plan->arena = arena;
    plan->old_program = old_program;
    plan->new_program = new_program;
    plan->spec = spec;
    plan->messages = messages;
    plan->last_pair = &plan->pairs;
    plan->last_rule_function = &plan->rule_functions;
    plan->last_link = &plan->links;
    return plan;
}

void plan_check_names(const struct program *old_program, const struct program *new_program,
                      struct spec *spec, struct messages *messages)
{
    struct plan *plan = plan_new(old_program, new_program, spec, messages);

    rules_check_names(plan);
    plan_free(plan);
}

static void plan_fill(struct plan *plan)
{
    /* What cannot be turned round is told together with what is missing. */
    int errors = plan->is_back ? plan->messages->error_count : 0;

    rules_check_names(plan);
    if (plan->messages->error_count > errors) { /* what follows from them says nothing */
        plan->failed = true;
        return;
    }
    containers_collect(plan);
    plan_functions(plan);
    plan_variables(plan);
    plan_locals(plan);
    build_invoked_pairs(plan);
    pairs_build(plan);
    analyse(plan);
    check_pointers_to_pointers(plan);
    rules_warn(plan);
}

struct plan *plan_make(const struct program *old_program, const struct program *new_program,
                       struct spec *spec, struct messages *messages)
{
    struct plan *plan = plan_new(old_program, new_program, spec, messages);

    plan_fill(plan);
    return plan;
}

struct plan *plan_make_back(const struct program *old_program, const struct program *new_program,
                            const struct reversal *reversal, struct messages *messages)
{
    struct plan *plan = plan_new(old_program, new_program, reversal->spec, messages);

    plan->is_back = true;
    plan->reversal = reversal;
    plan_fill(plan);
    return plan;
}

bool plan_has_asked(const struct plan *plan, const char *path)
{
    size_t i;

    for (i = 0; i < plan->reversal->asked_count; i++)
        if (strcmp(plan->reversal->asked[i], path) == 0)
            return true;
    return false;
}

void plan_free(struct plan *plan)
{
    if (plan)
        arena_free(plan->arena);
}
