/* diff_variables.c -- variables of static storage duration and noted locals, as the plan pairs
 * them. */
#include "diff.h"

#include <string.h>

/* What the entry of either kind has in common. */
static struct variable_change *add(struct diff *diff)
{
    return diff_add(diff, &diff->variables, &diff->variable_count, &diff->variable_capacity,
                    sizeof *diff->variables);
}

static const char *storage(const struct variable *variable)
{
    return !variable->has_address ? "optimised out"
           : variable->is_constant ? "constant"
           : variable->is_thread_local ? "thread-local" : "";
}

static void compare_types(struct diff *diff, struct variable_change *change,
                          const struct type *old_type, const struct type *new_type,
                          const struct annotation *old_annotations,
                          const struct annotation *new_annotations)
{
    if (!same_type_text(diff, old_type, new_type))
        change->changes |= CHANGE_TYPE;
    if (type_strip((struct type *)old_type)->size != type_strip((struct type *)new_type)->size)
        change->changes |= CHANGE_SIZE;
    if (!same_annotations(old_annotations, new_annotations))
        change->changes |= CHANGE_MEANING;
}

static bool same_name(const char *left, const char *right)
{
    return left && right ? strcmp(left, right) == 0 : left == right;
}

static void describe_sides(struct diff *diff, struct variable_change *change,
                           const struct variable *old, const struct variable *new)
{
    change->is_constant = (!old || old->is_constant) && (!new || new->is_constant);
    if (old) {
        change->old_key = old->key;
        change->old_file = old->file;
        change->old_text = declaration_text(diff, old->type, old->name, old->annotations);
        change->old_storage = storage(old);
        change->old_place = old->place;
    }
    if (new) {
        change->new_key = new->key;
        change->new_file = new->file;
        change->new_text = declaration_text(diff, new->type, new->name, new->annotations);
        change->new_storage = storage(new);
        change->new_place = new->place;
    }
    if (!old || !new) {
        change->changes = old ? CHANGE_GONE : CHANGE_ADDED;
        return;
    }
    if (strcmp(old->name, new->name) != 0 || !same_name(old->function, new->function))
        change->changes |= CHANGE_NAME;
    if (old->is_global && new->is_global ? !same_file(diff, old->file, new->file)
                                         : strcmp(old->file, new->file) != 0)
        change->changes |= CHANGE_PLACE;
    if (strcmp(change->old_storage, change->new_storage) != 0)
        change->changes |= CHANGE_STORAGE;
    compare_types(diff, change, old->type, new->type, old->annotations, new->annotations);
}

/* port -> server.port, or a rule reads it for something else. */
static void describe_gone(struct diff *diff, struct variable_change *change,
                          const struct variable_plan *entry)
{
    const struct variable *old = entry->old_variable;
    const struct rule *rule = rule_that_reads(diff->plan, ROOT_VARIABLE, old->key, NULL);

    if (entry->moved_into) {
        change->changes = CHANGE_NAME | CHANGE_PLACE;
        change->origin = entry->moved_to->text;
        change->decision = (struct decision){DECISION_RULE, "", rule, NULL};
    } else if (entry->rule && entry->rule->kind == RULE_DROP) {
        change->decision = decision_by_drop(entry->rule);
    } else if (rule) {
        change->origin = rule->new_path->text;
        change->decision = (struct decision){DECISION_RULE, "", rule, NULL};
    } else if (entry->is_read) {
        change->decision = (struct decision){DECISION_RULE, "read by rules", NULL, NULL};
    } else if (!old->is_constant && old->has_address) {
        change->decision = decision_of_dropped(entry->message);
    }
}

static void describe_conversion(struct diff *diff, struct variable_change *change,
                                const struct conversion *conversion, const struct rule *rule,
                                const char *initial)
{
    if (conversion) {
        diff->is_about_variable = true;
        change->decision = decision_of(diff, conversion, rule);
        diff->is_about_variable = false;
        if ((change->changes & CHANGE_ADDED) && !rule && change->decision.kind != DECISION_NEEDED)
            change->decision = decision_by_parts();
        change->is_rewritten = conversion->changes;
        diff_walk(diff, change, conversion);
    } else if (change->changes & CHANGE_ADDED) {
        change->decision = decision_initial(initial);
    }
    if (rule && rule->old_path && change->changes & CHANGE_ADDED)
        change->origin = rule->old_path->text;
}

