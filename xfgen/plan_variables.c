/* plan_variables.c -- pairing the variables of the two versions.
 *
 * Names pair with equal names; rules say otherwise.  What only the old version has is dropped, with
 * a warning when it may hold something; what only the new one has keeps its initial value unless an
 * INIT rule speaks.  Read-only variables are never written: pointers to them are redirected.
 */
#include "plan_roots.h"

#include <string.h>

static bool has_annotation(const struct annotation *annotation, enum annotation_kind kind)
{
    for (; annotation; annotation = annotation->next)
        if (annotation->kind == kind)
            return true;
    return false;
}

static bool rules_feed_members(struct plan *plan, const char *key)
{
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->new_path->root == ROOT_VARIABLE && rule->new_path->member_count &&
            strcmp(rule->new_path->name, key) == 0)
            return true;
    return false;
}

/* The new version has it as well, and an INIT says what it is: that INIT is warned of. */
static bool is_made_anew(struct plan *plan, const struct variable *old)
{
    const struct rule *rule = rule_for_key(plan, old->key);

    return rule && rule->kind == RULE_INIT && model_find_variable(plan->new_program, old->key);
}

static void note_dropped(struct plan *plan, struct variable_plan *entry)
{
    const struct variable *old = entry->old_variable;
    const char *near = NULL;
    size_t i;

    if (old->is_constant || !old->has_address || plan->is_back || is_made_anew(plan, old))
        return;
    for (i = 0; !near && i < plan->new_program->variable_count; i++)
        if (strcmp(plan->new_program->variables[i].name, old->name) == 0 &&
            !plan->variables[i].old_variable && !plan->variables[i].conversion &&
            plan->new_program->variables[i].has_address)
            near = plan->new_program->variables[i].key;
    if (near) { /* surely the same thing, under another file's name */
        report_at(plan->messages, SEVERITY_ERROR, old->place.file, old->place.line,
                  "'%s' is gone from the new version, which has '%s'", old->key, near);
        report_rule_if(plan->messages, "if it moved", "%s -> %s", old->key, near);
        report_rule_if(plan->messages, "if they have nothing in common", "INIT %s: {}", near);
        plan->failed = true;
        entry->message = plan->messages->said;
        return;
    }
    near = variable_successor(plan, old);
    report_at(plan->messages, SEVERITY_WARNING, old->place.file, old->place.line,
              "'%s' is gone from the new version: its value is dropped", old->key);
    entry->message = plan->messages->said;
    if (near)
        report_rule_if(plan->messages, "if it moved", "%s -> %s", old->key, near);
    report_rule_if(plan->messages, "if it is meant", "DROP %s", old->key);
}

/* Nothing takes the value over. */
static void plan_dropped(struct plan *plan, struct variable_plan *entry)
{
    const struct variable *old = entry->old_variable;
    struct rule *drop = drop_of_variable(plan, old->key);
    struct view old_view = view_of_variable(plan->old_program, old);
    struct building at = {.plan = plan, .path = old->key};

    entry->rule = drop;
    if (!drop)
        note_dropped(plan, entry);
    else if (!old->has_address)
        warn_no_state(plan, drop->old_path);
    else
        entry->conversion = conversion_from_drop(&at, drop, old_view);
}

/* By $oldsym(key). */
static bool segments_read(const struct segment *segment, const char *key)
{
    for (; segment; segment = segment->next)
        if ((segment->kind == SEGMENT_OLDSYM && strcmp(segment->text, key) == 0) ||
            segments_read(segment->nested, key))
            return true;
    return false;
}

static bool is_read_by_rule(struct plan *plan, const char *key)
{
    const struct block *prologue = plan->spec->prologue;
    const struct rule *rule;
    const struct check *check;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if ((rule->old_path && rule->old_path->root == ROOT_VARIABLE &&
             strcmp(rule->old_path->name, key) == 0) ||
            (rule->block && segments_read(rule->block->segments, key)))
            return true;
    for (check = plan->spec->checks; check; check = check->next)
        if (segments_read(check->block->segments, key))
            return true;
    return prologue && segments_read(prologue->segments, key);
}

/* The new version reads a variable that it never writes, and its compiler drew the conclusion. */
static void note_lost(struct plan *plan, struct variable_plan *entry)
{
    const struct variable *new = entry->new_variable;

    report_at(plan->messages, SEVERITY_WARNING, new->place.file, new->place.line,
              "'%s' has a value in the old version, but in the new one the compiler made it a "
              "constant or dropped it: the value is not taken over", new->key);
    report_help(plan->messages, "if the new version needs it, mark it __attribute__((used)) or "
                "volatile");
    entry->message = plan->messages->said;
}

/* Has the old version, which the way back returns to, something to say where the newer has not? */
static bool is_variable_lost(const struct variable *old, const struct variable *new)
{
    return new->has_address && !new->is_constant && type_strip(new->type)->size &&
           (!old || !old->has_address || old->is_constant);
}

