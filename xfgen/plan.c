/* plan.c -- pairing variables, locals and functions of the two versions, and the plan as a whole.
 *
 * Names pair with equal names; rules say otherwise.  What only the old version has is dropped, with
 * a warning when it may hold something; what only the new one has keeps its initial value unless an
 * INIT rule speaks.  Read-only variables are never written: pointers to them are redirected.
 */
#include "reverse.h"

#include <stdlib.h>
#include <string.h>

static bool has_annotation(const struct annotation *annotation, enum annotation_kind kind)
{
    for (; annotation; annotation = annotation->next)
        if (annotation->kind == kind)
            return true;
    return false;
}

/* The rule whose new path is exactly this variable or local. */
static struct rule *rule_for_key(struct plan *plan, const char *key)
{
    struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (path_is(rule->new_path, ROOT_VARIABLE, key, ""))
            return rule;
    return NULL;
}

/* Does a rename take this old variable to another name? */
static bool key_is_taken(struct plan *plan, const char *key)
{
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->kind == RULE_RENAME && path_is(rule->old_path, ROOT_VARIABLE, key, "") &&
            !path_is(rule->new_path, ROOT_VARIABLE, key, ""))
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

static struct building root_building(struct plan *plan, const char *key, struct view old_view,
                                     struct view new_view)
{
    return (struct building){.plan = plan, .path = key, .old_root = old_view,
                             .new_root = new_view};
}

static struct conversion *convert_root(struct plan *plan, const char *old_key, const char *new_key,
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

/* ---- Variables ------------------------------------------------------------------------------- */

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

/* A variable or local fed by something that is not its namesake in kind: config.port -> port,
 * main#port -> server.c/port.  The old thing is still paired with its own namesake; this one is
 * planned like a struct member fed by another variable. */
static struct conversion *convert_from_elsewhere(struct plan *plan, struct rule *rule,
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
              "'%s' was dropped by the update: what it is after the way back has to be said", new->key);
    report_rule_if(plan->messages, "if it may begin with its initial value", "INIT %s: {}", new->key);
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
    if (new->is_constant || !new->has_address || !type_strip(new->type)->size || (old && !old->has_address) ||
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

static void plan_variables(struct plan *plan)
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

/* ---- Locals ---------------------------------------------------------------------------------- */

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

bool takes_one_pointer(const struct function *function)
{
    return function && function->type->kind == TYPE_FUNCTION &&
           function->type->member_count == 1 &&
           type_strip(function->type->members[0].type)->kind == TYPE_POINTER;
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

static void plan_locals(struct plan *plan)
{
    const struct program *new = plan->new_program;
    size_t i;

    plan->locals = arena_allocate(plan->arena, (new->local_count + 1) * sizeof *plan->locals);
    for (i = 0; i < new->local_count; i++)
        if (new->locals[i].is_noted || is_thread_argument(new, &new->locals[i]))
            plan_local(plan, &new->locals[i], &plan->locals[plan->local_count++]);
}

/* ---- Functions ------------------------------------------------------------------------------- */

static int compare_function_names(const void *a, const void *b)
{
    const struct function *const *left = a, *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

/* A static function that moved to another file, when its name is the only one. */
static const struct function *find_unique_name(const struct function **by_name, size_t count,
                                               const char *name)
{
    struct function wanted = {.name = name};
    const struct function *key = &wanted;
    const struct function **found = bsearch(&key, by_name, count, sizeof *by_name,
                                            compare_function_names);

    if (!found || (found > by_name && strcmp(found[-1]->name, name) == 0) ||
        (found + 1 < by_name + count && strcmp(found[1]->name, name) == 0))
        return NULL;
    return *found;
}

static void plan_functions(struct plan *plan)
{
    const struct program *old = plan->old_program, *new = plan->new_program;
    const struct function **by_name = arena_allocate(plan->arena,
                                                     (new->function_count + 1) * sizeof *by_name);
    struct rule *rule;
    size_t i;

    for (i = 0; i < new->function_count; i++)
        by_name[i] = &new->functions[i];
    qsort(by_name, new->function_count, sizeof *by_name, compare_function_names);
    plan->functions = arena_allocate(plan->arena,
                                     (old->function_count + 1) * sizeof *plan->functions);
    for (i = 0; i < old->function_count; i++) {
        struct function_plan *entry = &plan->functions[plan->function_count++];

        entry->old_function = &old->functions[i];
        entry->new_function = NULL;
        for (rule = plan->spec->rules; rule; rule = rule->next)
            if (rule->kind == RULE_RENAME &&
                path_is(rule->old_path, ROOT_VARIABLE, old->functions[i].key, "")) {
                entry->new_function = model_find_function(new, rule->new_path->name);
                if (entry->new_function)
                    rule->used = true;
            }
        if (!entry->new_function)
            entry->new_function = model_find_function(new, old->functions[i].key);
        if (!entry->new_function)
            entry->new_function = find_unique_name(by_name, new->function_count,
                                                   old->functions[i].name);
    }
}

/* ---- All of it ------------------------------------------------------------------------------- */

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
    if (plan->messages->error_count > errors) { /* what follows from a wrong name is not worth reading */
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