static void add_variable(struct diff *diff, const struct variable_plan *entry)
{
    const struct variable *new = entry->new_variable;
    struct variable_change *change;

    if (new && strcmp(new->key, "kitsune_entry") == 0)
        return; /* linked in by kitcc */
    if (entry->moved_from)
        return; /* a member: told with the variable that it is in, and with what it became */
    change = add(diff);
    describe_sides(diff, change, entry->old_variable, new);
    if (!new) {
        describe_gone(diff, change, entry);
        return;
    }
    if (entry->is_manual)
        change->decision = (struct decision){DECISION_AUTOMATIC, "by the program (E_MANUAL_MIGRATE)",
                                             NULL, NULL};
    else if (entry->message)
        change->decision = decision_of_dropped(entry->message);
    else if (!change->is_constant && new->has_address && !new->is_constant)
        describe_conversion(diff, change, entry->conversion, entry->rule, "its initial value");
}

/* ---- Locals ---------------------------------------------------------------------------------- */

static void add_local(struct diff *diff, const struct local_plan *entry)
{
    const struct local *old = entry->old_local, *new = entry->new_local;
    struct variable_change *change = add(diff);

    change->is_local = true;
    change->old_storage = change->new_storage = "";
    change->new_key = new->key;
    change->new_text = declaration_text(diff, new->type, new->name, new->annotations);
    change->new_place = new->place;
    change->changes = old ? 0 : CHANGE_ADDED;
    if (old) {
        change->old_key = old->key;
        change->old_text = declaration_text(diff, old->type, old->name, old->annotations);
        change->old_place = old->place;
        if (strcmp(old->key, new->key) != 0)
            change->changes |= CHANGE_NAME;
        compare_types(diff, change, old->type, new->type, old->annotations, new->annotations);
    }
    describe_conversion(diff, change, entry->conversion, entry->rule, "its initial value");
}

static void add_local_gone(struct diff *diff, const struct local *old)
{
    const struct rule *rule = rule_that_reads(diff->plan, ROOT_VARIABLE, old->key, NULL);
    struct variable_change *change = add(diff);

    change->is_local = true;
    change->changes = CHANGE_GONE;
    change->old_key = old->key;
    change->old_text = declaration_text(diff, old->type, old->name, old->annotations);
    change->old_place = old->place;
    change->old_storage = change->new_storage = "";
    change->origin = rule ? rule->new_path->text : NULL;
    change->decision = rule ? (struct decision){DECISION_RULE, "", rule, NULL}
                            : decision_of_dropped(NULL);
}

static void add_locals(struct diff *diff)
{
    const struct plan *plan = diff->plan;
    const struct program *old = plan->old_program;
    bool *is_paired = arena_allocate(diff->arena, old->local_count + 1);
    size_t i;

    for (i = 0; i < plan->local_count; i++) {
        add_local(diff, &plan->locals[i]);
        /* One that the plan assumes is not among them. */
        if (plan->locals[i].old_local &&
            model_find_local(old, plan->locals[i].old_local->key) == plan->locals[i].old_local)
            is_paired[plan->locals[i].old_local - old->locals] = true;
    }
    for (i = 0; i < old->local_count; i++)
        if (old->locals[i].is_noted && !is_paired[i])
            add_local_gone(diff, &old->locals[i]);
}

/* ---- All ------------------------------------------------------------------------------------- */

static void count(struct diff *diff)
{
    size_t i;

    for (i = 0; i < diff->variable_count; i++) {
        const struct variable_change *change = &diff->variables[i];
        struct tally *tally = change->is_local ? &diff->local_tally
                              : change->is_constant ? &diff->constant_tally
                              : &diff->variable_tally;

        tally->total += change->new_key != NULL;
        if (change->changes & CHANGE_ADDED)
            tally->added++;
        else if (change->changes & CHANGE_GONE)
            tally->gone++;
        else if (change->changes)
            tally->changed++;
    }
}

void diff_variables(struct diff *diff)
{
    size_t i;

    for (i = 0; i < diff->plan->variable_count; i++)
        add_variable(diff, &diff->plan->variables[i]);
    add_locals(diff);
    count(diff);
}