/* The way back: the update dropped it, and nothing says what it is to be. */
static void refuse_lost(struct plan *plan, const struct variable *new)
{
    plan->failed = true;
    if (plan_has_asked(plan, new->key))
        return;
    report_at(plan->messages, SEVERITY_ERROR, new->place.file, new->place.line,
              "'%s' was dropped by the update: what it is after the way back has to be said",
              new->key);
    report_rule_if(plan->messages, "if it may begin with its initial value", "INIT %s: {}",
                   new->key);
}

static void plan_variable(struct plan *plan, const struct variable *new,
                          struct variable_plan *entry)
{
    struct rule *rule = rule_for_key(plan, new->key);
    const struct variable *old = NULL;
    struct view new_view = view_of_variable(plan->new_program, new), old_view;

    entry->new_variable = new;
    entry->rule = rule;
    entry->is_manual = has_annotation(new->annotations, ANNOTATION_MANUAL_MIGRATE);
    if (rule && rule->kind != RULE_INIT &&
        (rule->old_path->member_count ||
         !model_find_variable(plan->old_program, rule->old_path->name))) {
        if (new->has_address && !new->is_constant)
            entry->conversion = convert_from_elsewhere(plan, rule, new->key, new_view, new->place);
        return;
    }
    if (rule && rule->kind != RULE_INIT)
        old = model_find_variable(plan->old_program, rule->old_path->name);
    else if (!rule && !key_is_taken(plan, new->key))
        old = model_find_variable(plan->old_program, new->key);
    if (rule)
        rule->used = true;
    entry->old_variable = old;
    if (rule && old && !old->has_address)
        warn_no_state(plan, rule->old_path);
    if (old && old->has_address && !old->is_constant && !new->has_address && !plan->is_back)
        note_lost(plan, entry);
    if (plan->is_back && !rule && !entry->is_manual && is_variable_lost(old, new) &&
        !rules_feed_members(plan, new->key) && !rule_init_type(plan, new->type)) {
        refuse_lost(plan, new);
        return;
    }
    /* One without a size may share its address with another, which has a value. */
    if (new->is_constant || !new->has_address || !type_strip(new->type)->size ||
        (old && !old->has_address) ||
        (old && old->is_constant && !(rule && rule->kind == RULE_CONVERT)))
        return;
    old_view = old ? view_of_variable(plan->old_program, old)
                   : (struct view){.program = plan->old_program};
    if (rule && rule->kind == RULE_INIT)
        entry->conversion = convert_root(plan, new->key, new->key, old_view, new_view, new->place,
                                         rule);
    else if (old)
        entry->conversion = convert_root(plan, old->key, new->key, old_view, new_view, new->place,
                                         rule);
    else if (rules_feed_members(plan, new->key)) {
        struct building at = root_building(plan, new->key, old_view, new_view);
        struct view structure = view_resolve(plan, new_view);

        if (!structure.is_opaque && structure.type->kind == TYPE_STRUCT)
            entry->conversion = members_build(&at, old_view, structure, NULL,
                                              place_add(plan, ROOT_VARIABLE, new->key, NULL));
    } else {
        struct building at = root_building(plan, new->key, old_view, new_view);
        struct rule *init = rule_init_type(plan, new->type);

        entry->rule = init;
        if (init)
            entry->conversion = conversion_from_rule(&at, init, old_view, new_view);
    }
}

static bool is_paired(const struct plan *plan, const struct variable *old)
{
    size_t i;

    for (i = 0; i < plan->variable_count; i++)
        if (plan->variables[i].old_variable == old)
            return true;
    return false;
}

static size_t count_rules(const struct spec *spec)
{
    const struct rule *rule;
    size_t count = 0;

    for (rule = spec->rules; rule; rule = rule->next)
        count++;
    return count;
}

void plan_variables(struct plan *plan)
{
    const struct program *old = plan->old_program, *new = plan->new_program;
    size_t i, new_count;

    plan->variables = arena_allocate(plan->arena,
                                     (old->variable_count + new->variable_count +
                                      count_rules(plan->spec) + 1) * sizeof *plan->variables);
    for (i = 0; i < new->variable_count; i++)
        plan_variable(plan, &new->variables[i], &plan->variables[plan->variable_count++]);
    new_count = plan->variable_count;
    for (i = 0; i < old->variable_count; i++) {
        if (is_paired(plan, &old->variables[i]))
            continue;
        plan->variables[plan->variable_count].old_variable = &old->variables[i];
        find_new_home(plan, &plan->variables[plan->variable_count++]);
        if (is_read_by_rule(plan, old->variables[i].key) &&
            !drop_of_variable(plan, old->variables[i].key))
            plan->variables[plan->variable_count - 1].is_read = true;
        else
            plan_dropped(plan, &plan->variables[plan->variable_count - 1]);
    }
    plan_moved_members(plan);
    pairs_build(plan);
    for (i = 0; i < new_count; i++) {
        struct variable_plan *entry = &plan->variables[i];
        struct building at = {.plan = plan, .path = entry->new_variable->key};

        if (entry->old_variable)
            entry->layout = pair_layout(
                &at, view_of_variable(plan->old_program, entry->old_variable),
                view_of_variable(plan->new_program, entry->new_variable), &entry->count);
    }
    for (; i < plan->variable_count; i++)
        if (plan->variables[i].moved_into)
            layout_of_moved(plan, &plan->variables[i]);
}
