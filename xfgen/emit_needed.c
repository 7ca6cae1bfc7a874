/* emit_needed.c -- which types the transformer has to spell out: what its functions touch, what the
 * rules name, and everything those are made of.
 */
#include "conversions.h"
#include "emit.h"

static void mark(struct emitter *emitter, const struct program *program, struct type *type)
{
    unsigned char *state;
    size_t i;

    if (!type)
        return;
    if (type->id >= 0) {
        state = &emitter->type_state[version_of(emitter, program)][type->id];
        if (*state & TYPE_SEEN)
            return;
        *state |= TYPE_SEEN;
    }
    if (type->kind == TYPE_POINTER && is_structure(type_strip(type->target)) &&
        type_strip(type->target)->from_system)
        return;
    if (type->target)
        mark(emitter, program, type->target);
    for (i = 0; i < type->member_count; i++)
        mark(emitter, program, type->members[i].type);
}

static void mark_view(struct emitter *emitter, struct view view)
{
    const struct bindings *bindings;

    if (!view.type)
        return;
    mark(emitter, view.program, view.type);
    for (bindings = view.bindings; bindings; bindings = bindings->next)
        if (!bindings->value->is_opaque)
            mark(emitter, bindings->value->program, bindings->value->type);
}

static void mark_symbol(struct emitter *emitter, const struct program *program, const char *key)
{
    const struct variable *variable = model_find_variable(program, key);
    const struct local *local = model_find_local(program, key);
    const struct function *function = model_find_function(program, key);
    const struct enumerator *enumerator;

    if (variable)
        mark(emitter, program, variable->type);
    if (local)
        mark(emitter, program, local->type);
    if (function)
        mark(emitter, program, function->type);
    if (!variable && !local && !function)
        mark(emitter, program, type_of_enumerator(program, key, &enumerator));
}

static void mark_segments(struct emitter *emitter, const struct segment *segment)
{
    struct plan *plan = emitter->plan;

    for (; segment; segment = segment->next) {
        struct view view;
        const char *unknown;

        if (segment->kind == SEGMENT_OLDSYM)
            mark_symbol(emitter, plan->old_program, segment->text);
        else if (segment->kind == SEGMENT_NEWSYM)
            mark_symbol(emitter, plan->new_program, segment->text);
        else if (segment->kind == SEGMENT_OLDTYPE || segment->kind == SEGMENT_NEWTYPE) {
            if (view_of_expression(plan, segment->kind == SEGMENT_OLDTYPE ? plan->old_program
                                                                          : plan->new_program,
                                   segment->types[0], NULL, &view, &unknown))
                mark_view(emitter, view);
        }
    }
}

void mark_needed_types(struct emitter *emitter)
{
    struct plan *plan = emitter->plan;
    const struct pair *pair;
    const struct rule_function *function;
    const struct rule *rule;
    const struct check *check;
    size_t i;

    for (pair = plan->pairs; pair; pair = pair->next)
        if (!pair->layout_only && (pair->changes || pair->visits)) {
            mark_view(emitter, pair->old_view);
            mark_view(emitter, pair->new_view);
        }
    for (i = 0; i < plan->variable_count; i++)
        if (plan->variables[i].conversion) {
            if (plan->variables[i].new_variable)
                mark(emitter, plan->new_program, plan->variables[i].new_variable->type);
            if (plan->variables[i].old_variable)
                mark(emitter, plan->old_program, plan->variables[i].old_variable->type);
        }
    for (i = 0; i < plan->local_count; i++)
        if (plan->locals[i].conversion) {
            mark(emitter, plan->new_program, plan->locals[i].new_local->type);
            if (plan->locals[i].old_local)
                mark(emitter, plan->old_program, plan->locals[i].old_local->type);
        }
    for (function = plan->rule_functions; function; function = function->next) {
        mark_view(emitter, function->in);
        mark_view(emitter, function->out);
        mark_view(emitter, function->base);
        mark_view(emitter, function->newbase);
    }
    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->block)
            mark_segments(emitter, rule->block->segments);
    for (rule = plan->spec->drops; rule; rule = rule->next)
        if (rule->block)
            mark_segments(emitter, rule->block->segments);
    for (check = plan->spec->checks; check; check = check->next)
        mark_segments(emitter, check->block->segments);
    if (plan->spec->prologue)
        mark_segments(emitter, plan->spec->prologue->segments);
    /* Variables that move into members. */
    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->old_path && rule->old_path->root == ROOT_VARIABLE)
            mark_symbol(emitter, plan->old_program, rule->old_path->name);
}
